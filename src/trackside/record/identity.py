"""What a descriptor leads to: a script that becomes a daemon closes every one, ours too, and opens its own."""

import os
from typing import TypeAlias

Identity: TypeAlias = tuple[int, ...]


def identity(descriptor: int) -> Identity | None:
    """What a descriptor leads to; None where it is closed."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_rdev)


def close_if(descriptor: int, leads_to: Identity | None) -> None:
    """Close a descriptor that still leads there."""
    if leads_to is not None and identity(descriptor) == leads_to:
        os.close(descriptor)
