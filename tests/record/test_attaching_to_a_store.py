"""The read API: what was recorded comes back as polars frames."""

import math

import polars as pl
import pytest

import trackside
from trackside.model.errors import StoreError, UsageError


@pytest.fixture
def reader(store):
    for lr in (0.1, 0.01):
        with trackside.init(project="attach", name=f"lr-{lr}", params={"lr": lr}, store=store, quiet=True) as run:
            run.define_metric("loss", goal="min", primary=True)
            for step in range(5):
                run.log({"loss": lr * (5 - step)}, step=step)
    with trackside.attach(store) as attached:
        yield attached


def test_runs_come_as_a_frame_newest_first(reader):
    found = reader.runs()
    assert found.get_column("name").to_list() == ["lr-0.01", "lr-0.1"]
    assert found.get_column("param.lr").to_list() == [0.01, 0.1]
    assert found.get_column("metric.loss").to_list() == pytest.approx([0.01, 0.1])
    assert found.get_column("status").to_list() == ["finished", "finished"]


def test_a_filter_chooses_runs_and_says_where_it_is_mistaken(reader):
    assert reader.runs("lr<0.05").get_column("name").to_list() == ["lr-0.01"]
    with pytest.raises(UsageError):
        reader.runs("lr<(")


def test_a_curve_has_every_point(reader, store):
    found = reader.curve("loss", "lr-0.1", "lr-0.01")
    assert found.schema == {"run": pl.String, "step": pl.Int64, "time": pl.Float64, "value": pl.Float64}
    assert found.get_column("step").to_list() == [0, 1, 2, 3, 4] * 2
    assert found.get_column("value").to_list() == [0.1 * (5 - step) for step in range(5)] + [
        0.01 * (5 - step) for step in range(5)
    ]
    assert reader.curve("nothing", "lr-0.1").height == 0


def test_a_running_run_is_seen_as_far_as_it_is(reader, store):
    with trackside.init(project="attach", name="live", store=store, quiet=True) as run:
        run.log({"loss": math.nan}, step=0)
        run.log({"loss": 2.0}, step=1)
        assert reader.run("live").status == "running"
        assert reader.curve("loss", "live").get_column("value").to_list()[1] == 2.0
        run.log({"loss": 3.0}, step=2)
        assert reader.curve("loss", "live").height == 3
    assert reader.run("live").status == "finished"


def test_mistakes_are_errors_of_one_line(reader, tmp_path):
    with pytest.raises(UsageError):
        reader.run("no-such-run")
    with pytest.raises(UsageError, match="at least one RUN"):
        reader.curve("loss")
    with pytest.raises(StoreError):
        trackside.attach(tmp_path / "nowhere")
