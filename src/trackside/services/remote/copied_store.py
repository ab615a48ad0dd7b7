"""The mirror of a store on a host without trackside: the files of its runs, as far as they were copied.

What a run printed and the content of artifacts are fetched when somebody looks at them. Edits are kept here, for this
user alone.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from trackside.model.errors import StoreError
from trackside.store import files, manifest
from trackside.store.mirrored import MirroredStore

if TYPE_CHECKING:
    from trackside.services.remote.connection import Connection
    from trackside.store.console import Piece

_PRINTED = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:log|idx)")
_MOST_BYTES = 4 << 30
_HASH = re.compile(r"[0-9a-f]{64}")


class CopiedStore(MirroredStore):
    """What is known here of the store behind a connection."""

    connection: "Connection"

    def console(self, run_id: str) -> "list[Piece]":
        """What is kept of what a run printed; what is new of it is fetched."""
        folder = self.run_paths(run_id).console
        for name in filter(_PRINTED.fullmatch, self.connection.call("names", run_id, "console")):
            self._fetch(folder / name)
        return super().console(run_id)

    def content(self, run_id: str, digest: str) -> bytes:
        """The content of a file of an artifact. DamagedError where it is missing there or is not what it was."""
        name = digest.rpartition(":")[2]
        if _HASH.fullmatch(name) and not self.paths.blob(name).exists():
            self._fetch(self.paths.blob(name))
        return super().content(run_id, digest)

    def close(self) -> None:
        """Give the index back, and end the connection."""
        super().close()
        self.connection.close()

    def _fetch(self, path: Path) -> None:
        """Bring a file that only grows up to what it is there. One that is not there is not here either."""
        manifest.make_folder(path.parent, self.root)
        there = path.relative_to(self.root).as_posix()
        start = path.stat().st_size if path.exists() else 0
        while data := self.connection.raw("file", there, start):
            if start:
                with path.open("ab") as file:
                    file.write(data)
            else:
                files.place(path, [data], manifest.file_mode(self.root))
            start += len(data)
            if start > _MOST_BYTES:
                raise StoreError(f"{there} at {self.connection.remote.address} is too large to be fetched")
