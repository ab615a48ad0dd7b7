"""A file that a person asked for: it appears whole in its place, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from trackside.model.errors import TracksideError
from trackside.store import files


@contextmanager
def appearing(out: Path, *, over: bool) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file `out` in the end, if need be `over` one that is there by then.

    TracksideError where its folder is not there, or a file is that it may not go over.
    """
    if not out.parent.is_dir():
        raise TracksideError(f"no folder {out.parent} to export to")
    try:
        with files.placing(out, new_file_mode(), over=over) as stream:
            yield stream
    except FileExistsError:
        raise TracksideError(f"{out} is there by now, and was left as it is") from None


def new_file_mode() -> int:
    """The mode that this person's new files have."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
