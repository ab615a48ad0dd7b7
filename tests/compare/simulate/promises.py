"""What the statistics page says of each cell. The page is the only place where the figures stand."""

import math
import re
from dataclasses import dataclass
from importlib.resources import files

from simulate.cell import LONG

PAGE = files("trackside.compare").joinpath("STATISTICS.md")

_ROW = re.compile(r"^\| (?P<cell>[^|]+) \| (?P<at_most>at most )?(?P<percent>[\d.]+) % \|$", re.MULTILINE)


@dataclass(frozen=True)
class Promise:
    """`figure` is the share of comparisons that claim something, at most or as it was found in the long form."""

    figure: float
    at_most: bool

    def holds(self, rate: float, comparisons: int) -> bool:
        """Whether the rate is what is promised, within three standard errors."""
        error = _error(self.figure, comparisons)
        if self.at_most:
            return rate <= self.figure + 3 * error
        return abs(rate - self.figure) <= 3 * math.hypot(error, _error(self.figure, LONG))

    def __str__(self) -> str:
        return f"{'≤ ' if self.at_most else ''}{self.figure:.1%}"


def promises() -> dict[str, Promise]:
    """By the name of the cell, which the page writes with capitals and commas."""
    return {
        " ".join(re.findall(r"[a-z0-9]+", row["cell"].lower())): Promise(
            float(row["percent"]) / 100, row["at_most"] is not None
        )
        for row in _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    }


def _error(rate: float, comparisons: int) -> float:
    return math.sqrt(rate * (1 - rate) / comparisons)
