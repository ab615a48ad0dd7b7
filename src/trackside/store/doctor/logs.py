"""Is every frame of a log whole? What stands before and after a damaged stretch can be saved."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trackside.model.errors import DamagedError
from trackside.store import aside, files, journal, manifest, said
from trackside.store.decode import Chunk, Decoder
from trackside.store.doctor.finding import Finding
from trackside.store.journal import Frame, Kind
from trackside.store.liveness import lock, locked

_LONGEST_SHOWN = 3


class Log:
    """A log as it was read, and all that it says but rows of floats."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_written = locked(path)
        self.content = files.read_plain(path)
        self.chunk: Chunk = Decoder().feed(self.content, verify="all")

    @property
    def frames(self) -> list[Frame]:
        """Every frame that is no row of floats."""
        return self.chunk.others

    @property
    def opened(self) -> dict[str, Any]:
        """What the first frame says; empty where it is missing or damaged."""
        return opened(self.frames)


def opened(frames: Sequence[Frame]) -> dict[str, Any]:
    """What the first frame of a log says, if it stands where the log begins."""
    return said.opened(frames[0]) if frames and frames[0].start == 0 else {}


def examine(log: Log, of: str | None, folder: Path, store: Path) -> Iterator[Finding]:
    """What is wrong with a log of the run `of`, or of some project."""
    damage = log.chunk.damage
    if not log.chunk.end and not damage:
        return
    opening = log.opened
    if opening and of is not None and opening.get("run") != of:
        yield Finding(log.path, f"is a log of {opening.get('run')!r}, not of {of!r}", "move it to where it belongs")
    if damage or not opening:
        lost = sum(end - start for start, end in damage)
        where = ", ".join(f"{start:,}–{end:,}" for start, end in damage[:_LONGEST_SHOWN])
        more = f" and {len(damage) - _LONGEST_SHOWN:,} more places" if len(damage) > _LONGEST_SHOWN else ""
        problem = f"{lost:,} bytes cannot be read, at {where}{more}" if damage else "does not begin with who wrote it"
        yield Finding(
            log.path,
            problem,
            "what stands before and after can be saved",
            repair=lambda: rescue(log.path, of, folder, store),
        )
    elif not log.is_written and (torn := len(log.content) - log.chunk.end):
        yield Finding(
            log.path, f"ends in {torn:,} bytes that were never finished", "readers pass over them", damage=False
        )


def rescue(path: Path, of: str | None, folder: Path, store: Path) -> str:
    """Put the frames that are whole into a new log in place of a damaged one, which is kept in `folder`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        if not lock(descriptor):
            raise DamagedError(f"{path} is being written to; repair it when that has ended")
        log = Log(path)
        aside.keep(log.content, path, folder, store)
        whole = b"".join(_whole_parts(log))
        if not log.opened:
            whole = first_frame(path, of) + whole
        files.place(path, [whole], manifest.file_mode(store), path.lstat().st_mtime_ns)
    finally:
        os.close(descriptor)
    rows = sum(len(block.step) for block in Decoder().feed(whole).blocks)
    return f"saved {len(whole):,} of {len(log.content):,} bytes, {rows:,} rows among them"


def _whole_parts(log: Log) -> Iterator[bytes]:
    start = 0
    for damaged, resumed in log.chunk.damage:
        yield log.content[start:damaged]
        start = resumed
    yield log.content[start : log.chunk.end]


def first_frame(path: Path, of: str | None) -> bytes:
    """The first frame of a log whose own was damaged, as far as its name and place tell."""
    writer, _, number = path.stem.rpartition(".")
    is_edit = path.parent.name == "edits"
    known = {
        "format": journal.FORMAT,
        "run": of,
        "writer": path.stem if is_edit else writer,
        "seq": int(number) if number.isdecimal() else 0,
        "role": "edit" if is_edit else "main",
        "time": path.lstat().st_mtime,
    }
    return journal.packed(Kind.OPEN, known)
