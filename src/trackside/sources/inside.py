"""Whether a path lies in a folder, its links followed."""

import os
from pathlib import Path


def lies_in(path: Path, *folders: Path) -> bool:
    """Whether a path, its links followed, lies in each of some folders; nothing of it need exist."""
    place = Path(os.path.realpath(path))
    return all(place.is_relative_to(os.path.realpath(folder)) for folder in folders)
