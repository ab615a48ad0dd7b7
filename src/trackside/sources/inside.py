"""Where paths lie, their links followed."""

import os
from pathlib import Path


def lies_in(path: Path, *folders: Path) -> bool:
    """Whether a path, its links followed, lies in each of some folders; nothing of it need exist."""
    place = Path(os.path.realpath(path))
    return all(place.is_relative_to(os.path.realpath(folder)) for folder in folders)


def is_own_file(path: Path, root: Path) -> bool:
    """Whether there is a file at a path, no link, that lies in a tree."""
    return path.is_file() and not path.is_symlink() and lies_in(path, root)
