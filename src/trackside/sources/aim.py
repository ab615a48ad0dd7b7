"""Aim: the tables that its own frames are written to, with a row a point; its store itself is not read.

What Aim measured lies in databases that only its own library opens, and that opening changes. A table holds the points
of all runs, those of a run one after another: `run.hash`, `run.<param>`, `metric.name`, `metric.context.<key>`, `step`,
`value`, and `time`, which is local and does not say so.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.bounds import LATEST
from trackside.model.counting import counted
from trackside.model.foreign import Cursor, Facts, Found, Item, Remark, Restart
from trackside.model.run import Param
from trackside.model.status import FINISHED
from trackside.sources import numbers
from trackside.sources.base import SourceOfFiles
from trackside.sources.delimited import cells_of, head, rows_of
from trackside.sources.lines import Lines
from trackside.sources.opening import stamp_of
from trackside.sources.protocol import Folder, ReplacedError, SourceError
from trackside.sources.rows import Row, items_of

_STORE = "run_metadata.sqlite"
_STORE_FOLDER = ".aim"
_HASH, _METRIC, _STEP, _VALUE, _TIME = "run.hash", "metric.name", "step", "value", "time"
_PARAM, _HPARAMS, _SYSTEM, _CONTEXT = "run.", "hparams.", "__", "metric.context."
_MOST_PIECES = 1_000
_HOW_TO = (
    "only Aim itself reads its store; run `aim storage reindex`, write its points to a table and open that: `pandas."
    "concat(m.dataframe(True, True, True) for r in aim.Repo('.').query_metrics('True').iter_runs() for m in r)"
    ".to_csv('aim.csv')`"
)


class Aim(SourceOfFiles):
    """The source of tables that were written by Aim."""

    name = "aim"

    def sniff(self, folder: Folder) -> bool:
        """By the columns of tables; a store by its name."""
        return _is_store(folder) or any(_tables(folder))

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The runs in each table, each with where its rows are. SourceError for a store."""
        if _is_store(folder):
            folder.files.clear()
            folder.folders.clear()
            raise SourceError(f"{folder.path}: {_HOW_TO}")
        folder.deep = True
        for path in list(_tables(folder)):
            folder.files.discard(path.name)
            stamp = stamp_of([path], folder.path)
            for run_hash, pieces in _runs(path, folder.tree).items():
                extra = {"pieces": pieces, "stamp": stamp}
                yield Found(self.name, run_hash, f"{path}#{run_hash}", (path,), extra, folder.tree)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """All points of the run, once; anew where the table is another."""
        stamp = self.stamp(run)
        told = since or {}
        if stamp != run.extra["stamp"]:
            run.extra.update(pieces=_runs(run.paths[0], run.tree).get(run.identity, []), stamp=stamp)
        first = next(_rows_of(run), None)
        if first is None:
            raise ReplacedError(f"{run.address}: the table has no such run any more")
        yield _facts(run, first, told.get("ended"))
        if told.get("stamp") == stamp:
            yield Cursor(told)
            return
        if told:
            yield Restart(None, math.nan)
        reached = _Reached()
        yield from items_of(_points(run, reached), lambda: {"stamp": None, "ended": None})
        yield _facts(run, first, reached.time)
        if reached.unread:
            yield Remark(f"passed over {counted(reached.unread, 'row')} without a step or a value")
        yield Cursor({"stamp": stamp, "ended": reached.time})


class _Reached(msgspec.Struct):
    """The last time of a run's points, and how many rows made no sense."""

    time: float | None = None
    unread: int = 0


def _is_store(folder: Folder) -> bool:
    return _STORE in folder.files and folder.path.name == _STORE_FOLDER


def _tables(folder: Folder) -> Iterator[Path]:
    for name in sorted(folder.files):
        if name.endswith(".csv") and _has_columns(folder.path / name, folder.tree):
            yield folder.path / name


def _has_columns(path: Path, root: Path) -> bool:
    return {_HASH, _METRIC, _STEP, _VALUE} <= set(_columns(path, root))


def _columns(path: Path, root: Path) -> list[str]:
    first = next(iter(head(path, root)), "")
    return cells_of(first, ",")


def _runs(path: Path, root: Path) -> dict[str, list[list[int]]]:
    """Where the rows of each run are, by its hash: from which offset to which, as often as they are interrupted."""
    place = _columns(path, root).index(_HASH)
    runs: dict[str, list[list[int]]] = {}
    with Lines(path, root) as lines:
        start, before = 0, ""
        for row in rows_of(lines):
            cells = cells_of(row or "", ",")
            run_hash = cells[place] if place < len(cells) else ""
            if run_hash and run_hash != _HASH:
                pieces = runs.setdefault(run_hash, [])
                if pieces and (run_hash == before or len(pieces) >= _MOST_PIECES):
                    pieces[-1][1] = lines.offset
                else:
                    pieces.append([start, lines.offset])
            start, before = lines.offset, run_hash
    return runs


def _rows_of(run: Found) -> Iterator[dict[str, str]]:
    """The rows of a run as their cells, by column."""
    path = run.paths[0]
    columns = _columns(path, run.tree)
    for start, end in run.extra["pieces"]:
        with Lines(path, run.tree) as lines:
            lines.offset = start
            for row in rows_of(lines):
                cells = dict(zip(columns, cells_of(row or "", ","), strict=False))
                if cells.get(_HASH) == run.identity:
                    yield cells
                if lines.offset >= end:
                    break


def _points(run: Found, reached: _Reached) -> Iterator[Row]:
    for cells in _rows_of(run):
        step = numbers.step_of(cells.get(_STEP))
        said = cells.get(_VALUE)
        value = math.nan if said == "" else numbers.of_cell(said or "")
        if step is None or value is None:
            reached.unread += 1
            continue
        at = _local(cells.get(_TIME, ""))
        reached.time = max(at, reached.time or at) if at is not None else reached.time
        yield Row(step, {_name(cells): value}, math.nan if at is None else at)


def _name(cells: Mapping[str, str]) -> str:
    """The metric's name, with what its context says before it: `val/loss`."""
    context = [cells[column] for column in sorted(cells) if column.startswith(_CONTEXT) and cells[column]]
    return "/".join([*context, cells.get(_METRIC, "")])


def _local(text: str) -> float | None:
    try:
        at = datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return at if 0 <= at < LATEST else None


def _facts(run: Found, first: Mapping[str, str], ended: float | None) -> Facts:
    path = run.paths[0]
    created = _local(first.get(_TIME, ""))
    created = path.stat().st_mtime if created is None else created
    params = {name.removeprefix(_PARAM).removeprefix(_HPARAMS): cell for name, cell in first.items() if _is_param(name)}
    return Facts(
        name=run.identity[:8],
        project=path.absolute().parent.name or path.stem,
        created=created,
        ended=created if ended is None else ended,
        status=FINISHED,
        end_known=False,
        params={name: _typed(cell) for name, cell in params.items() if cell},
    )


def _is_param(column: str) -> bool:
    return column.startswith(_PARAM) and column != _HASH and not column.removeprefix(_PARAM).startswith(_SYSTEM)


def _typed(cell: str) -> Param:
    """A number, bool or list, where the cell is written as one; else its text."""
    if cell in ("True", "False"):
        return cell == "True"
    if cell[:1] == "[":
        try:
            return msgspec.json.decode(cell, type=list[Any])
        except msgspec.DecodeError:
            return cell
    number = numbers.of_cell(cell)
    whole = numbers.step_of(cell) if cell.lstrip("-").isdigit() else None
    return whole if whole is not None else cell if number is None else number
