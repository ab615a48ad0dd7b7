"""What was filtered, sorted and chosen in a store: the next start finds it as it was left. Never in the store."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from trackside.config.settings import WatchRule

Kept = TypeVar("Kept", bound=msgspec.Struct)


class View(msgspec.Struct, frozen=True):
    """Which runs are asked for, and how they are shown: keys to sort and to group by as they are typed."""

    filter: str = ""
    sort: list[str] = []
    columns: list[str] | None = None
    pinned: int = 1
    change: Literal["value", "delta", "percent"] = "value"
    metric: str | None = None
    by: list[str] = []


class CursorAt(msgspec.Struct, frozen=True):
    """On which row a cursor stood, by the id of a run or a group, and how many lines below the first in sight.

    `line` is None where that was the first of all.
    """

    row: str
    line: int | None = None


class SavedView(View, frozen=True):
    """How the Runs screen was left."""

    preview: bool = True
    marks: list[str] = []
    unfolded: list[str] = []
    over: list[str] = []
    """Links to the screens that lay over it, the uppermost last."""
    cursor: CursorAt | None = None
    """None where the table was at its top, where the newest is seen."""
    folded: list[str] = []
    """The facets of which no value is shown."""


class Views(msgspec.Struct, frozen=True):
    """The views of a store that a person keeps, by their names."""

    named: dict[str, View] = {}


class Walls(msgspec.Struct, frozen=True):
    """How charts are laid out in a store: columns and rows, None for as many as fit well.

    `pinned` names charts and `folded` sections, by project; with `baseline` its curves are drawn too.
    """

    layout: tuple[int, int] | None = None
    pinned: dict[str, list[str]] = {}
    folded: dict[str, list[str]] = {}
    baseline: bool = False


class Watched(msgspec.Struct, frozen=True):
    """Watch rules that were made in the app, and the names of all that are switched off, those of the settings too."""

    rules: tuple[WatchRule, ...] = ()
    off: frozenset[str] = frozenset()


_RANDOM_BYTES = 8
_changing = threading.Lock()
_here: dict[Path, msgspec.Struct] | None = None
"""What was kept in this process alone, where nothing is written."""


def keep_here_only() -> None:
    """From now on this process writes nothing: what is kept is forgotten with it."""
    global _here
    _here = {}


def load(file: Path) -> SavedView:
    """The view as it was left; the first view where nothing, or nothing readable, was kept."""
    return _load(file, SavedView)


def load_walls(file: Path) -> Walls:
    """The layout as it was left; the first one where nothing, or nothing readable, was kept."""
    return _load(file, Walls)


def load_watched(file: Path) -> Watched:
    """The watch rules that are kept; none where nothing, or nothing readable, was."""
    return _load(file, Watched)


def change_walls(file: Path, change: Callable[[Walls], Walls]) -> Walls:
    """Change the layout that is kept, and give it back. For a worker thread; OSError where it cannot be kept."""
    return _change(file, Walls, change)


def change_watched(file: Path, change: Callable[[Watched], Watched]) -> Watched:
    """Change the watch rules that are kept, and give them back. For a worker thread; OSError where they cannot be."""
    return _change(file, Watched, change)


def load_views(file: Path) -> dict[str, View]:
    """The views that are kept; none where nothing, or nothing readable, was."""
    return _load(file, Views).named


def change_views(file: Path, change: Callable[[dict[str, View]], dict[str, View]]) -> dict[str, View]:
    """Change the views that are kept, and give them back. For a worker thread; OSError where that is not possible."""
    return _change(file, Views, lambda views: Views(change(views.named))).named


def save(file: Path, view: msgspec.Struct) -> None:
    """Keep the view, whole or not at all. OSError where that is not possible."""
    if _here is not None:
        _here[file] = view
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.urandom(_RANDOM_BYTES).hex()}")
    try:
        temporary.write_bytes(msgspec.json.encode(view))
        temporary.rename(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _change(file: Path, kind: type[Kept], change: Callable[[Kept], Kept]) -> Kept:
    """Read, change and save what other threads, and other apps of this person, change too."""
    with _changing, _locked(file):
        changed = change(_load(file, kind))
        save(file, changed)
    return changed


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Alone among the processes of this person that change what is kept in this file."""
    if _here is not None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("ab") as lock:
        with suppress(OSError):  # some network file systems know no locks: there the last one to save is right
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _load(file: Path, kind: type[Kept]) -> Kept:
    kept = None if _here is None else _here.get(file)
    if isinstance(kept, kind):
        return kept
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return kind()
