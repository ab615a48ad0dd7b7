"""A run in brief: what a table shows of it, as values that are much alike from run to run.

What is said of it beside its logs, and of each log what `in_short` makes of it. The standard library of Python 3.8
alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from trackside.services.remote.bare.in_short import in_short, sealed_in_short
from trackside.services.remote.bare.offered import (
    MOST_BYTES,
    REST,
    File,
    files_of,
    is_of_several,
    is_said,
)

_MOST_SAID = 1 << 16
"""Bytes of what was said beside the logs of a run that is told in brief."""

_DEEPEST = 16


def in_brief(
    folder: Path, metrics: Collection[str] | None, alive: Callable[[], None], *, texts: bool
) -> list[dict[str, Any]] | None:
    """The files that a table needs; of metrics that are not asked for no values. None where that cannot be told so.

    Of each the `path`, the `inode`, the seconds since it was written to, and as `content` bytes, a value that is JSON,
    or of a log the frames that stand for it, with all that was logged and is no number where it is to have `texts`.
    Before each file is read, `alive` is called.
    """
    files = list(files_of(folder))
    if is_of_several(files) or sum(file.size for file in files if is_said(file)) > _MOST_SAID:
        return None
    found = []
    for file in files:
        alive()
        if file.path.startswith("w/"):
            found.append(_told(file, in_short(file.whole(), metrics, texts=texts)))
        elif file.path.endswith(REST):
            whole = file.size <= MOST_BYTES
            found.append(_told(file, sealed_in_short(file.whole(), metrics, texts=texts) if whole else None))
        elif is_said(file):
            found.append(_told(file, _content(file)))
    if any(told["content"] is None for told in found):
        return None
    return found


def _told(file: File, content: Any) -> dict[str, Any]:
    age = round(time.time() - file.found.st_mtime)
    return {"path": file.path, "inode": file.found.st_ino, "age": age, "content": content}


def _content(file: File) -> Any:
    """The value of a file that can be written again as it is; else its bytes."""
    data = file.whole()
    if not file.path.endswith(".json"):
        return data
    try:
        value = json.loads(data)
        is_exact = text_of(value) == data
    except (ValueError, RecursionError):
        return data
    return value if is_exact and isinstance(value, dict) and _can_be_sent(value, _DEEPEST) else data


def text_of(value: Any) -> bytes:
    """JSON as it is recorded."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _can_be_sent(value: Any, levels: int) -> bool:
    """Whether it is no deeper than so many levels, and its whole numbers have at most 64 bits."""
    if isinstance(value, int):
        return -(1 << 63) <= value < 1 << 64
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(levels > 0 and _can_be_sent(one, levels - 1) for one in inner)
