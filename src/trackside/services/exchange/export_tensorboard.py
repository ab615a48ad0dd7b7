"""Runs as event files that TensorBoard shows: a folder for each, with its metrics, texts, histograms and params.

TensorBoard holds numbers as float32. What it has no word for is a text of the name `trackside`; files stay behind.
"""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from trackside.model.counting import counted
from trackside.model.histogram import HISTOGRAM, of_lines
from trackside.model.progress import OnProgress
from trackside.model.run import LOGGED, Artifact, Run
from trackside.services.exchange import event_records
from trackside.services.new_folder import appearing
from trackside.sources.tensorboard.framing import framed
from trackside.store.any_store import AnyStore

_ROWS = 100_000
_LONGEST_NAME = 100
_NOT_IN_NAMES = re.compile(r"[^\w.=+@ -]")


class Exported(msgspec.Struct):
    """What was written. `folders` are those of the runs by their ids; `left_out` says what is not in them, and why."""

    runs: list[str] = msgspec.field(default_factory=list)
    points: int = 0
    folders: dict[str, str] = msgspec.field(default_factory=dict)
    left_out: list[str] = msgspec.field(default_factory=list)


def export_tensorboard(
    store: AnyStore, runs: Sequence[str], out: Path, on_progress: OnProgress | None = None
) -> Exported:
    """Write runs into a new folder, which appears whole or not at all. TracksideError where it is there already."""
    exported = Exported()
    files = nonfinite = 0
    taken: set[str] = set()
    with appearing(out) as (temporary, _):
        for done, run in enumerate(store.runs(list(runs)), start=1):
            folder = _folder(run, taken)
            (temporary / folder).mkdir(parents=True)
            with (temporary / folder / _file(run)).open("wb") as file:
                exported.points += _write(store, run, file)
                nonfinite += _write_histograms(store, run, file)
            exported.runs.append(run.id)
            exported.folders[run.id] = folder
            files += sum(len(artifact.files) for artifact in run.artifacts.values() if not _is_logged(artifact))
            if on_progress is not None:
                on_progress(done, len(runs))
    if files:
        exported.left_out.append(f"{counted(files, 'file')} of artifacts, which TensorBoard has no place for")
    if nonfinite:
        exported.left_out.append(f"how many values of {counted(nonfinite, 'histogram')} are NaN or infinite")
    return exported


def _write(store: AnyStore, run: Run, file: BinaryIO) -> int:
    """Write the event file of a run. How many points are in it."""
    file.writelines(framed(event) for event in _facts(run))
    points = 0
    for metric in run.metrics:
        series = store.series(run.id, metric)
        tag = metric.encode(errors="replace")
        for first in range(0, len(series), _ROWS):
            part = slice(first, first + _ROWS)
            with np.errstate(over="ignore"):
                numbers = series.value[part].astype("<f4").tobytes()
            time = np.nan_to_num(series.time[part], nan=run.created).tolist()
            rows = enumerate(zip(series.step[part].tolist(), time, strict=True))
            file.writelines(
                framed(event_records.scalar(tag, step, at, numbers[4 * row : 4 * row + 4])) for row, (step, at) in rows
            )
        points += len(series)
    for name in run.texts:
        for step, time, said in store.texts(run.id, name):
            file.write(framed(event_records.text(name, step, run.created if math.isnan(time) else time, said)))
    if run.status != "running":
        ended = run.created if run.ended is None else run.ended
        file.write(framed(event_records.session_end(ended, failed=run.status != "finished")))
    return points


def _write_histograms(store: AnyStore, run: Run, file: BinaryIO) -> int:
    """Write the histograms of a run. How many of them also have values that are NaN or infinite."""
    nonfinite = 0
    for artifact in filter(_is_logged, run.artifacts.values()):
        name = artifact.name.removeprefix(f"{HISTOGRAM}/")
        for digest, _ in artifact.files.values():
            for one in of_lines(store.content(run.id, digest)):
                if one.counts:
                    file.write(framed(event_records.histogram(name, one.step, one.time or run.created, one)))
                nonfinite += one.nonfinite > 0
    return nonfinite


def _is_logged(artifact: Artifact) -> bool:
    """Whether it is what was logged as histograms."""
    return artifact.kind == HISTOGRAM and all(digest.startswith(LOGGED) for digest, _ in artifact.files.values())


def _facts(run: Run) -> Iterator[bytes]:
    yield event_records.version(run.created)
    yield event_records.session_start(run.params, run.group or "", run.created)
    if run.notes:
        yield event_records.text("notes", 0, run.created, run.notes)
    yield event_records.text("trackside", 0, run.created, _table(run))


def _table(run: Run) -> str:
    """What TensorBoard has no word for, as a table in Markdown."""
    said = {
        "id": run.id,
        "name": run.name,
        "project": run.project,
        "status": run.status,
        "tags": ", ".join(run.tags),
        "user": run.user,
        "host": run.host,
        "command": " ".join(run.command),
        "seed": run.seed,
        "commit": run.code.commit,
    }
    rows = [f"| {name} | {_cell(str(value))} |" for name, value in said.items() if value not in (None, "")]
    return "\n".join(["| | |", "| --- | --- |", *rows])


def _cell(said: str) -> str:
    return " ".join(said.replace("|", "\\|").split())


def _folder(run: Run, taken: set[str]) -> str:
    """The run's folder: its project and its name, and where another run has these, its id."""
    project, name = _in_path(run.project), _in_path(run.name)
    folder = f"{project}/{name}"
    if folder.casefold() in taken:
        folder = f"{folder}-{run.id}"
    taken.add(folder.casefold())
    return folder


def _in_path(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME].strip(". ") or "run"


def _file(run: Run) -> str:
    return f"events.out.tfevents.{int(run.created):010d}.{_in_path(run.host or 'trackside')}"
