"""A `.wandb` log as the newer core of Weights & Biases writes it: two summaries before each row, items in any order."""

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

STARTED = 1_700_000_000
_BLOCK = 1 << 15
_KEPT = 4 * _BLOCK


class WandbLog:
    """The log of one run, appended to until the `with` block is left; it has no end then."""

    def __init__(
        self, folder: Path, run: str, config: Mapping[str, object] | None = None, started: int = STARTED
    ) -> None:
        self._started = started
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"run-{run}.wandb"
        self._file = self.path.open("wb")
        self._data = bytearray(b":W&B\xe1\xbe\x00")
        self._number = 1
        set_ = b"".join(_field(1, _field(2, key.encode()) + _json(value)) for key, value in (config or {}).items())
        named = _field(1, run.encode()) + _field(3, b"bench") + _field(4, set_)
        self._append(b"\x08\x01" + _field(17, named + _field(17, b"\x08" + _varint(started))))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
        self._file.close()

    def log(self, step: int, values: Mapping[str, float], seconds: float) -> None:
        """A row, so many seconds after the beginning; in the file once it is flushed, or many followed."""
        items = [
            *(_item(name, value) for name, value in values.items()),
            _item("_timestamp", self._started + seconds),
            _item("_runtime", seconds),
            _item("_step", step),
        ]
        turned = items[step % len(items) :] + items[: step % len(items)]
        self._record(3, _field(1, b"\x12\x06_wandb\x12\x07runtime" + _json(int(seconds))))
        self._record(3, b"".join(turned))
        self._record(2, b"".join(items) + b"\x12" + _sized(b"\x08" + _varint(step) if step else b""))
        if len(self._data) > _KEPT:
            self._write(_KEPT)

    def flush(self) -> None:
        """All of it, into the file."""
        self._write(len(self._data))
        self._file.flush()

    def _write(self, size: int) -> None:
        self._file.write(self._data[:size])
        del self._data[:size]

    def _record(self, kind: int, content: bytes) -> None:
        self._number += 1
        self._append(b"\x08" + _varint(self._number) + _field(kind, content))

    def _append(self, record: bytes) -> None:
        first, before = True, self._file.tell()
        while first or record:
            room = _BLOCK - (before + len(self._data)) % _BLOCK
            if room < 7:
                self._data += bytes(room)
                continue
            piece, record = record[: room - 7], record[room - 7 :]
            checked = (b"\2" if record else b"\1") if first else (b"\3" if record else b"\4")
            checked += piece
            self._data += struct.pack("<IH", zlib.crc32(checked), len(piece)) + checked
            first = False


def _item(key: str, value: float) -> bytes:
    return _field(1, b"\x12" + _sized(key.encode()) + _json(value))


def _json(value: object) -> bytes:
    return b"\x82\x01" + _sized(json.dumps(value).encode())


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _sized(value)


def _sized(value: bytes) -> bytes:
    return _varint(len(value)) + value


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
