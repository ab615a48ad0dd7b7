"""One thing that is not as it should be, and what can be done about it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trackside.store import files, manifest

MERGE = "`trackside merge` with a copy of the store heals it"


@dataclass(frozen=True, slots=True)
class Finding:
    """A file, what is wrong with it, and what can be done.

    `repair()` does it and says what was saved; it never removes the only copy of anything. What is no `damage` was left
    over by a process that was killed, and nothing is missing by it.
    """

    file: Path
    problem: str
    advice: str
    damage: bool = True
    repair: Callable[[], str] | None = None


def keep_aside(file: Path, aside: Path, store: Path) -> None:
    """Copy a file into the folder `aside`, under a name made from its hash."""
    content = files.read_plain(file)
    manifest.make_folder(aside, store)
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    place = aside / f"{digest}.{file.parent.name}.{file.name}"
    if not place.exists():
        files.place(place, [content], manifest.file_mode(store), file.lstat().st_mtime_ns)
