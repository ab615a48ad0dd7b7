"""What contradicts another copy, or is damaged, is kept where nothing reads it and nothing removes it."""

import hashlib
from pathlib import Path

from trackside.store import files, manifest


def keep(content: bytes, of: Path, folder: Path, store: Path) -> Path:
    """Keep what the file `of` held in `folder`, once, under a name made from its hash and that of the file."""
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    place = folder / f"{digest}.{of.parent.name}.{of.name}"
    if not place.exists():
        files.make_folder(folder, store)
        files.place(place, [content], manifest.file_mode(store))
    return place
