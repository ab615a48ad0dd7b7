"""Rows of one log as frames: a schema for each of the first 64 key sets, the log's key table for all later ones.

It knows which schemas its log has and makes bytes; writing them is the writer's.
"""

from collections.abc import Iterator, Sequence

from trackside.store import journal
from trackside.store.journal import Kind, RowFormat

_WIDEST = 50_000
_KEYS_BYTES = 512 << 10


class Plan:
    """How rows of one key set are written, and the last one that was."""

    __slots__ = ("keys", "numbers", "pack", "room", "schema", "size", "step", "types")

    def __init__(self, keys: tuple[str, ...], row: RowFormat, smallest_room: int) -> None:
        self.keys = keys
        self.schema = row.schema
        self.pack = row.pack
        self.types = [float] * len(keys)
        self.size = journal.row_size(len(keys))
        self.room = max(self.size, smallest_room)
        self.numbers: tuple[float, ...] = ()
        self.step = 0


class Encoder:
    """The schemas and the key table of one log."""

    def __init__(self, smallest_room: int) -> None:
        self._smallest_room = smallest_room
        self.plans: dict[tuple[str, ...], Plan] = {}
        self._table: dict[str, int] = {}

    def plan(self, keys: tuple[str, ...]) -> tuple[Plan | None, list[bytes]]:
        """The plan of a key set, and the frames that must come before its first row. None: its rows are sparse."""
        known = self.plans.get(keys)
        if known is not None:
            return known, []
        if len(self.plans) < journal.MAX_SCHEMAS and fits(keys):
            schema = len(self.plans)
            plan = self.plans[keys] = Plan(keys, RowFormat(schema, len(keys)), self._smallest_room)
            return plan, [journal.packed(Kind.SCHEMA, [schema, keys])]
        return None, self._learn(keys)

    def sparse(self, keys: Sequence[str], numbers: Sequence[float], step: int, time: float) -> Iterator[bytes]:
        """Frames of a row whose keys are in the table."""
        pairs = [(self._table[key], value) for key, value in zip(keys, numbers, strict=True)]
        for start in range(0, len(pairs), _WIDEST):
            yield journal.sparse(step, time, pairs[start : start + _WIDEST])

    def _learn(self, keys: tuple[str, ...]) -> list[bytes]:
        frames, part, size = [], [], 0
        for key in keys:
            if key in self._table:
                continue
            self._table[key] = len(self._table)
            part.append(key)
            size += _key_bytes(key)
            if size > _KEYS_BYTES:
                frames.append(journal.packed(Kind.SCHEMA, [-1, part]))
                part, size = [], 0
        if part:
            frames.append(journal.packed(Kind.SCHEMA, [-1, part]))
        return frames


def fits(keys: tuple[str, ...]) -> bool:
    """Whether a schema of these keys and its rows are small enough for a frame."""
    return len(keys) <= _WIDEST and sum(map(_key_bytes, keys)) <= _KEYS_BYTES


def _key_bytes(key: str) -> int:
    return 4 * len(key) + 5
