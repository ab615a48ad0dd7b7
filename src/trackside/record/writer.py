"""Rows into the log of one process: the fast path that every step of training takes, and the careful one beside it."""

import struct
from collections.abc import Callable, Mapping
from functools import partial
from time import time as now
from typing import Any

from trackside.record.log import ROW_ROOM, Log
from trackside.record.values import Value, exact_floats
from trackside.store import journal, resumes
from trackside.store.encoder import Encoder, Plan
from trackside.store.journal import Kind

_NO_STEP = -(1 << 63) - 1
_MIXED_BYTES = 512 << 10
_BESIDE_PATIENCE = 0.1


class Writer(Log):
    """A log that rows are written to. It knows the largest step so far, and the last value of each metric.

    Before the first row after a resume a mark tells its step: from there on older writers' points are superseded.
    """

    _step = _NO_STEP
    _earlier: Callable[[], int | None] | None = None

    def go_on_after(self, earlier: Callable[[], int | None]) -> None:
        """Go on after a resume; `earlier` gives the largest step so far, and is asked if the first row has none."""
        self._earlier = earlier

    def _begin(self) -> None:
        self._lasts: dict[str, tuple[int, Value]] = {}
        self._encoder = Encoder(ROW_ROOM)
        super()._begin()

    def _start(self, descriptor: int) -> None:
        self._remember(self._encoder)
        self._encoder = Encoder(ROW_ROOM)
        self._plans: dict[tuple[str, ...], Plan] = {}
        super()._start(descriptor)

    def row(self, values: Mapping[str, Any], step: int | None) -> bool:
        """Log one row if it is plain: numbers under keys that this log knows, at a whole step or the next one.

        False, and nothing is written, where it is not, so that the caller looks closer. Nothing is done here that
        could be left out: one frame is made, and one write.
        """
        with self.lock:
            if self._busy:
                return False
            self._busy = True
            try:
                return self._plain_row(values, step)
            finally:
                self._busy = False
                if self._jobs:
                    self._work_off()

    def _plain_row(self, values: Mapping[str, Any], step: int | None) -> bool:
        try:
            plan = self._plans[tuple(values)]
            numbers = tuple(values.values())
            if [*map(type, numbers)] != plan.types:
                numbers = exact_floats(numbers)
            if step is None:
                step = self._step + 1
            elif type(step) is not int:
                return False
            frame = plan.pack(step, now(), numbers)
        except (KeyError, TypeError, ValueError, AttributeError, struct.error):
            return False
        if step > self._step:
            self._step = step
        plan.step = step
        plan.numbers = numbers
        try:
            written = self._put(self._descriptor, frame)
            if written != plan.size:
                self._complete(frame, written)
        except OSError as error:
            self._lose_row(error)
            return True
        self._room -= plan.room
        if self._room <= 0:
            self._rotate_if_full()
        return True

    def careful_row(self, floats: Mapping[str, float], others: Mapping[str, Any], step: int | None) -> None:
        """Log a row of floats under any keys, and of other values: texts, blobs, whole numbers that no float holds."""
        self._do(partial(self._careful_row, floats, others, step))

    def beside(self, values: dict[str, float]) -> None:
        """Log a row that is none of training's: at the step that was reached, and no step counts for it.

        Between a resume and its first row that step is not known; such a row is not kept, nor is one for which the
        log is not free in time: a signal that came in the middle of a row may be ending the run.
        """
        if not self.lock.acquire(timeout=_BESIDE_PATIENCE):
            return
        try:
            self._do(partial(self._beside, values))
        finally:
            self.lock.release()

    @property
    def last_step(self) -> int | None:
        """The largest step so far."""
        return None if self._step == _NO_STEP else self._step

    def last(self, metric: str) -> Value | None:
        """The value of `metric` where this process logged it last."""
        self._remember(self._encoder)
        found = self._lasts.get(metric)
        return None if found is None else found[1]

    def _careful_row(self, floats: Mapping[str, float], others: Mapping[str, Any], step: int | None) -> None:
        at = self._next_step() if step is None else step
        time = now()
        if self._earlier is not None:
            self._owed.append(self._resume_mark(at, time))
            self._earlier = None
        self._step = max(self._step, at)
        if floats and self._ready():
            self._floats(tuple(floats), tuple(floats.values()), at, time)
        elif floats:
            self.dropped += 1
        for part in _in_parts(others):
            self._lasts.update((key, (at, value)) for key, value in part.items() if isinstance(value, int | str))
            self._append(journal.packed(Kind.MIXED, {"step": at, "time": time, "values": part}))
        self._rotate_if_full()

    def _beside(self, values: dict[str, float]) -> None:
        if self._earlier is None and self._ready():
            self._floats(tuple(values), tuple(values.values()), self.last_step or 0, now())
            self._rotate_if_full()

    def _next_step(self) -> int:
        if self._step != _NO_STEP:
            return self._step + 1
        earlier = self._earlier() if self._earlier is not None else None
        return 0 if earlier is None else earlier + 1

    def _resume_mark(self, step: int, time: float) -> bytes:
        text = f"resumed on {self._identity['host']}"
        return journal.packed(Kind.MARK, {"kind": resumes.MARK, "time": time, "step": step, "text": text})

    def after_fork(self) -> None:
        """In a process that was forked off: what the other process goes on from is not its own."""
        self._earlier = None
        super().after_fork()

    def _floats(self, keys: tuple[str, ...], numbers: tuple[float, ...], step: int, time: float) -> None:
        plan, before = self._encoder.plan(keys)
        self._owed += before
        if plan is None:
            self._lasts.update((key, (step, value)) for key, value in zip(keys, numbers, strict=True))
            for frame in self._encoder.sparse(keys, numbers, step, time):
                self._append(frame)
            return
        plan.step, plan.numbers = step, numbers
        self._append(plan.pack(step, time, numbers))
        if not self._owed:
            self._plans[keys] = plan

    def _pay(self) -> bool:
        """Write what is owed. While a schema is, no row may take the fast path."""
        if paid := super()._pay():
            return paid
        self._plans = {}
        return False

    def _remember(self, encoder: Encoder) -> None:
        for plan in encoder.plans.values():
            for key, value in zip(plan.keys, plan.numbers, strict=False):
                if key not in self._lasts or self._lasts[key][0] <= plan.step:
                    self._lasts[key] = (plan.step, value)


def _in_parts(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Values in as many rows as the size of a frame asks for; nearly always one."""
    parts: list[dict[str, Any]] = []
    size = _MIXED_BYTES
    for key, value in values.items():
        taken = len(key) + len(value) if isinstance(value, str) else len(key) + 200
        if size + taken > _MIXED_BYTES // 4:
            parts.append({})
            size = 0
        parts[-1][key] = value
        size += taken
    return parts
