"""Histograms of one name and how they are drawn. Frozen, so that it can cross threads; it loads no numpy."""

import msgspec

from trackside.charts.spec import Charset
from trackside.model.histogram import LoggedHistogram


class Histograms(msgspec.Struct, frozen=True, eq=False):
    """Histograms in the order of their steps, and the values from `low` to `high` that the strip shows.

    `outside` is the part of all values that lies beyond, each histogram weighing as much as any other.
    """

    logged: tuple[LoggedHistogram, ...]
    low: float
    high: float
    outside: float = 0.0


class HistogramSpec(msgspec.Struct, frozen=True):
    """Histograms, and the cells that they are drawn in.

    `column` is where the cursor is. Shades go from `ground` to `colour`; without colours they are characters.
    """

    histograms: Histograms
    width: int = 0
    height: int = 0
    column: int = 0
    colour: str = ""
    ground: str = ""
    charset: Charset = "braille"


class Columns(msgspec.Struct, frozen=True):
    """How histograms share the columns of a strip: `each` of them stand in one, and all have so many `cells`."""

    count: int
    each: int
    cells: int

    def inside(self, column: int) -> slice:
        """Which histograms stand in a column."""
        return slice(column * self.each, (column + 1) * self.each)

    def start(self, column: int) -> int:
        """The cell that a column begins at; of the one after the last, where the strip ends."""
        return column * self.cells // self.count


def columns(histograms: int, cells: int) -> Columns:
    """As wide as there is room for; where there are more histograms than cells, several in each."""
    each = max(1, -(-histograms // max(cells, 1)))
    return Columns(max(1, -(-histograms // each)), each, max(cells, 1))
