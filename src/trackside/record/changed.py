"""The line that tells readers which run has changed. Its loss is harmless: they look for themselves too."""

import os
from datetime import UTC, datetime

from trackside.store import manifest
from trackside.store.layout import StorePaths

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


def announce(store: StorePaths, writer: str, run_id: str) -> None:
    """Append `run_id` to this writer's file of today. OSError where that cannot be."""
    folder = store.changed / datetime.now(UTC).strftime("%Y-%m-%d")
    manifest.make_folder(folder, store.root)
    descriptor = os.open(folder / f"{writer}.log", _FLAGS, 0o600)
    try:
        os.fchmod(descriptor, manifest.file_mode(store.root))
        os.write(descriptor, f"{run_id}\n".encode())
    finally:
        os.close(descriptor)
