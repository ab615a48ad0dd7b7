"""A file that a person asked for: it appears whole in its place, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from trackside.model.errors import TracksideError
from trackside.store import files


@contextmanager
def appearing(out: Path, *, over: bool = True) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file `out`, if need be `over` one that is there.

    TracksideError where its folder is not there, or a file is that it may not go over.
    """
    if not out.parent.is_dir():
        raise TracksideError(f"no folder {out.parent} to export to")
    with nullcontext() if over else _claimed(out), files.placing(out, new_file_mode()) as stream:
        yield stream


@contextmanager
def _claimed(out: Path) -> Iterator[None]:
    """A name that nobody had, held by an empty file until another takes its place."""
    try:
        out.touch(exist_ok=False)
    except FileExistsError:
        raise TracksideError(f"{out} is there by now, and was left as it is") from None
    try:
        yield
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def new_file_mode() -> int:
    """The mode that this person's new files have."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
