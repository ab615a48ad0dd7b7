"""`trackside ls --json` on folders of other systems: every value is the one that the vendors' own readers say."""

import json
import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gathered import Gathered
from mlflow_samples import VERSIONS, unpack

from trackside.model import ids
from trackside.model.system import is_system
from trackside.services.documents import plain
from trackside.sources.table import SOURCES
from trackside.sources.walk import Walk

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
OWN = Path(__file__).parents[1] / "sources" / "samples"
LONG_AGO = 1_700_000_000
MLFLOW = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "killed", "RUNNING": "crashed"}
EXITED = {None: "crashed", 0: "finished", 1: "failed", 255: "killed"}
CUT_OFF = {"wandb": {"train/loss": 59}, "tensorboard": {"train/loss": 52}}
"""How many points a client had written of its sample that was cut off, by its files."""

Json = dict[str, Any]
Listed = Callable[[Path], list[Json]]


@pytest.fixture
def listed(call) -> Listed:
    def ls(folder: Path) -> list[Json]:
        listed, archived = (call("ls", "--json", *filter_, on=folder) for filter_ in ((), ("archived:true",)))
        assert (listed.status, archived.status) == (0, 0), listed.err
        return json.loads(listed.out) + json.loads(archived.out)

    return ls


@pytest.fixture
def sample(tmp_path) -> Callable[[str], Path]:
    """A copy of a folder of the samples, of files that nobody writes to any more."""

    def copied(name: str) -> Path:
        if not SAMPLES.is_dir():
            pytest.skip(f"the samples are not here: no folder {SAMPLES}")
        return at_rest(SAMPLES / name, tmp_path / "copy")

    return copied


def at_rest(folder: Path, copy: Path) -> Path:
    shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns("expected.json"))
    for path in copy.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    return copy


def said(name: str) -> Json:
    return json.loads((SAMPLES / name / "expected.json").read_text())


def flat(values: Json, path: str = "") -> Json:
    found: Json = {}
    for key, value in values.items():
        found |= flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def differences(run: Json, expected: Json) -> list[str]:
    """How a run differs from what is expected of it, a line for each thing."""
    lines = [
        f"{run['name']}: {field} is {run[field]!r}, not {value!r}"
        for field, value in expected.items()
        if field not in ("metrics", "params") and run[field] != value
    ]
    if "params" in expected:
        lines += [
            f"{run['name']}: param {key} is {run['params'].get(key)!r}, not {expected['params'].get(key)!r}"
            for key in sorted(run["params"].keys() | expected["params"].keys())
            if run["params"].get(key) != expected["params"].get(key)
        ]
    for metric, statistics in expected["metrics"].items():
        got = run["metrics"].get(metric)
        if got is None:
            lines.append(f"{run['name']}: no metric {metric}")
            continue
        lines += [
            f"{run['name']}: {what} of {metric} is {has(got, what)!r}, not {value!r}"
            for what, value in statistics.items()
            if what != "first_step" and not same(what, has(got, what), value)
        ]
    return lines


def has(metric: Json, what: str) -> Any:
    if what != "sum_finite":
        return metric[what]
    finite = metric["count"] - metric["nonfinite"]
    return metric["mean"] * finite if finite else 0.0


def same(what: str, got: Any, expected: Any) -> bool:
    if what == "sum_finite":
        return math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-9)
    return bool(got == expected)


def as_float32(statistics: Json) -> Json:
    """What is left of statistics where a format holds floats of 32 bits."""
    import numpy as np

    last = statistics["last"]
    rounded = {"last": last if isinstance(last, str) else float(np.float32(last))}
    return {key: value for key, value in statistics.items() if key != "sum_finite"} | rounded


@pytest.mark.parametrize("system", ["wandb", "tensorboard", "mlflow_file", "mlflow_sqlite", "comet"])
def test_what_the_vendors_own_clients_logged_is_listed(sample, listed, system):
    runs = {run["name"]: run for run in listed(sample(f"vendor/{system}"))}
    expected = said("vendor")
    if system.startswith("mlflow"):
        assert runs.pop("child-of-0")["group"].startswith("sample-0 (")
    if system == "comet":
        lost = next(name for name in runs if name not in expected)
        assert (runs[lost]["status"], runs[lost]["metrics"]) == ("crashed", {})
        del runs[lost], expected["sample-2"]
    assert runs.keys() == expected.keys()
    wanted = {name: of_vendor(system, one) for name, one in expected.items()}
    assert [line for name, run in runs.items() for line in differences(run, wanted[name])] == []


def of_vendor(system: str, logged: Json) -> Json:
    """What is to be shown of a sample, by what was logged and by what the format can hold."""
    end = "finished" if logged["complete"] else "crashed"
    metrics = logged["metrics"]
    if not logged["complete"]:
        cut = CUT_OFF.get(system, {})
        metrics = {name: {"count": cut[name]} if name in cut else metric for name, metric in metrics.items()}
    if system == "tensorboard":
        floats = {name: as_float32(metric) if "last" in metric else metric for name, metric in metrics.items()}
        return {"status": "finished", "metrics": floats}
    said = {"metrics": metrics, "params": flat(logged["params"]), "notes": logged["notes"], "status": end}
    if system.startswith("mlflow"):
        return said | {"tags": [f"intent:{','.join(logged['tags']) or 'none'}"]}
    if system == "comet":
        return said | {"tags": logged["tags"]}
    return said | {"tags": logged["tags"], "group": logged["group"] or None}


def test_public_runs_of_wandb_are_listed_as_wandb_reads_them(sample, listed):
    runs = {run["source_id"].rpartition("/")[2]: run for run in listed(sample("public/wandb"))}
    expected = {one["run_id"]: one for one in said("public/wandb").values()}
    assert runs.keys() == expected.keys()
    wanted = {
        run_id: {
            "name": one["name"] or run_id,
            "project": one["project"],
            "host": one["host"],
            "notes": one["notes"],
            "tags": one["tags"],
            "group": one["group"] or None,
            "exit_code": one["exit_code"],
            "status": EXITED[one["exit_code"]],
            "params": flat(one["config"]),
            "metrics": one["metrics"],
        }
        for run_id, one in expected.items()
    }
    assert [line for run_id, run in runs.items() for line in differences(run, wanted[run_id])] == []


def test_public_runs_of_mlflow_are_listed_as_mlflow_reads_them(sample, listed):
    runs = {run["source_id"].rpartition("/")[2]: run for run in listed(sample("public/mlflow"))}
    expected = said("public/mlflow")
    assert runs.keys() == expected.keys()
    wanted = {
        run_id: {
            "name": one["name"],
            "project": one["project"],
            "user": one["tags"]["mlflow.user"],
            "status": MLFLOW[one["status"]],
            "metrics": one["metrics"],
        }
        for run_id, one in expected.items()
    }
    assert [line for run_id, run in runs.items() for line in differences(run, wanted[run_id])] == []
    for run_id, run in runs.items():
        assert {key: str(value) for key, value in run["params"].items()} == expected[run_id]["params"]


def test_public_runs_of_tensorboard_are_listed_as_tensorboard_reads_them(sample, listed, call):
    folder = sample("public/tensorboard")
    runs = {address(call, folder, run["id"]): run for run in listed(folder)}
    expected = said("public/tensorboard")
    assert runs.keys() == expected.keys()
    wanted = {name: {"status": "finished", "metrics": metrics} for name, metrics in expected.items()}
    assert [line for name, run in runs.items() for line in differences(run, wanted[name])] == []


def address(call, folder: Path, run_id: str) -> str:
    shown = json.loads(call("show", "--json", run_id, on=folder).out)
    return os.path.relpath(shown["address"], folder)


OWN_SAMPLES = [
    *sorted(folder.name for folder in OWN.iterdir() if folder.is_dir() and folder.name != "mlflow"),
    *(f"mlflow/{version}/{store}" for version in VERSIONS for store in ("files", "database")),
]


@pytest.mark.parametrize("name", OWN_SAMPLES)
def test_what_a_source_reads_is_what_is_listed(tmp_path, listed, name):
    if name.startswith("mlflow/"):
        _, version, store = name.split("/")
        folder = unpack(version, store, tmp_path / "copy")
    else:
        folder = at_rest(OWN / name, tmp_path / "copy")
    runs = {run["id"]: run for run in listed(folder)}
    read = {ids.foreign_id(run.found.source, run.found.identity): run for run in gathered(folder)}
    assert runs.keys() == read.keys()
    assert [line for run_id, run in runs.items() for line in differences(run, of_gathered(read[run_id]))] == []
    for run_id, run in runs.items():
        assert run["metrics"].keys() == {name for name, one in read[run_id].statistics().items() if one["count"]}


def gathered(folder: Path) -> Iterator[Gathered]:
    """What is read without the store, and added up without it."""
    of = {source.name: source for source in SOURCES}
    for found in Walk(folder, SOURCES).find():
        yield Gathered(found).take(of[found.source].follow(found, None))


def of_gathered(run: Gathered) -> Json:
    facts = run.facts
    assert facts is not None
    metrics = {name: one for name, one in run.statistics().items() if one["count"]}
    return {
        "name": facts.name,
        "project": facts.project,
        "group": facts.group,
        "status": facts.status,
        "tags": facts.tags,
        "notes": facts.notes,
        "user": facts.user,
        "archived": facts.archived,
        "exit_code": facts.exit_code,
        "params": plain(facts.params),
        "metrics": plain({name: one for name, one in metrics.items() if not is_system(name)}),
    }
