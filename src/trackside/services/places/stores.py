"""The stores that are open, a line each: where, of what kind, how many runs, and whether it can be followed."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from trackside.store.any_store import AnyStore
from trackside.store.layout import StorePaths
from trackside.store.locate import is_address
from trackside.store.mirrored import MirroredStore
from trackside.store.place_names import place_names
from trackside.store.several import SeveralStores
from trackside.store.store import Store

OWN, FOREIGN, FAR = "trackside", "other systems", "another machine"


class OpenStore(msgspec.Struct, frozen=True):
    """`name` is what the table of runs calls it where several are open. `store` is None where it lies elsewhere."""

    name: str
    address: str
    kind: str
    runs: int
    running: int
    state: str
    store: Store | None


def open_stores(store: AnyStore) -> list[OpenStore]:
    """All of them, in their order. For a worker thread."""
    every: Sequence[AnyStore] = store.stores if isinstance(store, SeveralStores) else [store]
    names = place_names([one.addresses[0] for one in every])
    return [_open_store(name, one) for name, one in zip(names, every, strict=True)]


def _open_store(name: str, store: AnyStore) -> OpenStore:
    running = int((store.frame(()).get_column("status") == "running").sum())
    own = store if isinstance(store, Store) and not isinstance(store, MirroredStore) else None
    kind = OWN if own else FOREIGN if isinstance(store, MirroredStore) else FAR
    return OpenStore(name, store.addresses[0], kind, store.count(), running, _state(store.addresses[0], own), own)


def _state(address: str, own: Store | None) -> str:
    if own is not None and not StorePaths(own.root).manifest.exists():
        return "gone"
    if own is None:
        return "followed" if is_address(address) or Path(address).exists() else "gone"
    return "followed" if os.access(own.root, os.W_OK) else "followed, read-only"
