"""Values that were measured on unlike data: no mean over them has an interval, and no change stands unmarked."""

import time
from pathlib import Path

import pytest

import trackside
from trackside.services.grouping.group_rows import GroupRows
from trackside.services.pivot.pivot import Asked as PivotAsked
from trackside.services.pivot.pivot import pivot
from trackside.services.project.decisions import acknowledge, set_baseline
from trackside.services.table.asked import Asked
from trackside.services.table.view import find, rows_of
from trackside.store.store import Store

COLUMNS = ("name", "best.val/accuracy", "metric.train/loss")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three seeds that were evaluated on `eval.txt`, and three by mistake on `train.txt`."""
    for name in ("eval", "train"):
        (tmp_path / f"{name}.txt").write_text(name)
    for name, seeds in (("eval", (1, 2, 3)), ("train", (4, 5, 6))):
        for seed in seeds:
            with trackside.init(
                project="digits",
                name=f"{name}-{seed}",
                params={"lr": 0.3},
                seed=seed,
                data={"eval": str(tmp_path / f"{name}.txt")},
                store=tmp_path / "store",
                quiet=True,
            ) as run:
                run.define_metric("val/accuracy", goal="max", primary=True, eval_data="eval")
                run.log({"val/accuracy": 0.5 + seed / 16, "train/loss": seed / 16}, step=0)
    opened = Store.open(tmp_path / "store")
    opened.refresh(thorough=True)
    return opened


def fingerprints(store: Store) -> tuple[str, str]:
    runs = {run.name: run for run in store.runs(run.id for run in store.first_page(9))}
    one, other = (runs[name].data["eval"].fingerprint for name in ("eval-1", "train-4"))
    assert one is not None
    assert other is not None
    return one, other


def texts(store: Store, asked: Asked) -> dict[str, list[str]]:
    rows = rows_of(find(store, asked), 0, 9, time.time())
    return {row.cells[0].text: [cell.text for cell in tuple(row.cells)[1:]] for row in rows}


def test_a_group_of_runs_on_unlike_eval_data_has_no_interval(store: Store) -> None:
    found = find(store, Asked(by=("param.lr",), columns=COLUMNS))
    assert found.groups is not None
    measured = found.groups.measured(0, "best.val/accuracy")
    assert measured is not None
    assert (measured.n, measured.half_width, measured.why_not) == (6, None, "unlike eval data")
    assert texts(store, found.asked)["lr=0.3"][1] == "0.7188 mixed"
    rows = GroupRows(found.groups, (), found.columns, time.time())
    assert rows.remark_at(0) == "unlike eval data: no interval of best val/accuracy"


def test_a_mean_over_one_test_set_keeps_its_interval_though_the_validation_sets_are_unlike(tmp_path: Path) -> None:
    for name in ("val", "other", "test"):
        (tmp_path / f"{name}.txt").write_text(name)
    unlike = [(0.3, 1, "val"), (0.3, 2, "val"), (0.3, 3, "other"), (0.3, 3, "val")]
    for lr, seed, val in [*unlike, *((0.1, seed, "val") for seed in (1, 2, 3, 3))]:
        with trackside.init(
            params={"lr": lr},
            seed=seed,
            data={"val": str(tmp_path / f"{val}.txt"), "test": str(tmp_path / "test.txt")},
            store=tmp_path / "store",
            quiet=True,
        ) as run:
            run.log({"train/loss": seed / 8, "val/accuracy": seed / 8, "test/accuracy": seed / 8}, step=0)
    store = Store.open(tmp_path / "store")
    store.refresh(thorough=True)
    metrics = ("metric.train/loss", "metric.test/accuracy", "metric.val/accuracy", "=last(val/accuracy) * 2")
    found = find(store, Asked(by=("param.lr",), columns=("name", *metrics)))
    groups = texts(store, found.asked)
    mean = "0.25 ± 0.31 (3)"
    assert groups["lr=0.3"][1:] == [mean, mean, "0.2812 mixed", "0.5625 mixed"]
    assert groups["lr=0.1"][1:] == [mean, mean, mean, "0.50 ± 0.62 (3)"]
    assert found.groups is not None
    rows = GroupRows(found.groups, (), found.columns, time.time())
    remarks = {label: rows.remark_at(place) for place, label in enumerate(groups)}
    assert remarks == {"lr=0.3": "unlike eval data: no interval of val/accuracy and 1 more", "lr=0.1": ""}


def test_replicates_that_declared_other_versions_of_their_eval_data_have_no_interval(tmp_path: Path) -> None:
    for seed, version in ((1, "v1"), (2, "v1"), (3, "v2")):
        with trackside.init(params={"lr": 0.3}, seed=seed, store=tmp_path / "store", quiet=True) as run:
            run.define_metric("accuracy", eval_data=version)
            run.log({"accuracy": seed / 8, "train/loss": seed / 8}, step=0)
    store = Store.open(tmp_path / "store")
    store.refresh(thorough=True)
    asked = Asked(by=("replicates",), columns=("name", "metric.accuracy", "metric.train/loss"))
    (group,) = texts(store, asked).values()
    assert group == ["3", "0.25 mixed", "0.25 ± 0.31"]


def test_eval_data_that_a_person_acknowledged_to_be_the_same_is_one(store: Store) -> None:
    acknowledge(store, "digits", "eval_data", *fingerprints(store), "the same images, sorted")
    store.refresh()
    set_baseline(store, "digits", next(run.id for run in store.first_page(9) if run.name == "eval-1"))
    store.refresh()
    assert " ± " in texts(store, Asked(by=("param.lr",), columns=COLUMNS))["lr=0.3"][1]
    changes = texts(store, Asked(columns=COLUMNS, change="delta"))
    assert not any("?" in text for row in changes.values() for text in row)


def test_runs_that_were_trained_on_other_data_are_of_several_methods(tmp_path: Path) -> None:
    for seed in range(4):
        (tmp_path / "train.txt").write_text("half" if seed < 2 else "all")
        with trackside.init(
            params={"lr": 0.3},
            seed=seed,
            data={"train": str(tmp_path / "train.txt")},
            store=tmp_path / "store",
            quiet=True,
        ) as run:
            run.log({"loss": seed / 16}, step=0)
    store = Store.open(tmp_path / "store")
    store.refresh(thorough=True)
    groups = find(store, Asked(by=("param.lr",), columns=("name", "metric.loss"))).groups
    assert groups is not None
    assert groups.why_no_interval(0) == "runs of several methods"
    (cell,) = pivot(store, PivotAsked(rows=("lr",), values=("loss",)), time.time()).groups[0].cells.values()
    assert (cell.mixes, cell.half_width) == (("data",), None)


@pytest.mark.parametrize(("change", "text"), [("delta", "+0.1875 ?"), ("percent", "+33% ?")])
def test_a_change_to_a_baseline_that_was_measured_on_unlike_data_is_marked(store: Store, change, text) -> None:
    set_baseline(store, "digits", next(run.id for run in store.first_page(9) if run.name == "eval-1"))
    store.refresh()
    changes = texts(store, Asked(columns=COLUMNS, change=change))
    assert changes["train-4"][0] == text
    assert "?" not in changes["train-4"][1]
    assert not any("?" in cell for name in ("eval-1", "eval-2") for cell in changes[name])
    derived = texts(store, Asked(columns=("name", "=best(val/accuracy) * 2"), change=change))
    assert derived["train-4"][0].endswith(" ?")
    assert not derived["eval-2"][0].endswith(" ?")


def test_a_group_with_runs_on_other_data_than_the_baselines_has_a_mark_behind_its_change(store: Store) -> None:
    set_baseline(store, "digits", next(run.id for run in store.first_page(9) if run.name == "eval-1"))
    store.refresh()
    groups = texts(store, Asked(by=("seed",), columns=COLUMNS, change="delta"))
    assert groups["seed=4"][1:] == ["+0.1875 ?", "+0.1875"]
    assert groups["seed=2"][1:] == ["+0.0625", "+0.0625"]
