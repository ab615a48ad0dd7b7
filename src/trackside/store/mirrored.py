"""A store that mirrors what other systems recorded: it lies in the cache and may be deleted at any moment.

Only its one owner at a time writes to it. What people edit of its runs is kept apart, for each user, by the run's id:
it outlives the mirror, and holds wherever the same run is found. Contents of artifacts are not in it: their records say
where they lie.
"""

import hashlib
import os
import struct
import uuid
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

import msgspec

from trackside.model.errors import DamagedError, StoreError
from trackside.model.foreign import Content, path_kept, path_of
from trackside.model.run import IN_PLACE
from trackside.store import files, index_place, liveness, locate, manifest
from trackside.store.layout import StorePaths
from trackside.store.store import Store

FOREIGN = "foreign"
"""What stands for a store's uuid where edits of runs of other systems are kept."""

_LOCK = "owner.lock"
_CAUGHT_UP = "caught-up"
_BELOW = "stores.json"
_NONSENSE = (EOFError, KeyError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error)
"""What opening and reading an archive raise that is damaged, or asks for what `zipfile` cannot do."""


class MirroredStore(Store):
    """The mirror of one address."""

    _address = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is mirrored."""
        return (self._address,)

    @classmethod
    def at(cls, address: str, number: int = 0) -> Self:
        """The mirror of what is found at an address: a path that is absolute, or a URL. Made where it is none yet.

        Of several mirrors of one address the first has the number 0.
        """
        name = hashlib.sha256(address.encode(errors="surrogateescape")).hexdigest()[:24]
        root = _folder() / (f"{name}-{number}" if number else name)
        known_as = str(uuid.uuid5(uuid.NAMESPACE_URL, address))
        paths = _made(root, known_as)
        _, said = manifest.open_paths(root)
        store = cls(paths, str(said["uuid"]), int(said["format"]), locate.own_edits(FOREIGN))
        store._address = address
        store.uuid = known_as
        return store

    def content(self, run_id: str, digest: str) -> bytes:
        """The content of a file that lies with the system that recorded it. DamagedError where it is gone."""
        if not digest.startswith(IN_PLACE):
            return super().content(run_id, digest)
        try:
            place = msgspec.json.decode(digest.removeprefix(IN_PLACE), type=Content, dec_hook=path_of)
        except (msgspec.MsgspecError, KeyError):
            raise DamagedError(f"{digest!r} names no place; the artifact's record is damaged") from None
        return b"".join(pieces(place))

    def caught_up(self) -> bool:
        """Whether whoever owns it has once read all that there was."""
        return (self.root / _CAUGHT_UP).exists()

    def say_caught_up(self) -> None:
        """All that there was has been read."""
        (self.root / _CAUGHT_UP).touch()

    def below(self) -> list[Path]:
        """Stores of trackside's own that were found where the runs are."""
        try:
            return [Path(store) for store in msgspec.json.decode((self.root / _BELOW).read_bytes(), type=list[str])]
        except (FileNotFoundError, msgspec.MsgspecError):
            return []

    def say_below(self, stores: Sequence[Path]) -> None:
        """These stores were found there; mirrors of others are none."""
        own = [store for store in stores if not (store / _LOCK).exists()]
        if own != self.below():
            coming = self.root / f"{files.TEMPORARY}{_BELOW}"
            coming.write_bytes(msgspec.json.encode([str(store) for store in own]))
            coming.rename(self.root / _BELOW)

    def own(self) -> int | None:
        """The descriptor that holds the mirror as long as it is open; None where another process has it.

        Whoever owns it has not caught up with anything yet. It is made again where it was removed.
        """
        _made(self.root, self.uuid)
        descriptor = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if liveness.lock(descriptor, without_locks=True):
            (self.root / _CAUGHT_UP).unlink(missing_ok=True)
            return descriptor
        os.close(descriptor)
        return None

    def is_held(self, owned: int) -> bool:
        """Whether the mirror that lies there is the one that a descriptor holds, and was not removed meanwhile."""
        try:
            return self.paths.manifest.exists() and os.path.samestat(os.fstat(owned), (self.root / _LOCK).lstat())
        except FileNotFoundError:
            return False


def place_of(content: Content) -> str:
    """What stands for the hash of content that was not copied."""
    return IN_PLACE + msgspec.json.encode(content, enc_hook=path_kept).decode()


def pieces(content: Content) -> Iterator[bytes]:
    """The bytes that lie there, piece by piece. DamagedError where they do not, or not as many."""
    if content.path is None:
        raise DamagedError(f"{content.url} is not fetched to be shown; `trackside import` takes it into the store")
    left = content.size
    try:
        with _opened(content.path, content) as stream:
            while left > 0 and (piece := stream.read(min(files.CHUNK, left))):
                left -= len(piece)
                yield piece
    except (OSError, *_NONSENSE) as error:
        raise DamagedError(f"{content.path} cannot be read any more: {error}") from None
    if left:
        raise DamagedError(f"{content.path} is shorter than it was")


@contextmanager
def _opened(path: Path, content: Content) -> Iterator[IO[bytes]]:
    with files.open_plain(path) as file:
        if content.member is not None:
            with zipfile.ZipFile(file) as archive, archive.open(content.member) as stream:
                yield stream
            return
        file.seek(content.start)
        yield file


def _made(root: Path, known_as: str) -> StorePaths:
    root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.mkdir(mode=0o700, exist_ok=True)
    return manifest.create(root, known_as=known_as)


def _folder() -> Path:
    for folder in index_place.private_folders():
        place = index_place.Place(folder / "mirrors")
        if place.is_usable():
            return place.folder
    raise StoreError("no folder for what is read of other systems; set TRACKSIDE_CACHE to one that can be written")
