"""What the curves of a comparison are called, and how many are drawn."""

import numpy as np
from some_runs import METRIC, a_run, compared, seeds

from trackside.compare.sides import side_of_runs
from trackside.services.comparison.curves_view import MOST_CURVES, Look, beside, overlay
from trackside.store.curves import Series

STEPS = np.arange(10)


def rising(run_id: str, metric: str) -> Series:
    """The same curve for every run, or none of another metric."""
    steps = STEPS if metric == METRIC else STEPS[:0]
    return Series(steps, steps.astype(float), steps / 10)


def test_sides_beyond_those_that_can_be_told_apart_are_left_out_and_counted():
    sides = [side_of_runs([a_run()]) for _ in range(MOST_CURVES + 3)]
    found = overlay(sides, Look(METRIC), rising)
    assert len(found.curves) == MOST_CURVES
    assert found.title == f"{METRIC}, 3 sides more left out"


def test_means_are_called_so_only_where_there_is_one():
    single, several = side_of_runs([a_run()]), seeds(1, 2, 3)
    assert overlay([single], Look(METRIC), rising).title == METRIC
    assert overlay([single, several], Look(METRIC), rising).title == f"{METRIC}: means of seeds, bands of one SD"
    assert overlay([single, several], Look(METRIC, each=True), rising).title == f"{METRIC}: each run"


def test_runs_of_one_name_on_two_sides_are_told_apart():
    sides = [side_of_runs([a_run(name="run")]) for _ in range(2)]
    labels = [curve.label for curve in overlay(sides, Look(METRIC), rising).curves]
    assert labels == [f"run {side.lead.id[-4:]}" for side in sides]


def test_where_the_axis_gives_no_place_in_common_that_is_all_that_is_shown():
    found = compared(seeds(1, 2, 3), seeds(4, 5, 6))
    shown = beside(found, Look(METRIC, x="epoch"), rising)
    assert shown.curve is None
    assert shown.why_not == "6 of 6 curves have no point"
    assert shown.title.endswith("no band")


def test_where_the_curves_part_is_marked_on_the_axis_and_told_as_a_place_on_it():
    baseline, candidate = seeds(0, 0, 0, created=0.0), seeds(1, 1, 1, created=0.0)
    chance = np.random.default_rng(4)
    curves = {
        run.id: Series(
            np.arange(200), np.arange(200) * 60.0, chance.normal(size=200) + 50 * apart * (np.arange(200) > 99)
        )
        for apart, side in enumerate((baseline, candidate))
        for run in side.runs
    }
    found = compared(baseline, candidate)
    for x, said in (("step", "step 100"), ("relative", "1h40m after the start")):
        shown = beside(found, Look(METRIC, x=x), lambda run_id, _: curves[run_id])
        assert [mark.text for mark in shown.curve.marks] == ["the curves part"]
        assert f"the curves part at {said}: from there on" in shown.sentences[1]
