"""Files that a run keeps: their content goes into the store once, under its hash.

A blob's reference is written before the blob is looked for, so that whoever clears out blobs that nothing refers to
never takes one that is about to be needed.
"""

import os
import stat
import time as clock
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from trackside.record.hashes import CHUNK, Hasher
from trackside.record.values import encodable
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import manifest
from trackside.store.journal import Kind
from trackside.store.layout import StorePaths

_MOST_FILES_BYTES = 512 << 10
_LONGEST_TEXT = 256 << 10
_SHOWN = 1000


class Blob:
    """Content that was copied beside its place. `place()` puts it there, once its reference is written."""

    def __init__(self, store: StorePaths, content: BinaryIO) -> None:
        """Copy and hash at once, so that what is kept is what was hashed, even of a file that is still written to."""
        manifest.make_folder(store.blobs, store.root)
        self._store = store
        self._temporary = store.blobs / f".new-{uuid4().hex}"
        hasher = Hasher()
        self.bytes = 0
        try:
            with self._temporary.open("xb") as stream:
                while chunk := content.read(CHUNK):
                    hasher.update(chunk)
                    stream.write(chunk)
                    self.bytes += len(chunk)
                os.fchmod(stream.fileno(), manifest.file_mode(store.root))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            self.discard()
            raise
        self.digest = hasher.digest()

    def place(self) -> None:
        """Make the blob readable under its hash. The same content is kept once."""
        path = self._store.blob(self.digest.partition(":")[2])
        if path.exists():
            self.discard()
            return
        manifest.make_folder(path.parent, self._store.root)
        self._temporary.rename(path)

    def discard(self) -> None:
        """Take the copy away."""
        self._temporary.unlink(missing_ok=True)


class Shelf:
    """The artifacts of one run. Nothing here raises because of storage."""

    def __init__(self, store: StorePaths, writer: Writer, voice: Voice) -> None:
        self._store = store
        self._writer = writer
        self._voice = voice

    def keep_path(self, path: Path, name: str, kind: str, step: int | None) -> None:
        """Keep a file, or all files of a folder by their relative paths."""
        try:
            if path.is_dir():
                self._keep_folder(path, name, kind, step)
            else:
                with path.open("rb") as stream:
                    self._place({encodable(path.name): Blob(self._store, stream)}, name, kind, step)
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._voice.once(f"artifact {name}", f"artifact {name!r} is not kept: {error.filename or path}: {why}")

    def keep_bytes(self, content: bytes, file: str, name: str, kind: str, step: int | None) -> None:
        """Keep bytes as an artifact of one file."""
        blob = self.blob(content)
        if blob is not None:
            self._place({file: blob}, name, kind, step)

    def blob(self, content: bytes) -> Blob | None:
        """A copy of `content` to be placed once something refers to it; None, and a word, where the disk takes none."""
        import io

        try:
            return Blob(self._store, io.BytesIO(content))
        except OSError as error:
            self._voice.once("blob", f"cannot write to {self._store.blobs}: {error.strerror}; that content is not kept")
            return None

    def put_aside(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Blob]]:
        """Values of which each long text has become a reference, and the blobs to place once that is written."""
        kept, blobs = dict(values), []
        for key, value in values.items():
            if (
                isinstance(value, str)
                and len(value) > _LONGEST_TEXT // 4
                and len(data := value.encode()) > _LONGEST_TEXT
            ):
                blob = self.blob(data)
                if blob is None:
                    kept[key] = value[:_SHOWN] + "…"
                else:
                    kept[key] = {"blob": blob.digest, "bytes": blob.bytes, "kind": "text"}
                    blobs.append(blob)
        return kept, blobs

    def place(self, blob: Blob) -> None:
        """Put a blob, which is referred to by now, into its place."""
        try:
            blob.place()
        except OSError as error:
            self._voice.once("blob", f"cannot write to {self._store.blobs}: {error.strerror}; that content is not kept")

    def _keep_folder(self, folder: Path, name: str, kind: str, step: int | None) -> None:
        """Keep a folder. One whose list of files is too long for a frame becomes `name`, `name.2`, `name.3`, …."""
        blobs: dict[str, Blob] = {}
        size, part = 0, 1
        try:
            for path in _files(folder):
                if size > _MOST_FILES_BYTES:
                    self._place(blobs, name if part == 1 else f"{name}.{part}", kind, step)
                    blobs, size, part = {}, 0, part + 1
                with path.open("rb") as stream:
                    blobs[encodable(path.relative_to(folder).as_posix())] = Blob(self._store, stream)
                size += 4 * len(str(path)) + 100
        except OSError:
            for blob in blobs.values():
                blob.discard()
            raise
        self._place(blobs, name if part == 1 else f"{name}.{part}", kind, step)

    def _place(self, blobs: dict[str, Blob], name: str, kind: str, step: int | None) -> None:
        said = {
            "kind": kind,
            "bytes": sum(blob.bytes for blob in blobs.values()),
            "files": {file: [blob.digest, blob.bytes] for file, blob in blobs.items()},
            "time": clock.time(),
            "step": step,
        }
        self._writer.say(Kind.STATE, {"artifacts": {name: said}})
        for blob in blobs.values():
            self.place(blob)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, in the order of their names. Links to folders are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if stat.S_ISREG(path.stat().st_mode):
                yield path
