"""What a mirror remembers from one time to the next: how far each run was read, and which folders need no search.

Runs that were written to since it was kept last are named in a file of their own, so that after a process was killed
they are read anew, and nothing stands twice in a mirror.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.foreign import Cursor, Facts, Found, Item, path_kept, path_of
from trackside.sources.walk import Remembered

_FILE = "copies.msgpack"
_DIRTY = "being-written"
_VERSION = 3
"""Of what is mirrored, and how: mirrors of other versions are made anew."""


class Copy(msgspec.Struct):
    """One run, where it was found last: how far it was read, and what was written of it by then.

    `facts` is a hash of those that were said last. `broken` while something stands in the mirror that no cursor is
    behind. Times are seconds since the epoch: when it was looked at, when it changed, when its heartbeat was written
    last.
    """

    id: str
    found: Found | None = None
    stamp: Any = None
    cursor: Any = None
    facts: str = ""
    broken: bool = False
    running: bool = False
    logs: int = 0
    restarts: int = 0
    looked: float = 0.0
    changed: float = 0.0
    beaten: float = 0.0

    def knows(self, item: Item) -> bool:
        """Whether an item says only what is known."""
        if isinstance(item, Facts):
            return self.facts == _digest(item)
        return isinstance(item, Cursor) and self.looked > 0 and item.state == self.cursor

    def begin_anew(self) -> None:
        """Forget what was read; that it was looked at stays."""
        anew = Copy(self.id, looked=self.looked)
        for name in self.__struct_fields__:
            setattr(self, name, getattr(anew, name))

    def take(self, item: Item) -> None:
        """Remember that an item was written."""
        self.broken = not isinstance(item, Cursor)
        if isinstance(item, Facts):
            self.facts = _digest(item)
        elif isinstance(item, Cursor):
            self.cursor = item.state


class State(msgspec.Struct):
    """All of it: copies by source and identity, folders by their paths."""

    version: int = _VERSION
    copies: dict[str, Copy] = {}
    folders: dict[str, Remembered] = {}


class KeptState:
    """The state of the mirror at `root`.

    `torn` are the runs that were being written when it was kept last; `anew` tells that nothing is known of what is
    there; `stale` that something was written since it was kept.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / _FILE
        self._dirty = root / _DIRTY
        self._being_written: set[str] = set()
        self.stale = False
        self.state = self._loaded()
        self.anew = self.state.version != _VERSION
        if self.anew:
            self.state = State()
        torn = set(self._dirty.read_text().split()) if self._dirty.exists() else set()
        self.torn = sorted(torn)
        self.state.copies = {key: copy for key, copy in self.state.copies.items() if copy.id not in torn}

    def dirty(self, run_id: str) -> None:
        """Something is about to be written of a run."""
        self.stale = True
        if run_id in self._being_written:
            return
        self._being_written.add(run_id)
        descriptor = os.open(self._dirty, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, f"{run_id}\n".encode())
        finally:
            os.close(descriptor)

    def keep(self, still_open: Iterable[str] = ()) -> None:
        """Write everything down; of the runs that are still written to, that they are."""
        temporary = self._file.with_name(f".{_FILE}")
        temporary.write_bytes(msgspec.msgpack.encode(self.state, enc_hook=path_kept))
        temporary.rename(self._file)
        self.stale = False
        self._being_written = set(still_open)
        self._dirty.write_text("".join(f"{run_id}\n" for run_id in sorted(self._being_written)))

    def _loaded(self) -> State:
        with suppress(FileNotFoundError, msgspec.MsgspecError):
            return msgspec.msgpack.decode(self._file.read_bytes(), type=State, dec_hook=path_of)
        return State(version=0)


def _digest(facts: Facts) -> str:
    return hashlib.sha256(repr(facts).encode(errors="backslashreplace")).hexdigest()[:16]
