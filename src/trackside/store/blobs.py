"""The content of artifacts as files: which there is, and whether it is what its name says.

A blob's name is its hash, blake3 or, where a recording process had no blake3, sha256: both are tried.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from blake3 import blake3

from trackside.model.errors import DamagedError
from trackside.store import files

_NAME = re.compile(r"[0-9a-f]{64}")


def listed(folder: Path) -> Iterator[Path]:
    """The blobs below a folder of blobs."""
    for part in files.folders(folder):
        for path in files.plain(part):
            if _NAME.fullmatch(path.name) and path.name.startswith(part.name):
                yield path


def verified(content: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The pieces of a blob as they are; DamagedError after the last one where `name` is not its hash."""
    first, second = blake3(), hashlib.sha256()
    for chunk in content:
        first.update(chunk)
        second.update(chunk)
        yield chunk
    if name not in (first.hexdigest(), second.hexdigest()):
        raise DamagedError(f"the content {name} is not what it was when it was stored; look for another copy")


def is_sound(path: Path) -> bool:
    """Whether a blob is what its name says."""
    with files.open_plain(path) as stream:
        try:
            for _ in verified(files.chunks(stream), path.name):
                pass
        except DamagedError:
            return False
    return True


def digest(path: Path) -> str:
    """The blake3 of a file."""
    hasher = blake3()
    with files.open_plain(path) as stream:
        for chunk in files.chunks(stream):
            hasher.update(chunk)
    return str(hasher.hexdigest())
