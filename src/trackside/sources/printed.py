"""What a run printed, in a file that is only appended to."""

import math
import os
from collections.abc import Generator
from pathlib import Path

from trackside.model.foreign import Item, Printed, Remark
from trackside.sources.opening import opened
from trackside.sources.protocol import SourceError

_PIECE = 256 << 10


def printed_since(path: Path, start: int, root: Path) -> Generator[Item, None, int]:
    """What was printed after an offset, in pieces; returns the offset after them. A shorter file is read anew."""
    try:
        with opened(path, root) as file:
            start = start if start <= os.fstat(file.fileno()).st_size else 0
            file.seek(start)
            while piece := file.read(_PIECE):
                start += len(piece)
                yield Printed(math.nan, piece)
    except SourceError as error:
        if path.exists():
            yield Remark(f"What was printed is not read: {error}")
    return start
