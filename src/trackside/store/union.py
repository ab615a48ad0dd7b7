"""The union of two copies of one run: per name the longer file, of which the other is the beginning.

Logs and edits are compared and taken up to their last whole frame. A segment that has its pyramid replaces the log of
its name; one that is damaged here gives way to a whole one, or to the log that it was made of. Of two files that
contradict each other, which only damage brings about, both are kept: the sounder one, else the longer one, under its
name, the other in `aside/` under its hash. So the same comes out in whatever order copies are united, and however
often. A copy is read without following links; the own one is written so that a kill at any moment leaves every file as
it was or as it is to be, and a new run appears last of all.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from trackside.model.errors import DamagedError, StoreError
from trackside.store import aside, blobs, files, manifest, run_files, segments, wholeness
from trackside.store.decode import Decoder
from trackside.store.layout import ASIDE, LOG, RunPaths
from trackside.store.liveness import lock
from trackside.store.segments import Segment
from trackside.store.wholeness import Verdict, judge

_ATTEMPTS = 5


class Conflict(NamedTuple):
    """Two files of one name that contradict each other. `kept` is whose is read; the other lies at `aside`."""

    file: Path
    kept: Literal["own", "other"]
    aside: Path


class Taken(msgspec.Struct):
    """What was taken from another copy."""

    files: int = 0
    bytes: int = 0
    conflicts: list[Conflict] = msgspec.field(default_factory=list)
    busy: list[Path] = msgspec.field(default_factory=list)
    """Logs that somebody was writing or sealing: the next time takes what is missing."""
    damaged: list[Path] = msgspec.field(default_factory=list)
    """Segments there of which a file is not what was sealed: they are taken only where nothing is here."""


class Union:
    """Takes what another copy of a run or project has into the store at `root`; `before()` is called before it changes.

    What was done is counted in `taken`.
    """

    def __init__(self, root: Path, taken: Taken, before: Callable[[], None]) -> None:
        self.taken = taken
        self._root = root
        self._real = root.resolve()
        self._mode = manifest.file_mode(root)
        self._before = before

    def run(self, own: RunPaths, other: RunPaths) -> None:
        """Unite a run. DamagedError where the other copy's files vanish as fast as they are read."""
        for _ in range(_ATTEMPTS):
            try:
                self._run(own, other)
            except FileNotFoundError:
                continue
            return
        raise DamagedError(f"the files of {other.root} vanish while they are read; try again when they rest")

    def logs(self, own: Path, other: Path) -> None:
        """Unite two folders of logs that nobody seals: edits."""
        for log in files.plain(other):
            self._log(own / log.name, log, own.parent)

    def file(self, own: Path, other: Path, folder: Path, is_sound: Callable[[bytes], bool] = lambda _: True) -> None:
        """Unite two files that hold no frames."""
        if not own.exists():
            with files.open_plain(other) as stream:
                self._put(own, files.chunks(stream), _mtime(other))
        elif not _alike(own, other):
            ours, theirs = files.read_plain(own), files.read_plain(other)
            self._longer(own, other, folder, _Content(ours, is_sound), _Content(theirs, is_sound))

    def _run(self, own: RunPaths, other: RunPaths) -> None:
        logs = run_files.hot_logs(other)
        theirs = {
            stem: segment
            for stem, segment in segments.sealed(other.segments).items()
            if stem not in logs or judge(segment, files.read_plain(logs[stem])) is not Verdict.REPLACEABLE
        }
        for stem, segment in segments.sealed(own.segments).items():
            self._settle(own, stem, segment)
        ours = segments.sealed(own.segments)
        for stem, segment in theirs.items():
            if stem in ours:
                self._sealed_twice(own, stem, ours[stem], segment)
            else:
                self._segment(own, stem, segment)
        ours = segments.sealed(own.segments)
        for stem, log in logs.items():
            if stem in ours:
                self._sealed_here(own, stem, ours[stem], log)
            elif stem not in theirs:
                self._hot(own, log)
        self.logs(own.edits, other.edits)
        for path in run_files.rest(other):
            self.file(own.root / path.relative_to(other.root), path, own.aside)
        self.file(own.manifest, other.manifest, own.aside, _is_json)

    def _settle(self, own: RunPaths, stem: str, ours: Segment) -> None:
        """Of a segment and its log that are both here, remove the log if all of it is sealed; else let it count."""
        log = own.logs / f"{stem}{LOG}"
        with _held(log) as held:
            if not held:
                return
            verdict = judge(ours, held)
            if verdict is Verdict.WHOLE:
                log.unlink()
            elif verdict is Verdict.REPLACEABLE:
                for path in reversed(segments.files_of(own.segments, stem)):
                    self._move_aside(path, own)

    def _sealed_twice(self, own: RunPaths, stem: str, ours: Segment, theirs: Segment) -> None:
        """Take a whole segment in place of one that is not; of two that say something else keep both."""
        if all(_alike(own.segments / path.name, path) for path in segments.in_order(theirs)):
            return
        if judge(theirs) is not Verdict.WHOLE:
            self.taken.damaged.append(theirs.rest)
        elif judge(ours) is not Verdict.WHOLE:
            self._take_segment(own, stem, theirs)
        elif wholeness.frames(ours) != wholeness.frames(theirs):
            for path in segments.in_order(theirs):
                self._keep_aside(own.segments / path.name, own.aside, files.read_plain(path))

    def _sealed_here(self, own: RunPaths, stem: str, ours: Segment, log: Path) -> None:
        """Take a log only in place of a segment that is not whole; keep what it says else."""
        content = files.read_plain(log)
        verdict = judge(ours, content)
        if verdict is Verdict.REPLACEABLE:
            self._hot(own, log)
            self._settle(own, stem, ours)
        elif verdict is not Verdict.WHOLE:
            self._keep_aside(own.logs / log.name, own.aside, _whole(content).content)

    def _segment(self, own: RunPaths, stem: str, theirs: Segment) -> None:
        """Let a segment replace the own log of its name; one that is not whole is better than none."""
        log = own.logs / f"{stem}{LOG}"
        with _held(log) as held:
            if held is None:
                self.taken.busy.append(log)
                return
            verdict = judge(theirs, held or None)
            if verdict in (Verdict.REPLACEABLE, Verdict.DAMAGED):
                self.taken.damaged.append(theirs.rest)
                if held:
                    return
            if held and verdict is Verdict.CONTRADICTED:
                self._keep_aside(log, own.aside, held)
            self._take_segment(own, stem, theirs)
            if held:
                log.unlink()
                files.sync_folder(own.logs)

    def _take_segment(self, own: RunPaths, stem: str, theirs: Segment) -> None:
        """Take the files of a segment, the pyramid last; what is here under its name and is not the same goes aside."""
        coming = segments.files_of(theirs.rest.parent, stem)
        names = {path.name for path in coming}
        for path in reversed(segments.files_of(own.segments, stem)):
            if path.name not in names or blobs.digest(path) != blobs.digest(theirs.rest.with_name(path.name)):
                self._move_aside(path, own)
        for path in coming:
            if not (own.segments / path.name).exists():
                with files.open_plain(path) as stream:
                    self._put(own.segments / path.name, files.chunks(stream), _mtime(path))

    def _move_aside(self, path: Path, own: RunPaths) -> None:
        """Put a file of a segment aside that another one, or the log, replaces."""
        self._keep_aside(path, own.aside, files.read_plain(path), kept="other")
        path.unlink()
        files.sync_folder(path.parent)

    def _hot(self, own: RunPaths, log: Path) -> None:
        """Unite a log that neither copy has sealed."""
        with _held(own.logs / log.name) as held:
            if held is not None:
                self._log(own.logs / log.name, log, own.root)
            elif not _alike(own.logs / log.name, log):
                self.taken.busy.append(own.logs / log.name)

    def _log(self, own: Path, other: Path, folder: Path) -> None:
        if _alike(own, other):
            return
        mtime = _mtime(other)
        theirs = _whole(files.read_plain(other))
        if not own.exists():
            if theirs.content:
                self._put(own, [theirs.content], mtime)
            return
        self._longer(own, other, folder / ASIDE, _whole(files.read_plain(own)), theirs)

    def _longer(self, own: Path, other: Path, folder: Path, ours: "_Content", theirs: "_Content") -> None:
        """Keep the longer of two contents, or both where neither begins with the other."""
        if ours.content.startswith(theirs.content):
            return
        if theirs.content.startswith(ours.content):
            self._put(own, [theirs.content], _mtime(other))
            return
        if theirs.rank() > ours.rank():
            self._keep_aside(own, folder, ours.content, kept="other")
            self._put(own, [theirs.content], _mtime(other))
        else:
            self._keep_aside(own, folder, theirs.content)

    def _keep_aside(self, file: Path, folder: Path, content: bytes, kept: Literal["own", "other"] = "own") -> None:
        """Keep what contradicts `file`."""
        self._before()
        self.taken.conflicts.append(Conflict(file, kept, aside.keep(content, file, folder, self._root)))

    def _put(self, path: Path, content: "Iterator[bytes] | list[bytes]", mtime_ns: int | None) -> None:
        if path.parent.resolve() != self._real / path.parent.relative_to(self._root):
            raise StoreError(f"a folder on the way to {path} is a link, which a store may not hold; remove the link")
        self._before()
        files.make_folder(path.parent, self._root)

        def counted() -> Iterator[bytes]:
            for chunk in content:
                self.taken.bytes += len(chunk)
                yield chunk

        files.place(path, counted(), self._mode, mtime_ns)
        self.taken.files += 1


class _Content(NamedTuple):
    """What a file holds up to its last whole frame."""

    content: bytes
    is_sound: Callable[[bytes], bool]

    def rank(self) -> tuple[bool, int, bytes]:
        """Which of two that contradict each other is read, whoever asks."""
        return self.is_sound(self.content), len(self.content), hashlib.blake2b(self.content).digest()


def _whole(log: bytes) -> _Content:
    return _Content(log[: run_files.whole_end(log)], lambda content: not Decoder().feed(content, verify="all").damage)


@contextmanager
def _held(log: Path) -> Iterator[bytes | None]:
    """The whole content of an own log while nobody can write or seal it: empty without one, None where it is held."""
    try:
        descriptor = os.open(log, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield b""
        return
    with os.fdopen(descriptor, "rb") as stream:
        if not lock(descriptor, without_locks=True) or os.fstat(descriptor).st_nlink == 0:
            yield None
        else:
            yield stream.read()


def _alike(own: Path, other: Path) -> bool:
    """Whether two files were the same when one was taken from the other, and neither grew since."""
    try:
        ours, theirs = own.lstat(), other.lstat()
    except FileNotFoundError:
        return False
    return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)


def _mtime(path: Path) -> int:
    return path.lstat().st_mtime_ns


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(content), dict)
    except msgspec.DecodeError:
        return False
