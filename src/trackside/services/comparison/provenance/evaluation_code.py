"""What the files that a project lists as its evaluation were, when a run was started.

They are told by the trees of git, with what was not committed, where a repository is at hand; else nothing is known.
Globs are of paths from the top of the repository.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from trackside.compare.differs.code import MOST_BYTES
from trackside.model.errors import StoreError
from trackside.model.globs import matches
from trackside.model.run import Run
from trackside.record.capture import git
from trackside.services.comparison.provenance.code_trees import NotToldError, Trees, borrowed, folders_of
from trackside.store.any_store import AnyStore

_FILES = ("ls-files", "-z", "--full-name", "--cached", "--others", "--exclude-standard", "--", ":/")
_SECONDS = 5.0
_SHOWN = 16


def evaluation_code(store: AnyStore, runs: Iterable[Run], globs: Sequence[str]) -> Mapping[str, str]:
    """By a run's id, what its files that match any of `globs` are known by; without the runs of which nothing is known.

    Nothing is known of a run none of whose files matches: what is not there is not the same.
    """
    if not globs:
        return {}
    known = [run for run in runs if run.code.commit]
    try:
        with borrowed(folders_of(known), _SECONDS) as trees:
            found = {} if trees is None else {run.id: _fingerprint(store, trees, run, globs) for run in known}
    except (OSError, NotToldError):
        return {}
    return {run_id: fingerprint for run_id, fingerprint in found.items() if fingerprint is not None}


def without_files(globs: Sequence[str], folder: Path) -> list[str]:
    """Those of `globs` that match no file of the repository `folder` lies in; none where git cannot tell."""
    said = git.ask(folder, *_FILES, patience=_SECONDS, most=MOST_BYTES)
    if said is None or len(said) == MOST_BYTES:
        return []
    paths = [path.decode(errors="replace") for path in said.split(b"\0")[:-1]]
    return [glob for glob in globs if not any(matches(path, (glob,)) for path in paths)]


def _fingerprint(store: AnyStore, trees: Trees, run: Run, globs: Sequence[str]) -> str | None:
    try:
        patch = (store.patch(run.id) or "") if run.code.dirty else ""
    except StoreError:
        return None
    tree = trees.of(run.code.commit, patch.encode(errors="replace"))
    if tree is None or any(matches(path, globs) for path in tree.left_out):
        return None
    listed = [f"{path}\0{blob}\0" for path, blob in trees.blobs(tree) if matches(path, globs)]
    if not listed:
        return None
    return f"files:{hashlib.sha256(''.join(listed).encode(errors='replace')).hexdigest()[:_SHOWN]}"
