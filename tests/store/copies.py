"""Copies of a store, and what two of them are compared by."""

import shutil
import struct
from pathlib import Path

import numpy as np

from trackside.store.curves import Series
from trackside.store.layout import StorePaths
from trackside.store.merge import Merged, merge


def merged(root: Path, other: Path) -> Merged:
    return merge(StorePaths(root), StorePaths(other))


def copied(root: Path) -> Path:
    """Another copy of a store, as rsync makes it."""
    return Path(shutil.copytree(root, root.parent / f"copy-{len(list(root.parent.iterdir()))}"))


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a store by its name, but for what announces changes, the index, and what is not in its place."""
    left_out = {root / "index", root / "changed"}
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name[0] != "." and not left_out & set(path.parents)
    }


def bits(values: np.ndarray) -> list[str]:
    return [struct.pack(">d", value).hex() for value in np.ascontiguousarray(values)]


def points(series: Series) -> list[tuple[int, str, str]]:
    """Every point of a curve: its step, and the bits of its time and value."""
    return list(zip(series.step.tolist(), bits(series.time), bits(series.value), strict=True))
