"""Room that a run keeps for its last words: where the disk is full when it ends, how and what it lost is still told."""

import os
from contextlib import suppress
from pathlib import Path

_BYTES = 16 << 10


class Reserve:
    """A file in `folder` that is nothing but room."""

    def __init__(self, folder: Path, writer: str, mode: int) -> None:
        self._file = folder / f".room-{writer}"
        self._mode = mode

    def take(self) -> None:
        """Take the room. Where there is none, there is none to keep."""
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                os.fchmod(descriptor, self._mode)
                stream.write(bytes(_BYTES))
        except OSError:
            self.give_back()

    def renew(self) -> None:
        """Say that it is still meant: what has been lying about for a day is cleared out."""
        with suppress(OSError):
            os.utime(self._file)

    def give_back(self) -> None:
        """Let others have the room."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
