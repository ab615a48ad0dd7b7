"""Is a sealed log whole? One answer for whoever removes a log, replaces a segment, or tells what is damaged.

The last frame of a segment's `.rest` holds the hashes of its other files. A log that is still there, or that another
copy has, is compared with it frame by frame, and by how many values there are.
"""

import errno
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

import msgspec

from trackside.model.errors import DamagedError
from trackside.store import aside, blobs, files, journal, segments
from trackside.store.decode import Chunk, Decoder
from trackside.store.journal import Kind
from trackside.store.layout import LOG, RunPaths
from trackside.store.liveness import lock
from trackside.store.segments import Segment

CUT = "cannot be read to its end"
MISSING = "is missing"
CHANGED = "is not what was sealed"
STRANGE = "is none of the files that were sealed"


class Verdict(Enum):
    """What a segment is worth, by itself or beside a log of its name."""

    WHOLE = auto()
    """Every file is what was sealed, and all of the log is in it: the log may go."""
    CONTRADICTED = auto()
    """Every file is what was sealed, and the log says something else: both are kept."""
    REPLACEABLE = auto()
    """A file is missing or is not what was sealed, and the log says all that is left: the log counts."""
    DAMAGED = auto()
    """A file is missing or is not what was sealed, and there is no log that says as much."""


class Fault(NamedTuple):
    """A file of a segment, and what is wrong with it."""

    file: Path
    problem: str


def judge(segment: Segment, log: bytes | None = None) -> Verdict:
    """What a segment is worth; beside a log of that content, where one is given."""
    is_whole = next(faults(segment), None) is None
    if log is None:
        return Verdict.WHOLE if is_whole else Verdict.DAMAGED
    chunk = Decoder().feed(log, verify="all")
    said = b"".join(log[frame.start : frame.end] for frame in chunk.others)
    if is_whole:
        return Verdict.WHOLE if _holds(segment, chunk, said) else Verdict.CONTRADICTED
    return Verdict.REPLACEABLE if _says_all(segment, chunk, said) else Verdict.DAMAGED


def faults(segment: Segment) -> Iterator[Fault]:
    """The files of a segment that are not as they were sealed; of the others nothing is known where `.rest` is cut."""
    expected = _hashes(_content(segment.rest))
    if expected is None:
        yield Fault(segment.rest, CUT)
        return
    there = {path.name: path for path in segments.in_order(segment) if path != segment.rest}
    for name, digest in expected.items():
        found = _digest(there[name]) if name in there else None
        if found is None:
            yield Fault(segment.rest.with_name(name), MISSING)
        elif found != digest:
            yield Fault(there[name], CHANGED)
    yield from (Fault(path, STRANGE) for name, path in there.items() if name not in expected)


def frames(segment: Segment) -> bytes:
    """The frames of a sealed log as they stood in it, as far as they are whole, without those that the sealer adds."""
    content = _content(segment.rest)
    return b"".join(
        content[frame.start : frame.end] for frame in journal.frames(content) if frame.kind not in journal.SEALERS
    )


def set_aside(run: RunPaths, stem: str) -> None:
    """Put what there is of a segment aside, the pyramid first: from then on a log of its name counts."""
    for path in reversed(segments.files_of(run.segments, stem)):
        aside.keep(files.read_plain(path), path, run.aside, run.store)
        path.unlink()
        files.sync_folder(run.segments)


def let_log_count(run: RunPaths, log: Path) -> None:
    """Put the segment of a log aside, if the log says all that is left of it. DamagedError where it does not."""
    stem = log.name.removesuffix(LOG)
    with log.open("rb+") as stream:
        if not lock(stream.fileno()):
            raise DamagedError(f"{log} is being sealed; look again when that has ended")
        segment = segments.sealed(run.segments).get(stem)
        if segment is not None and judge(segment, stream.read()) is not Verdict.REPLACEABLE:
            raise DamagedError(f"{log} and the segment of its name were changed meanwhile; look again")
        set_aside(run, stem)


def _holds(segment: Segment, chunk: Chunk, said: bytes) -> bool:
    """Whether a segment has a log's other frames from the first on, and as many values."""
    return not chunk.damage and frames(segment).startswith(said) and _values(chunk) <= segments.values(segment)


def _says_all(segment: Segment, chunk: Chunk, said: bytes) -> bool:
    """Whether a log is sound, has every frame that is left of its segment, and goes on to where that ended."""
    return not chunk.damage and said.startswith(frames(segment)) and _goes_to_the_end(segment, chunk)


def _goes_to_the_end(segment: Segment, chunk: Chunk) -> bool:
    """It does where it has every frame of the segment, or says itself that nothing follows, or has all the values."""
    if _hashes(_content(segment.rest)) is not None or (chunk.others and chunk.others[-1].kind == Kind.CLOSE):
        return True
    try:
        return _values(chunk) >= segments.values(segment)
    except DamagedError:
        return False


def _values(chunk: Chunk) -> int:
    return sum(len(block.step) * len(block.keys) for block in chunk.blocks)


def _hashes(rest: bytes) -> dict[str, str] | None:
    """The hashes of a segment's other files by their names, from its rest; None where that is cut or damaged."""
    every = list(journal.frames(rest))
    if not every or every[-1].kind != Kind.SEALED or every[-1].end != len(rest):
        return None
    try:
        return msgspec.msgpack.decode(every[-1].payload, type=dict[str, str])
    except msgspec.MsgspecError:
        return None


def _content(rest: Path) -> bytes:
    try:
        return files.read_plain(rest)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ELOOP):
            raise
        return b""


def _digest(path: Path) -> str | None:
    try:
        return blobs.digest(path)
    except FileNotFoundError:
        return None
