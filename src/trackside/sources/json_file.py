"""Files that hold one JSON object and are written anew whenever it changes."""

import json
from pathlib import Path
from typing import Any

from trackside.sources.opening import opened, whole
from trackside.sources.protocol import PassingError, SourceError

LARGEST = 64 << 20
"""Bytes of a file that is read."""


class UnfinishedError(PassingError):
    """A file does not hold all that it should, since it is just being written, or was when its writer died."""


def load_object(path: Path, root: Path, most: int = LARGEST) -> dict[str, Any]:
    """The object in a file. UnfinishedError where it is not whole; SourceError where it is longer or another thing.

    Bare `NaN` and infinities are read. Nothing is built but dicts, lists, numbers and texts.
    """
    content = whole(path, most, root)
    try:
        read = json.loads(content.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise UnfinishedError(f"{path}: no JSON, or not all of it yet ({error})") from None
    if not isinstance(read, dict):
        raise SourceError(f"{path}: holds no JSON object; it is not read")
    return read


def beginning(path: Path, size: int, root: Path) -> str:
    """The first bytes of a file as text; empty where it cannot be read."""
    try:
        with opened(path, root) as file:
            return file.read(size).decode("utf-8-sig", "replace")
    except SourceError:
        return ""
