"""Runs that were exported to event files come back as far as TensorBoard can hold them."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gathered import Gathered, gather

import trackside
from trackside.services.exchange.export_tensorboard import Exported, export_tensorboard
from trackside.sources.tensorboard import TensorBoard
from trackside.store.store import Store

ODD = [0.1, math.nan, math.inf, -math.inf, 5e-324, 1e300, -0.0, 1 / 3]
PARAMS = {"lr": 1e-3, "batch": 32, "deep": True, "layers": [1, "b"], "none": None, "größe": "a|b\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def exported(root: Path, out: Path) -> tuple[Store, dict[str, Gathered], Exported]:
    store = Store.open(root)
    store.refresh()
    runs = [run.id for run in store.first_page(10)]
    done = export_tensorboard(store, runs, out)
    return store, gather(TensorBoard(), out), done


def test_a_run_comes_back_as_float32_holds_it(root: Path, tmp_path: Path) -> None:
    given: dict[str, Any] = {"project": "digits/ä", "name": "../brisk", "group": "sweep", "notes": "# why\nö"}
    with trackside.init(store=root, quiet=True, params=PARAMS, tags=["first"], **given) as run:
        for step, value in enumerate(ODD):
            run.log({"odd": value, "train/loss": 1 / (step + 1), "said": f"text {step}"}, step=step * 1000 - 1)
        run.log({"late": 1.0}, step=2**62)
    store, runs, done = exported(root, tmp_path / "out")
    ((folder, back),) = runs.items()
    (run,) = store.first_page(10)
    assert folder == done.folders[run.id] == "digits_ä/_brisk"
    assert set(back.curves) == set(run.metrics)
    for metric in run.metrics:
        series, curve = store.series(run.id, metric), back.curves[metric]
        assert series.step.tolist() == curve.step.tolist()
        assert series.time.tolist() == curve.time.tolist()
        with np.errstate(over="ignore"):
            assert str(series.value.astype(np.float32).astype(float).tolist()) == str(curve.value.tolist())
    facts = back.facts
    assert facts.params == {**PARAMS, "layers": '[1, "b"]', "none": "None"}
    assert (facts.group, facts.status, facts.host, facts.created) == ("sweep", "finished", run.host, run.created)
    assert back.texts["notes"] == [(0, "# why\nö")]
    assert back.texts["said"] == [(step * 1000 - 1, f"text {step}") for step in range(len(ODD))]
    assert f"| id | {run.id} |" in back.texts["trackside"][0][1]
    assert back.remarks == []
    assert done.points == 2 * len(ODD) + 1
    store.close()


def test_runs_of_one_name_have_a_folder_each(root: Path, tmp_path: Path) -> None:
    for name in ("same", "SAME", "same"):
        trackside.init(store=root, project="p", name=name, quiet=True).finish()
    store, runs, done = exported(root, tmp_path / "out")
    assert len(runs) == len(done.folders) == 3
    store.close()


def test_a_run_that_failed_comes_back_so(root: Path, tmp_path: Path) -> None:
    trackside.init(store=root, project="p", quiet=True).finish("failed")
    store, runs, _ = exported(root, tmp_path / "out")
    (back,) = runs.values()
    assert back.facts.status == "failed"
    store.close()


def test_histograms_come_back_with_their_bins(root: Path, tmp_path: Path) -> None:
    with trackside.init(store=root, project="p", quiet=True) as run:
        run.log_histogram("layer/weights", ([3, 0, 5], [-1.0, 0.1, 0.2, 7.0]), step=4)
        run.log_histogram("layer/weights", [1.0, 2.0, math.nan], step=6)
        run.log_histogram("layer/weights", [math.inf], step=8)
    store, runs, done = exported(root, tmp_path / "out")
    (back,) = runs.values()
    assert [(step, one.all_edges(), one.counts) for step, one in back.histograms["layer/weights"]] == [
        (4, (-1.0, 0.1, 0.2, 7.0), (3, 0, 5)),
        (6, (1.0, 1.5, 2.0), (1, 1)),
    ]
    assert back.remarks == []
    assert done.left_out == ["how many values of 2 histograms are NaN or infinite"]
    store.close()


def test_artifacts_are_said_to_stay_behind(root: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"w")
    with trackside.init(store=root, project="p", quiet=True) as run:
        run.log_artifact(tmp_path / "weights.bin", name="model")
    store, _, done = exported(root, tmp_path / "out")
    assert done.left_out == ["1 file of artifacts, which TensorBoard has no place for"]
    store.close()
