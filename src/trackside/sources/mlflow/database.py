"""Runs of one database of MLflow: what a run has since it was last read, however the database is reached."""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from trackside.model.counting import counted
from trackside.model.foreign import Cursor, Found, Item, Points, Remark, Restart
from trackside.sources.mlflow import items
from trackside.sources.mlflow.artifacts import Kept, Places
from trackside.sources.mlflow.facts import NAME, facts
from trackside.sources.mlflow.histories import LARGEST, Histories, restored
from trackside.sources.mlflow.tables import Tables

Row = tuple[Any, ...]
"""A point as it stands in the table `metrics`: key, value, timestamp, step, is_nan, and what else was asked for."""

KIND = "database"
COLUMNS = ("key", "value", "timestamp", "step", "is_nan")
_INT64 = 1 << 63


class Tail(Protocol):
    """The points of a run in an order in which new ones come last."""

    def continues(self, run: str, position: Any) -> bool:
        """Whether what stood before a position still stands there."""
        ...

    def after(self, run: str, position: Any) -> Iterator[tuple[Sequence[Row], Any]]:
        """What comes after a position, some rows at a time, with the position after them; None is the beginning."""
        ...


def found(tables: Tables, address: str, paths: tuple[Path, ...], root: Path | None) -> Iterator[Found]:
    """All runs of a database; `address` is where it is, `root` the tree that it lies in, where it does."""
    experiments = tables.experiments()
    for run, key in tables.runs():
        location = experiments[key].location if key in experiments else ""
        yield Found(NAME, run, f"{address}#{run}", paths, {"kind": KIND, "location": location}, root)


def places(run: Found) -> Places | None:
    """Where a run may have its artifacts; None where its database lies in no folder."""
    return Places(run.extra["location"], run.paths[0].parent, run.tree) if run.paths else None


def follow(tables: Tables, tail: Tail, run: Found, since: Any) -> Iterator[Item]:
    """What a run has since the state of a cursor."""
    where = places(run)
    kept = where.kept(run.identity, tables.models(run.identity)) if where else Kept()
    now = time.time()
    words = tables.said(run.identity, kept)
    said = facts(words, now)
    yield said
    state = dict(since or {})
    if "position" in state and not tail.continues(run.identity, state["position"]):
        yield Restart(None, now)
        state = {}
    yield from _points(tail, run.identity, state)
    yield from items.texts(words.tags, said.created, state)
    yield from items.files(kept, state)
    if state.get("odd"):
        yield Remark(f"left out {counted(state['odd'], 'row')} of its metrics without a point", current=True)
    yield from items.remarks(kept, tables.artifact_uri(run.identity))
    yield Cursor(state)


def _points(tail: Tail, run: str, state: dict[str, Any]) -> Iterator[Points]:
    histories = Histories()
    for rows, position in tail.after(run, state.get("position")):
        state["odd"] = state.get("odd", 0) + _add(histories, rows)
        state["position"] = position
        if histories.full:
            yield from histories.take()
    yield from histories.take()


def _add(histories: Histories, rows: Sequence[Row]) -> int:
    """Add rows of the table, and say how many of them were no points."""
    odd = 0
    by_key: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        by_key[row[0]].append(row)
    for key, of_key in by_key.items():
        if not _added_at_once(histories, str(key), of_key):
            odd += _added_one_by_one(histories, str(key), of_key)
    return odd


def _added_at_once(histories: Histories, key: str, rows: list[Row]) -> bool:
    """Add the rows of a metric where all of them are points, and finite."""
    import numpy as np

    values, stamps, steps, nans = map(np.array, islice(zip(*rows, strict=True), 1, 5))
    plain = values.dtype == np.float64 and stamps.dtype == steps.dtype == np.int64 and nans.dtype != object
    if not plain or nans.any() or (np.abs(values) >= LARGEST).any():
        return False
    histories.add(key, stamps, steps, values)
    return True


def _added_one_by_one(histories: Histories, key: str, rows: list[Row]) -> int:
    stamps, steps, values = [], [], []
    for row in rows:
        try:
            stamp, step, value = _point(row)
        except (TypeError, ValueError, OverflowError):
            continue
        stamps.append(stamp)
        steps.append(step)
        values.append(value)
    if stamps:
        histories.add(key, stamps, steps, values)
    return len(rows) - len(stamps)


def _point(row: Row) -> tuple[int, int, float]:
    """Time, step and value of a row. TypeError, ValueError or OverflowError where it has none."""
    value, stamp, step, is_nan = row[1:5]
    number = math.nan if is_nan else restored(float(value))
    stamp, step = int(stamp), int(step or 0)
    if max(abs(stamp), abs(step)) >= _INT64:
        raise OverflowError
    return stamp, step, number
