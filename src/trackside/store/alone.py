"""One process at a time looks after a store: merges, imports, clears out, repairs. Recording never waits for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from trackside.model.errors import StoreError
from trackside.store.layout import StorePaths
from trackside.store.liveness import lock


@contextmanager
def alone(store: StorePaths) -> Iterator[None]:
    """Be the only one that looks after the store; the lock ends with this process. StoreError while another does."""
    try:
        descriptor = os.open(store.manifest, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise StoreError(f"cannot write to {store.root}: {error.strerror}; ask its owner") from error
    try:
        if not lock(descriptor, without_locks=True):
            raise StoreError(
                f"another merge, import, gc, empty-trash or repair works on {store.root}; wait for its end"
            )
        yield
    finally:
        os.close(descriptor)
