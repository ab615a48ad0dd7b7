"""What a run has since a cursor: its logs in order, each from where reading stopped."""

import math
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from trackside.model.foreign import Cursor, Facts, Found, Item, Points, Remark, Restart, Texts
from trackside.model.visible import visible
from trackside.sources import histograms, opening
from trackside.sources.protobuf import ProtobufError
from trackside.sources.wandb import artifacts, frames, records, rows, values
from trackside.sources.wandb.alive import goes_on
from trackside.sources.wandb.columns import OWN_KEYS
from trackside.sources.wandb.facts import Documents, documents, facts
from trackside.sources.wandb.frames import Batch
from trackside.sources.wandb.state import Part, State, restored

_REMEMBERED = 64


class _Log(msgspec.Struct, frozen=True):
    """One log of a run. `key` tells it from the others wherever it is moved to: when its part of the run began."""

    key: str
    path: Path

    @property
    def shown(self) -> str:
        return visible(f"{self.path.parent.name}/{self.path.name}")


def follow(run: Found, since: Any) -> Iterator[Item]:
    """All items since the state `since`; see `Source.follow`."""
    state = restored(since)
    logs = [_Log(repr(started), path) for started, path in zip(run.extra["started"], run.paths, strict=True)]
    anew = since is not None and not all(_goes_on_from(log, run.tree, state) for log in logs)
    if anew:
        state = State()
    teller = _Teller(logs, state, documents([log.path.parent for log in logs], run.tree), run.tree)
    for log in logs:
        for items, is_last in _log(log, run.tree, state, teller.tables):
            all_is_read = is_last and log is logs[-1]
            yield from teller.facts(running=not all_is_read or teller.goes_on())
            if anew:
                yield Restart(None, state.started or 0.0)
                anew = False
            yield from teller.once(items)
            yield Cursor(state.cursor())
    yield from teller.settled()
    yield Cursor(state.cursor())


def _goes_on_from(log: _Log, root: Path, state: State) -> bool:
    """Whether a log still has what was read of it."""
    part = state.parts.get(log.key)
    if part is None:
        return True
    before = bytes.fromhex(part.before)
    with opening.opened(log.path, root) as file:
        return os.pread(file.fileno(), len(before), part.offset - len(before)) == before


def _log(log: _Log, root: Path, state: State, tables: rows.Tables) -> Iterator[tuple[list[Item], bool]]:
    """What is new in one log, batch by batch, and whether that is all of it; the state has it by then."""
    part = state.parts.setdefault(log.key, Part())
    with opening.opened(log.path, root) as file:
        size = os.fstat(file.fileno()).st_size
        frames.begins(os.pread(file.fileno(), len(frames.HEADER), 0), str(log.path))
        for batch in _ahead(frames.batches(file.fileno(), part.offset, size)):
            items = list(_batch(tables.of(batch), state, part, log))
            part.damaged += batch.damaged
            part.offset = batch.offset
            remembered = min(_REMEMBERED, batch.offset)
            part.before = os.pread(file.fileno(), remembered, batch.offset - remembered).hex()
            yield items, batch.offset >= size


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same, each read by another thread while the one before it is taken apart."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


def _batch(table: rows.Table, state: State, part: Part, log: _Log) -> Iterator[Item]:
    """A batch's items: what its records say before the rows, since a run's record comes before them."""
    part.damaged += table.broken
    state.senseless += table.senseless
    told: list[Item] = []
    said = deque(sorted(table.summary))
    for order, number, body in table.others:
        try:
            if number == records.SUMMARY:
                _summarize(state, said, order)
            told += records.taken(state, part, number, body)
        except ProtobufError:
            part.damaged += 1
    _summarize(state, said, math.inf)
    yield from (item for item in told if isinstance(item, Restart))
    points, steps = rows.points(table.rows, state.last_step)
    yield from _collision(state, part, steps, log)
    yield from points
    yield from table.texts
    yield from table.histograms
    yield from (item for item in told if not isinstance(item, Restart))
    state.media |= table.media
    state.logged.update(name for texts in table.texts for name in texts.values)
    _remember(state, points, steps)


def _summarize(state: State, said: deque[tuple[int, str, str]], until: float) -> None:
    """Fold into the summary what was said before a record, and take it from `said`."""
    while said and said[0][0] < until:
        _, name, text = said.popleft()
        state.summary[name] = text


def _collision(state: State, part: Part, steps: Any, log: _Log) -> Iterator[Remark]:
    """A word where a run was resumed that did not know of its earlier steps."""
    if part.joined and len(steps):
        part.joined = False
        if steps[0] <= state.last_step:
            yield Remark(
                f"{visible(log.path.parent.name)}: resumed at step {steps[0]:,} after step {state.last_step:,}; "
                "points of both are kept"
            )


def _remember(state: State, points: list[Points], steps: Any) -> None:
    if len(steps):
        state.last_step = max(state.last_step, int(steps.max()))
    for part in points:
        if not np.isnan(part.time).all():
            state.last_time = max(state.last_time or 0.0, float(np.nanmax(part.time)))
        state.logged.update(part.keys)


class _Teller:
    """Says facts when they changed, remarks once, and in the end what only shows when all was read."""

    def __init__(self, logs: list[_Log], state: State, beside: Documents, root: Path) -> None:
        self.tables = rows.Tables()
        self._logs = logs
        self._state = state
        self._beside = beside
        self._root = root
        self._said: Facts | None = None

    def facts(self, *, running: bool) -> Iterator[Facts]:
        """The facts, where they are others than those said last."""
        known = facts(self._state, self._beside, running=running)
        if known != self._said:
            self._said = known
            yield known

    def once(self, items: list[Item] | Iterator[Item]) -> Iterator[Item]:
        """The items without remarks that were made before."""
        for item in items:
            if isinstance(item, Remark):
                if item.sentence in self._state.remarks:
                    continue
                self._state.remarks.append(item.sentence)
            yield item

    def goes_on(self) -> bool:
        """Whether the run does, as far as its logs were read."""
        state = self._state
        log = self._logs[-1]
        moments = (state.last_time, state.parts[log.key].started)
        stated = max((moment for moment in moments if moment), default=None)
        return state.exit_code is None and goes_on(log.path, self._root, state.host, state.started, stated)

    def settled(self) -> Iterator[Item]:
        """Whether the run goes on, what its summary adds, its files, and what could not be read."""
        running = self.goes_on()
        yield from self.facts(running=running)
        if not running:
            yield from self._summary()
            yield from self._torn()
        yield from self.once(self._damaged())
        if self._state.senseless:
            yield Remark(histograms.left_out(self._state.senseless), current=True)
        for log in self._logs:
            yield from self.once(artifacts.in_folder(self._state, log.path.parent / "files", log.path.parent))

    def _summary(self) -> Iterator[Item]:
        """Values that were set in the summary alone: a point each, at the last step."""
        state = self._state
        fresh = {name: text for name, text in state.summary.items() if state.summarized.get(name) != text}
        row, texts = {}, {}
        for name, value in _summary_values(state, fresh):
            point = values.number(value)
            if point is not None:
                row[name] = point
            elif isinstance(value, str):
                texts[name] = values.text_of(value)
        state.summarized |= fresh
        step = max(state.last_step, 0)
        time = state.ended or state.last_time or math.nan
        if row:
            keys = tuple(sorted(row))
            value = np.array([[row[key] for key in keys]])
            yield Points(keys, np.array([step]), np.array([time]), value)
        if texts:
            yield Texts(step, time, texts)

    def _damaged(self) -> Iterator[Remark]:
        for log in self._logs:
            damaged = self._state.parts[log.key].damaged
            if damaged:
                yield Remark(f"{log.shown}: {damaged:,} damaged places were passed over")

    def _torn(self) -> Iterator[Remark]:
        for log in self._logs:
            left = log.path.stat().st_size - self._state.parts[log.key].offset
            if left > 0:
                sentence = f"{log.shown}: ends within a record; the last {left:,} bytes are not read"
                yield Remark(sentence, current=True)


def _summary_values(state: State, texts: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """What the summary says that no row does: neither metrics nor what W&B makes of them, nor its own objects."""
    objects = {name.removesuffix("._type") for name in state.summary if name.endswith("._type")}
    known = state.logged | objects | OWN_KEYS | {"_wandb"}
    for key, text in texts.items():
        try:
            decoded = values.decoded(text)
        except values.NotReadError:
            continue
        for name, value in values.flat({key: decoded}):
            if not any(part in known for part in _beginnings(name)):
                yield name, value


def _beginnings(name: str) -> Iterator[str]:
    """A name, and what stands before each of its dots."""
    yield name
    at = name.rfind(".")
    while at > 0:
        yield name[:at]
        at = name.rfind(".", 0, at)
