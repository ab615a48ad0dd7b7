"""What benchmarks are built from: a store made of frames is a store like any other, and a missed target shows."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from harness import Row, paired, quantile, table
from make_store import make_store, metric_names

from trackside.store.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = make_store(tmp_path_factory.mktemp("made") / "store", runs=30, params=5, metrics=6, rows=20)
    opened = Store.open(root)
    opened.refresh()
    return opened


def test_a_made_store_has_its_runs_params_and_metrics(store: Store) -> None:
    assert store.count() == 30
    for run in store.first_page(30):
        assert run.status in ("finished", "failed")
        assert len(run.params) == 5
        assert sorted(run.metrics) == sorted(metric_names(6))
        assert run.metrics["train/loss"].count == 20
        assert run.metrics["train/loss"].nonfinite == 0
        assert run.primary == "val/accuracy"


def test_a_made_store_is_the_same_each_time(store: Store, tmp_path: Path) -> None:
    again = Store.open(make_store(tmp_path / "again", runs=30, params=5, metrics=6, rows=20))
    again.refresh()
    assert again.first_page(30) == store.first_page(30)


def test_a_missed_target_is_marked_and_counted() -> None:
    reached = Row("fast", 1.0, 2.0, "ms", "1.0 × floor")
    missed = Row("kept", 4.0, 5.0, "M/s", "1.0 × floor", at_least=True)
    lines = table([reached, missed]).splitlines()
    assert [line.startswith("MISSED") for line in lines if "floor" in line][1:] == [False, True]
    assert lines[-1] == "1 of 2 targets reached"


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile(range(1, 101), 0.95) == 95
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([7.0], 0.99) == 7.0


def test_pairs_alternate_which_goes_first() -> None:
    calls: list[str] = []
    paired(lambda: calls.append("ours"), lambda: calls.append("floor"), times=2)
    assert calls == ["ours", "floor", "floor", "ours"]
