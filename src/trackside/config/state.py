"""What was filtered, sorted and chosen in a store: the next start finds it as it was left. Never in the store."""

import os
import threading
from collections.abc import Callable
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


class SavedView(View, frozen=True):
    """How the Runs screen was left."""

    preview: bool = True
    marks: list[str] = []
    unfolded: list[str] = []
    over: list[str] = []
    """Links to the screens that lay over it, the uppermost last."""


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
    with _changing:
        changed = change(load_walls(file))
        save(file, changed)
    return changed


def load_views(file: Path) -> dict[str, View]:
    """The views that are kept; none where nothing, or nothing readable, was."""
    return _load(file, Views).named


def change_views(file: Path, change: Callable[[dict[str, View]], dict[str, View]]) -> dict[str, View]:
    """Change the views that are kept, and give them back. For a worker thread; OSError where that is not possible."""
    with _changing:
        changed = change(load_views(file))
        save(file, Views(changed))
    return changed


def save(file: Path, view: msgspec.Struct) -> None:
    """Keep the view, whole or not at all. OSError where that is not possible."""
    if _here is not None:
        _here[file] = view
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    temporary.write_bytes(msgspec.json.encode(view))
    temporary.rename(file)


def _load(file: Path, kind: type[Kept]) -> Kept:
    kept = None if _here is None else _here.get(file)
    if isinstance(kept, kind):
        return kept
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return kind()
