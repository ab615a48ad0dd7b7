"""One thing that is not as it should be, and what can be done about it."""

from collections.abc import Callable
from pathlib import Path

import msgspec

MERGE = "`trackside merge` with a copy of the store heals it"


class Finding(msgspec.Struct, frozen=True):
    """A file, what is wrong with it, and what can be done.

    `repair()` does it and says what was saved; it never removes the only copy of anything. What is no `damage` was left
    over by a process that was killed, and nothing is missing by it.
    """

    file: Path
    problem: str
    advice: str
    damage: bool = True
    repair: Callable[[], str] | None = None
