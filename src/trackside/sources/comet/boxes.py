"""Where a Comet run lies: an archive, or the folder in which its client collects what becomes one.

Both hold `messages.json`, one message a line, and the uploads under names of the client's own. An archive is written
at the end of a run only; until then a file of 22 bytes, a ZIP of nothing, stands in its place.
"""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from trackside.model.foreign import Content
from trackside.model.visible import visible
from trackside.sources.comet.members import Member, UnfinishedError, by_headers, check, data_start
from trackside.sources.lines import LONGEST
from trackside.sources.opening import opened
from trackside.sources.protocol import SourceError

if TYPE_CHECKING:
    from zipfile import ZipFile

NOTHING = b"PK\5\6" + bytes(18)
MESSAGES = "messages.json"
EXPERIMENT = "experiment.json"

_READ = 1 << 20
_LONGEST_EXPERIMENT = 1 << 20


class Archive:
    """An archive of the tree `root`: a context manager. Nothing of it is believed before it was looked at.

    `cut` says that its end is missing, and that it is read by what stands before each member.
    """

    def __init__(self, path: Path, root: Path, *, cut: bool = False) -> None:
        self.path = path
        self.cut = cut
        self._file = opened(path, root)
        self._zip: ZipFile | None = None
        try:
            self._members = by_headers(self._file) if cut else self._listed()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        if self._zip is not None:
            self._zip.close()
        self._file.close()

    @property
    def is_comet(self) -> bool:
        """Whether it has the two files that each of Comet's archives has."""
        return self._members.keys() >= {MESSAGES, EXPERIMENT}

    @property
    def has_messages(self) -> bool:
        """Whether there is anything to read."""
        return MESSAGES in self._members

    def experiment(self) -> dict[str, Any]:
        """What the client says of the run as a whole; empty where it cannot be read."""
        content = self.read(EXPERIMENT, _LONGEST_EXPERIMENT)
        try:
            found = json.loads(content) if content is not None else {}
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def lines(self) -> Iterator[bytes | None]:
        """The lines of the messages, also a last one without its end; None for one that is too long."""
        member = self._members.get(MESSAGES)
        if member is None:
            raise SourceError(f"{self.path}: holds no {MESSAGES}, without which there is nothing to read")
        try:
            with self._open(member) as stream:
                yield from _lines(stream)
        except _errors() as error:
            raise SourceError(f"{self.path}: {MESSAGES} in it is damaged ({visible(str(error))})") from error

    def content(self, name: str) -> Content | None:
        """Where the content of an upload lies; None where it is not there, or nothing to take."""
        member = self._members.get(name)
        if member is None or member.bomb or member.encrypted:
            return None
        if not member.stored:
            return Content(self.path.resolve(), member.size, member=name)
        start = data_start(self._file, member.header)
        if start is None or start + member.size > self._file.seek(0, 2):
            return None
        return Content(self.path.resolve(), member.size, start)

    def read(self, name: str, most: int) -> bytes | None:
        """The content of a small member; None where it is not there, larger than `most`, or damaged."""
        member = self._members.get(name)
        if member is None or member.size > most:
            return None
        try:
            with self._open(member) as stream:
                return stream.read(most)
        except SourceError:
            return None
        except _errors():
            return None

    def _listed(self) -> dict[str, Member]:
        import zipfile

        check(self._file, self.path)
        try:
            self._zip = zipfile.ZipFile(self._file)
            return {info.filename: Member.of(info) for info in self._zip.infolist()}
        except _errors() as error:
            raise UnfinishedError(f"{self.path}: not a whole ZIP archive ({visible(str(error))})") from error

    def _open(self, member: Member) -> IO[bytes]:
        if member.encrypted:
            raise SourceError(f"{self.path}: {member.name} in it is encrypted, which Comet never does; it is not read")
        if member.bomb:
            raise SourceError(f"{self.path}: {member.name} in it would grow to {member.size:,} bytes; it is not read")
        if self._zip is not None:
            return self._zip.open(member.name)
        return Stretch(self._file, data_start(self._file, member.header) or 0, member.size)  # type: ignore[return-value]


class Stretch:
    """A part of a file, to be read once from its beginning to its end."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._at = start
        self._end = start + size

    def __enter__(self) -> "Stretch":
        return self

    def __exit__(self, *_: object) -> None:
        """The file stays open."""

    def read(self, most: int) -> bytes:
        """At most that many bytes of what is left."""
        self._file.seek(self._at)
        found = self._file.read(max(0, min(most, self._end - self._at)))
        self._at += len(found)
        return found


class Leftover:
    """The folder of a run that has no archive yet, or never got one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def content(self, name: str) -> Content | None:
        """Where the content of an upload lies; None where it is no file of this folder itself."""
        path = self.path / name
        try:
            if path.parent != self.path or path.is_symlink() or not path.is_file():
                return None
            return Content(path, path.stat().st_size)
        except (OSError, ValueError):
            return None

    def read(self, name: str, most: int) -> bytes | None:
        """The content of a small file; None where it is none of this folder, or larger than `most`."""
        found = self.content(name)
        if found is None or found.path is None or found.size > most:
            return None
        try:
            with opened(found.path, self.path) as file:
                return file.read(most)
        except (OSError, SourceError):
            return None


def _lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(_READ):
        *ends, rest = piece.split(b"\n")
        for end in ends:
            size += len(end)
            yield None if size > LONGEST else b"".join((*pieces, end))
            pieces.clear()
            size = 0
        size += len(rest)
        pieces.append(rest)
        if size > LONGEST:
            pieces.clear()
    if size:
        yield None if size > LONGEST else b"".join(pieces)


def _errors() -> tuple[type[Exception], ...]:
    """What the standard library raises on an archive that is damaged, or asks for what it cannot do."""
    import struct
    import zipfile

    return (
        zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError,
        OverflowError, KeyError,
    )  # fmt: skip
