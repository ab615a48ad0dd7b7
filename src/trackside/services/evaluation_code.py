"""What the files that a project lists as its evaluation were, when a run was started.

They are told by the trees of git, with what was not committed, where a repository is at hand; else nothing is known.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from trackside.model.errors import StoreError
from trackside.model.run import Run
from trackside.services.code_trees import NotToldError, Trees, borrowed
from trackside.store.any_store import AnyStore

_SECONDS = 5.0
_SHOWN = 16


def evaluation_code(store: AnyStore, runs: Iterable[Run], globs: Sequence[str]) -> Mapping[str, str]:
    """By a run's id, what its files that match any of `globs` are known by; without the runs of which nothing is known.

    Globs are of paths from the top of the repository.
    """
    if not globs:
        return {}
    known = [run for run in runs if run.code.commit and run.cwd]
    folders = [Path(run.cwd) for run in known if run.cwd]
    try:
        with borrowed(folders, _SECONDS) as trees:
            found = {} if trees is None else {run.id: _fingerprint(store, trees, run, globs) for run in known}
    except (OSError, NotToldError):
        return {}
    return {run_id: fingerprint for run_id, fingerprint in found.items() if fingerprint is not None}


def _fingerprint(store: AnyStore, trees: Trees, run: Run, globs: Sequence[str]) -> str | None:
    try:
        patch = (store.patch(run.id) or "") if run.code.dirty else ""
    except StoreError:
        return None
    tree = trees.of(run.code.commit, patch.encode(errors="replace"))
    if tree is None or any(fnmatchcase(path, glob) for path in tree.left_out for glob in globs):
        return None
    told = hashlib.sha256()
    for path, blob in trees.blobs(tree):
        if any(fnmatchcase(path, glob) for glob in globs):
            told.update(f"{path}\0{blob}\0".encode(errors="replace"))
    return f"files:{told.hexdigest()[:_SHOWN]}"
