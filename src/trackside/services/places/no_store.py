"""Whether a place is a store of trackside's own; and of one that is none what it is, and what can be done with it."""

import os
import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from trackside.model.errors import StoreError
from trackside.model.nearest import nearest
from trackside.services.places.skipped import skipped_sentence
from trackside.store.layout import StorePaths
from trackside.store.locate import expanded, is_address

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped

_LONGEST_SEARCH = 2.0
_MOST_BESIDE = 10_000


def is_store(text: str) -> bool:
    """Whether what a person named so is a store of trackside's own."""
    return not is_address(text) and may_be_store(expanded(text))


def may_be_store(path: Path) -> bool:
    """Whether a store lies there, or one may not even look; opening it says so then."""
    try:
        return StorePaths(path).manifest.exists()
    except PermissionError:
        return True


def why_no_store(path: Path) -> str:
    """What a folder or file holds in place of a store: a bundle, a store, runs of other systems, things unknown.

    A tree that is too large to be looked through in 2 s is judged by a part of it. StoreError where it cannot be read.
    """
    from trackside.sources.table import SOURCES
    from trackside.sources.walk import Walk
    from trackside.store import bundle

    if path.is_file() and bundle.is_bundle(path):
        return f"{path} is a bundle and no store; `trackside import {path}` takes its runs into one"
    walk = Walk(path, SOURCES)
    stop = threading.Event()
    patience = threading.Timer(_LONGEST_SEARCH, stop.set)
    patience.start()
    try:
        found = walk.find(None, lambda _: stop.set(), stop)
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}; ask its owner") from error
    finally:
        patience.cancel()
    if walk.stores:
        return f"{path} is no store; it holds one, {min(walk.stores)}: name that"
    if found:
        return holds_runs(str(path), sorted({run.source for run in found}))
    return nothing_there([str(path)], walk.skipped)


def not_there(path: Path) -> str:
    """Nothing is at a path that was named; what beside it has nearly that name."""
    try:
        with os.scandir(path.parent) as entries:
            near = nearest(path.name, (entry.name for entry in islice(entries, _MOST_BESIDE)))
    except OSError:
        near = None
    return f"there is no {path}" + (f"; did you mean {path.with_name(near)}?" if near else "")


def holds_runs(place: str, systems: Sequence[str]) -> str:
    """A place holds runs that these systems recorded."""
    *others, last = systems
    named = f"{', '.join(others)} and {last}" if others else last
    return (
        f"{place} holds runs of {named}, and is no store of trackside's own, which this needs; "
        f"`trackside import {place}` takes them into one"
    )


def nothing_there(places: Sequence[str], skipped: "Sequence[Skipped]" = ()) -> str:
    """Neither a store nor a run is at these places; what was passed over there, and why."""
    place = ", ".join(places)
    said = f"no store at {place}, and no run of another system"
    if skipped:
        return f"{said}: {skipped_sentence(skipped, places)}"
    path = Path(place)
    is_empty = path.is_dir() and not any(path.iterdir())
    return f"{said}; {f'`trackside store init {place}` makes one' if is_empty else 'name another folder'}"
