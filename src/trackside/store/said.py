"""What a run may say, and in which shape: the one place where what stands in its files becomes values.

A run may come from anybody, by a merge or a bundle. What is returned from here has the type that is stated, at every
depth, and fits into an index, a table and a JSON document; everything else is refused with one of `NONSENSE`, and
whoever reads passes over it.
"""

import math
import struct
from collections.abc import Iterable
from typing import Any, TypedDict

import msgspec

from trackside.model.bounds import Count, Int64, Moment
from trackside.model.histogram import HISTOGRAM, LoggedHistogram
from trackside.model.keys import short
from trackside.model.run import Mark
from trackside.store import journal
from trackside.store.journal import Frame, Kind

NONSENSE = (
    msgspec.MsgspecError,
    struct.error,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What decoding and converting raise on content that no recorder writes."""

_DEEPEST = 64
_WORDS = frozenset({type(None), bool, float, str})
_INTEGERS = range(-(1 << 63), 1 << 64)


class Opening(TypedDict, total=False):
    """The frame that a log begins with: who writes it, where, and for which resume of the run.

    `why` is there alone in what is said aside: why the log of that name cannot be written.
    """

    run: str | None
    writer: str
    seq: Int64
    role: str
    resume: Int64
    step: Int64 | None
    boot: str
    user: str | None
    host: str
    inode: int
    time: Moment
    why: str | None


class Ending(TypedDict, total=False):
    """How a script says that it ended; while it is `running`, how it will have if nothing more is heard."""

    running: bool
    status: str
    time: Moment
    exit_code: Int64 | None
    traceback: str | None


class FieldEdit(msgspec.Struct):
    """Fields of a run or a project as somebody set them at `stamp`."""

    stamp: Int64
    set: dict[str, Any]


class TagEdit(msgspec.Struct):
    """Tags that somebody added and removed at `stamp`."""

    stamp: Int64
    add: list[str] = []
    remove: list[str] = []


class Mixed(msgspec.Struct):
    """Values that are no floats, logged at `step`."""

    step: Int64
    time: float
    values: dict[str, Any]

    def words(self) -> dict[str, str]:
        """The texts: each itself, or where its content is."""
        return {name: words for name, value in self.values.items() if (words := _words(value)) is not None}

    def drawn(self) -> list[str]:
        """The names under which there are histograms."""
        return [name for name, value in self.values.items() if type(value) is dict and HISTOGRAM in value]

    def histogram(self, name: str) -> LoggedHistogram | None:
        """The histogram of that name; None where there is none, or one that makes no sense."""
        value = self.values.get(name)
        if type(value) is not dict or type(told := value.get(HISTOGRAM)) is not dict:
            return None
        time = self.time if math.isfinite(self.time) else 0.0
        try:
            return msgspec.convert({**told, "step": self.step, "time": time}, LoggedHistogram)
        except msgspec.ValidationError:
            return None


class Closing(msgspec.Struct):
    """The frame that nothing follows; `rotated` where the writer went on in another log."""

    rotated: bool = False


class _Format(TypedDict, total=False):
    format: int


def manifest(content: bytes) -> dict[str, Any]:
    """What a `run.json` says: a `format` that is a number if it is there, everything else as it may be."""
    said: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    msgspec.convert(said, _Format)
    _check(said.values())
    return said


def opening(payload: bytes) -> dict[str, Any]:
    """An `Opening`."""
    return dict(msgspec.msgpack.decode(payload, type=Opening))


def opened(first: Frame | None) -> dict[str, Any]:
    """The `Opening` that a log's first frame is; nothing where that is none."""
    if first is None or first.kind != Kind.OPEN:
        return {}
    try:
        return opening(first.payload)
    except NONSENSE:
        return {}


def ending(payload: bytes) -> dict[str, Any]:
    """An `Ending`."""
    return dict(msgspec.msgpack.decode(payload, type=Ending))


def closing(payload: bytes) -> Closing:
    """Whether a log goes on in another one."""
    return msgspec.msgpack.decode(payload, type=Closing)


def sections(payload: bytes) -> dict[str, dict[str, Any]]:
    """Values by section and key."""
    said: dict[str, dict[str, Any]] = msgspec.msgpack.decode(payload, type=dict[str, dict[str, Any]])
    for values in said.values():
        _check(values.values())
    return {section: _named(values) for section, values in said.items()}


def field_edit(payload: bytes) -> FieldEdit:
    """Which fields were set."""
    said = msgspec.msgpack.decode(payload, type=FieldEdit)
    _check(said.set.values())
    return said


def tag_edit(payload: bytes) -> TagEdit:
    """Which tags were added and removed."""
    return msgspec.msgpack.decode(payload, type=TagEdit)


def mixed(payload: bytes) -> Mixed:
    """What was logged and is no float."""
    said = msgspec.msgpack.decode(payload, type=Mixed)
    return Mixed(said.step, said.time, _named(said.values))


def mark(payload: bytes) -> Mark:
    """Something that happened at a step."""
    return msgspec.msgpack.decode(payload, type=Mark)


def heartbeat(payload: bytes) -> tuple[float, int]:
    """When the writer was alive, and how many rows it could not keep."""
    said: tuple[float, int] = msgspec.convert(journal.heartbeat_parts(payload), tuple[Moment, Count])
    return said


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """These values by keys that are not too long."""
    return {short(key): value for key, value in values.items()}


def _words(value: Any) -> str | None:
    if type(value) is dict:
        return None if HISTOGRAM in value else str(value.get("blob", ""))
    return value if isinstance(value, str) else None


def _check(values: Iterable[Any], depth: int = _DEEPEST) -> None:
    """ValueError where values are not what JSON has words for, or stand too deep within one another."""
    for value in values:
        kind = type(value)
        if kind in _WORDS or (kind is int and value in _INTEGERS):
            continue
        if not depth or kind not in (list, dict) or (kind is dict and not all(type(key) is str for key in value)):
            raise ValueError(f"a {kind.__name__} is no value that a run has")
        _check(value.values() if kind is dict else value, depth - 1)
