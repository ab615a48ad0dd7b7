"""A folder that is made beside its place and appears there whole, or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from trackside.model.errors import TracksideError


@contextmanager
def appearing(out: Path) -> Iterator[tuple[Path, Path]]:
    """Where to write what will be at `out`, and that place, absolute.

    TracksideError where something is there already, nothing can be, or the disk takes no more.
    """
    if out.exists():
        raise TracksideError(f"{out} is there already; name a folder that is not")
    if not out.parent.is_dir():
        raise TracksideError(f"no folder {out.parent} to export to")
    place = out.parent.resolve() / out.name
    temporary = place.with_name(f".new-{uuid4().hex}")
    try:
        temporary.mkdir()
        yield temporary, place
        temporary.rename(place)
    except OSError as error:
        raise TracksideError(f"{out} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
