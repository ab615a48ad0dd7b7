"""The data of a run: where it is, and a fingerprint of its content where that can be read here.

A folder's or a glob's fingerprint is the hash of its files' paths and hashes, in the order of the paths. What another
system keeps track of counts as that system states it (`pointers`); addresses of other places are kept as they are.
"""

import glob
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from trackside.model.errors import UsageError
from trackside.model.hashes import of_folder
from trackside.record import hashes
from trackside.record.capture import pointers, trees
from trackside.record.capture.hash_cache import HashCache
from trackside.record.capture.pointers import Fingerprint
from trackside.record.capture.trees import Budget, Entry
from trackside.record.values import encodable
from trackside.store import locate

MOST_SECONDS = 60.0
MOST_BYTES = 50 << 30

_QUICK_BYTES = 64 << 20
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")
_GLOB = re.compile(r"[*?\[]")
_FILE = "file://"


def read_roles(data: Any) -> dict[str, str]:
    """Roles and where their data is. UsageError unless each is a text or a path."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise UsageError(f'data= takes a dict such as {{"train": "data/train.npz"}}, not {type(data).__name__}')
    for role, place in data.items():
        if not isinstance(role, str) or not isinstance(place, str | os.PathLike):
            raise UsageError(f"data[{role!r}] is of type {type(place).__name__}; it takes a path, a glob or an address")
    return {encodable(role): encodable(os.fsdecode(place)) for role, place in data.items()}


def absolute(place: str) -> str:
    """A place that means the same after the script has gone to another folder."""
    if _SCHEME.match(place) and not place.startswith(_FILE):
        return place
    return str(locate.expanded(place.removeprefix(_FILE)).absolute())


def fingerprints(place: str, stop: threading.Event) -> Iterator[Fingerprint]:
    """The fingerprint of what lies at an `absolute` place; of much data first one by sizes and times.

    That one remains where the content cannot be read within 60 s and 50 GB, or `stop` is set before.
    OSError where the data cannot be read.
    """
    if _SCHEME.match(place):
        yield pointers.of_address(place)
        return
    stated = _stated(Path(place))
    if stated is not None:
        yield stated
        return
    budget = Budget(MOST_SECONDS, MOST_BYTES, stop)
    tree = _tree(place, budget)
    by_times = trees.by_times(tree)
    if (by_times.bytes or 0) > _QUICK_BYTES:
        yield by_times
    cache = HashCache(place)
    try:
        yield trees.by_content(tree, cache, budget)
    except trees.OverError:
        yield by_times
    finally:
        with suppress(OSError):  # a cache that cannot be written costs reading the data again
            cache.save()


def _stated(path: Path) -> Fingerprint | None:
    """What DVC's files state, where the place is one, or is missing here beside one."""
    if path.suffix == ".dvc" or path.name == "dvc.lock":
        said = pointers.of_dvc(path.read_text(encoding="utf-8", errors="replace"))
    elif not path.exists() and (beside := path.with_name(f"{path.name}.dvc")).is_file():
        said = pointers.of_dvc(beside.read_text(encoding="utf-8", errors="replace"))
    else:
        return None
    if len(said) == 1:
        return next(iter(said.values()))
    listed = b"".join(of_folder((path, str(one.fingerprint)) for path, one in sorted(said.items())))
    size = sum(one.bytes or 0 for one in said.values())
    return Fingerprint(hashes.of_bytes(listed), len(said), size) if said else Fingerprint()


def _tree(place: str, budget: Budget) -> list[Entry]:
    """The files at a place. FileNotFoundError where there is none."""
    path = Path(place)
    if path.is_dir():
        return trees.below(path, budget)
    tree = list(trees.entries([(path.name, path)], budget))
    if not tree and _GLOB.search(place):
        base = _before_glob(path)
        found = glob.iglob(place, recursive=True)  # noqa: PTH207  the pattern is absolute
        tree = sorted(trees.entries(((str(file.relative_to(base)), file) for file in map(Path, found)), budget))
    if not tree:
        raise FileNotFoundError(2, "there is nothing at that place", place)
    return tree


def _before_glob(pattern: Path) -> Path:
    """The folder that all matches of a pattern lie in."""
    first = next(number for number, part in enumerate(pattern.parts) if _GLOB.search(part))
    return Path(*pattern.parts[:first])
