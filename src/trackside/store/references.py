"""Which content the runs of a store refer to.

Whatever in a run looks like a hash counts: a frame of a kind that this version does not know, a torn one, and a damaged
file that was put aside may all refer to something. Too much is kept then, and never too little.
"""

import re
from collections.abc import Callable
from pathlib import Path

from trackside.store import files
from trackside.store.layout import RunPaths, StorePaths

_DIGEST = re.compile(rb"(?:blake3|sha256):([0-9a-f]{64})")
_ATTEMPTS = 5
_COLUMNS = ".parquet"


def references(store: StorePaths, on_run: Callable[[], None] = lambda: None) -> frozenset[str]:
    """The hashes, without the algorithm's name, of all content that any run refers to."""
    found: set[str] = set()
    for run_id in store.run_ids():
        found |= references_of(store.run(run_id))
        on_run()
    return frozenset(found)


def references_of(run: RunPaths) -> set[str]:
    """The hashes that a run refers to. A log that is sealed meanwhile is looked for again."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return _references(run)
        except FileNotFoundError:
            continue
    return _references(run)


def _references(run: RunPaths) -> set[str]:
    """A log is listed, and opened, before the segments are: one that is sealed after that is read to its end."""
    found: set[str] = set()
    for folder in (run.logs, run.segments, run.edits, run.aside):
        for path in files.below(folder):
            if not path.name.endswith(_COLUMNS):
                found |= _in_file(path)
    for path in files.plain(run.root):
        found |= _in_file(path)
    return found


def _in_file(path: Path) -> set[str]:
    return {digest.decode() for digest in _DIGEST.findall(files.read_plain(path))}
