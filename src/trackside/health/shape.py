"""The shape of a curve in at most 128 cells, whatever its length.

A cell holds the points of 2^k steps, of a multiple of 2^k on, for the smallest k by which all cells are few enough. So
the same points give the same shape, in whatever order and in however many pieces they are read, and a point that comes
costs the same at step 100 and at step 10^9. Values that are not finite are left out. Series of the machine, many
samples of which stand at one step, have cells of 2^k seconds instead.
"""

import struct

import msgspec
import numpy as np
import numpy.typing as npt

MOST = 128
_WIDTH = struct.Struct("<B")
_LAST = np.iinfo(np.int64).max
_CELL = np.dtype(
    [("place", "<i8"), ("count", "<i8"), ("total", "<f8"), ("low", "<f8"), ("high", "<f8"), ("high_at", "<i8")]
)

Cells = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


class Shape(msgspec.Struct, frozen=True):
    """Cells of 2^`width` steps in their order, those without a point left out.

    Of each: `place` (its first step is `place << width`), `count`, sum, smallest and largest value, and the smallest
    step at which the largest was reached.
    """

    width: int
    cells: Cells

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def level(self) -> Floats:
        """The mean of each cell."""
        mean: Floats = self.cells["total"] / self.cells["count"]
        return mean

    @property
    def count(self) -> int:
        """How many points it is made of."""
        return int(self.cells["count"].sum())

    def start(self, cell: int) -> int:
        """The first step of a cell."""
        return int(self.cells["place"][cell]) << self.width

    def merged(self, other: "Shape") -> "Shape":
        """The shape of the points of both."""
        width = max(self.width, other.width)
        place = np.concatenate([one.cells["place"] >> (width - one.width) for one in (self, other)])
        both = np.concatenate([self.cells, other.cells])
        return _narrowed(
            width, place, _Columns(both["count"], both["total"], both["low"], both["high"], both["high_at"])
        )

    def packed(self) -> bytes:
        """What `unpacked` takes."""
        return _WIDTH.pack(self.width) + self.cells.tobytes()


def of_points(place: Steps, step: Steps, value: Floats) -> Shape:
    """The shape of points that stand at `place`, their step or their second."""
    finite = np.isfinite(value)
    if not finite.all():
        place, step, value = place[finite], step[finite], value[finite]
    return _narrowed(0, place, _Columns(np.ones(len(value), np.int64), value, value, value, step))


def unpacked(packed: bytes) -> Shape:
    """A shape from what `packed` gave. ValueError on anything else."""
    if len(packed) % _CELL.itemsize != _WIDTH.size or packed[0] >= 64:
        raise ValueError("no shape of a curve")
    cells = np.frombuffer(packed, _CELL, offset=_WIDTH.size)
    if len(cells) > MOST or (cells["count"] < 1).any() or (cells["place"][1:] <= cells["place"][:-1]).any():
        raise ValueError("no shape of a curve")
    return Shape(packed[0], cells)


class _Columns(msgspec.Struct, frozen=True):
    """Cells, or points, of which several may stand at one place."""

    count: Steps
    total: Floats
    low: Floats
    high: Floats
    high_at: Steps

    def ordered(self, order: npt.NDArray[np.intp]) -> "_Columns":
        """The same in another order."""
        return _Columns(self.count[order], self.total[order], self.low[order], self.high[order], self.high_at[order])

    def together(self, begins: npt.NDArray[np.intp]) -> "_Columns":
        """Those from each beginning to before the next as one."""
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.add.reduceat(self.total, begins)
        high = np.maximum.reduceat(self.high, begins)
        reached = self.high == high.repeat(np.append(begins[1:], len(self.high)) - begins)
        high_at = np.minimum.reduceat(np.where(reached, self.high_at, _LAST), begins)
        count, low = np.add.reduceat(self.count, begins), np.minimum.reduceat(self.low, begins)
        return _Columns(count, total, low, high, high_at)


def _narrowed(width: int, place: Steps, columns: _Columns) -> Shape:
    """As few cells as they have to be, of those that are 2^`width` wide."""
    if (place[1:] < place[:-1]).any():
        order = np.argsort(place, kind="stable")
        place, columns = place[order], columns.ordered(order)
    if not len(place):
        return Shape(width, np.empty(0, _CELL))
    first, last = int(place[0]), int(place[-1])
    more = max(0, (last - first).bit_length() - MOST.bit_length())
    while (last >> more) - (first >> more) >= MOST:
        more += 1
    return Shape(width + more, _summed(place >> more, columns))


def _summed(place: Steps, columns: _Columns) -> Cells:
    """Those at one place as one cell."""
    begins = np.flatnonzero(np.concatenate(([True], place[1:] != place[:-1])))
    if len(begins) < len(place):
        columns = columns.together(begins)
    cells = np.empty(len(begins), _CELL)
    cells["place"] = place[begins]
    cells["count"], cells["total"] = columns.count, columns.total
    cells["low"], cells["high"], cells["high_at"] = columns.low, columns.high, columns.high_at
    return cells
