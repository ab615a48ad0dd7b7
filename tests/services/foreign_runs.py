"""Folders of other systems for tests: samples at rest, a run that a test writes, and what is shown of them."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlflow_samples import unpack

from trackside.model.errors import DamagedError
from trackside.services.documents import full_document, plain
from trackside.services.places.opening import open_places
from trackside.store.any_store import AnyStore
from trackside.store.store import Store

SAMPLES = Path(__file__).parents[1] / "sources" / "samples"
FORMATS = sorted(folder.name for folder in SAMPLES.iterdir() if folder.is_dir())
LONG_AGO = 1_700_000_000


def samples(formats: Iterable[str], into: Path) -> Path:
    """Copies of the project's samples, of files that nobody writes to any more."""
    for name in formats:
        if name == "mlflow":
            unpack("mlflow-3.17.2", "files", into / name)
        else:
            shutil.copytree(SAMPLES / name, into / name, symlinks=True)
    rest(into)
    return into


def rest(folder: Path) -> None:
    """Make all files and folders old."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)


def write_run(path: Path, values: Iterable[float], **more: Any) -> Path:
    """A run as lines of JSON, a step each, at rest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line(step, value, **more) for step, value in enumerate(values)))
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def line(step: int, value: float, **more: Any) -> str:
    return json.dumps({"step": step, "loss": value, "time": LONG_AGO + step, **more}) + "\n"


def held(folder: Path) -> list[str]:
    """The logs below a folder that this process holds open, as often as it does."""
    names = [os.path.realpath(descriptor) for descriptor in Path("/proc/self/fd").iterdir()]
    return sorted(name for name in names if name.startswith(f"{folder}/") and ".log" in name)


def shown(places: Iterable[Path | str]) -> dict[str, dict[str, Any]]:
    """All that is shown of each run at these places, a new reader's words."""
    opened = open_places([str(place) for place in places])
    try:
        opened.catch_up()
        return documents(opened.store)
    finally:
        opened.store.close()


def shown_of(store: Path) -> dict[str, dict[str, Any]]:
    """All that is shown of each run of a store, after its index was thrown away."""
    shutil.rmtree(store / "index", ignore_errors=True)
    return shown([store])


def documents(store: AnyStore) -> dict[str, dict[str, Any]]:
    runs = store.first_page(10_000)
    return {run.id: plain(full_document(run, 0.0)) | {"curves": curves(store, run.id, run.metrics)} for run in runs}


def curves(store: AnyStore, run_id: str, metrics: Iterable[str]) -> dict[str, Any]:
    """Every point, as text, so that NaN is NaN."""
    read = {metric: store.series(run_id, metric) for metric in metrics}
    return {name: repr((one.step.tolist(), one.time.tolist(), one.value.tolist())) for name, one in read.items()}


def without_hashes(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document without where the content of artifacts lies."""
    artifacts = {
        name: artifact | {"files": {path: file["bytes"] for path, file in artifact["files"].items()}}
        for name, artifact in document["artifacts"].items()
    }
    return {**document, "artifacts": artifacts}


def contents(store: AnyStore) -> dict[str, bytes | None]:
    """The content of every file of every artifact; None where it is gone."""
    found: dict[str, bytes | None] = {}
    for run in store.first_page(10_000):
        for artifact in run.artifacts.values():
            for path, (digest, _) in artifact.files.items():
                try:
                    found[f"{run.id} {artifact.name} {path}"] = store.content(run.id, digest)
                except DamagedError:
                    found[f"{run.id} {artifact.name} {path}"] = None
    return found


def tree(folder: Path) -> dict[str, tuple[int, bytes | str | None]]:
    """Every path below a folder with its time and its bytes."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None,
        )
        for path in (folder, *sorted(folder.rglob("*")))
    }


def bytes_of(store: Path) -> dict[str, bytes]:
    """Every file of a store but its index."""
    files = (path for path in store.rglob("*") if path.is_file() and "index" not in path.relative_to(store).parts)
    return {str(path.relative_to(store)): path.read_bytes() for path in files}


def new_store(root: Path) -> Store:
    from trackside.services.places.opening import open_store

    return open_store(root, create=True)
