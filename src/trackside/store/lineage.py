"""Which runs made which content as artifacts, and which used it as data: rows of the index, found by its hash."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from trackside.model.hashes import of_folder
from trackside.model.histogram import HISTOGRAM
from trackside.model.lineage import MOST_HOLDERS, Holder, Link
from trackside.model.run import UNHASHED, Artifact, Run
from trackside.store.artifacts import hasher
from trackside.store.index_queries import HOLDERS

MOST_LINKS = 2_000
"""Contents of one run that are looked for among other runs."""

_OF_ITSELF = frozenset({"examples", "table", "confusion", "image", "note", HISTOGRAM})
"""Kinds of artifacts that tell of a run itself: another that has the same is no origin of it."""

_ALGORITHMS = ("blake3", "sha256")
_BY_TIMES = "stat:"


def links(run: Run) -> list[Link]:
    """The content that a run has to do with, as far as its hash is known."""
    used = (
        Link(data.fingerprint, role, made=False)
        for role, data in run.data.items()
        if data.fingerprint and not data.fingerprint.startswith(_BY_TIMES)
    )
    kept = (artifact for artifact in run.artifacts.values() if artifact.kind not in _OF_ITSELF)
    return list(islice(chain(used, chain.from_iterable(map(_made, kept))), MOST_LINKS))


def _made(artifact: Artifact) -> Iterator[Link]:
    """Each file of an artifact, and all of a folder together."""
    hashes = {path: digest for path, (digest, _) in artifact.files.items()}
    if any(digest.startswith(UNHASHED) for digest in hashes.values()):
        return
    if len(hashes) > 1 and (whole := _of_folder(hashes)) is not None:
        yield Link(whole, artifact.name, made=True, step=artifact.step)
    for path, (digest, size) in artifact.files.items():
        if size:
            name = artifact.name if len(hashes) == 1 else f"{artifact.name}/{path}"
            yield Link(digest, name, made=True, step=artifact.step)


def _of_folder(hashes: Mapping[str, str]) -> str | None:
    """The fingerprint that a folder of these files has as data."""
    algorithm, *others = {digest.partition(":")[0] for digest in hashes.values()}
    if others or algorithm not in _ALGORITHMS:
        return None
    state = hasher(algorithm)
    state.update(b"".join(of_folder(sorted(hashes.items()))))
    return f"{algorithm}:{state.hexdigest()}"


def put(connection: sqlite3.Connection, run: Run) -> None:
    """Write what a run has to do with, in place of what was written of it; nothing where that is the same."""
    found = {(link.hash, link.made, link.name): link.step for link in links(run)}
    written = connection.execute("SELECT hash, made, name, step FROM content WHERE run = ?", (run.id,))
    if found == {(digest, bool(made), name): step for digest, made, name, step in written}:
        return
    connection.execute("DELETE FROM content WHERE run = ?", (run.id,))
    rows = ((digest, run.id, made, name, step) for (digest, made, name), step in found.items())
    connection.executemany("INSERT INTO content VALUES (?, ?, ?, ?, ?)", rows)


def holders(rows: Callable[..., list[Any]], hashes: Iterable[str]) -> list[Holder]:
    """The runs that made each content and those that used it, `MOST_HOLDERS` of either; `rows` asks the index."""
    return [
        Holder(run, run_name, created, Link(digest, name, made=bool(made), step=step))
        for digest in dict.fromkeys(hashes)
        for as_artifact in (True, False)
        for run, run_name, created, name, made, step in rows(HOLDERS, digest, as_artifact, MOST_HOLDERS)
    ]
