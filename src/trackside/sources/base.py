"""What sources have in common whose runs are files apart from each other."""

from collections.abc import Iterable, Sequence
from typing import Any

from trackside.model.foreign import Found
from trackside.sources.opening import stamp_of


class SourceOfFiles:
    """A source whose runs are each a few files, named by `paths`."""

    name: str

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """As they are: none is a part of another."""
        return found

    def stamp(self, run: Found) -> Any:
        """Sizes, times and inodes of its files."""
        return stamp_of(run.paths, run.paths[0].parent)
