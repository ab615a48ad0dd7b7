"""The curves of real runs, recorded and read back through a store."""

import numpy as np
import pytest

import trackside
from trackside.model.errors import UsageError
from trackside.services.metrics.curves import _gaps, chart_options, curves, paired
from trackside.store.store import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, slope in (("one", 1.0), ("two", 2.0)):
        with trackside.init(project="p", name=name, store=tmp_path / "store", quiet=True) as run:
            for step in range(100):
                run.log({"train/loss": slope * step, "lr": 1 / (step + 1)}, step=step)
                if step % 10 == 0:
                    run.log({"val/loss": float("nan") if step == 50 else slope * step + 1}, step=step)
            run.note("lr dropped by hand", step=40)
    found = Store.open(tmp_path / "store")
    found.refresh()
    yield found
    found.close()


def ids(store):
    return [run.id for run in sorted(store.first_page(10), key=lambda run: run.name)]


def test_each_run_is_a_curve_labelled_by_its_name(store):
    one, two = curves(store, ids(store), "train/loss")
    assert (one.label, two.label) == ("one", "two")
    assert two.y.tolist() == [2.0 * step for step in range(100)]
    assert one.owner != two.owner


def test_training_and_validation_share_a_chart_solid_and_dotted(store):
    metrics = paired(store.runs(ids(store)), "val/loss")
    assert metrics == ("train/loss", "val/loss")
    train, val = curves(store, ids(store)[:1], metrics)
    assert (train.label, train.stroke) == ("train", "solid")
    assert (val.label, val.stroke) == ("val", "dotted")
    assert train.owner == val.owner


def test_notes_and_values_that_are_no_numbers_are_marked_where_they_happened(store):
    train, val = curves(store, ids(store)[:1], ("train/loss", "val/loss"))
    assert [(mark.x, mark.kind, mark.text) for mark in train.marks] == [(40.0, "note", "lr dropped by hand")]
    assert [(mark.x, mark.kind) for mark in val.marks] == [(50.0, "nan")]


def test_relative_time_begins_when_the_run_was_made(store):
    (one, _) = curves(store, ids(store), "train/loss", x="relative")
    assert 0 <= one.x[0] < 60
    assert np.all(np.diff(one.x) >= 0)
    assert chart_options("relative").x_kind == "duration"


def test_another_metric_may_be_the_x_axis(store):
    (one, _) = curves(store, ids(store), "val/loss", x="lr")
    assert one.x.tolist() == pytest.approx([1 / (step + 1) for step in range(0, 100, 10)])


def test_an_x_axis_that_no_run_has_is_a_mistake(store):
    with pytest.raises(UsageError, match="epoch"):
        curves(store, ids(store), "train/loss", x="epoch")


def test_a_run_without_the_metric_has_no_curve(store):
    assert curves(store, ids(store), "nothing") == []


def test_smoothed_curves_keep_their_raw_values(store):
    (one, _) = curves(store, ids(store), "train/loss", smooth=0.9)
    assert one.behind.tolist() == [float(step) for step in range(100)]
    assert one.y[-1] < 99


def test_a_gap_is_marked_at_the_last_point_before_it_and_names_its_end():
    series = np.r_[0:100, 400:500].astype(float)
    (found,) = _gaps(series, "step")
    assert (found.x, found.kind, found.text) == (99.0, "gap", "no point until 400")


def test_a_gap_among_few_points_is_marked_too():
    assert [found.x for found in _gaps(np.array([*range(10), 100], float), "step")] == [9.0]
    two_gaps = np.r_[0:7, 100:107, 200:207].astype(float)
    assert [found.x for found in _gaps(two_gaps, "step")] == [6.0, 106.0]


@pytest.mark.parametrize("steps", [1.3 ** np.arange(40), np.repeat([1.0, 2.0], 50), np.array([0.0, 1.0, 900.0])])
def test_points_that_grow_rarer_stand_alike_or_are_few_have_no_gap(steps):
    assert _gaps(steps, "step") == []
