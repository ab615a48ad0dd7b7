"""DVCLive's folders: `plots/metrics/<name>.tsv`, a file a metric, with `metrics.json` and `params.yaml` beside.

A new run in the same folder deletes the files of the one before. An end is not stated, and times only where they were
asked for.
"""

import json
import math
import zlib
from collections.abc import Generator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from trackside.model.foreign import Cursor, Facts, File, Found, Item, Remark, Restart
from trackside.model.run import DataRef
from trackside.model.status import FINISHED
from trackside.sources import numbers
from trackside.sources.base import SourceOfFiles
from trackside.sources.below import contents_below, files_below
from trackside.sources.delimited import Table, cells_of, head, tail
from trackside.sources.hyperparameters import params_of
from trackside.sources.identity import by_first_row
from trackside.sources.json_file import load_object
from trackside.sources.lines import Lines
from trackside.sources.nested import leaves
from trackside.sources.opening import stamp_of
from trackside.sources.protocol import Folder, ReplacedError, SourceError
from trackside.sources.recent import Span, span
from trackside.sources.rows import Row, items_of
from trackside.sources.yaml_text import load_file

_SUMMARY = "metrics.json"
_PARAMS = "params.yaml"
_PLOTS = "plots"
_CURVES = Path("plots", "metrics")
_KEPT = {"images": "image", "sklearn": "plot", "custom": "plot"}
_ITS_NAME = "dvclive"
_LOCK = "dvc.lock"


class Dvclive(SourceOfFiles):
    """The source of DVCLive's folders."""

    name = "dvclive"

    def sniff(self, folder: Folder) -> bool:
        """By the names of the summary and of the folder of curves."""
        return _SUMMARY in folder.files and _PLOTS in folder.folders and (folder.path / _CURVES).is_dir()

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run of the folder, once it has a row. Its plots are not searched.

        SourceError where it has none, nor a summary that can be read.
        """
        folder.deep = True
        root = folder.tree
        first = _first_row(folder.path, root)
        if first:
            folder.files -= {_SUMMARY}
            folder.folders -= {_PLOTS}
            identity = by_first_row(folder.path, first)
            yield Found(self.name, identity, str(folder.path), (folder.path,), root=root)
        else:
            load_object(folder.path / _SUMMARY, root=root)

    def stamp(self, run: Found) -> Any:
        """Sizes, times and inodes of its curves, its summary and its params."""
        return stamp_of(_files(run), run.paths[0])

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """Curve by curve, by the step that each row states."""
        folder, root = run.paths[0], run.tree
        first = _first_row(folder, root)
        if first and by_first_row(folder, first) != run.identity:
            raise ReplacedError(f"{folder}: holds another run by now")
        moments = _moments(folder, root)
        when = span(_files(run), beside=[folder], stated=moments)
        remarks: list[Remark] = []
        yield _facts(folder, root, when, remarks)
        curves = list(_curves(folder, root))
        states: dict[str, Any] = {} if since is None else dict(since["curves"])
        if any(_is_anew(path, root, states.get(metric)) for metric, path in curves):
            yield Restart(None, math.nan)
            since, states = None, {}
        for metric, path in curves:
            with Table(path, root, states.get(metric)) as table:
                state = partial(_state, since, states, metric, table)
                yield from items_of(_rows(metric, table), state, math.nan if moments else table.changed)
                states[metric] = table.state()
                if table.torn and not when.running:
                    remarks.append(Remark(f"The last row of {metric} is not whole; it was left out", current=True))
        yield from remarks
        summary = None if since is None else since["summary"]
        if not when.running:
            summary = yield from _summary(folder, root, {metric for metric, _ in curves}, summary)
            yield from _kept(folder, root, when)
        yield Cursor({"curves": states, "summary": summary})


def _curves(folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """The metrics of a folder that have a first line, each with its file."""
    for path in files_below(folder / _CURVES, root):
        if path.suffix == ".tsv" and any(head(path, root)[:1]):
            yield str(path.relative_to(folder / _CURVES).with_suffix("")), path


def _files(run: Found) -> list[Path]:
    folder = run.paths[0]
    curves = files_below(folder / _CURVES, run.tree)
    return [*curves, folder / _SUMMARY, folder / _PARAMS]


def _first_row(folder: Path, root: Path) -> dict[str, str]:
    """The row of the smallest step, of the metric that comes first: more metrics at later steps do not change it."""
    firsts = []
    for metric, path in _curves(folder, root):
        row = next((row for row in map(_cells, head(path, root)) if _step(row) is not None), None)
        if row is not None:
            firsts.append((_step(row) or 0, metric, row))
    return {"metric": min(firsts)[1], "cells": "\t".join(min(firsts)[2])} if firsts else {}


def _moments(folder: Path, root: Path) -> list[float]:
    """The times of the first and the last rows of its curves, where these have times."""
    lines = [row for _, path in _curves(folder, root) for row in (head(path, root)[:2] + tail(path, root)[-1:])]
    return [at for cells in map(_cells, lines) if (at := _moment(cells)) is not None]


def _moment(cells: list[str]) -> float | None:
    return numbers.moment_of(cells[-3]) if len(cells) > 2 else None


def _cells(line: str) -> list[str]:
    return cells_of(line, "\t")


def _step(cells: list[str]) -> int | None:
    return numbers.step_of(cells[-2]) if len(cells) > 1 else None


def _is_anew(path: Path, root: Path, state: Any) -> bool:
    with Lines(path, root, state) as lines:
        return lines.anew


def _state(since: Any, states: Mapping[str, Any], metric: str, table: Table) -> dict[str, Any]:
    """The state in the middle of a curve."""
    return {"curves": {**states, metric: table.state()}, "summary": None if since is None else since["summary"]}


def _rows(metric: str, table: Table) -> Iterator[Row]:
    """Rows of a curve: a time if there is one, the step, the value; the first line names only how it began."""
    for cells in table.rows():
        step = _step(cells)
        if step is not None:
            at = _moment(cells)
            value = numbers.of_cell(cells[-1])
            values, texts = ({}, {metric: cells[-1]}) if value is None else ({metric: value}, {})
            yield Row(step, values, math.nan if at is None else at, texts)


def _facts(folder: Path, root: Path, when: Span, remarks: list[Remark]) -> Facts:
    name = folder.parent if folder.name == _ITS_NAME and folder.parent.name else folder
    return Facts(
        name=name.name or str(name),
        project=name.parent.name or name.name or str(name),
        created=when.created,
        ended=when.ended,
        status=FINISHED,
        running=when.running,
        end_known=False,
        params=params_of([folder / _PARAMS], root, remarks),
        data=_data(folder.parent / _LOCK, root),
    )


def _data(lock: Path, root: Path) -> dict[str, DataRef]:
    """What stages of a pipeline depended on, as DVC's lock beside the folder states it."""
    try:
        stages = load_file(lock, root)["stages"].values()
        deps = [dep for stage in stages for dep in stage.get("deps", ())]
        return {
            str(dep["path"]): DataRef(
                uri=str(dep["path"]), fingerprint=f"md5:{dep['md5']}", files=dep.get("nfiles"), bytes=dep.get("size")
            )
            for dep in deps
            if "md5" in dep
        }
    except (SourceError, OSError, LookupError, TypeError, AttributeError):
        return {}


def _summary(folder: Path, root: Path, curves: set[str], told: int | None) -> Generator[Item, None, int | None]:
    """What stands only in the summary, once the run has ended and unless it was told; returns what was told by now."""
    try:
        summary = dict(leaves(load_object(folder / _SUMMARY, root=root), "/"))
    except SourceError as error:
        yield Remark(f"No summary: {error}")
        return told
    step = numbers.step_of(summary.pop("step", None)) or 0
    alone = {name: value for name, value in summary.items() if name not in curves}
    seen = zlib.crc32(json.dumps([step, alone]).encode())
    values = {name: number for name, value in alone.items() if (number := numbers.of_json(value)) is not None}
    texts = {name: text for name, text in alone.items() if isinstance(text, str) and name not in values}
    if seen != told and (values or texts):
        yield from items_of([Row(step, values, math.nan, texts)], dict)
    return seen


def _kept(folder: Path, root: Path, when: Span) -> Iterator[File]:
    """The files that were logged, once the run has ended."""
    for name, kind in _KEPT.items():
        files = contents_below(folder / _PLOTS / name, root)
        if files:
            yield File(name, kind, files, when.newest)
