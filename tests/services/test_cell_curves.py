"""The difference of two sides along the x axes of a chart."""

import numpy as np
import pytest
from some_runs import METRIC, a_run, compared, seeds

from trackside.compare.sides import side_of_runs
from trackside.services.comparison.cell_curves import difference_along, difference_of
from trackside.store.curves import Series


def series(values, *, began, pace, every=10):
    steps = np.arange(0, every * len(values), every, dtype=np.int64)
    return Series(steps, began + steps * pace, np.array(values, float))


@pytest.fixture
def sides():
    """One run that begins at 1,000 s, a step a second, and one at 5,000 s, two steps a second and every fifth step."""
    runs = [a_run(created=1_000.0), a_run(created=5_000.0)]
    curves = {
        (runs[0].id, METRIC): series([0, 1, 2, 3, 4], began=1_000, pace=1),
        (runs[1].id, METRIC): series([10, 11, 12, 13, 14, 15, 16, 17, 18], began=5_000, pace=0.5, every=5),
        (runs[0].id, "epoch"): series([1, 2, 3, 4, 5], began=1_000, pace=1),
        (runs[1].id, "epoch"): series([2, 3, 4], began=5_000, pace=0.5, every=20),
    }
    none = Series(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    return (*map(side_of_runs, ([runs[0]], [runs[1]])), lambda run_id, name: curves.get((run_id, name), none))


@pytest.mark.parametrize(
    ("x", "places", "delta"),
    [
        ("step", [0, 10, 20, 30, 40], [10, 11, 12, 13, 14]),
        ("relative", [0, 10, 20], [10, 13, 16]),
        ("epoch", [2, 3, 4], [12, 15, 15]),
        ("time", [], []),
        ("nothing", [], []),
    ],
)
def test_curves_are_subtracted_along_every_axis(sides, x, places, delta):
    found = difference_along(x, METRIC, *sides)
    assert (found.places.tolist(), found.delta.tolist()) == (places, delta)


def test_where_the_axis_has_no_place_in_common_that_is_said(sides):
    said = difference_along("time", METRIC, *sides).why_not
    assert said == "the curves have no place in common: one ends before another begins"
    assert difference_along("nothing", METRIC, *sides).why_not == "2 of 2 curves have no point"


def test_runs_of_one_seed_count_as_one(sides):
    run = sides[0].lead
    again = side_of_runs([run, a_run(id="again")])
    curves = {run.id: sides[2](run.id, METRIC), "again": series([2, 3, 4, 5, 6], began=0, pace=1)}
    seeded = side_of_runs([a_run(id="one", seed=1), a_run(id="two", seed=1)])
    curves |= {"one": curves[run.id], "two": curves["again"]}
    found = difference_along("step", METRIC, again, seeded, lambda run_id, _: curves[run_id])
    assert (found.n, found.delta.tolist()) == ((2, 1), [0, 0, 0, 0, 0])


class TestWhatBarsValuesBarsCurves:
    """Also of a metric without a goal, of which nothing better or worse could be said."""

    def claimed(self, baseline, candidate, **rules):
        """Why nothing is claimed of the curves of the one metric, of whatever length they are."""
        ((row,),) = (compared(baseline, candidate, **rules).rows,)
        curves = {
            run.id: series([0.1, 0.2, 0.3], began=0, pace=1) for side in (baseline, candidate) for run in side.runs
        }
        return difference_of(row, baseline, row.cells[0], lambda run_id, _: curves[run_id]).why_not

    def of_values(self, *values, **more):
        return seeds(*values, metric="val/zeta", primary=None, **more)

    def test_other_eval_data(self):
        sides = [self.of_values(0.1, 0.2, 0.3, fingerprint=each) for each in ("blake3:aa", "blake3:bb")]
        assert self.claimed(*sides) == "the sides are not comparable"

    def test_a_seed_that_failed(self):
        failed = a_run(0.1, metric="val/zeta", primary=None, seed=9, status="failed")
        lossy = side_of_runs([*self.of_values(0.1, 0.2, 0.3).runs, failed])
        bars = "a run that did not end well or diverged is left out, and nobody acknowledged that"
        assert self.claimed(self.of_values(0.1, 0.2, 0.3), lossy) == bars
        values = frozenset({"none of 3 runs", f"failed {failed.id} of 4 runs"})
        assert self.claimed(self.of_values(0.1, 0.2, 0.3), lossy, acknowledged={("left_out", values): "fell"}) != bars

    def test_fewer_seeds_than_planned(self):
        sides = self.of_values(0.1, 0.2, 0.3), self.of_values(0.2, 0.3, 0.4)
        assert "fewer seeds ended than were planned" in self.claimed(*sides, planned_seeds=5)
