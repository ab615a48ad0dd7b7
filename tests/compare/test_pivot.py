"""A pivot: what a cell comes to over its seeds, which cells are bold, and what is never claimed."""

import math

import numpy as np
import pytest
from scipy import stats

from trackside.compare.pivot import Result, grouped, half_width
from trackside.compare.statistics.sample import one_per_seed

COLUMN = (None,)
FAR = {"a": [0.90, 0.91, 0.92, 0.93], "b": [0.905, 0.915, 0.925, 0.935], "c": [0.70, 0.71, 0.72, 0.73]}


def result(row, value, seed=None, **facts):
    return Result(
        **{"run": f"{row}{seed}", "row": (row,), "column": COLUMN, "status": "finished", "value": value, "seed": seed}
        | facts
    )


def results(values, **facts):
    return [
        result(row, value, seed, **facts) for row, some in values.items() for seed, value in enumerate(some, start=1)
    ]


def cells(found):
    return {row: cell for ((row,), _), cell in found.cells.items()}


def bold(found):
    return {row for row, cell in cells(found).items() if cell.bold}


def cell(*some, **facts):
    return cells(grouped("m", list(some), "max", **facts))["a"]


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_half_width_is_that_of_students_t_interval_of_the_mean(alpha):
    values = [0.912, 0.905, 0.921, 0.898, 0.917]
    low, high = stats.t.interval(1 - alpha, len(values) - 1, np.mean(values), stats.sem(values))
    assert half_width(one_per_seed(values), alpha) == pytest.approx((high - low) / 2, rel=1e-9, abs=0)


def test_the_best_and_those_not_significantly_worse_are_bold():
    found = grouped("m", results(FAR), "max")
    assert bold(found) == {"a", "b"}
    assert [row for row, one in cells(found).items() if one.best] == ["b"]
    welch = [stats.ttest_ind(FAR[row], FAR["b"], equal_var=False).pvalue for row in "ac"]
    assert cells(found)["c"].p == pytest.approx(3 * welch[1], rel=1e-9)  # Holm's first of three pairs
    assert cells(found)["a"].p == min(1, 2 * welch[0])
    assert found.pairs == 3


def test_where_smaller_is_better_the_smallest_mean_is_the_best():
    assert bold(grouped("m", results(FAR), "min")) == {"c"}


def test_the_adjustment_is_over_all_cells_so_that_more_of_them_are_not_told_from_the_best():
    close = {"best": [1.00, 1.01, 1.02, 1.03], "next": [0.97, 0.98, 0.99, 1.0]}
    assert bold(grouped("m", results(close), "max")) == {"best"}
    many = close | {f"alike {number}": [0.5, 0.9, 1.0, 1.1] for number in range(9)}
    assert {"best", "next"} <= bold(grouped("m", results(many), "max"))
    untested = close | {f"one {number}": [0.5] for number in range(9)}
    assert bold(grouped("m", results(untested), "max")) == {"best", "next"}


def test_without_a_goal_nothing_is_bold_and_it_is_said():
    found = grouped("m", results(FAR), None)
    assert bold(found) == set()
    assert found.plain == "whether small or large is better is not known"


def test_a_cell_of_fewer_than_three_seeds_is_never_bold_though_it_is_the_best():
    found = grouped("m", results(FAR | {"two": [0.99, 0.98], "one": [0.999]}), "max")
    assert bold(found) == {"a", "b"}
    assert cells(found)["two"].why_not == cells(found)["one"].why_not == "fewer than 3 seeds"
    assert cells(found)["two"].half_width is None


def test_a_cell_alone_among_untested_ones_is_not_called_the_best():
    assert bold(grouped("m", results({"a": FAR["a"], "one": [0.1]}), "max")) == set()
    assert bold(grouped("m", results({"a": FAR["a"]}), "max")) == set()


@pytest.mark.parametrize("status", ["failed", "killed", "crashed"])
def test_a_run_that_did_not_end_well_is_counted_does_not_count_and_bars_its_cell(status):
    found = grouped("m", [*results(FAR), result("b", 0.99, 9, status=status)], "max")
    one = cells(found)["b"]
    assert (one.n, one.of, one.left_out) == (4, 5, ((status, 1),))
    assert one.mean == pytest.approx(0.92)
    assert (one.why_not, one.bold) == ("runs left out", False)


@pytest.mark.parametrize(("value", "why"), [(math.nan, "diverged"), (math.inf, "diverged"), (None, "without a value")])
def test_a_diverged_run_and_one_without_the_metric_are_counted_and_do_not_count(value, why):
    one = cell(*results({"a": FAR["a"]}), result("a", value, 9))
    assert (one.n, one.of, one.left_out) == (4, 5, ((why, 1),))
    assert one.mean == pytest.approx(0.915)


def test_runs_that_go_on_are_no_part_of_the_count_and_their_cell_is_not_tested():
    found = grouped("m", [*results(FAR), result("b", 0.99, 9, status="running")], "max")
    one = cells(found)["b"]
    assert (one.n, one.of, one.going, one.why_not) == (4, 4, 1, "runs still going")
    assert "b" not in bold(found)


def test_a_seed_counts_once_and_runs_without_a_seed_once_each():
    one = cell(result("a", 1.0, 1), result("a", 3.0, 1), result("a", 5.0, 2), result("a", 6.0), result("a", 6.5))
    assert sorted(one.sample.values) == [2.0, 5.0, 6.0, 6.5]
    assert one.sample.notes == ("1 seed was run again: averaged", "2 runs have no seed: counted once each")


def test_folds_share_data_and_get_no_interval():
    one = cell(*(result("a", value, fold=fold) for fold, value in enumerate(FAR["a"])))
    assert (one.half_width, one.why_not, one.n) == (None, "folds share data", 4)


def test_a_cell_that_mixes_methods_has_no_interval_and_is_never_bold_though_its_mean_is_the_best():
    mixed = {(("b",), COLUMN): ("dropout",)}
    found = grouped("m", results(FAR), "max", mixed=mixed)
    assert bold(found) == {"a"}
    assert (cells(found)["b"].half_width, cells(found)["b"].why_not) == (None, "runs of several methods")
    assert (cells(found)["b"].mean, found.pairs) == (pytest.approx(0.92), 3)


def test_cells_of_other_folds_are_tested_apart():
    one_fold = results(FAR, fold=0)
    other = results({"x": [0.5, 0.51, 0.52], "y": [0.1, 0.11, 0.12]}, fold=1)
    found = grouped("m", one_fold + other, "max")
    assert bold(found) == {"a", "b", "x"}
    assert found.pairs == 3 + 1
    assert cells(found)["x"].p is None
    assert bold(grouped("m", results({"a": FAR["a"]}, fold=0) + results({"c": FAR["c"]}, fold=1), "max")) == set()


def test_identical_values_have_no_interval_and_are_not_tested():
    found = grouped("m", results(FAR | {"same": [0.99] * 4}), "max")
    assert cells(found)["same"].half_width is None
    assert bold(found) == {"a", "b"}


def test_fewer_seeds_than_were_planned_are_not_tested():
    assert bold(grouped("m", results(FAR), "max", planned=4)) == {"a", "b"}
    found = grouped("m", results(FAR), "max", planned=5)
    assert bold(found) == set()
    assert cells(found)["a"].why_not == "fewer than the 5 seeds planned"


def test_the_best_of_more_evaluations_is_not_compared():
    few = results({"a": FAR["a"]}, evaluations=100)
    assert bold(grouped("m", few + results({"c": FAR["c"]}, evaluations=110), "max")) == {"a"}
    found = grouped("m", few + results({"c": FAR["c"]}, evaluations=112), "max")
    assert bold(found) == set()
    assert "chosen from 100 to 112 evaluations a run" in found.plain


def test_values_read_at_the_best_of_other_metrics_are_not_compared():
    by_accuracy, by_loss = (results({row: FAR[row]}, chosen_by=by) for row, by in (("a", "acc"), ("c", "loss")))
    found = grouped("m", by_accuracy + by_loss, "max")
    assert bold(found) == set()
    assert found.plain == "runs are judged by other primary metrics (acc, loss)"
    assert bold(grouped("m", results(FAR, chosen_by="acc"), "max")) == {"a", "b"}


@pytest.mark.parametrize(
    ("prints", "marked"),
    [((None, None), set()), (("blake3:1", None), set()), (("blake3:1", "md5:1"), set()), (("blake3:1",) * 2, {"a"})],
)
def test_data_of_other_roles_is_other_data_unless_fingerprints_tell_that_it_is_the_same(prints, marked):
    cells_of = [
        results({row: FAR[row]}, eval_role=role, eval_data=eval_data)
        for row, role, eval_data in zip("ac", ("val", "test"), prints, strict=True)
    ]
    found = grouped("m", cells_of[0] + cells_of[1], "max")
    assert bold(found) == marked
    assert found.plain == (None if marked else "it is measured on data of other roles (test, val)")


def test_runs_that_were_put_away_are_counted_and_bar_nothing():
    found = grouped("m", results(FAR), "max", archived={(("b",), COLUMN): 2})
    one = cells(found)["b"]
    assert (one.archived, one.n, one.of, one.bold) == (2, 4, 4, True)
    assert cells(found)["a"].archived == 0


def test_cells_on_other_eval_data_are_tested_apart():
    values = results({"a": FAR["a"], "c": FAR["c"]}, eval_data="blake3:1")
    values += results({"x": [0.5, 0.51, 0.52], "y": [0.1, 0.11, 0.12]}, eval_data="blake3:2")
    values += results({"u": [0.99, 0.98, 0.97]})
    found = grouped("m", values, "max")
    assert bold(found) == {"a", "x"}
    assert found.eval_data == ["blake3:1", "blake3:2"]
    assert cells(found)["u"].unverified == 3


def test_a_cell_that_mixes_eval_data_is_not_tested():
    mixed = [result("a", value, seed, eval_data=f"blake3:{seed % 2}") for seed, value in enumerate(FAR["a"])]
    found = grouped("m", mixed + results({"c": FAR["c"], "d": FAR["c"]}, eval_data="blake3:0"), "max")
    assert cells(found)["a"].why_not == "unlike eval data"
    assert "a" not in bold(found)


def test_data_that_was_fingerprinted_in_other_ways_may_be_the_same_and_is_tested():
    values = results({"a": FAR["a"]}, eval_data="blake3:1") + results({"c": FAR["c"]}, eval_data="md5:1")
    assert bold(grouped("m", values, "max")) == {"a"}


def test_the_order_of_runs_changes_nothing():
    forth, back = (cells(grouped("m", some, "max")) for some in (results(FAR), results(FAR)[::-1]))
    for row in FAR:
        assert (forth[row].mean, forth[row].half_width, forth[row].p, forth[row].bold) == (
            back[row].mean,
            back[row].half_width,
            back[row].p,
            back[row].bold,
        )
