"""A batch of records as rows, and those that are none.

Histories are read many at once where they hold numbers alone, one by one where they do not; of summaries only the
last value of each key counts.
"""

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackside.model.foreign import Histograms, Points, Texts
from trackside.model.system import FAMILY
from trackside.sources import numbers
from trackside.sources.protobuf import Message, ProtobufError
from trackside.sources.wandb import columns, records, values
from trackside.sources.wandb.columns import OWN_KEYS, STEP, TIME, Rows
from trackside.sources.wandb.frames import Batch
from trackside.sources.wandb.items import Bodies, Items, bodies, echoes, items
from trackside.sources.wandb.keys import Keys

_NO_NUMBER = -(1 << 63)
_MACHINE = {
    "memory": "memory",
    "memory_percent": "memory",
    "proc.memory.rssMB": "process.memory_mib",
}
_MACHINE_ENDS = ((".temp", ".celsius"), (".powerWatts", ".watts"), (".gpu", ".use"))


class Table(msgspec.Struct):
    """What a batch holds. `summary` are order, key and value of what was said last; `others` order, kind and payload.

    The order of a record is its place in the batch.
    """

    rows: list[Rows] = msgspec.field(default_factory=list)
    texts: list[Texts] = msgspec.field(default_factory=list)
    histograms: list[Histograms] = msgspec.field(default_factory=list)
    media: dict[str, list[Any]] = msgspec.field(default_factory=dict)
    summary: list[tuple[int, str, str]] = msgspec.field(default_factory=list)
    others: list[tuple[int, int, bytes]] = msgspec.field(default_factory=list)
    broken: int = 0
    senseless: int = 0
    """Histograms that make no sense."""


class Tables:
    """Makes tables of batches. It knows the keys that it met."""

    def __init__(self) -> None:
        self._keys = Keys()

    def of(self, batch: Batch) -> Table:
        """The rows in a batch, and its other records: order, number of the payload, and that."""
        table = Table()
        found = bodies(batch.buffer, batch.start, batch.end)
        chosen = np.flatnonzero((found.number != 0) & ~echoes(batch.buffer, found))
        plain = Bodies(found.number[chosen], found.start[chosen], found.end[chosen])
        given = items(batch.buffer, plain, self._keys)
        odd = [np.flatnonzero(found.number == 0), chosen[~given.sound]]
        for group in given.by_keys(np.flatnonzero(given.sound & (plain.number == records.HISTORY))):
            for part in columns.table(batch.buffer, given, group, chosen, self._keys):
                if isinstance(part, Rows):
                    table.rows.append(part)
                else:
                    odd.append(part)
        for group in given.by_keys(np.flatnonzero(given.sound & (plain.number == records.SUMMARY))):
            self._summarize(batch, given, int(group[-1]), int(chosen[group[-1]]), table)
        for order in np.sort(np.concatenate(odd)).tolist():
            self._one(order, bytes(batch.buffer[batch.start[order] : batch.end[order]]), table)
        return table

    def _summarize(self, batch: Batch, given: Items, record: int, order: int, table: Table) -> None:
        for item in range(int(given.first[record]), int(given.first[record + 1])):
            text = batch.buffer[given.start[item] : given.start[item] + given.size[item]]
            table.summary.append((order, self._keys.names[given.key[item]], text.decode(errors="replace")))

    def _one(self, order: int, record: bytes, table: Table) -> None:
        try:
            number, body = records.opened(record)
            if number == records.HISTORY:
                _row(order, body, table)
            elif number == records.STATS:
                _sample(order, body, table)
            elif number:
                table.others.append((order, number, body))
        except ProtobufError:
            table.broken += 1


def _row(order: int, body: bytes, table: Table) -> None:
    """A history record, whatever it holds."""
    message = Message(body)
    found: dict[str, Any] = {}
    for path, text in records.pairs(message):
        try:
            values.put(found, path, values.decoded(text))
        except values.NotReadError:
            values.put(found, path, text)
    step = numbers.step_of(found.pop(STEP, None))
    if step is None:
        step = message.message(2).signed(1)
    time = numbers.moment_of(found.pop(TIME, None))
    row: dict[str, float] = {}
    texts: dict[str, str] = {}
    moment = math.nan if time is None else time
    for name, value in values.flat({key: value for key, value in found.items() if key not in OWN_KEYS}):
        if values.is_media(value):
            _take_object(table, step, time, name, value)
        elif (point := values.number(value)) is not None:
            row[name] = point
        elif isinstance(value, str):
            texts[name] = values.text_of(value)
    table.rows.append(_single(order, step, moment, row))
    if texts:
        table.texts.append(Texts(step, moment, texts))


def _take_object(table: Table, step: int, time: float | None, name: str, media: dict[str, Any]) -> None:
    """Take in an object of W&B's own: its files, and what it is if that is a histogram."""
    for file in _paths(media):
        table.media[file] = [media["_type"].removesuffix("-file"), step, time]
    if media["_type"] != values.HISTOGRAM:
        return
    found = values.histogram(media)
    if found is None:
        table.senseless += 1
    else:
        table.histograms.append(Histograms(step, math.nan if time is None else time, {name: found}))


def _paths(media: dict[str, Any]) -> Iterator[str]:
    """The files under `files/` in which an object lies."""
    paths = [media.get("path"), *(media["filenames"] if isinstance(media.get("filenames"), list) else ())]
    yield from (path.lstrip("/") for path in paths if isinstance(path, str))


def _sample(order: int, body: bytes, table: Table) -> None:
    """What the machine did, at the step that training had reached; which is told later."""
    message = Message(body)
    time = records.timestamp(message.message(2))
    row = {}
    for item in message.each(3):
        path, text = records.pair(item)
        name = ".".join(path)
        try:
            value = values.number(values.decoded(text))
        except values.NotReadError:
            value = None
        if value is not None and not name.startswith("_"):
            row[FAMILY + _machine(name)] = value
    table.rows.append(_single(order, _NO_NUMBER, math.nan if time is None else time, row))


def _machine(name: str) -> str:
    """A series of the machine by trackside's own name for it, where that has one."""
    for end, ours in _MACHINE_ENDS:
        if name.startswith("gpu.") and name.endswith(end):
            return name.removesuffix(end) + ours
    return _MACHINE.get(name, name)


def _single(order: int, step: int, time: float, row: dict[str, float]) -> Rows:
    keys = tuple(sorted(row))
    return Rows(
        keys,
        np.array([order]),
        np.array([step]),
        np.array([time]),
        np.array([[row[key] for key in keys]], np.float64).reshape(1, len(keys)),
    )


def points(rows: list[Rows], last_step: int) -> tuple[list[Points], NDArray[np.int64]]:
    """Rows as points, those of each metric in the order in which they were written, and all steps in that order.

    Samples of the machine stand at the largest step of the rows before them, `last_step` where there is none.
    """
    trained = [part for part in rows if not _is_sample(part)]
    steps = np.concatenate([part.step for part in trained]) if trained else np.empty(0, np.int64)
    order = np.concatenate([part.order for part in trained]) if trained else np.empty(0, np.int64)
    by_order = np.argsort(order)
    order, reached = order[by_order], np.maximum.accumulate(np.append(last_step, steps[by_order]))
    found = []
    for whole in _by_metric(rows):
        step = whole.step
        if _is_sample(whole):
            step = np.maximum(reached[np.searchsorted(order, whole.order)], 0)
        found.append(Points(whole.keys, step, whole.time, whole.value))
    return found, steps[by_order]


def _is_sample(part: Rows) -> bool:
    return bool(part.step[0] == _NO_NUMBER)


def _by_metric(rows: list[Rows]) -> Iterator[Rows]:
    """The same rows, with all of a metric in one: those metrics together that stand in the same ones."""
    places: dict[str, list[int]] = {}
    for number, part in enumerate(rows):
        for key in part.keys:
            places.setdefault(key, []).append(number)
    together: dict[tuple[int, ...], list[str]] = {}
    for key, found in places.items():
        together.setdefault(tuple(found), []).append(key)
    for chosen, keys in together.items():
        yield _joined(tuple(keys), [rows[number] for number in chosen])


def _joined(keys: tuple[str, ...], parts: list[Rows]) -> Rows:
    """These metrics of all the parts, in order."""
    if len(parts) == 1 and parts[0].keys == keys:
        return parts[0]
    values = np.concatenate([part.value[:, [part.keys.index(key) for key in keys]] for part in parts])
    order = np.concatenate([part.order for part in parts])
    by_order = np.argsort(order)
    step = np.concatenate([part.step for part in parts])[by_order]
    time = np.concatenate([part.time for part in parts])[by_order]
    return Rows(keys, order[by_order], step, time, values[by_order])
