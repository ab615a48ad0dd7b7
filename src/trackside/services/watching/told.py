"""What a watch has told, kept in a file, so that a watch that is started again tells what happened meanwhile."""

from collections.abc import Iterable
from pathlib import Path

import msgspec


class ToldFile:
    """Keys of events, one a line as JSON, in a file that only grows. OSError where it cannot be written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._keys = set(_read(file))
        self.is_new = not file.exists()
        self.since = None if self.is_new else file.stat().st_mtime

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, keys: Iterable[str]) -> None:
        """These were told."""
        new = [key for key in keys if key not in self._keys]
        with self._file.open("ab") as stream:
            stream.write(b"".join(msgspec.json.encode(key) + b"\n" for key in new))
        self._keys.update(new)

    def seen(self) -> None:
        """All up to now was looked at."""
        self._file.touch()


def _read(file: Path) -> Iterable[str]:
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=str)
        except msgspec.MsgspecError:
            continue
