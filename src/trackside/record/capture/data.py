"""The data of a run: where it is, and a fingerprint of its content where that can be read here.

A folder's or a glob's fingerprint is the hash of its files' paths and hashes, in the order of the paths. The addresses
of other places (`s3://…`, `lakefs://…`) are kept as they are; of a `.dvc` file the hash that is written in it counts.
"""

import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from trackside.model.errors import UsageError
from trackside.record import hashes
from trackside.record.values import encodable

_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")
_GLOB = re.compile(r"[*?\[]")
_DVC_HASH = re.compile(r"^\s*-?\s*(md5|etag):\s*(\S+)", re.MULTILINE)
_DVC_SIZE = re.compile(r"^\s*-?\s*size:\s*(\d+)", re.MULTILINE)


class Fingerprint(NamedTuple):
    """What was read of some data."""

    fingerprint: str | None = None
    files: int | None = None
    bytes: int | None = None


def read_roles(data: Any) -> dict[str, str]:
    """Roles and where their data is. UsageError unless each is a text or a path."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise UsageError(f'data= takes a dict such as {{"train": "data/train.npz"}}, not {type(data).__name__}')
    for role, place in data.items():
        if not isinstance(role, str) or not isinstance(place, str | os.PathLike):
            raise UsageError(f"data[{role!r}] is of type {type(place).__name__}; it takes a path, a glob or an address")
    return {encodable(role): encodable(os.fsdecode(place)) for role, place in data.items()}


def fingerprint(place: str, stop: threading.Event) -> Fingerprint:
    """The fingerprint of what lies at a place; nothing of places elsewhere.

    OSError where it cannot be read, `hashes.StoppedError` once `stop` is set.
    """
    if place.startswith("file://"):
        place = place.removeprefix("file://")
    elif _SCHEME.match(place):
        return Fingerprint()
    path = Path(place).expanduser()
    if path.suffix == ".dvc" and path.is_file():
        return _of_dvc(path)
    if path.is_file():
        return _of_files({path.name: path}, stop)
    if path.is_dir():
        return _of_files({str(file.relative_to(path)): file for file in path.rglob("*") if file.is_file()}, stop)
    files = _matching(place) if _GLOB.search(place) else {}
    if not files:
        raise FileNotFoundError(2, "there is nothing at that place", place)
    return _of_files(files, stop)


def _matching(pattern: str) -> dict[str, Path]:
    import glob

    found = glob.glob(str(Path(pattern).expanduser()), recursive=True)  # noqa: PTH207  the pattern may be absolute
    return {path: Path(path) for path in sorted(found) if Path(path).is_file()}


def _of_files(files: dict[str, Path], stop: threading.Event) -> Fingerprint:
    read = {name: hashes.of_file(path, stop) for name, path in sorted(files.items())}
    size = sum(length for _, length in read.values())
    if len(read) == 1:
        return Fingerprint(next(iter(read.values()))[0], 1, size)
    listed = "".join(f"{encodable(name)}\0{digest}\n" for name, (digest, _) in read.items())
    return Fingerprint(hashes.of_bytes(listed.encode()), len(read), size)


def _of_dvc(path: Path) -> Fingerprint:
    said = path.read_text(encoding="utf-8", errors="replace")
    digest, size = _DVC_HASH.search(said), _DVC_SIZE.search(said)
    named = f"{digest[1]}:{digest[2]}" if digest else None
    return Fingerprint(named, None, int(size[1]) if size else None)
