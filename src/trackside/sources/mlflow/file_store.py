"""MLflow's file store: which runs a folder of it holds, and what one of them has since it was last read."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackside.model.counting import counted
from trackside.model.foreign import Cursor, Found, Item, Remark, Restart
from trackside.sources.mlflow import items
from trackside.sources.mlflow.artifacts import Places, sum_of
from trackside.sources.mlflow.facts import NAME, facts
from trackside.sources.mlflow.folders import META, experiment_of, folders_in, names_in, word
from trackside.sources.mlflow.histories import Histories
from trackside.sources.mlflow.metric_file import MetricFile
from trackside.sources.mlflow.run_folder import ID, PARTS, RunFolder
from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, SourceError

KIND = "files"
TRASH = ".trash"
_EXPERIMENT = re.compile(rb"^experiment_id:", re.MULTILINE)
_RUN = re.compile(rb"^run_(id|uuid):", re.MULTILINE)
_HEAD = 4 << 10


def sniff(folder: Folder) -> bool:
    """Whether a folder is an experiment, a single run, or a store with deleted experiments in it.

    A `meta.yaml` that cannot be read is one of MLflow in a folder that is named by the id of a run, or beside such.
    """
    if TRASH in folder.folders and _deleted_experiments(folder.path):
        return True
    return META in folder.files and (
        ID.fullmatch(folder.path.name) is not None
        or any(map(ID.fullmatch, folder.folders))
        or _EXPERIMENT.search(_head(folder.path / META)) is not None
    )


def discover(folder: Folder) -> Iterator[Found]:
    """The runs of an experiment, or the one run that the folder is; those of deleted experiments too."""
    if TRASH in folder.folders:
        deleted = _deleted_experiments(folder.path)
        if deleted:
            folder.folders.discard(TRASH)
        for experiment in deleted:
            yield from _runs_of(experiment, names_in(experiment), folder.tree)
    if META not in folder.files:
        return
    head = _head(folder.path / META)
    if _RUN.search(head) or ID.fullmatch(folder.path.name):
        yield _found(folder.path, folder.tree)
        folder.folders.clear()
        folder.files.clear()
        return
    if not _EXPERIMENT.search(head):
        why = "says nothing of an experiment; its runs are shown by the name of the folder"
        folder.unread.append(SourceError(f"{folder.path / META}: {why}"))
    yield from _runs_of(folder.path, folder.folders, folder.tree)
    folder.folders -= {"models", "traces", "datasets", "tags"}
    folder.files.discard(META)


def stamp(run: Found) -> Any:
    """What is other once a file of the run, of its artifacts or of what is said of its experiment is."""
    path = run.paths[0]
    parts = [sum_of(f"{path}/{name}") for name in sorted(names_in(path).intersection(PARTS))]
    metas = [_state(path / META), _state(path.parent / META)]
    return [*parts, *metas, _places(run).checksum(run.identity)]


def follow(run: Found, since: Any) -> Iterator[Item]:
    """What a run has since the state of a cursor."""
    folder = RunFolder(run.paths[0], run.tree)
    kept = _places(run).kept(run.identity, folder.models())
    now = time.time()
    said = facts(folder.said(kept), now)
    yield said
    read = _since(folder, since)
    if _replaced(read, since):
        yield Restart(None, now)
        since = None
        read = _since(folder, None)
    state = dict(since or {})
    yield from _points(read, state)
    yield from items.texts(folder.tags, said.created, state)
    yield from items.files(kept, state)
    yield from _remarks(read, running=said.running)
    yield from items.remarks(kept, folder.artifact_uri)
    yield Cursor(state)


def _deleted_experiments(store: Path) -> list[Path]:
    return [path for path in folders_in(store / TRASH) if _EXPERIMENT.search(_head(path / META))]


def _head(path: Path) -> bytes:
    try:
        with opened(path, path.parent) as file:
            return file.read(_HEAD)
    except (SourceError, OSError):
        return b""


def _runs_of(experiment: Path, names: set[str], root: Path) -> Iterator[Found]:
    for name in sorted(names):
        if ID.fullmatch(name) and (experiment / name / META).is_file():
            names.discard(name)
            yield _found(experiment / name, root)


def _found(run: Path, root: Path) -> Found:
    return Found(NAME, run.name, str(run), (run,), {"kind": KIND}, root)


def _places(run: Found) -> Places:
    folder = run.paths[0]
    location = word(experiment_of(folder), "artifact_location")
    return Places(location, folder.parent.parent.parent, run.tree, folder.parent)


def _state(path: Path) -> list[int] | None:
    try:
        state = path.lstat()
    except OSError:
        return None
    return [state.st_size, state.st_mtime_ns, state.st_ino]


def _since(folder: RunFolder, since: Any) -> dict[str, MetricFile]:
    before = {} if since is None else since["metrics"]
    return {key: MetricFile(key, path, *before.get(key, ())) for key, path in folder.metrics.items()}


def _replaced(read: dict[str, MetricFile], since: Any) -> bool:
    """Whether a metric that was read is gone, or is no continuation of what was read."""
    if since is None:
        return False
    return not since["metrics"].keys() <= read.keys() or any(not metric.continues() for metric in read.values())


def _points(read: dict[str, MetricFile], state: dict[str, Any]) -> Iterator[Item]:
    histories = Histories()
    for metric in read.values():
        yield from metric.read(histories)
        if histories.full:
            yield from histories.take()
    yield from histories.take()
    state["metrics"] = {key: metric.state for key, metric in read.items()}


def _remarks(read: dict[str, MetricFile], *, running: bool) -> Iterator[Remark]:
    odd = sum(metric.odd for metric in read.values())
    if odd:
        yield Remark(f"left out {counted(odd, 'line')} of its metric files without a point", current=True)
    torn = sorted(metric.key for metric in read.values() if metric.torn)
    if torn and not running:
        sentence = (
            f"cut off within a line, which is left out: {counted(len(torn), 'metric file')}, {', '.join(torn)[:80]}"
        )
        yield Remark(sentence, current=True)
