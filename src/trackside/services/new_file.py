"""A file that a person asked for: it appears whole in its place, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from trackside.model.errors import TracksideError
from trackside.store import files


@contextmanager
def appearing(out: Path) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file `out`. TracksideError where its folder is not there."""
    if not out.parent.is_dir():
        raise TracksideError(f"no folder {out.parent} to export to")
    with files.placing(out, new_file_mode()) as stream:
        yield stream


def new_file_mode() -> int:
    """The mode that this person's new files have."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
