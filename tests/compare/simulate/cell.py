"""One cell of the simulation: a kind of comparison, repeated with fixed seeds, and how often it claimed anything."""

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator, default_rng

ALPHA = 0.05
LONG = 4_000
"""Comparisons in each cell of the long form; the measured figures are of so many, or more."""

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


@dataclass(frozen=True)
class NullCell(Cell):
    """A cell without a difference: `figure` is the share of false claims, at most or exactly that of the docs."""

    figure: float
    at_most: bool

    def holds(self, rate: float, comparisons: int) -> bool:
        """Whether the rate is what is promised, within three standard errors."""
        error = _error(self.figure, comparisons)
        if self.at_most:
            return rate <= self.figure + 3 * error
        return abs(rate - self.figure) <= 3 * math.hypot(error, _error(self.figure, LONG))


class NullCells(list[NullCell]):
    """Cells in the order of their functions; a cell is called what its function is."""

    def nominal(self, claims: Claims) -> Claims:
        """A cell that claims at most 5 %."""
        self.append(NullCell(_name(claims), claims, ALPHA, at_most=True))
        return claims

    def measured(self, figure: float) -> Callable[[Claims], Claims]:
        """A cell that claims as often as `figure` says: what the long form found."""

        def add(claims: Claims) -> Claims:
            self.append(NullCell(_name(claims), claims, figure, at_most=False))
            return claims

        return add


class PowerCells(list[Cell]):
    """Cells with a difference that is there."""

    def known(self, claims: Claims) -> Claims:
        """A cell of which the share of claims is printed, and nothing promised."""
        self.append(Cell(_name(claims), claims))
        return claims


def _name(claims: Claims) -> str:
    return claims.__name__.replace("_", " ")


def _error(rate: float, comparisons: int) -> float:
    return math.sqrt(rate * (1 - rate) / comparisons)
