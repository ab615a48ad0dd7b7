"""What bars a claim, what is only noted, and what an acknowledgement opens."""

import pytest
from some_runs import METRIC, a_run, codes, compared, only_cell, seeds, word

from trackside.compare.points import At
from trackside.compare.sides import side_of_runs
from trackside.model.run import Code, DataRef, Environment, MetricSummary, Progress

BETTER = (0.95, 0.951, 0.952)
BASE = (0.90, 0.901, 0.902)


def reason(comparison, code):
    (found,) = [reason for reason in only_cell(comparison).reasons if reason.code == code]
    return found


def test_alike_sides_have_no_reason():
    found = compared(seeds(*BASE), seeds(*BETTER))
    assert (word(found), codes(found), found.comparable) == ("better", [], True)


def test_other_eval_data_bars_every_claim_and_names_both_fingerprints():
    found = compared(seeds(*BASE), seeds(*BETTER, fingerprint="blake3:bb"))
    assert word(found) == "incomparable"
    assert not found.comparable
    assert (found.reasons[0].code, found.reasons[0].baseline, found.reasons[0].candidate) == (
        "eval_data",
        "blake3:aa",
        "blake3:bb",
    )


def test_one_replicate_on_other_eval_data_bars_the_whole_set():
    mixed = side_of_runs([*seeds(*BETTER).runs, a_run(0.95, seed=9, fingerprint="blake3:bb")])
    assert word(compared(seeds(*BASE), mixed)) == "incomparable"


def test_unknown_eval_data_is_noted_and_bars_nothing():
    found = compared(seeds(*BASE), seeds(*BETTER, fingerprint=None))
    assert word(found) == "better"
    assert codes(found) == ["eval_data_unverified"]


def test_a_version_stands_for_data_that_is_no_file():
    def on(version, values):
        return seeds(*values, data={}, eval_data={METRIC: version})

    assert codes(compared(on("squad-2.0", BASE), on("squad-2.0", BETTER))) == []
    assert word(compared(on("squad-2.0", BASE), on("squad-2.1", BETTER))) == "incomparable"


def test_a_metric_that_was_declared_for_other_roles_is_another_one():
    def on(role, values):
        return seeds(*values, data={}, eval_data={METRIC: role})

    assert codes(compared(on("val", BASE), on("test", BETTER))) == ["eval_role", "eval_data_unverified"]
    assert word(compared(on("val", BASE), on("test", BETTER))) == "incomparable"


def test_an_acknowledgement_of_two_values_opens_these_and_no_others():
    note = {("eval_data", frozenset({"blake3:aa", "blake3:bb"})): "the same, sorted otherwise"}
    for sides in (
        (seeds(*BASE), seeds(*BETTER, fingerprint="blake3:bb")),
        (seeds(*BASE, fingerprint="blake3:bb"), seeds(*BETTER)),
    ):
        found = compared(*sides, acknowledged=note)
        assert word(found) == "better"
        assert reason(found, "eval_data").acknowledged == "the same, sorted otherwise"
    assert word(compared(seeds(*BASE), seeds(*BETTER, fingerprint="blake3:cc"), acknowledged=note)) == "incomparable"


def test_another_goal_of_the_same_metric_bars_a_claim():
    def with_goal(goal, values):
        summaries = [MetricSummary(last=value, last_step=99, count=100, goal=goal) for value in values]
        return side_of_runs([a_run(metrics={METRIC: summary}, seed=n) for n, summary in enumerate(summaries)])

    found = compared(with_goal("max", BASE), with_goal("min", BETTER))
    assert word(found) == "incomparable"
    assert codes(found) == ["goal"]


def said(values, *goals):
    """Seeds of a metric whose name tells no goal, each of which says its own."""
    made = [
        MetricSummary(last=value, last_step=99, count=100, goal=goal) for value, goal in zip(values, goals, strict=True)
    ]
    return side_of_runs([a_run(metrics={"val/zeta": each}, primary="val/zeta", seed=n) for n, each in enumerate(made)])


def test_replicates_that_do_not_agree_on_the_goal_are_not_compared_whichever_is_named_first():
    silent = said(BASE, None, None, None)
    for goals in (("max", "min", "min"), ("min", "max", "max")):
        found = compared(silent, said(BETTER, *goals))
        assert (word(found), codes(found), only_cell(found).verdict.goal) == ("incomparable", ["goal"], None)
        told = reason(found, "goal")
        assert (told.baseline, told.candidate) == (None, "max (val/zeta), min (val/zeta)")


def test_the_goal_by_which_a_candidate_is_judged_is_not_that_of_another_candidate():
    silent = said(BASE, None, None, None)
    larger, smaller = said(BETTER, *["max"] * 3), said(BETTER, *["min"] * 3)
    for candidates, words in (((larger, smaller), ["better", "worse"]), ((smaller, larger), ["worse", "better"])):
        (row,) = compared(silent, *candidates).rows
        assert ([cell.verdict.word for cell in row.cells], row.goal) == (words, None)


def test_replicates_of_other_eval_roles_are_not_compared_with_a_baseline_that_says_none():
    def on(values, *roles):
        told = [{} if role is None else {"acc": role} for role in roles]
        return side_of_runs(
            [a_run(value, metric="acc", data={}, eval_data=each) for value, each in zip(values, told, strict=True)]
        )

    found = compared(on(BASE, None, None, None), on(BETTER, "val", "val", "test"))
    assert (word(found), codes(found)) == ("incomparable", ["eval_role", "eval_data_unverified"])


@pytest.mark.parametrize("status", ["failed", "killed", "crashed"])
def test_a_run_that_did_not_end_well_is_not_compared(status):
    found = compared(seeds(*BASE), side_of_runs([a_run(0.99, status=status)]))
    assert word(found) == "incomparable"
    assert codes(found) == ["status"]


def test_a_seed_that_crashed_bars_better_and_worse_until_it_is_acknowledged():
    lossy = side_of_runs([*seeds(*BETTER).runs, a_run(0.1, seed=9, status="crashed")])
    found = compared(seeds(*BASE), lossy)
    assert word(found) == "untested"
    told = reason(found, "left_out")
    crashed = only_cell(found).side.left_out[0].id
    assert (told.baseline, told.candidate) == ("none of 3 runs", f"crashed {crashed} of 4 runs")
    assert only_cell(found).verdict.difference.left_out == (0, 1)
    note = {("left_out", frozenset({told.baseline, told.candidate})): "the node went down"}
    assert word(compared(seeds(*BASE), lossy, acknowledged=note)) == "better"


def test_archived_seeds_are_named_with_how_they_ended_and_bar_nothing():
    put_away = [a_run(0.1, archived=True), a_run(0.1, archived=True, status="crashed")]
    found = compared(seeds(*BASE), side_of_runs(seeds(*BETTER).runs, put_away))
    told = reason(found, "archived")
    named = f"crashed {put_away[1].id}, {put_away[0].id} of {len(BETTER) + 2} runs"
    assert (told.baseline, told.candidate, told.bars) == ("none of 3 runs", named, False)
    assert word(found) == "better"


def test_a_seed_that_diverged_bars_better_and_worse():
    found = compared(seeds(*BASE), seeds(*BETTER, float("nan")))
    assert word(found) == "untested"
    diverged = only_cell(found).side.runs[-1].id
    assert reason(found, "left_out").candidate == f"diverged {diverged} of 4 runs"


def test_schedules_of_other_lengths_are_not_compared_at_a_common_step():
    sides = [seeds(*values, progress=Progress(total_steps=n)) for values, n in ((BASE, 100), (BETTER, 200))]
    assert (word(compared(*sides)), codes(compared(*sides))) == ("better", ["budget"])
    assert "schedule" in codes(compared(*sides, at=At("common")))
    assert word(compared(*sides, at=At("step", 10))) == "incomparable"


@pytest.mark.parametrize(("count", "expected"), [(100, "better"), (91, "better"), (80, "incomparable")])
def test_the_best_of_many_evaluations_is_no_better_than_the_best_of_few(count, expected):
    def evaluated(count, values):
        made = [MetricSummary(last=v, best=v, best_step=1, count=count, goal="max") for v in values]
        return side_of_runs([a_run(metrics={METRIC: summary}, seed=n) for n, summary in enumerate(made)])

    assert word(compared(evaluated(100, BASE), evaluated(count, BETTER), at=At("best"))) == expected


def test_another_budget_packages_device_or_code_is_noted():
    long = MetricSummary(last=0.95, last_step=399, count=400, goal="max")
    candidate = a_run(
        metrics={METRIC: long},
        environment=Environment(lock="blake3:2", gpu=["H100"], determinism={"torch.deterministic": True}),
        code=Code(commit="b" * 40),
    )
    baseline = a_run(
        environment=Environment(lock="blake3:1", gpu=["A100"], determinism={"torch.deterministic": False}),
        code=Code(commit="a" * 40, dirty=True),
    )
    found = compared(side_of_runs([baseline]), side_of_runs([candidate]))
    assert codes(found) == ["budget", "packages", "device", "precision", "code"]
    assert (reason(found, "budget").baseline, reason(found, "budget").candidate) == ("99", "399")
    assert reason(found, "code").baseline == "aaaaaaaaaaaa with changes"
    assert found.comparable


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ((599, None), (600, None), None),
        ((599, 600), (600, 600), None),
        ((594, None), (600, None), None),
        ((593, None), (600, None), ("593", "600")),
        ((599, 600), (600, 3000), ("599 of 600 planned", "600 of 3000 planned")),
        ((599, 600), (2999, None), ("599", "2999")),
        ((0, None), (0, None), None),
    ],
)
def test_another_budget_is_one_that_was_planned_or_more_than_rounding(ours, theirs, told):
    def side(step, planned):
        summary = MetricSummary(last=0.9, last_step=step, count=9, goal="max")
        return side_of_runs([a_run(metrics={METRIC: summary}, progress=Progress(step=step, total_steps=planned))])

    found = compared(side(*ours), side(*theirs))
    assert codes(found) == ([] if told is None else ["budget"])
    if told is not None:
        assert (reason(found, "budget").baseline, reason(found, "budget").candidate) == told


def coded(**code):
    return side_of_runs([a_run(code=Code(**code))])


@pytest.mark.parametrize(
    ("one", "other", "noted"),
    [
        ({"commit": "a", "imported_hash": "sha256:1"}, {"commit": "b", "imported_hash": "sha256:1"}, False),
        ({"commit": "a", "imported_hash": "sha256:1"}, {"commit": "b", "imported_hash": "sha256:2"}, True),
        ({"commit": "a", "imported_hash": "sha256:1"}, {"commit": "b"}, True),
        (
            {"commit": "a", "dirty": True, "imported_hash": "sha256:1"},
            {"commit": "a", "dirty": True, "imported_hash": "sha256:2"},
            True,
        ),
        ({"commit": "a", "imported_hash": "sha256:1"}, {"commit": "a", "imported_hash": "sha256:2"}, False),
    ],
)
def test_code_is_another_where_the_files_that_were_imported_are_if_all_runs_tell_them(one, other, noted):
    assert codes(compared(coded(**one), coded(**other))) == ["code"] * noted


def test_other_imported_files_are_told_with_the_commits_that_they_are_of():
    one, other = coded(commit="a" * 40, imported_hash="sha256:1"), coded(commit="b" * 40, imported_hash="sha256:2")
    found = reason(compared(one, other), "code")
    assert (found.baseline, found.candidate, found.where) == ("sha256:1", "sha256:2", ("a" * 12, "b" * 12))


@pytest.mark.parametrize("metric", ["accuracy", "val/accuracy", "test/f1"])
def test_a_metric_that_names_no_data_is_judged_on_the_only_one_that_its_run_has_for_evaluation(metric):
    def on(fingerprint, values):
        return seeds(*values, metric=metric, data={"eval": DataRef(uri="eval.npz", fingerprint=fingerprint)})

    assert word(compared(on("blake3:aa", BASE), on("blake3:aa", BETTER))) == "better"
    assert word(compared(on("blake3:aa", BASE), on("blake3:ab", BETTER))) == "incomparable"


def test_of_metrics_that_are_not_judged_nothing_is_said_of_the_data():
    sides = (seeds(*BASE, metric="train/accuracy", primary=None, fingerprint=f) for f in ("blake3:aa", "blake3:bb"))
    assert codes(compared(*sides)) == []


def test_other_eval_data_bars_what_has_no_goal_too():
    sides = (seeds(*BASE, metric="val/zeta", primary=None, fingerprint=f) for f in ("blake3:aa", "blake3:bb"))
    found = compared(*sides)
    assert (word(found), codes(found)) == ("incomparable", ["eval_data"])


def test_an_acknowledged_goal_of_one_metric_opens_no_other():
    def with_goal(metric, goal, values):
        made = [MetricSummary(last=value, last_step=99, count=100, goal=goal) for value in values]
        return side_of_runs([a_run(metrics={metric: summary}, primary=None, seed=n) for n, summary in enumerate(made)])

    told = reason(compared(with_goal("val/a", "max", BASE), with_goal("val/a", "min", BETTER)), "goal")
    note = {("goal", frozenset({told.baseline, told.candidate})): "a slip"}
    assert word(compared(with_goal("val/b", "max", BASE), with_goal("val/b", "min", BETTER), acknowledged=note)) == (
        "incomparable"
    )


def test_finished_runs_that_did_not_say_how_long_they_would_be_are_as_long_as_they_were():
    sides = [seeds(*values, progress=Progress(step=n)) for values, n in ((BASE, 100), (BETTER, 10))]
    assert "schedule" in codes(compared(*sides, at=At("common")))
