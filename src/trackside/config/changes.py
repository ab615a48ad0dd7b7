"""Notices that a person saved their configuration, or a theme of their own. For a thread that waits for it."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from trackside.config import paths

_NOT_THERE_SECONDS = 5.0
_STEP_MS = 100
_DEBOUNCE_MS = 400


def changes(stop: threading.Event) -> Iterator[None]:
    """Once it is looked at, and once for each time that something was saved, until `stop` is set."""
    import watchfiles

    while not stop.is_set():
        folders = _folders()
        if not folders:
            stop.wait(_NOT_THERE_SECONDS)
            continue
        saved = watchfiles.watch(
            *folders,
            watch_filter=lambda _, path: path.endswith(".toml"),
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_DEBOUNCE_MS,
            yield_on_timeout=True,
            stop_event=stop,
            recursive=False,
            ignore_permission_denied=True,
            raise_interrupt=False,
        )
        looked = False
        for what in saved:
            if what or not looked:
                looked = True
                yield
            if _folders() != folders:
                break


def _folders() -> set[Path]:
    """The folders in which something may be saved, those included to which links lead; none where none is there."""
    file, themes = paths.config_file(), paths.themes_folder()
    places = {file.parent, themes, *(Path(os.path.realpath(one)).parent for one in (file, *themes.glob("*.toml")))}
    return {place for place in places if place.is_dir()}
