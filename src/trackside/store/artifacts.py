"""Content of artifacts, found by its hash and verified as it is read: what was stored comes back, or an error."""

import errno
import hashlib
from contextlib import suppress
from typing import BinaryIO, Protocol

from trackside.model.errors import DamagedError
from trackside.store import files
from trackside.store.layout import StorePaths


class _Hash(Protocol):
    def update(self, data: bytes, /) -> object: ...

    def hexdigest(self) -> str: ...


def open_verified(store: StorePaths, digest: str) -> bytes:
    """The content whose hash is `blake3:…` or `sha256:…`. DamagedError where it is missing or is not that content."""
    try:
        with open_content(store, _parts(digest)[1]) as stream:
            content = stream.read()
    except FileNotFoundError:
        raise DamagedError(f"the content {digest} is missing from the store; copy it from another copy of it") from None
    return verified(content, digest)


def verified(content: bytes, digest: str) -> bytes:
    """The content, once its hash is known to be `digest`. DamagedError where it is not."""
    algorithm, hexadecimal = _parts(digest)
    state = hasher(algorithm)
    state.update(content)
    if state.hexdigest() != hexadecimal:
        raise DamagedError(f"the content of {digest} was changed after it was stored; copy it from another copy of it")
    return content


def open_content(store: StorePaths, hexadecimal: str) -> BinaryIO:
    """A blob, which may be in the trash, or on its way there or back.

    FileNotFoundError where there is none, DamagedError where it is no plain file.
    """
    path = store.blob(hexadecimal)
    try:
        for place in (path, store.trashed_blob(hexadecimal)):
            with suppress(FileNotFoundError):
                return files.open_plain(place)
        return files.open_plain(path)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EISDIR):
            raise
        raise DamagedError(
            f"the content {hexadecimal} is no file of the store; copy it from another copy of it"
        ) from None


def _parts(digest: str) -> tuple[str, str]:
    """The algorithm of a hash, and its digits."""
    algorithm, _, hexadecimal = digest.partition(":")
    if not hexadecimal or not all(letter in "0123456789abcdef" for letter in hexadecimal):
        raise DamagedError(f"{digest!r} is no content hash; the artifact's record is damaged")
    return algorithm, hexadecimal


def hasher(algorithm: str) -> _Hash:
    """What takes bytes and gives their hash. DamagedError for an algorithm that is not known."""
    if algorithm == "blake3":
        from blake3 import blake3

        return blake3()
    if algorithm == "sha256":
        return hashlib.sha256()
    raise DamagedError(f"content hashed with {algorithm!r}, which this version does not know; update trackside")
