"""Which files a run consists of, for whoever copies or verifies one."""

from collections.abc import Iterator
from pathlib import Path

from trackside.store import files, journal, segments
from trackside.store.decode import Decoder
from trackside.store.journal import Kind
from trackside.store.layout import LOG, RunPaths

_CLOSES = tuple(journal.packed(Kind.CLOSE, {"rotated": rotated}) for rotated in (False, True))


def hot_logs(run: RunPaths) -> dict[str, Path]:
    """Logs in `w/` by their stems. To be listed before the segments: what is sealed in between is then in both."""
    return {log.name.removesuffix(LOG): log for log in files.plain(run.logs) if log.suffix == LOG}


def every(run: RunPaths) -> list[Path]:
    """All files that make up a run as it stands now, the one that makes it a run last."""
    logs, sealed = hot_logs(run), segments.sealed(run.segments)
    hot = [log for stem, log in logs.items() if stem not in sealed]
    columns = [path for segment in sealed.values() for path in segments.in_order(segment)]
    return [*hot, *columns, *files.plain(run.edits), *rest(run), run.manifest]


def rest(run: RunPaths) -> Iterator[Path]:
    """What is neither log nor segment nor edit nor `run.json`. In `console/` times come before the text they are of."""
    known = {run.logs, run.segments, run.edits}
    yield from (path for path in files.plain(run.root) if path != run.manifest)
    for folder in files.folders(run.root):
        if folder not in known:
            yield from files.below(folder)


def whole_end(log: bytes) -> int:
    """Where the last whole frame of a log ends."""
    return len(log) if log.endswith(_CLOSES) else Decoder().feed(log, verify="all").end
