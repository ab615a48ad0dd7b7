"""Reading a run's folder: which of its files grew, and what is new in them, into the run's fold.

Inside a store no link is followed, and a file that vanishes while it is read was sealed: it is looked for again.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackside.model.errors import DamagedError
from trackside.model.run import ProjectSettings
from trackside.store import curves, files, journal, said
from trackside.store.at_best import Point
from trackside.store.decode import Decoder
from trackside.store.fold import OWN, RunFold
from trackside.store.layout import LOG, PYRAMID, REST, RunPaths
from trackside.store.log_fold import LogFold

_READ_BYTES = 16 << 20
_OPEN_BYTES = 4096
_ATTEMPTS = 5
_ROWS = ("w/", f"{OWN}w/")
"""What the names of logs begin with that have rows."""


def new_fold(paths: RunPaths) -> RunFold | None:
    """The fold of a run of which nothing was read yet; None where the folder is not a run yet."""
    try:
        written_ns = paths.manifest.lstat().st_mtime_ns
        manifest = said.manifest(files.read_plain(paths.manifest))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except said.NONSENSE as error:
        raise DamagedError(
            f"{paths.manifest} is damaged ({error}); `trackside doctor` tells what can be saved"
        ) from error
    if manifest.get("format", 1) > journal.FORMAT:
        raise DamagedError(f"{paths.manifest} was written by a newer trackside; update this one to read it")
    return RunFold(manifest, written_ns)


def read_new(paths: RunPaths, fold: RunFold, settings: ProjectSettings) -> tuple[RunFold, bool]:
    """Fold what is new in the folder; whether there was something.

    Another fold comes back where the run had to be read again from its start.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _read_new(paths, fold, settings)
        except FileNotFoundError:
            continue
    raise DamagedError(f"the files of {paths.root} vanish while they are read; `trackside doctor` tells what is there")


def _read_new(paths: RunPaths, fold: RunFold, settings: ProjectSettings) -> tuple[RunFold, bool]:
    found = dict(_files(paths))
    replaced = fold.manifest_ns != paths.manifest.lstat().st_mtime_ns or _was_replaced(fold, found)
    if replaced:
        anew = new_fold(paths)
        if anew is None:
            raise FileNotFoundError(paths.manifest)
        fold = anew
    grown = [name for name, file in found.items() if _has_grown(fold.logs.get(name), file)]
    if fold.found is not None and any(name.startswith(_ROWS) for name in grown):
        return _read_new(paths, RunFold(fold.manifest, fold.manifest_ns, resumes=fold.resumes), settings)
    if len(grown) > 1:
        grown.sort(key=lambda name: _order(fold, name, found[name]))
    read = [_read_log(fold, name, found[name], settings) for name in grown]
    if fold.holds_superseded() or fold.out_of_turn:
        return _read_new(paths, RunFold(fold.manifest, fold.manifest_ns, resumes=fold.resumes), settings)
    if any(read):
        _read_segments(paths, fold, settings)
        settle(paths, fold)
    return fold, replaced or any(read)


class _File:
    """A log as it lies in the folder: hot, or the rest of one that was sealed."""

    __slots__ = ("inode", "path", "sealed", "size")

    def __init__(self, path: Path, found: os.stat_result, *, sealed: bool) -> None:
        self.path = path
        self.size = found.st_size
        self.inode = found.st_ino
        self.sealed = sealed


def _files(paths: RunPaths) -> Iterator[tuple[str, _File]]:
    """Every log by the name that it has, or had, in `w/` or `edits/`, or in those among this user's `own/`.

    `w/` is listed before `seg/`: a log that is sealed in between is then seen twice, and never missed.
    """
    hot = {name: _File(path, found, sealed=False) for name, path, found in _listed(paths.logs, LOG)}
    segments = {name: (path, found) for name, path, found in _listed(paths.segments, "")}
    for name, (path, found) in segments.items():
        stem = name.removesuffix(REST)
        if name.endswith(REST) and stem + PYRAMID in segments:
            hot[stem + LOG] = _File(path, found, sealed=True)
    yield from ((f"w/{name}", file) for name, file in hot.items())
    yield from _in("edits", paths.edits)
    if paths.own is not None:
        yield from _in(f"{OWN}edits", paths.own.edits)
        yield from _in(f"{OWN}w", paths.own.logs)


def _in(name: str, folder: Path) -> Iterator[tuple[str, _File]]:
    return ((f"{name}/{log}", _File(path, found, sealed=False)) for log, path, found in _listed(folder, LOG))


def _listed(folder: Path, suffix: str) -> list[tuple[str, Path, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            found = [
                (entry.name, entry.path, entry.stat(follow_symlinks=False))
                for entry in entries
                if entry.name.endswith(suffix) and not entry.name.startswith(".")
            ]
    except FileNotFoundError:
        return []
    return [(name, Path(path), status) for name, path, status in found if stat.S_ISREG(status.st_mode)]


def _was_replaced(fold: RunFold, found: dict[str, _File]) -> bool:
    """Whether a log is not what was read any more: gone, another file, or sealed before it had been read to its end."""
    for name, log in fold.logs.items():
        file = found.get(name)
        if file is None:
            return True
        if file.sealed and not log.sealed:
            if not log.closed:
                return True
            log.sealed, log.inode = True, file.inode
        if file.inode != log.inode or (not file.sealed and file.size < log.offset):
            return True
    return False


def _has_grown(log: LogFold | None, file: _File) -> bool:
    if log is None:
        return file.size > 0
    return not log.sealed and file.size > log.offset


def _order(fold: RunFold, name: str, file: _File) -> tuple[int, float, int, str]:
    """Logs are folded in the order in which they were opened, so that the last writer of a key is the last."""
    known = fold.logs.get(name)
    if known is not None:
        return (*known.order, name)
    return (*LogFold(opened=_opened(file.path)).order, name)


def _opened(log: Path) -> dict[str, Any]:
    with files.open_plain(log) as stream:
        return said.opened(next(journal.frames(stream.read(_OPEN_BYTES)), None))


def _read_log(fold: RunFold, name: str, file: _File, settings: ProjectSettings) -> bool:
    """Whether there was a whole frame to read: the end of a log may be one that is only half written."""
    log = fold.logs.setdefault(name, LogFold())
    log.sealed, log.inode = file.sealed, file.inode
    decoder = Decoder.from_state(log.decoder) if log.decoder else Decoder()
    before = log.offset
    descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        while data := os.pread(descriptor, min(_READ_BYTES, max(0, file.size - log.offset)), log.offset):
            start = log.offset
            chunk = decoder.feed(data, verify="tail")
            fold.fold(name, chunk, decoder.state(), settings)
            log.offset = start + chunk.end
            if chunk.end == 0:
                break
    finally:
        os.close(descriptor)
    return log.offset > before


def _read_segments(paths: RunPaths, fold: RunFold, settings: ProjectSettings) -> None:
    """Of sealed logs what their summaries do not tell: points that still count beside a resume, and shapes."""
    for name, log in fold.logs.items():
        stem = name.rpartition("/")[2].removesuffix(LOG)
        if log.unread:
            fold.fold_rows(log, curves.sealed_rows(paths, stem, log.unread), settings)
            log.unread = set()
        if log.unshaped:
            fold.fold_shapes(curves.sealed_rows(paths, stem, log.unshaped), log.unshaped)
            log.unshaped = set()


def settle(paths: RunPaths, fold: RunFold) -> None:
    """Look at the curves of those metrics whose at-best the rows that were folded could not tell."""
    at_best = fold.at_best
    if at_best is None or at_best.step is None:
        return
    for metric in sorted(at_best.unsettled):
        first = fold.stats[metric].first_step if metric in fold.stats else None
        if first is None or first > at_best.step:
            continue
        try:
            series = curves.series(paths, metric)
        except DamagedError:
            fold.damaged += 1
            continue
        place = int(series.step.searchsorted(at_best.step, side="right")) - 1
        if place >= 0:
            point = Point(int(series.step[place]), float(series.time[place]), float(series.value[place]))
            at_best.points[metric] = point
    at_best.unsettled.clear()
