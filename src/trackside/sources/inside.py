"""Where paths lie, their links followed."""

import os
from pathlib import Path


def lies_in(path: Path, *folders: Path) -> bool:
    """Whether a path, its links followed, lies in each of some folders; nothing of it need exist."""
    return all(place_in(path, folder) is not None for folder in folders)


def place_in(path: Path, folder: Path) -> Path | None:
    """Where a path leads, its links followed; None where that is not in a folder."""
    if _is_plainly_below(str(path), str(folder)):
        return path
    place = Path(os.path.realpath(path))
    return place if place.is_relative_to(os.path.realpath(folder)) else None


def is_own_file(path: Path, root: Path) -> bool:
    """Whether there is a file at a path, no link, that lies in a tree."""
    return path.is_file() and not path.is_symlink() and lies_in(path, root)


def _is_plainly_below(path: str, folder: str) -> bool:
    """Whether a path goes down from a folder without a link on its way: asked for every file, so it asks for little."""
    if not path.startswith(f"{folder}{os.sep}"):
        return False
    at = folder
    for name in path[len(folder) + 1 :].split(os.sep):  # noqa: PTH206
        at = f"{at}{os.sep}{name}"
        if name == os.pardir or os.path.islink(at):  # noqa: PTH114
            return False
    return True
