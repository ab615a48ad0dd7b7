"""Is a segment whole? Its frames carry checksums, and the last of them the hashes of its other files.

Summaries and pyramid can be made again from the rows, the rows only be taken from a copy of the store.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from trackside.store import aside, files, journal, manifest, segments, wholeness
from trackside.store.decode import Decoder
from trackside.store.doctor.finding import MERGE, Finding
from trackside.store.doctor.logs import first_frame, opened
from trackside.store.journal import Frame
from trackside.store.layout import RunPaths
from trackside.store.seal import summary_frames
from trackside.store.segments import Segment
from trackside.store.wholeness import Fault


class Sealed:
    """A segment as it was read: what its log said beside rows, and what the sealer said of its files."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.content = files.read_plain(segment.rest) if segment.rest.exists() else b""
        self._chunk = Decoder().feed(self.content, verify="all")

    @property
    def frames(self) -> list[Frame]:
        """What the log said beside rows of floats, and what the sealer added."""
        return self._chunk.others

    @property
    def opened(self) -> dict[str, Any]:
        """What the first frame says; empty where it is missing or damaged."""
        return opened(self.frames)


def examine(sealed: Sealed, run: RunPaths, store: Path) -> Iterator[Finding]:
    """What is wrong with a segment of a run whose log is gone."""
    again = partial(_make_again, sealed, run, store)
    segment = sealed.segment
    faults = list(wholeness.faults(segment))
    if not sealed.opened:
        faults = [Fault(segment.rest, wholeness.CUT)]
    lacks_rows = any(fault.file not in (segment.rest, segment.pyramid) for fault in faults)
    for file, problem in faults:
        if file == segment.rest:
            yield Finding(file, problem, "what is whole can be saved", repair=again)
        elif problem == wholeness.MISSING or (file == segment.pyramid and lacks_rows):
            yield Finding(file, problem, MERGE)
        elif file == segment.pyramid:
            yield Finding(file, problem, "it can be made again from the rows", repair=again)
        else:
            yield Finding(file, problem, f"put aside, {MERGE}", repair=partial(_put_aside, file, run, store))


def beside_log(segment: Segment, log: Path, run: RunPaths) -> Finding:
    """A segment that is not whole beside the log that it was made of: with the segment aside, the log counts."""
    file, problem = next(wholeness.faults(segment))

    def repair() -> str:
        wholeness.let_log_count(run, log)
        return f"its log counts again; what there was of the segment is kept in {run.aside}"

    return Finding(file, problem, "its log is whole, and counts again with the segment put aside", repair=repair)


def _put_aside(path: Path, run: RunPaths, store: Path) -> str:
    aside.keep(files.read_plain(path), path, run.aside, store)
    path.unlink()
    return f"it is kept in {run.aside}"


def _make_again(sealed: Sealed, run: RunPaths, store: Path) -> str:
    """Make the summaries and the pyramid of a segment again, and keep those that there were."""
    segment = sealed.segment
    columns = [*segment.wide, *([segment.long] if segment.long is not None else [])]
    blocks = segments.read(segment)
    for path in (segment.rest, segment.pyramid):
        if path.exists():
            aside.keep(files.read_plain(path), path, run.aside, store)
    said = [sealed.content[frame.start : frame.end] for frame in sealed.frames if frame.kind not in journal.SEALERS]
    if not sealed.opened:
        said.insert(0, first_frame(segment.rest, run.id))
    rest = b"".join([*said, *summary_frames(blocks)])
    segments.commit(run.segments, segment.rest.stem, blocks, columns, rest, manifest.file_mode(store))
    return f"made again from {sum(len(block.step) for block in blocks):,} rows"
