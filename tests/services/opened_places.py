"""Stores, and folders of other systems, as a verb opens them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trackside.services.places.opening import open_places
from trackside.store.any_store import AnyStore


@contextmanager
def opened(*places: Path) -> Iterator[AnyStore]:
    """Places as one store that has caught up."""
    found = open_places([str(place) for place in places])
    found.catch_up()
    yield found.store
    found.store.close()
