"""What finds runs of other systems, wherever these are."""

import threading
from pathlib import Path
from typing import Protocol

from trackside.model.foreign import Found
from trackside.model.progress import OnProgress
from trackside.sources.walk import OnFirst, Remembered, Skipped


class Finder(Protocol):
    """Where runs are looked for: a tree, a server."""

    skipped: list[Skipped]
    memory: dict[str, Remembered]
    stores: list[Path]

    def find(
        self,
        on_progress: OnProgress | None = None,
        on_first: OnFirst | None = None,
        stop: threading.Event | None = None,
    ) -> list[Found]:
        """All runs that are there now, the first few told of at once; those met by then where `stop` is set."""
        ...
