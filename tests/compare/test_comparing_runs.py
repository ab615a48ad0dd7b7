"""From runs to verdicts: which test speaks, what is adjusted together, and what is never claimed."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from some_runs import METRIC, a_run, compared, only_cell, seeds, word

from trackside.compare.points import At
from trackside.compare.sides import side_of_runs
from trackside.compare.statistics.pairing import Examples
from trackside.model.margins import parse_margin
from trackside.model.run import MetricSummary
from trackside.store.curves import Series

BASE = (0.90, 0.901, 0.902)
BETTER = (0.95, 0.951, 0.952)


def test_seeds_on_both_sides_are_tested_by_welch():
    cell = only_cell(compared(seeds(*BASE), seeds(*BETTER)))
    assert (cell.verdict.word, cell.verdict.difference.scope, cell.sign) == ("better", "method", "▲")
    assert cell.verdict.difference.p == pytest.approx(stats.ttest_ind(BETTER, BASE, equal_var=False).pvalue, rel=1e-9)


def test_a_smaller_loss_is_better():
    assert word(compared(seeds(*BASE, metric="val/loss"), seeds(*BETTER, metric="val/loss"))) == "worse"


@pytest.mark.parametrize("sides", [(BASE, BETTER[:2]), (BASE[:2], BETTER), (BASE[:1], BETTER[:1])])
def test_too_few_seeds_are_not_tested_and_both_values_are_shown(sides):
    cell = only_cell(compared(seeds(*sides[0]), seeds(*sides[1])))
    if len(sides[1]) > 1 or len(sides[0]) < 3:
        assert (cell.verdict.word, cell.sign) == ("untested", "")
    assert cell.value is not None
    assert cell.baseline_value is not None


@given(st.floats(0.0, 2.0))
def test_a_candidate_of_one_run_is_never_better_or_worse(value):
    assert word(compared(seeds(*BASE), seeds(value))) in ("noise", "outside", "untested")


def test_one_run_beyond_the_seeds_of_the_baseline_is_outside_and_no_more():
    cell = only_cell(compared(seeds(*BASE), seeds(0.99)))
    assert (cell.verdict.word, cell.sign) == ("outside", "◇")
    assert cell.verdict.difference.interval_kind == "prediction"


def test_the_level_of_a_prediction_is_shared_among_the_runs_that_are_looked_at():
    found = compared(seeds(*BASE), *(seeds(0.91) for _ in range(5)))
    ((first, *_),) = [row.cells for row in found.rows]
    assert first.verdict.difference.level == pytest.approx(1 - 0.05 / 5)


def test_a_run_that_goes_on_claims_nothing():
    going = side_of_runs([a_run(value, seed=n, status="running") for n, value in enumerate(BETTER)])
    cell = only_cell(compared(seeds(*BASE), going, curves={}))
    assert cell.verdict.word == "untested"
    assert cell.verdict.provisional


def test_of_runs_that_go_on_the_difference_is_told_and_no_p():
    going = side_of_runs([a_run(value, seed=n, status="running") for n, value in enumerate(BETTER)])
    cell = only_cell(compared(seeds(*BASE), going, at=At("last")))
    assert cell.delta is not None
    assert (cell.verdict.difference.p, cell.verdict.difference.interval) == (None, None)
    assert cell.verdict.difference.why_not == "runs go on"


def test_fewer_seeds_than_planned_are_provisional():
    cell = only_cell(compared(seeds(*BASE), seeds(*BETTER), planned_seeds=5))
    assert (cell.verdict.word, cell.verdict.provisional) == ("untested", True)
    assert word(compared(seeds(*BASE), seeds(*BETTER), planned_seeds=3)) == "better"


def test_pairs_of_seeds_are_tested_only_where_the_project_says_that_a_seed_fixes_the_split():
    noisy = [random.Random(n).gauss(0.5, 0.2) for n in range(5)]
    sides = seeds(*noisy), seeds(*(value + 0.01 + 0.001 * n for n, value in enumerate(noisy)))
    assert word(compared(*sides)) == "noise"
    assert word(compared(*sides, paired_by_seed=True)) == "better"


def test_repeats_of_a_seed_are_one_value():
    runs = [a_run(value, seed=seed) for seed, value in ((1, 0.9), (1, 0.92), (2, 0.95), (3, 0.97))]
    difference = only_cell(compared(seeds(*BASE), side_of_runs(runs))).verdict.difference
    assert difference.n == (3, 3)
    assert "candidate: 1 seed was run again: averaged" in difference.notes


def test_folds_have_a_mean_and_a_spread_and_no_test():
    folds = side_of_runs([a_run(value, params={"fold": n}) for n, value in enumerate(BETTER)])
    cell = only_cell(compared(seeds(*BASE), folds))
    assert (cell.verdict.word, cell.value) == ("untested", pytest.approx(0.951))
    assert cell.verdict.difference.why_not.startswith("folds share data")


def test_seeds_of_one_fold_are_not_tested_against_seeds_of_another():
    for of_one, of_other in (({"fold": 0}, {"fold": 1}), ({}, {"fold": 1})):
        cell = only_cell(compared(seeds(*BASE, params=of_one), seeds(*BETTER, params=of_other)))
        assert (cell.verdict.word, cell.verdict.difference.p, cell.spreads) == ("untested", None, None)
        assert cell.verdict.difference.why_not.startswith("folds share data")
    assert word(compared(seeds(*BASE, params={"fold": 1}), seeds(*BETTER, params={"fold": 1}))) == "better"


def test_a_primary_metric_on_which_runs_do_not_agree_is_none_in_whatever_order_they_are_named():
    def judged_by(primary):
        made = [MetricSummary(last=value, last_step=9, count=9, goal="max") for value in BETTER]
        runs = [{METRIC: each, "val/f1": each} for each in made]
        return side_of_runs([a_run(metrics=each, seed=n, primary=primary) for n, each in enumerate(runs)])

    silent, one, other = judged_by(None), judged_by(METRIC), judged_by("val/f1")
    assert compared(silent, one).primary == METRIC
    assert {compared(silent, *each).primary for each in ((one, other), (other, one))} == {None}
    assert compared(silent, one, other, primary="val/f1").primary == "val/f1"


def test_a_difference_inside_the_margin_is_the_same_even_where_it_is_significant():
    close = (0.9040, 0.9041, 0.9042)
    base = (0.9030, 0.9031, 0.9032)
    assert word(compared(seeds(*base), seeds(*close))) == "better"
    assert word(compared(seeds(*base), seeds(*close), margins={METRIC: parse_margin("0.5%")})) == "same"


def test_metrics_without_an_eval_role_get_a_difference_and_no_verdict():
    cell = only_cell(
        compared(
            seeds(*BASE, primary=None, metric="train/accuracy"), seeds(*BETTER, primary=None, metric="train/accuracy")
        )
    )
    assert (cell.verdict.family, cell.verdict.word, cell.sign) == (None, "untested", "")
    assert cell.delta == pytest.approx(0.05)


def test_without_a_goal_nothing_is_better():
    cell = only_cell(compared(seeds(*BASE, metric="val/thing"), seeds(*BETTER, metric="val/thing")))
    assert (cell.verdict.word, cell.sign) == ("unknown", "")


def test_of_a_metric_for_evaluation_without_a_goal_it_is_not_said_that_it_is_for_none():
    sides = [seeds(*values, metric="val/thing", primary=None) for values in (BASE, BETTER)]
    found = only_cell(compared(*sides)).verdict.difference
    assert found.why_not == "a verdict takes data for evaluation and a goal"


def test_the_family_is_all_candidates_of_the_primary_metric():
    base, others = seeds(*BASE), [seeds(*BETTER) for _ in range(4)]
    alone = only_cell(compared(base, others[0])).verdict
    ((first, *_),) = [row.cells for row in compared(base, *others).rows]
    assert (first.verdict.family.name, first.verdict.family.size) == ("primary", 4)
    assert alone.p_adjusted == pytest.approx(alone.difference.p)
    assert first.verdict.p_adjusted == pytest.approx(4 * first.verdict.difference.p)


def test_other_metrics_are_a_family_of_their_own():
    def side(values):
        return side_of_runs(
            [
                a_run(
                    seed=n,
                    metrics={
                        name: MetricSummary(last=value, last_step=9, count=10, goal="max")
                        for name in (METRIC, "val/f1", "val/auc", "system/cpu")
                    },
                )
                for n, value in enumerate(values)
            ]
        )

    rows = {row.metric: row.cells[0].verdict for row in compared(side(BASE), side(BETTER)).rows}
    assert rows.keys() == {METRIC, "val/f1", "val/auc"}
    assert rows[METRIC].family.size == 1
    assert (rows["val/f1"].family.name, rows["val/f1"].family.size) == ("other metrics", 2)


def test_a_metric_of_one_side_stays_in_the_table():
    found = compared(seeds(*BASE), seeds(*BETTER, metric="val/f1"))
    assert [(row.metric, row.cells[0].baseline_value is None, row.cells[0].value is None) for row in found.rows] == [
        (METRIC, False, True),
        ("val/f1", True, False),
    ]


class TestExamples:
    def sides(self, right, *, metric_is=None):
        """Two single runs, and the examples of each by its run."""
        scores = {}
        sides = []
        for share in right:
            flips = [1.0] * share + [0.0] * (1000 - share)
            run = a_run(share / 1000 if metric_is is None else metric_is)
            scores[run.id] = Examples(range(1000), flips)
            sides.append(side_of_runs([run]))
        return sides, lambda run, _metric: scores[run.id]

    def test_two_runs_with_examples_are_compared_on_these_and_said_so_by_a_hollow_sign(self):
        sides, examples = self.sides((900, 950))
        cell = only_cell(compared(*sides, examples=examples))
        assert (cell.verdict.word, cell.verdict.difference.scope, cell.sign) == ("better", "runs", "△")

    def test_a_seed_that_was_run_again_is_told_of_where_examples_speak(self):
        sides, examples = self.sides((900, 950))
        repeated = side_of_runs([a_run(0.95, seed=1, id=sides[1].lead.id), a_run(0.95, seed=1)])
        found = only_cell(compared(sides[0], repeated, examples=examples)).verdict.difference
        assert (found.scope, found.notes[0]) == ("runs", "candidate: 1 seed was run again: averaged")

    def test_examples_of_another_mean_than_the_metric_say_nothing_of_it(self):
        sides, examples = self.sides((900, 950), metric_is=0.3)
        cell = only_cell(compared(*sides, examples=examples))
        assert cell.verdict.word == "untested"
        assert cell.verdict.difference.why_not == "the examples have the mean 0.9, the metric is 0.3"

    def test_where_there_are_seeds_examples_are_not_asked(self):
        def none(*_):
            raise AssertionError("asked")

        assert word(compared(seeds(*BASE), seeds(*BETTER), examples=none)) == "better"


def test_a_frame_has_a_row_for_each_metric_and_candidate():
    frame = compared(seeds(*BASE), seeds(*BETTER), seeds(0.9)).frame()
    assert frame["verdict"].to_list() == ["better", "noise"]
    assert frame["value"].to_list() == pytest.approx([0.951, 0.9])
    assert frame["n"].to_list() == [3, 1]


def test_swapping_sides_turns_the_sign_and_keeps_p():
    there = only_cell(compared(seeds(*BASE), seeds(*BETTER))).verdict.difference
    back = only_cell(compared(seeds(*BETTER), seeds(*BASE))).verdict.difference
    assert (there.p, there.delta) == (back.p, -back.delta)
    assert math.isfinite(there.p)


def test_the_p_of_a_prediction_is_adjusted_as_its_level_is():
    ((first, *_),) = [row.cells for row in compared(seeds(*BASE), *(seeds(0.91) for _ in range(5))).rows]
    assert first.verdict.p_adjusted == pytest.approx(min(1, 5 * first.verdict.difference.p))


class TestNothingIsDropped:
    """What is missing on a side bars better and worse, and is named."""

    def test_a_seed_that_never_logged_the_metric(self):
        silent = a_run(None, seed=9)
        found = compared(seeds(*BASE), side_of_runs([*seeds(*BETTER).runs, silent]))
        assert word(found) == "untested"
        (told,) = [reason for reason in only_cell(found).reasons if reason.code == "left_out"]
        assert told.candidate == f"without a value {silent.id} of 4 runs"

    def test_a_seed_that_did_not_come_to_the_step(self):
        baseline, candidate = seeds(*BASE), seeds(*BETTER, 0.5)
        whole = Series(np.arange(20), np.arange(20.0), np.full(20, 0.9))
        curves = {(run.id, METRIC): whole for run in (*baseline.runs, *candidate.runs[:3])}
        curves[candidate.runs[3].id, METRIC] = Series(np.arange(5), np.arange(5.0), np.full(5, 0.5))
        assert word(compared(baseline, candidate, at=At("step", 10), curves=curves)) == "untested"

    @pytest.mark.parametrize("at", [At("best"), At("primary-best")])
    def test_the_best_of_a_run_that_diverged_later_is_no_result(self, at):
        diverged = [
            a_run(
                metrics={
                    METRIC: MetricSummary(
                        last=math.nan, last_step=99, best=value, best_step=9, at_best=value, count=100, goal="max"
                    )
                },
                seed=n,
            )
            for n, value in enumerate(BETTER)
        ]
        assert word(compared(seeds(*BASE), side_of_runs(diverged), at=at)) == "incomparable"

    def test_examples_without_a_finite_score(self):
        scores = {0.9: [1.0] * 900 + [0.0] * 100, 0.95: [1.0] * 950 + [0.0] * 49 + [math.nan]}
        sides = [seeds(0.9), seeds(950 / 999)]
        by_run = dict(zip([side.lead.id for side in sides], scores.values(), strict=True))
        found = compared(*sides, examples=lambda run, _: Examples(range(1000), by_run[run.id]))
        assert word(found) == "untested"
        assert only_cell(found).verdict.difference.why_not == "0 and 1 examples have no finite score"

    def test_seeds_that_diverged_also_where_examples_would_speak(self):
        scores = {0.9: 900, 0.95: 950}
        baseline, candidate = seeds(0.9), seeds(0.95, math.nan)
        by_run = {baseline.lead.id: scores[0.9], candidate.lead.id: scores[0.95]}

        def examples(run, _metric):
            right = by_run[run.id]
            return Examples(range(1000), [1.0] * right + [0.0] * (1000 - right))

        assert word(compared(baseline, candidate, examples=examples)) == "untested"


def test_a_run_without_a_finite_value_is_not_comparable():
    found = compared(seeds(*BASE), seeds(math.nan))
    assert word(found) == "incomparable"
    assert [reason.code for reason in found.reasons] == ["diverged"]


def test_primary_best_is_held_to_the_number_of_evaluations_of_the_primary_metric():
    def evaluated(count, values):
        made = [MetricSummary(last=v, best=v, at_best=v, best_step=1, count=count, goal="max") for v in values]
        return side_of_runs([a_run(metrics={METRIC: summary}, seed=n) for n, summary in enumerate(made)])

    assert word(compared(evaluated(10, BASE), evaluated(400, BETTER), at=At("primary-best"))) == "incomparable"


def test_runs_that_are_judged_by_other_primary_metrics_are_not_compared_at_their_best():
    def judged_by(primary, values):
        made = [MetricSummary(last=v, best=v, at_best=v, best_step=1, count=9, goal="max") for v in values]
        return side_of_runs(
            [a_run(metrics={METRIC: each, "val/f1": each}, seed=n, primary=primary) for n, each in enumerate(made)]
        )

    found = compared(judged_by(METRIC, BASE), judged_by("val/f1", BETTER), at=At("primary-best"))
    cells = [cell for row in found.rows for cell in row.cells]
    assert {cell.verdict.word for cell in cells} == {"incomparable"}
    for cell in cells:
        found = cell.verdict.difference
        assert (found.p, found.interval, cell.verdict.p_adjusted, cell.spreads) == (None, None, None, None)


class TestPlannedSeeds:
    def test_seeds_without_a_partner_do_not_make_up_for_pairs(self):
        base, better = (0.90, 0.91, 0.93, 0.92, 0.95), (0.97, 0.965, 0.985, 0.95, 0.94)
        ours = side_of_runs([a_run(value, seed=seed) for seed, value in enumerate(base)])
        for offset, told in ((2, "3 of 5 pairs of seeds"), (5, "0 of 5 pairs of seeds")):
            theirs = side_of_runs([a_run(value, seed=seed) for seed, value in enumerate(better, start=offset)])
            cell = only_cell(compared(ours, theirs, paired_by_seed=True, planned_seeds=5))
            assert (cell.verdict.word, cell.verdict.provisional) == ("untested", True)
            assert [each.candidate for each in cell.reasons if each.code == "few_seeds"] == [told]

    def test_repeats_of_a_seed_do_not_make_up_for_others(self):
        runs = [a_run(value, seed=seed) for seed, value in ((0, 0.95), (0, 0.951), (1, 0.952), (1, 0.953), (2, 0.954))]
        assert word(compared(seeds(*BASE, 0.9005, 0.9015), side_of_runs(runs), planned_seeds=5)) == "untested"

    def test_one_run_each_with_examples_is_fewer_too(self):
        right = {}

        def single(share):
            run = a_run(share)
            right[run.id] = Examples(range(1000), [1.0] * int(share * 1000) + [0.0] * (1000 - int(share * 1000)))
            return side_of_runs([run])

        cell = only_cell(compared(single(0.9), single(0.95), examples=lambda run, _: right[run.id], planned_seeds=5))
        assert (cell.verdict.word, cell.verdict.provisional) == ("untested", True)


@given(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=6), st.lists(st.floats(0.01, 1.0), min_size=3, max_size=6))
def test_a_claim_and_the_difference_that_is_shown_have_one_sign(ours, theirs):
    for paired in (False, True):
        cell = only_cell(compared(seeds(*ours), seeds(*theirs), paired_by_seed=paired))
        if cell.verdict.word in ("better", "worse"):
            assert (cell.delta > 0) == (cell.verdict.word == "better")
            assert (cell.percent > 0) == (cell.verdict.word == "better")


def test_a_prediction_is_held_over_all_metrics_of_its_family():
    names = [f"val/m{n}" for n in range(20)]

    def side(values):
        return side_of_runs(
            [
                a_run(
                    seed=seed,
                    primary=None,
                    metrics={name: MetricSummary(last=value, last_step=9, count=9, goal="max") for name in names},
                )
                for seed, value in enumerate(values)
            ]
        )

    found = compared(side(BASE), side((0.91,)))
    assert {row.cells[0].verdict.difference.level for row in found.rows} == {1 - 0.05 / 20}


def test_folds_of_one_seed_keep_their_spread():
    folds = side_of_runs([a_run(value, seed=0, params={"fold": n}) for n, value in enumerate(BETTER)])
    cell = only_cell(compared(seeds(*BASE), folds))
    assert cell.verdict.difference.n == (3, 3)
    assert cell.spreads is None


def test_what_is_measured_in_training_is_not_judged_even_where_it_is_primary():
    sides = (seeds(*values, metric="train/accuracy") for values in (BASE, BETTER))
    assert only_cell(compared(*sides)).verdict.family is None


def test_one_test_of_examples_among_many_is_resolved_as_finely_as_the_family_asks():
    scores = np.random.default_rng(0).normal(size=200)
    better = scores + 1.0 + np.random.default_rng(1).normal(size=200) * 0.5
    names = [METRIC, *(f"val/m{n}" for n in range(300))]
    mean = {False: float(scores.mean()), True: float(better.mean())}

    def single(is_better):
        summary = MetricSummary(last=mean[is_better], last_step=9, count=9, goal="max")
        return side_of_runs([a_run(primary=None, metrics=dict.fromkeys(names, summary))])

    sides = single(False), single(True)

    def examples(run, metric):
        return Examples(range(200), better if run.id == sides[1].lead.id else scores) if metric == METRIC else None

    found = compared(*sides, examples=examples)
    (row,) = [row for row in found.rows if row.metric == METRIC]
    assert row.cells[0].verdict.word == "better"
