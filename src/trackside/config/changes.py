"""Notices that a person saved their configuration, or a theme of their own. For a thread that waits for it."""

import threading
from collections.abc import Iterator

from trackside.config import paths

_NOT_THERE_SECONDS = 5.0
_STEP_MS = 100
_DEBOUNCE_MS = 400


def changes(stop: threading.Event) -> Iterator[None]:
    """Once it is looked at, and once for each time that something was saved, until `stop` is set."""
    import watchfiles

    folder = paths.config_file().parent
    while not stop.is_set():
        if not folder.is_dir():
            stop.wait(_NOT_THERE_SECONDS)
            continue
        saved = watchfiles.watch(
            folder,
            watch_filter=lambda _, path: path.endswith(".toml"),
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_DEBOUNCE_MS,
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,
            raise_interrupt=False,
        )
        looked = False
        for what in saved:
            if what or not looked:
                looked = True
                yield
