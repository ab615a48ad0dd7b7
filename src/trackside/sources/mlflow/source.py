"""MLflow in folders: file stores and SQLite files, whichever a folder holds."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trackside.model.foreign import Found, Item
from trackside.sources.mlflow import file_store, sqlite_store
from trackside.sources.mlflow.artifacts import ARTIFACTS
from trackside.sources.mlflow.facts import NAME
from trackside.sources.mlflow.sqlite_store import SqliteStores
from trackside.sources.protocol import Folder

_KEEPER = re.compile(r"(m-)?[0-9a-f]{32}")


class Mlflow:
    """All runs of MLflow that lie in a tree."""

    name = NAME

    def __init__(self) -> None:
        self._databases = SqliteStores()

    def sniff(self, folder: Folder) -> bool:
        """An experiment of a file store, a database, or a folder named by the id of a run that has its artifacts."""
        return _keeps_artifacts(folder) or file_store.sniff(folder) or sqlite_store.sniff(folder)

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The runs that the folder holds. What lies among artifacts is none."""
        yield from file_store.discover(folder)
        if _keeps_artifacts(folder):
            folder.folders.discard(ARTIFACTS)
        yield from sqlite_store.discover(folder)

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """Each run once, also where a tree has copies of a store: the first that was found."""
        return {run.identity: run for run in reversed(found)}.values()

    def stamp(self, run: Found) -> Any:
        """What is other once the run has something new."""
        return file_store.stamp(run) if run.extra["kind"] == file_store.KIND else self._databases.stamp(run)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What the run has since the state of a cursor."""
        if run.extra["kind"] == file_store.KIND:
            return file_store.follow(run, since)
        return self._databases.follow(run, since)


def _keeps_artifacts(folder: Folder) -> bool:
    return ARTIFACTS in folder.folders and _KEEPER.fullmatch(folder.path.name) is not None
