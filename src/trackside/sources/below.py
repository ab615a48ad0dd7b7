"""Files below a folder of a run, links followed as far as they stay in a tree."""

import os
from collections.abc import Iterator
from pathlib import Path

from trackside.model.foreign import Content
from trackside.sources.inside import lies_in

_DEEPEST = 16
_MOST = 20_000


def files_below(folder: Path, root: Path) -> Iterator[Path]:
    """Files in a folder and those in it, in the order of their paths; at most 20,000, of at most 16 levels."""
    top = root.resolve()
    left = _MOST
    for path in _walk(folder, top, 0):
        left -= 1
        if left < 0:
            return
        yield path


def contents_below(folder: Path, root: Path) -> dict[str, Content]:
    """The content of files below a folder, by their path in it."""
    found = {}
    for path in files_below(folder, root):
        try:
            found[str(path.relative_to(folder))] = Content(path.resolve(), path.stat().st_size)
        except OSError:
            continue
    return found


def _walk(folder: Path, top: Path, depth: int) -> Iterator[Path]:
    if depth > _DEEPEST or not lies_in(folder, top):
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        linked = entry.is_symlink()
        what = path if linked else entry  # to an entry, a link that leads to itself is an error
        if what.is_dir():
            yield from _walk(path, top, depth + 1)
        elif what.is_file() and (not linked or lies_in(path, top)):
            yield path
