"""What sources have in common whose runs are files apart from each other."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from trackside.model.foreign import Found
from trackside.sources import csv_run
from trackside.sources.opening import stamp_of
from trackside.sources.protocol import Folder, SourceError


class SourceOfFiles:
    """A source whose runs are each a few files, named by `paths`."""

    name: str

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """As they are: none is a part of another."""
        return found

    def stamp(self, run: Found) -> Any:
        """Sizes, times and inodes of its files."""
        return stamp_of(run.paths, run.paths[0].parent)


class SourceOfTables(SourceOfFiles, ABC):
    """A source each of whose runs is one table of comma-separated cells."""

    def sniff(self, folder: Folder) -> bool:
        """By the columns and first rows of the tables in it, and what is named as one and is none."""
        return any(self._tables(folder)) or any(self._none(folder))

    def discover(self, folder: Folder) -> Iterator[Found]:
        """A run a file."""
        folder.deep = True
        for path, first in list(self._tables(folder)):
            folder.files.discard(path.name)
            yield csv_run.found(folder, self.name, path, first)
        folder.unread += self._none(folder)

    def _none(self, folder: Folder) -> Iterable[SourceError]:  # noqa: ARG002  for formats that know tables by name
        """What is to be told of files that have the name of a table, and are none."""
        return ()

    @abstractmethod
    def _tables(self, folder: Folder) -> Iterator[tuple[Path, dict[str, str]]]:
        """The tables of this format in a folder, each with its first row."""


class SourceOfAddresses:
    """A source whose runs are found at addresses, and in no folder."""

    name: str

    def sniff(self, folder: Folder) -> bool:  # noqa: ARG002  as of every source
        """Never: a server lies in no folder."""
        return False

    def discover(self, folder: Folder) -> Iterator[Found]:  # noqa: ARG002
        """None."""
        yield from ()

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """Runs as they were found: each has an id."""
        return found
