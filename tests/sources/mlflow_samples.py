"""The project's own samples of MLflow, unpacked, and held against what was logged."""

import math
import os
import tarfile
from pathlib import Path

import msgspec
from gathered import Gathered

SAMPLES = Path(__file__).parent / "samples" / "mlflow"
VERSIONS = sorted(path.name.removesuffix(".tar.xz") for path in SAMPLES.glob("*.tar.xz"))
EXPECTED = msgspec.json.decode((SAMPLES / "expected.json").read_bytes())
LONG_AGO = 1_700_000_000


def unpack(version: str, store: str, into: Path) -> Path:
    """The folder of one store (`files` or `database`), as old as it was when it was made."""
    with tarfile.open(SAMPLES / f"{version}.tar.xz") as archive:
        archive.extractall(into, filter="data")
    for path in into.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return into / store


def compare(runs: dict[str, Gathered]) -> None:
    """Each run that was logged is there as it was logged, and nothing else is."""
    by_name = {run.facts.name: run for run in runs.values() if run.facts is not None}
    assert len(by_name) == len(runs)
    assert by_name.keys() == EXPECTED.keys()
    for name, expected in EXPECTED.items():
        run = by_name[name]
        facts = run.facts
        assert facts is not None
        assert run.refused is None
        assert run.remarks == []
        assert not facts.running
        assert facts.status == expected["status"], name
        assert facts.project == expected.get("project", "nets")
        assert facts.archived == expected.get("archived", False)
        assert facts.user == "ana"
        assert facts.notes == expected.get("notes", "")
        assert facts.tags == expected.get("tags", [])
        assert {key: str(value) for key, value in facts.params.items()} == expected.get("params", {})
        assert _curves(run) == expected.get("metrics", {}), name
        assert facts.ended is not None
        assert facts.created <= facts.ended
        parent = by_name[expected["nested"]] if "nested" in expected else None
        assert facts.group == (parent and f"{parent.facts.name} ({parent.found.identity[:8]})")


def compare_full(run: Gathered) -> None:
    """What only the run named `full` has: texts, data, artifacts, a model with its environment."""
    facts = run.facts
    assert facts is not None
    assert run.texts["report"] == [(0, "line\n" * 40)]
    assert {role: (data.uri, data.fingerprint) for role, data in facts.data.items()} == {
        "training": ("https://data.example/wine.csv", "mlflow:85abe2dc")
    }
    assert (facts.params["lr"], facts.params["bn"], facts.params["none"]) == (0.001, True, "None")
    files = {f"{file.name}/{path}" if path != file.name else path: content for file in run.files
             for path, content in file.files.items()}  # fmt: skip
    for path, size in EXPECTED["full"]["artifacts"].items():
        assert files[path].size == size
        assert files[path].path is not None
        assert files[path].path.stat().st_size == size
    model = next(file for file in run.files if file.name == "net")
    assert model.kind == "model"
    assert {"MLmodel", "requirements.txt", "python_model.pkl"} <= model.files.keys()
    assert facts.lock is not None
    assert "numpy==2.0.0\nscipy" in facts.lock
    assert facts.environment.python is not None
    assert facts.environment.packages == 3


def _curves(run: Gathered) -> dict[str, list[list[object]]]:
    return {
        metric: [
            [step, value if math.isfinite(value) else str(value)]
            for step, value in zip(curve.step.tolist(), curve.value.tolist(), strict=True)
        ]
        for metric, curve in run.curves.items()
    }
