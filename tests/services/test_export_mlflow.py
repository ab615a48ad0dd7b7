"""Runs that were exported to MLflow come back as they were, read as what MLflow itself would have written."""

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from gathered import Gathered, gather

import trackside
from trackside.model.run import Run
from trackside.services.exchange.export_mlflow import Exported, export_mlflow
from trackside.sources.mlflow.source import Mlflow
from trackside.store.store import Store

ODD = [0.1, math.nan, math.inf, -math.inf, 5e-324, 1e300, -0.0, 1 / 3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def recorded(root: Path, status: Any = "finished", **given: Any) -> None:
    """A run with a metric or two, and what else is given."""
    with trackside.init(store=root, quiet=True, **({"project": "digits"} | given)) as run:
        for step, value in enumerate(ODD):
            run.log({"odd": value, "train/loss": 1 / (step + 1)}, step=step)
        run.finish(status)


def exported(root: Path, out: Path) -> tuple[Run, Gathered, Exported]:
    """The one run of a store, as it is and as it came back."""
    store = Store.open(root)
    store.refresh()
    (run,) = store.first_page(10)
    done = export_mlflow(store, [run.id], out)
    (back,) = gather(Mlflow(), out).values()
    for metric, name in {metric: done.renamed.get(f"metrics/{metric}", metric) for metric in run.metrics}.items():
        series, curve = store.series(run.id, metric), back.curves[name]
        assert series.step.tolist() == curve.step.tolist()
        assert list(map(repr, series.value.tolist())) == list(map(repr, curve.value.tolist()))
        assert [round(time * 1000) for time in series.time.tolist()] == [round(t * 1000) for t in curve.time.tolist()]
    assert len(back.curves) == len(run.metrics)
    store.close()
    return run, back, done


def test_a_run_comes_back_as_it_was(root: Path, tmp_path: Path) -> None:
    params = {
        "lr": 1e-3,
        "model": {"depth": 4},
        "flag": True,
        "layers": [1, "b"],
        "prompt": "a\n\x1b[31m b",
        "none": None,
    }
    recorded(
        root,
        name="../brisk",
        project="digits/ä: x",
        group="sweep",
        tags=["first", "team:vision", "team:x"],
        notes="# why\n\nbecause: 'ö'",
        params=params,
        seed=7,
    )
    run, back, done = exported(root, tmp_path / "out")
    facts = back.facts
    assert facts is not None
    assert (facts.name, facts.project, facts.group, facts.status) == (run.name, run.project, "sweep", "finished")
    assert (facts.tags, facts.notes, facts.user) == (sorted(run.tags), run.notes, run.user)
    assert (facts.host, facts.seed, facts.archived) == (run.host, 7, False)
    assert facts.params == {**run.params, "layers": '[1, "b"]', "none": "None"}
    assert (facts.created, facts.ended) == pytest.approx((run.created, run.ended), abs=0.001)
    assert (facts.code.commit, facts.code.branch) == (run.code.commit, run.code.branch)
    assert (done.runs, done.points, done.left_out, back.remarks) == ([run.id], 16, [], [])


@pytest.mark.parametrize(("status", "back"), [("failed", "failed"), ("killed", "killed"), ("finished", "finished")])
def test_how_a_run_ended_comes_back(root: Path, tmp_path: Path, status: str, back: str) -> None:
    recorded(root, status)
    _, read, _ = exported(root, tmp_path / "out")
    assert read.facts is not None
    assert read.facts.status == back


def test_an_archived_run_comes_back_archived(root: Path, tmp_path: Path) -> None:
    recorded(root)
    store = Store.open(root)
    store.refresh()
    store.editor().set_fields(store.first_page(1)[0].id, {"archived": True})
    store.close()
    run, back, _ = exported(root, tmp_path / "out")
    assert back.facts is not None
    assert run.archived
    assert back.facts.archived


def test_artifacts_data_and_texts_come_along(root: Path, tmp_path: Path) -> None:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "a b.bin").write_bytes(b"\x00\xff" * 1_000)
    (tmp_path / "data.csv").write_text("x,y\n")
    with trackside.init(project="digits", store=root, data={"train": tmp_path / "data.csv"}, quiet=True) as run:
        run.log_artifact(tmp_path / "folder", name="model")
        run.log_artifact(tmp_path / "data.csv")
        run.log({"sample": "hello", "loss": 1.0}, step=3)
    ran, back, done = exported(root, tmp_path / "out")
    files = {file.name: file.files for file in back.files}
    assert set(files) == {"model", "data.csv", "trackside"}
    assert content(files["model"]["deep/a b.bin"]) == b"\x00\xff" * 1_000
    assert content(files["data.csv"]["data.csv"]) == b"x,y\n"
    assert b'"text": "hello"' in content(files["trackside"]["texts/sample.jsonl"])
    assert back.facts is not None
    assert back.facts.data["train"].uri == ran.data["train"].uri
    assert done.left_out == []


def content(placed: Any) -> bytes:
    return bytes(placed.path.read_bytes())


def test_content_that_is_gone_is_told_and_all_else_is_written(root: Path, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"weights")
    with trackside.init(project="digits", name="brisk", store=root, quiet=True) as run:
        run.log_artifact(tmp_path / "w.bin")
        run.log({"loss": 1.0}, step=0)
    shutil.rmtree(root / "blobs")
    _, back, done = exported(root, tmp_path / "out")
    (line,) = done.left_out
    assert line.startswith("brisk: w.bin: ")
    assert "is missing from the store" in line
    assert "loss" in back.curves


def test_names_that_mlflow_does_not_take_are_told(root: Path, tmp_path: Path) -> None:
    with trackside.init(project="digits", store=root, params={"a%": 1}, quiet=True) as run:
        run.log({"loss": 1.0, "loss/sub": 2.0, "acc (%)": 3.0}, step=0)
    _, back, done = exported(root, tmp_path / "out")
    assert set(done.renamed) == {"metrics/loss", "metrics/acc (%)", "params/a%"}
    assert set(back.curves) == {"loss/sub", "acc ___", done.renamed["metrics/loss"]}


def test_runs_of_one_project_are_one_experiment(root: Path, tmp_path: Path) -> None:
    for project in ("a", "a", "Default"):
        recorded(root, project=project)
    store = Store.open(root)
    store.refresh()
    export_mlflow(store, [run.id for run in store.first_page(10)], tmp_path / "out")
    store.close()
    runs = gather(Mlflow(), tmp_path / "out").values()
    assert sorted(run.facts.project for run in runs if run.facts) == ["Default", "a", "a"]
    assert (tmp_path / "out" / "0" / "meta.yaml").exists()
    assert len(list((tmp_path / "out").glob("*/meta.yaml"))) == 2
