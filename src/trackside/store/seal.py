"""Sealing: a log that has ended becomes Parquet, and the log goes.

Only logs of the own user are touched, and only ones whose lock nobody holds: a writer holds it as long as it lives, and
of two sealers the second waits for another time. Whatever moment the power fails at, a log or its whole segment is
there: the pyramid, renamed last, is what makes a segment count. A log beside a segment that was damaged since counts
again, and is sealed anew.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from trackside.store import journal, said, segments, wholeness
from trackside.store.decode import Block, Chunk, Decoder
from trackside.store.files import sync_folder
from trackside.store.journal import Kind
from trackside.store.layout import LOG, RunPaths
from trackside.store.liveness import boot_id, is_copy, lock
from trackside.store.summaries import Summaries
from trackside.store.wholeness import Verdict

SMALLEST = 1 << 20
"""A finished log of fewer bytes stays as it is."""

_METRICS_A_FRAME = 100
"""With the shapes of their curves a hundred stay below the size of a frame."""


def seal(run: RunPaths) -> int:
    """Seal what may be sealed of a run; how many logs were."""
    return sum(_seal(run, log) for log in sealable(run))


def sealable(run: RunPaths) -> list[Path]:
    """Logs of the own user that are large enough, oldest first."""
    return [log for log in sorted(run.logs.glob(f"*{LOG}")) if log.name[0] != "." and _is_large_and_own(log)]


def _is_large_and_own(log: Path) -> bool:
    try:
        status = log.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and status.st_size > SMALLEST


def _seal(run: RunPaths, log: Path) -> bool:
    try:
        descriptor = os.open(log, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        if not lock(descriptor) or os.fstat(descriptor).st_nlink == 0:
            return False
        with open(descriptor, "rb", closefd=False) as stream:
            content = stream.read()
        if not _is_in_segment(run, log, content, os.fstat(descriptor).st_ino):
            return False
        log.unlink()
        sync_folder(run.logs)
        return True
    finally:
        os.close(descriptor)


def _is_in_segment(run: RunPaths, log: Path, content: bytes, inode: int) -> bool:
    """Whether all of a log whose lock is held is in a whole segment, by a sealer that was killed or from now on."""
    stem = log.name.removesuffix(LOG)
    segment = segments.sealed(run.segments).get(stem)
    verdict = None if segment is None else wholeness.judge(segment, content)
    if verdict is Verdict.WHOLE:
        return True
    if verdict not in (None, Verdict.REPLACEABLE):
        return False
    chunk = Decoder().feed(content, verify="all")
    if chunk.damage or not _has_ended(chunk, inode):
        return False
    if verdict is Verdict.REPLACEABLE:
        wholeness.set_aside(run, stem)
    segments.remove_unfinished(run.segments, stem)
    segments.write(run.segments, stem, chunk.blocks, b"".join(_rest(content, chunk)), run.store)
    return True


def _has_ended(chunk: Chunk, inode: int) -> bool:
    """Whether nothing follows anywhere: the log says so, or its writer, whose lock was taken, wrote into this file."""
    if chunk.others and chunk.others[-1].kind == Kind.CLOSE:
        return True
    opened = said.opened(next(iter(chunk.others), None))
    return bool(boot_id()) and opened.get("boot") == boot_id() and not is_copy(opened, inode)


def _rest(data: bytes, chunk: Chunk) -> Iterator[bytes]:
    """Every frame that is no row of floats, byte for byte, and the summaries of all rows."""
    for frame in chunk.others:
        yield data[frame.start : frame.end]
    yield from summary_frames(chunk.blocks)


def summary_frames(blocks: Iterable[Block]) -> Iterator[bytes]:
    """The frames that tell of every metric of some rows in a few numbers."""
    summaries = Summaries()
    for block in blocks:
        summaries.add(block)
    packed = list(summaries.packed().items())
    for start in range(0, len(packed), _METRICS_A_FRAME):
        yield journal.packed(Kind.SUMMARY, dict(packed[start : start + _METRICS_A_FRAME]))
