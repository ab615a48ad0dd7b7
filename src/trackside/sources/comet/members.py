"""The members of a ZIP archive: how large they claim to be, and where their bytes are."""

import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from trackside.sources.protocol import SourceError

if TYPE_CHECKING:
    from zipfile import ZipInfo

_STORED = 0
_ENCRYPTED = 1
_HEADER = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_WHERE64 = struct.Struct("<4sIQI")
_LARGEST_LIST = 16 << 20
_MOST_MEMBERS = 200_000
_RATIO = 100
_SMALL = 16 << 20


class UnfinishedError(SourceError):
    """An archive without its end: it is being written, or was cut off."""


class Member(msgspec.Struct, frozen=True):
    """A member: its name, the size of its content, and where its header stands."""

    name: str
    size: int
    header: int
    stored: bool = True
    encrypted: bool = False
    bomb: bool = False

    @classmethod
    def of(cls, info: "ZipInfo") -> "Member":
        """As the archive's list says it."""
        stored = info.compress_type == _STORED
        bomb = not stored and info.file_size > max(_SMALL, _RATIO * info.compress_size)
        size = info.compress_size if stored else info.file_size
        return cls(info.filename, size, info.header_offset, stored, bool(info.flag_bits & _ENCRYPTED), bomb)


def check(file: BinaryIO, path: Path) -> None:
    """SourceError where the list of members is so long that to read it would take the memory that there is.

    `UnfinishedError` where the archive does not end with the end of an archive: what stands before may be that of an
    archive within it.
    """
    length = file.seek(0, 2)
    file.seek(max(0, length - (1 << 16) - _END.size))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise UnfinishedError(f"{path}: not a whole ZIP archive, it has no end")
    *_, entries, size, _, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        raise UnfinishedError(f"{path}: not a whole ZIP archive, it goes on after its end")
    if at >= _WHERE64.size and tail[at - _WHERE64.size : at - _WHERE64.size + 4] == b"PK\6\7":
        entries, size = _of_zip64(file, _WHERE64.unpack_from(tail, at - _WHERE64.size)[2]) or (entries, size)
    if entries > _MOST_MEMBERS or min(size, length) > _LARGEST_LIST:
        raise SourceError(f"{path}: an archive of {entries:,} members, which no run has; it is not read")


def _of_zip64(file: BinaryIO, at: int) -> tuple[int, int] | None:
    if at >= 1 << 62:
        return None
    file.seek(at)
    record = file.read(_END64.size)
    if len(record) < _END64.size or not record.startswith(b"PK\6\6"):
        return None
    *_, entries, size, _ = _END64.unpack(record)
    return entries, size


def data_start(file: BinaryIO, header: int) -> int | None:
    """Where the bytes of a member begin; None where no header stands at that place."""
    if not 0 <= header < 1 << 62:
        return None
    file.seek(header)
    record = file.read(_HEADER.size)
    if len(record) < _HEADER.size or not record.startswith(b"PK\3\4"):
        return None
    *_, name, extra = _HEADER.unpack(record)
    return int(header + _HEADER.size + name + extra)


def by_headers(file: BinaryIO) -> dict[str, Member]:
    """The members of an archive that has lost its list: one after the other, as far as they are stored as they are."""
    length = file.seek(0, 2)
    found: dict[str, Member] = {}
    at = 0
    while len(found) < _MOST_MEMBERS:
        start = data_start(file, at)
        if start is None or start > length:
            break
        file.seek(at)
        _, _, flags, method, _, _, _, _, size, name_size, _ = _HEADER.unpack(file.read(_HEADER.size))
        name = file.read(name_size).decode(errors="replace")
        if method != _STORED or flags & _ENCRYPTED:
            break
        found[name] = Member(name, min(size, length - start), at)
        at = start + size
    return found
