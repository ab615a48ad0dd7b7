"""What was filtered, sorted and chosen in a store: the next start finds it as it was left. Never in the store."""

import os
from pathlib import Path
from typing import Literal

import msgspec


class SavedView(msgspec.Struct, frozen=True):
    """How the Runs screen was left."""

    filter: str = ""
    sort: list[str] = []
    columns: list[str] | None = None
    pinned: int = 1
    change: Literal["value", "delta", "percent"] = "value"
    metric: str | None = None
    preview: bool = True
    marks: list[str] = []


def load(file: Path) -> SavedView:
    """The view as it was left; the first view where nothing, or nothing readable, was kept."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=SavedView)
    except (OSError, msgspec.MsgspecError):
        return SavedView()


def save(file: Path, view: SavedView) -> None:
    """Keep the view, whole or not at all. OSError where that is not possible."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    temporary.write_bytes(msgspec.json.encode(view))
    temporary.rename(file)
