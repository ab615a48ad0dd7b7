"""Runs into a store, from whatever holds them: bundles, and all that a source reads."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from trackside.model.errors import UsageError
from trackside.model.progress import OnProgress
from trackside.services.exchange.importing import Imported, import_runs
from trackside.services.places.finding import finder_of
from trackside.services.places.no_store import not_there
from trackside.services.places.skipped import skipped_sentence
from trackside.store import bundle
from trackside.store.layout import StorePaths
from trackside.store.locate import expanded, is_address
from trackside.store.merge import Merged
from trackside.store.store import Store


def as_shown(place: str) -> str:
    """A place as it was named, and an address without a login."""
    if not is_address(place):
        return place
    from trackside.sources.shown import shown

    return shown(place)


@contextmanager
def taken_back(store: Store, *, new: bool) -> Iterator[None]:
    """Where what is done within fails, and no run is in the store, it is removed again if it is `new`."""
    try:
        yield
    except BaseException:
        if new and not any(store.paths.run_ids()):
            store.close()
            shutil.rmtree(store.root)
        raise


def import_place(
    store: Store, place: str, *, artifacts: bool = True, on_progress: OnProgress | None = None
) -> Merged | Imported:
    """Copy the runs of a bundle, or of a place of another system, into the store; again, only what is new.

    UsageError where nothing is there that can be copied.
    """
    path = None if is_address(place) else expanded(place)
    if path is not None and not path.exists():
        raise UsageError(not_there(path))
    if path is not None and path.is_file() and bundle.is_bundle(path):
        merged = bundle.read(store.paths, path, on_progress)
        store.refresh()
        return merged
    if path is not None and StorePaths(path).manifest.exists():
        raise UsageError(f"{place} is a store of trackside's own; `trackside merge {place}` takes in what it has")
    finder, sources, address = finder_of(place)
    imported = import_runs(store, finder, sources, artifacts=artifacts, on_progress=on_progress)
    if not (imported.new or imported.grown or imported.unchanged):
        why = f": {skipped_sentence(imported.skipped, [address])}" if imported.skipped else ""
        raise UsageError(
            f"nothing in {as_shown(place)} is a bundle of trackside or a run of a system that it reads{why}"
        )
    return imported
