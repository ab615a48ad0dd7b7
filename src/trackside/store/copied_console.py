"""The console of a run of another system as it is copied: a stream and its moments, in files of their own."""

import os
from pathlib import Path

from trackside.store.console import STAMP

MOST_PRINTED = 64 << 20
"""Bytes of a stream that are kept."""


class Console:
    """What a run printed, in a file of its own, and when each part came. What is too long is cut off."""

    def __init__(self, folder: Path, name: str, mode: int) -> None:
        folder.mkdir(exist_ok=True)
        folder.chmod(folder.parent.stat().st_mode & 0o7777)
        self._streams = [(folder / f"{name}{suffix}").open("ab") for suffix in (".log", ".idx")]
        for stream in self._streams:
            os.fchmod(stream.fileno(), mode)
        self._size = 0
        self._is_cut = False

    def write(self, time: float, data: bytes) -> bool:
        """Whether all of it was written, or it was known already that something is left out."""
        printed, moments = self._streams
        left = MOST_PRINTED - self._size
        begins_to_cut = len(data) > left and not self._is_cut
        self._is_cut |= begins_to_cut
        data = data[:left]
        if data:
            moments.write(STAMP.pack(time, self._size))
            self._size += printed.write(data)
        return not begins_to_cut

    def flush(self) -> None:
        """Hand on to the files what was written so far."""
        for stream in self._streams:
            stream.flush()

    def close(self, *, sync: bool = False) -> None:
        """Close the files; `sync` makes them durable."""
        self.flush()
        for stream in self._streams:
            if sync:
                os.fsync(stream.fileno())
            stream.close()
