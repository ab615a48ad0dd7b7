"""Runs of Comet's offline mode: which files of a folder are runs, and which of them are one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trackside.model.foreign import Found, Item
from trackside.sources.comet import reading
from trackside.sources.comet.boxes import EXPERIMENT, MESSAGES, NOTHING, Archive
from trackside.sources.comet.members import UnfinishedError
from trackside.sources.comet.messages import read, text
from trackside.sources.numbers import moment_of
from trackside.sources.opening import opened, stamp_of
from trackside.sources.protocol import Folder, SourceError

_KEY = re.compile(r"([0-9a-zA-Z]{32,50})(-[0-9a-zA-Z]{6})?\.zip")
_TAIL = 64 << 10
_HEAD = 256 << 10


class Comet:
    """Archives (`<key>.zip`), of which several with one key are one run, and folders of runs that have none."""

    name = "comet"

    def sniff(self, folder: Folder) -> bool:
        """By the names of archives and what their first or last bytes say; a folder by its first message."""
        return any(_is_candidate(folder, name) for name in _zips(folder)) or _is_leftover(folder)

    def discover(self, folder: Folder) -> Iterator[Found]:
        """Each archive as a run of its own: `join` puts together what has one key."""
        if _is_leftover(folder):
            yield self._leftover(folder)
            folder.files.clear()
            folder.folders.clear()
            return
        for name in _zips(folder):
            if _KEY.fullmatch(name) and (why := _why_no_archive(folder.path / name, folder.tree)):
                folder.unread.append(why)
                continue
            found = self._archive(folder.path / name, folder.tree)
            if found is not None:
                folder.files.discard(name)
                folder.deep = folder.deep or not found.extra["whole"]
                yield found

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """Archives of one key are one run, in the order in which they were begun; a copy of one counts once."""
        runs: dict[str, list[Found]] = {}
        for run in found:
            runs.setdefault(run.identity, []).append(run)
        for identity, parts in runs.items():
            filled = [part for part in parts if part.extra["size"] > len(NOTHING)] or parts[:1]
            once = {(part.extra["start"], part.extra["size"]): part for part in reversed(filled)}
            ordered = [once[key] for key in sorted(once)]
            yield Found(
                source=self.name,
                identity=identity,
                address=ordered[0].address,
                paths=tuple(path for part in ordered for path in part.paths),
                extra=ordered[0].extra,
                root=ordered[0].root,
            )

    def stamp(self, run: Found) -> Any:
        """Of the archives, or of the messages of a folder."""
        paths = [path / MESSAGES if run.extra["leftover"] else path for path in run.paths]
        return stamp_of(paths, run.paths[0].parent)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """All that is in archives which are whole, and all whole lines of a folder's messages."""
        follow = reading.follow_folder if run.extra["leftover"] else reading.follow_archives
        try:
            yield from follow(run, since)
        except OSError as error:
            raise SourceError(f"{run.address}: {error.strerror or error}") from error

    def _archive(self, path: Path, root: Path) -> Found | None:
        key = _KEY.fullmatch(path.name)
        try:
            state = path.stat()
        except OSError:
            return None
        try:
            with Archive(path, root) as archive:
                if archive.is_comet:
                    said = archive.experiment()
                    start = moment_of(said.get("start_time")) or state.st_mtime
                    identity = text(said.get("offline_id"), 100) or (key[1] if key else path.stem)
                    return self._found(path, root, identity, start, state.st_size, whole=True)
                if key is None or not _is_nothing(path, root):
                    return None
        except UnfinishedError:
            if key is None:
                return None
        except SourceError:
            """Following it says what is wrong with it."""
        except OSError:
            return None
        return self._found(path, root, key[1] if key else path.stem, state.st_mtime, state.st_size)

    def _leftover(self, folder: Folder) -> Found:
        identity = f"leftover-{_beginning(folder.path / MESSAGES, folder.tree)}"
        return self._found(folder.path, folder.tree, identity, 0.0, len(NOTHING) + 1, leftover=True)

    def _found(
        self,
        path: Path,
        root: Path,
        identity: str,
        start: float,
        size: int,
        *,
        whole: bool = False,
        leftover: bool = False,
    ) -> Found:
        extra = {"leftover": leftover, "start": start, "size": size, "whole": whole}
        return Found(source=self.name, identity=identity, address=str(path), paths=(path,), extra=extra, root=root)


def _zips(folder: Folder) -> list[str]:
    return sorted(name for name in folder.files if name.endswith(".zip"))


def _why_no_archive(path: Path, root: Path) -> SourceError | None:
    """Why a file that is named as Comet's archives is not read as one; None where it begins as one."""
    try:
        with opened(path, root) as file:
            begins = file.read(2) == b"PK"
    except SourceError as error:
        return error
    return None if begins else SourceError(f"{path}: no archive, though named as Comet's are")


def _is_candidate(folder: Folder, name: str) -> bool:
    """An archive that is named by a key; or one of any name, whose list of members names Comet's two files."""
    if _KEY.fullmatch(name):
        return True
    try:
        with opened(folder.path / name, folder.tree) as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL))
            tail = file.read()
            return MESSAGES.encode() in tail and EXPERIMENT.encode() in tail
    except (SourceError, OSError):
        return False


def _is_nothing(path: Path, root: Path) -> bool:
    with opened(path, root) as file:
        return file.read(len(NOTHING) + 1) == NOTHING


def _is_leftover(folder: Folder) -> bool:
    if MESSAGES not in folder.files or EXPERIMENT in folder.files:
        return False
    return _beginning(folder.path / MESSAGES, folder.tree) is not None


def _beginning(path: Path, root: Path) -> str | None:
    """A digest of the messages up to the first that says when it was sent; None where there is no such."""
    try:
        with opened(path, root) as file:
            head = file.read(_HEAD)
    except (SourceError, OSError):
        return None
    digest = blake2b(digest_size=16)
    for line in head.splitlines(keepends=True):
        message = read(line) if line.endswith(b"\n") else None
        if message is None:
            return None
        digest.update(line)
        if moment_of(message.fields.get("local_timestamp")) is not None:
            return digest.hexdigest()
    return None
