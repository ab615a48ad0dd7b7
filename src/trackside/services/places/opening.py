"""From the places that a person names to what is opened: stores, and folders, files and servers of other systems.

A place is a store where its folder holds one itself; anything else is searched for runs, and for stores. Several places
are shown as one store. What other systems' places need is loaded for these alone.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from trackside.model.errors import StoreError, TracksideError, UsageError
from trackside.model.progress import OnProgress
from trackside.services.places.live import Live, LiveStore, LiveStores
from trackside.services.places.no_store import (
    holds_runs,
    is_store,
    may_be_store,
    not_there,
    nothing_there,
    why_no_store,
)
from trackside.services.remote.address import is_remote, parsed
from trackside.store import locate, manifest
from trackside.store.any_store import AnyStore
from trackside.store.layout import StorePaths
from trackside.store.locate import is_address
from trackside.store.several import SeveralStores
from trackside.store.store import Store

if TYPE_CHECKING:
    from trackside.services.places.in_place import InPlace, Place
    from trackside.services.places.process import ReadingProcess
    from trackside.sources.walk import Skipped


class Opening(Protocol):
    """What was opened: to be read as it stands, or followed."""

    @property
    def store(self) -> AnyStore:
        """All of it as one store."""
        ...

    def catch_up(self, on_progress: OnProgress | None = None) -> "list[Skipped]":
        """Read all that is new; what could not be read, and why."""
        ...

    def live(self) -> Live:
        """The same, to be followed."""
        ...


class Opened:
    """All that was opened: stores, and places of other systems."""

    def __init__(self, stores: Sequence[Store], places: "Sequence[Place]") -> None:
        self._stores = list(stores)
        self._places = tuple(places)
        self._several = SeveralStores([*stores, *(place.store for place in places)])
        self._met = {store.root for store in stores}
        self.store: AnyStore = self._several if places or len(stores) > 1 else stores[0]

    def catch_up(self, on_progress: OnProgress | None = None) -> "list[Skipped]":
        """Read all that is new; what could not be read, and why. StoreError where there is neither run nor store.

        A place that cannot be read at all is told of like a file; the only one raises what stands in the way.
        """
        skipped = [skipped for place in self._places for skipped in self._caught_up(place, on_progress)]
        skipped += self.join_below()[1]
        self.store.refresh(on_progress)
        if not self._stores and not skipped and not self.store.count() and not self.store.trashed():
            raise StoreError(nothing_there(self.store.addresses))
        return skipped

    def _caught_up(self, place: "Place", on_progress: OnProgress | None) -> "list[Skipped]":
        from trackside.sources.walk import Skipped

        try:
            return place.catch_up(on_progress)
        except TracksideError as error:
            if len(self._stores) + len(self._places) == 1:
                raise
            return [Skipped(place.address, str(error))]

    def live(self) -> "LiveStore | LiveStores":
        """The same, to be followed."""
        lives = [
            *(LiveStore(store) for store in self._stores),
            *(LiveStore(place.store, place) for place in self._places),
        ]
        return lives[0] if self.store is not self._several else LiveStores(lives, self.store, self.join_below)

    def join_below(self) -> "tuple[list[Store], list[Skipped]]":
        """Stores that were found at the places since this was asked last, which are shown from now on.

        Those that cannot be opened too, and why.
        """
        coming = [root for place in self._places for root in place.store.below() if root not in self._met]
        if not coming:
            return [], []
        from trackside.sources.walk import Skipped

        joined: list[Store] = []
        skipped: list[Skipped] = []
        for root in dict.fromkeys(coming):
            self._met.add(root)
            try:
                joined.append(Store.open(root))
            except StoreError as error:
                skipped.append(Skipped(str(root), str(error)))
        self._stores += joined
        self._several.join(joined)
        return joined, skipped


class Alone(msgspec.Struct, frozen=True):
    """One store, or one place of another system with its mirror, for whoever serves it to others."""

    store: Store
    place: "InPlace | None" = None

    def live(self) -> LiveStore:
        """The same, to be followed."""
        return LiveStore(self.store, self.place)

    def catch_up(self) -> "list[Skipped]":
        """Read all that is new; what could not be read, and why."""
        skipped = [] if self.place is None else self.place.catch_up()
        self.store.refresh()
        if self.place is not None and not skipped and not self.store.count():
            raise StoreError(nothing_there(self.store.addresses))
        return skipped


def open_alone(text: str) -> Alone:
    """The store at a path, or in the folder there, else the runs of other systems; without a path the one meant.

    StoreError or UsageError where there is none.
    """
    if not text:
        return Alone(open_store())
    stores = _stores_at(text)
    if stores:
        return Alone(stores[0])
    from trackside.services.places.finding import in_place

    place = in_place(text)
    return Alone(place.store, place)


def open_store(path: str | Path | None = None, *, create: bool = False) -> Store:
    """The store at `path`, or the one that `trackside` without `--store` means; `create` makes it where nothing is."""
    if create and (root := unmade(path)) is not None:
        manifest.create(root)
    return Store.open(store_folder(path))


def unmade(path: str | Path | None = None) -> Path | None:
    """The folder that is to become that store; None where something is there already, or an address was named."""
    if is_address(str(path)):
        return None
    root = locate.find_store(path)
    return None if root.exists() else root


def store_folder(path: str | Path | None = None) -> Path:
    """The folder of that store. StoreError or UsageError where there is none, with what is there in its place."""
    if is_remote(str(path)):
        raise UsageError(f"{parsed(str(path)).address} is on another machine, and this has to be called there")
    if is_address(str(path)):
        from trackside.sources.addresses import source_of
        from trackside.sources.shown import shown

        source = source_of(str(path))
        if source is not None:
            raise UsageError(holds_runs(shown(str(path)), [source.name]))
        raise UsageError(f"{shown(str(path))} is no store of trackside's own, which this needs: name a folder")
    root = locate.find_store(path)
    if not root.exists() and path:
        raise StoreError(not_there(locate.expanded(path)))
    if not root.exists():
        raise StoreError(f"no store at {root}: `trackside store init {root}` makes one, and so does the first run")
    if not may_be_store(root):
        raise StoreError(why_no_store(root))
    return root


def open_places(
    named: Sequence[str], *, create: bool = False, apart: "Mapping[str, ReadingProcess] | None" = None
) -> Opening:
    """What is at all these places; the store that is meant where none is named, made if `create`.

    A store on another machine is connected to, and ssh may ask a person for what it needs. What other systems recorded
    on this one is read by processes of their own unless `apart` is None; those that read a place already are in it.
    StoreError or UsageError, in one line, where a place is none that can be opened.
    """
    meant = os.environ.get(locate.VARIABLE, "")
    if not named and is_remote(meant):
        named = [meant]
    if any(map(is_remote, named)):
        return _open_remote(named)
    return _open_here(named, create=create, apart=apart)


def _open_remote(named: Sequence[str]) -> Opening:
    if len(named) > 1:
        raise UsageError("a store on another machine is opened by itself; leave the other places out")
    from trackside.services.remote.near.connection import Connection
    from trackside.services.remote.near.live import LiveRemote

    connection = Connection(parsed(named[0]))
    if not connection.is_bare:
        return LiveRemote(connection)
    from trackside.services.remote.copies.copying import Copying

    return Opened([], [Copying(connection)])


def _open_here(named: Sequence[str], *, create: bool, apart: "Mapping[str, ReadingProcess] | None") -> Opened:
    if not named:
        return Opened([open_store(create=create)], [])
    stores: dict[Path, Store] = {}
    places: list[Place] = []
    for text in dict.fromkeys(named):
        if not is_store(text):
            places.append(_read_by(text, apart))
        for store in _stores_at(text):
            stores.setdefault(store.root, store)
    if not stores and not places:
        raise UsageError(f"nothing is at {', '.join(named)}")
    return Opened(list(stores.values()), places)


def _read_by(text: str, apart: "Mapping[str, ReadingProcess] | None") -> "Place":
    """A place of other systems, and who reads it."""
    if apart is not None:
        from trackside.services.places.apart import Apart

        return Apart(text, apart.get(text))
    from trackside.services.places.finding import in_place

    return in_place(text)


def _stores_at(text: str) -> list[Store]:
    """The store at a path, or in the folder there."""
    path = locate.expanded(text)
    return [Store.open(path.resolve())] if is_store(text) else _stores_below(path)


def _stores_below(path: Path) -> list[Store]:
    if not path.is_dir():
        return []
    inner = path / locate.FOLDER
    return [Store.open(inner.resolve())] if StorePaths(inner).manifest.exists() else []
