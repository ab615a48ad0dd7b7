"""Files of a binary format, damaged in ways that are the same each time, and a source that has to bear them.

`TRACKSIDE_MUTATIONS` says how many; the suite tries a few, `just fuzz` 20,000.
"""

import os
import random
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gathered import gather

from trackside.sources.protocol import Source

MUTATIONS = int(os.environ.get("TRACKSIDE_MUTATIONS", "100"))
MEMORY = 64 << 20

_ODD_NUMBERS = (
    0,
    1,
    0x7F,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
)


@dataclass(frozen=True)
class Frames:
    """How a format with checksums is taken apart and put together, so that damage also gets past the checksums."""

    split: Callable[[bytes], list[bytes]]
    join: Callable[[Sequence[bytes]], bytes]


def survives(
    source: Source, folder: Path, files: dict[str, bytes], frames: Frames | None = None, seed: int = 0
) -> None:
    """Read `folder` again and again, with one of `files` (by path in it) damaged each time.

    Nothing may be raised but `SourceError`, and memory stays within `MEMORY` over the size of the files.
    """
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    names = sorted(files)
    for number in range(MUTATIONS):
        name = names[number % len(names)]
        (folder / name).write_bytes(mutation(files[name], frames, seed, number))
        _read(source, folder, f"mutation {number} of seed {seed}, of {name}")
        (folder / name).write_bytes(files[name])


def mutation(content: bytes, frames: Frames | None, seed: int, number: int) -> bytes:
    """The same damage for the same seed and number. With `frames`, every second one has whole frames."""
    chance = random.Random(f"{seed}/{number}")
    if frames is None or chance.random() < 0.5:
        return _damaged(content, chance)
    parts = frames.split(content)
    for _ in range(chance.choice((1, 1, 1, 4))):
        which = chance.randrange(len(parts))
        parts[which] = _damaged(parts[which], chance)
    return frames.join(parts)


def _read(source: Source, folder: Path, which: str) -> None:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    before = _peak_from_now()
    try:
        gather(source, folder)
    except Exception as error:
        raise AssertionError(f"{which}: {error!r}") from error
    peak = _resident("VmHWM") - before
    assert peak <= MEMORY + size, f"{which}: {peak >> 20} MiB"


def _peak_from_now() -> int:
    """Forget the most memory that this process had, and say what it has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _resident("VmRSS")


def _resident(which: str) -> int:
    found = re.search(rf"^{which}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) << 10


def _damaged(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        chance.choice(_KINDS)(data, chance)
    return bytes(data)


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _replace(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _number(data: bytearray, chance: random.Random) -> None:
    at, size = chance.randint(0, len(data)), chance.choice((1, 2, 4, 8))
    data[at : at + size] = struct.pack("<Q", chance.choice(_ODD_NUMBERS))[:size]


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randint(0, len(data)) :]


def _remove(data: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    del data[at : at + chance.randint(1, 64)]


def _insert(data: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = chance.randbytes(chance.randint(1, 64))


def _repeat(data: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = data[at : at + chance.randint(1, 256)]


def _zeros(data: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    stretch = len(data[at : at + chance.randint(1, 256)])
    data[at : at + stretch] = bytes(stretch)


_KINDS = (_flip, _flip, _replace, _number, _number, _cut, _remove, _insert, _repeat, _zeros)
