"""Where the axes of parallel coordinates stand: which of them fit, in which columns, and what the rows are for."""

import msgspec
import numpy as np

from trackside.charts import cells
from trackside.charts.parallel.spec import Axis, ParallelSpec
from trackside.model.visible import visible

LEAST_APART = 10
"""Columns from one axis to the next: below it neither a title nor a line can be read."""

_LEAST_LAST, _USUAL_LAST = 10, 16
"""Columns of the last axis and its labels: as few as there may be, and as many as may press the others together."""

_WELL_APART = 14
"""Columns from one axis to the next that the last one leaves to the others where its title takes more than usual."""

_HEAD_ROWS, _FOOT_ROWS = 3, 1
_ENDS_ROWS, _NONE_ROWS = 1, 2
"""Rows below the axes: of their lower ends, and with that of the lines of runs without a value."""


class Layout(msgspec.Struct, frozen=True):
    """The axes that fit, from number `first` on, and their columns; rows count from the uppermost one.

    `top` to `bottom` are those of the axes, both included. Below stand the lower ends, and where a run has no value,
    in the row `none`, a place for its lines. `room` is what each axis has for its labels.
    """

    axes: tuple[Axis, ...]
    first: int
    columns: tuple[int, ...]
    room: tuple[int, ...]
    top: int
    bottom: int
    none: int | None

    @property
    def rows(self) -> int:
        """Rows of the axes."""
        return self.bottom - self.top + 1


def layout(spec: ParallelSpec) -> Layout:
    """Lay out as many axes as fit, of two or more, the chosen one among them."""
    widest = max(cells.width(visible(axis.key)) for axis in spec.axes)
    count = min(len(spec.axes), (spec.width - _LEAST_LAST) // LEAST_APART + 1)
    usual = min(_USUAL_LAST, spec.width - LEAST_APART * (count - 1))
    last = max(_LEAST_LAST, min(widest + 1, max(usual, spec.width - _WELL_APART * (count - 1))))
    keys = [axis.key for axis in spec.axes]
    chosen = keys.index(spec.chosen) if spec.chosen in keys else 0
    first = min(max(0, chosen - count + 1 + (chosen < len(keys) - 1)), len(keys) - count)
    shown = spec.axes[first : first + count]
    columns = tuple((spec.width - last) * place // (count - 1) for place in range(count))
    room = tuple(after - before - 1 for before, after in zip(columns, (*columns[1:], spec.width + 1), strict=True))
    without = any(not np.isfinite(axis.values).all() for axis in shown)
    bottom = spec.height - _FOOT_ROWS - (_NONE_ROWS if without else _ENDS_ROWS) - 1
    none = bottom + _NONE_ROWS if without else None
    return Layout(shown, first, columns, room, _HEAD_ROWS, bottom, none)
