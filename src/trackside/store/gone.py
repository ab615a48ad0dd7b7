"""Marks of runs that were emptied from the trash, so that no merge brings them back."""

from trackside.store import files, manifest
from trackside.store.layout import StorePaths


def mark_gone(store: StorePaths, run_id: str) -> None:
    """Remember that a run is gone."""
    manifest.make_folder(store.gone, store.root)
    files.place(store.gone_mark(run_id), [], manifest.file_mode(store.root))
