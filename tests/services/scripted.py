"""A source that says what a test tells it to, of one run."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from foreign_runs import LONG_AGO

from trackside.model.foreign import Cursor, Facts, Found, Item, Points, Restart
from trackside.sources.protocol import Folder
from trackside.sources.walk import Remembered, Skipped


class Scripted:
    """A source and its finder in one: `says` is what the run says next time, `state` what its files are like."""

    name = "scripted"

    def __init__(self, says: Sequence[Item | Exception]) -> None:
        self.says = list(says)
        self.news: list[Item | Exception] | None = None
        """What it says to whoever has read all before, where that is not the same."""
        self.state: int | Exception = 1
        self.asked: list[Any] = []
        """The states that reading was to go on from, in their order."""
        self.runs = [Found("scripted", "a", "a")]
        self.memory: dict[str, Remembered] = {}
        self.skipped: list[Skipped] = []
        self.stores: list[Path] = []

    def find(self, *_: object) -> list[Found]:
        return self.runs

    def sniff(self, folder: Folder) -> bool:
        return False

    def discover(self, folder: Folder) -> Iterator[Found]:
        return iter(())

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        return found

    def stamp(self, run: Found) -> Any:
        if isinstance(self.state, Exception):
            raise self.state
        return [self.state]

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        self.asked.append(since)
        for said in self.says if since is None or self.news is None else self.news:
            if isinstance(said, Exception):
                raise said
            yield said


def facts(name: str = "a", *, running: bool = False, **params: Any) -> Facts:
    status = "crashed" if running else "finished"
    return Facts(name=name, project="p", created=float(LONG_AGO), status=status, running=running, params=params)


def points(*steps: int) -> Points:
    """A point of `loss` at each step, of that value, a second each."""
    step = np.array(steps, np.int64)
    return Points(("loss",), step, LONG_AGO + step.astype(float), step[:, None].astype(float))


ANEW = Restart(None, float(LONG_AGO))
WHOLE = Cursor(1)
