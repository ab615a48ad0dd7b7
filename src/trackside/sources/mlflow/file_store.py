"""MLflow's file store: which runs a folder of it holds, and what one of them has since it was last read."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

from trackside.model.foreign import Cursor, File, Found, Item, Remark, Restart, Texts
from trackside.sources.mlflow import artifacts
from trackside.sources.mlflow.artifacts import Kept
from trackside.sources.mlflow.facts import NAME, facts, texts
from trackside.sources.mlflow.folders import META, files_in, folders_in, meta_if_any, names_in, word
from trackside.sources.mlflow.histories import Histories
from trackside.sources.mlflow.metric_file import MetricFile
from trackside.sources.mlflow.run_folder import ID, PARTS, RunFolder
from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, SourceError

TRASH = ".trash"
_EXPERIMENT = re.compile(rb"^experiment_id:", re.MULTILINE)
_RUN = re.compile(rb"^run_(id|uuid):", re.MULTILINE)
_HEAD = 4 << 10


def sniff(folder: Folder) -> bool:
    """Whether a folder is an experiment, a single run, or a store with deleted experiments in it."""
    if TRASH in folder.folders and _deleted_experiments(folder.path):
        return True
    return META in folder.files and _EXPERIMENT.search(_head(folder.path / META)) is not None


def discover(folder: Folder) -> Iterator[Found]:
    """The runs of an experiment, or the one run that the folder is; those of deleted experiments too."""
    if TRASH in folder.folders:
        deleted = _deleted_experiments(folder.path)
        if deleted:
            folder.folders.discard(TRASH)
        for experiment in deleted:
            yield from _runs_of(experiment, names_in(experiment))
    if META not in folder.files:
        return
    if _RUN.search(_head(folder.path / META)):
        yield _found(folder.path, _places(folder.path.parent))
        folder.folders.clear()
        folder.files.clear()
    elif _EXPERIMENT.search(_head(folder.path / META)):
        yield from _runs_of(folder.path, folder.folders)
        folder.folders -= {"models", "traces", "datasets", "tags"}
        folder.files.discard(META)


def stamp(run: Found) -> Any:
    """A checksum of the names, sizes, times and inodes of a run's files, and how many there are."""
    path = run.paths[0]
    checksum = count = 0
    roots = [f"{path}/{name}" for name in sorted(names_in(path).intersection(PARTS))]
    roots += [f"{place}/{run.identity}/{artifacts.ARTIFACTS}" for place in run.extra["places"]]
    for root in roots:
        for name, entry in files_in(root):
            checksum = crc32(f"{root}/{name}{_state(entry)}".encode(errors="replace"), checksum)
            count += 1
    for meta in (path / META, path.parent / META):
        checksum = crc32(_state(meta).encode(), checksum)
    return [count, checksum]


def follow(run: Found, since: Any) -> Iterator[Item]:
    """What a run has since the state of a cursor."""
    folder = RunFolder(run.paths[0])
    kept = _kept(run, folder)
    now = time.time()
    said = facts(folder.said(kept), now)
    yield said
    read = _since(folder, since)
    if _replaced(read, since):
        yield Restart(None, now)
        since = None
        read = _since(folder, None)
    state = {"metrics": {}, "texts": None, "artifacts": {}} | (since or {})
    yield from _points(read, state)
    yield from _texts(folder.tags, said.created, state)
    yield from _artifacts(kept, state)
    yield from _remarks(folder, kept, read, running=said.running)
    yield Cursor(state)


def _deleted_experiments(store: Path) -> list[Path]:
    return [path for path in folders_in(store / TRASH) if _EXPERIMENT.search(_head(path / META))]


def _head(path: Path) -> bytes:
    try:
        with opened(path) as file:
            return file.read(_HEAD)
    except (SourceError, OSError):
        return b""


def _runs_of(experiment: Path, names: set[str]) -> Iterator[Found]:
    places = _places(experiment)
    for name in sorted(names):
        if ID.fullmatch(name) and (experiment / name / META).is_file():
            names.discard(name)
            yield _found(experiment / name, places)


def _places(experiment: Path) -> list[Path]:
    location = word(meta_if_any(experiment), "artifact_location")
    return [experiment, *artifacts.places(location, experiment.parent.parent)]


def _found(run: Path, places: list[Path]) -> Found:
    return Found(NAME, run.name, str(run), (run,), {"places": list(dict.fromkeys(map(str, places)))})


def _state(entry: "os.DirEntry[str] | Path") -> str:
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError:
        return "-"
    return f" {state.st_size} {state.st_mtime_ns} {state.st_ino}"


def _kept(run: Found, folder: RunFolder) -> Kept:
    """The run's artifacts, and the models of 3.x that came out of it."""
    kept = Kept()
    places = [Path(place) for place in run.extra["places"]]
    if (found := artifacts.of_run(places, run.identity)) is not None:
        kept.add(found)
    for model, name in folder.models().items():
        if (found := artifacts.of_model(places, model)) is not None:
            kept.add_model(name, model, found)
    return kept


def _since(folder: RunFolder, since: Any) -> dict[str, MetricFile]:
    before = {} if since is None else since["metrics"]
    return {key: MetricFile(key, entry.path, *before.get(key, ())) for key, entry in folder.metrics.items()}


def _replaced(read: dict[str, MetricFile], since: Any) -> bool:
    """Whether a metric that was read is gone, or is no continuation of what was read."""
    if since is None:
        return False
    return not since["metrics"].keys() <= read.keys() or any(not metric.continues() for metric in read.values())


def _points(read: dict[str, MetricFile], state: dict[str, Any]) -> Iterator[Item]:
    histories = Histories()
    for metric in read.values():
        yield from metric.read(histories)
    yield from histories.take()
    state["metrics"] = {key: metric.state for key, metric in read.items()}


def _texts(tags: dict[str, str], at: float, state: dict[str, Any]) -> Iterator[Texts]:
    """The user's tags that are no labels, where they are other than before."""
    values = texts(tags)
    digest = crc32(repr(sorted(values.items())).encode(errors="replace")) if values else None
    if digest is not None and digest != state["texts"]:
        yield Texts(0, at, values)
    state["texts"] = digest


def _artifacts(kept: Kept, state: dict[str, Any]) -> Iterator[File]:
    before = state["artifacts"]
    state["artifacts"] = {name: artifacts.digest(file) for name, file in kept.files.items()}
    for name, file in kept.files.items():
        if before.get(name) != state["artifacts"][name]:
            yield file


def _remarks(folder: RunFolder, kept: Kept, read: dict[str, MetricFile], *, running: bool) -> Iterator[Remark]:
    odd = sum(metric.odd for metric in read.values())
    if odd:
        yield Remark(f"{odd:,} lines of its metric files are no points; they are left out")
    torn = sorted(metric.key for metric in read.values() if metric.torn)
    if torn and not running:
        yield Remark(f"{len(torn):,} metric files end within a line, which is left out: {', '.join(torn)[:80]}")
    if kept.left_out:
        yield Remark(f"it has {kept.left_out:,} artifact files more than the {artifacts.MOST:,} that are listed")
    if not kept.files and (where := artifacts.elsewhere(folder.artifact_uri)):
        yield Remark(f"its artifacts are at {where}, which is not read")
