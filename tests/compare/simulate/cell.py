"""One cell of the simulation: a kind of comparison, repeated with fixed seeds, and how often it claimed anything."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator, default_rng

ALPHA = 0.05
LONG = 4_000
"""Comparisons in each cell of the long form; the figures of the statistics page are of so many."""

Claims = Callable[[Generator], bool]


@dataclass(frozen=True)
class Cell:
    """`claims` makes one comparison and says whether it claimed anything."""

    name: str
    claims: Claims

    def rate(self, comparisons: int) -> float:
        """The share of comparisons that claimed something, always the same."""
        rng = default_rng(zlib.crc32(self.name.encode()))
        return sum(self.claims(rng) for _ in range(comparisons)) / comparisons


class Cells(list[Cell]):
    """Cells in the order of their functions; a cell is called what its function is."""

    def cell(self, claims: Claims) -> Claims:
        """Make a function a cell. What is promised of it stands on the statistics page."""
        self.append(Cell(claims.__name__.replace("_", " "), claims))
        return claims
