"""Parallel coordinates: an axis for each key, a line across them for each run, and brushes that ask for some runs.

Everything here is frozen, so that it can cross threads. Like `spec`, it loads no numpy.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from trackside.charts.spec import Charset
from trackside.model.goals import Goal

if TYPE_CHECKING:
    from trackside.charts.arrays import Floats

Kind: TypeAlias = Literal["number", "log", "category"]


class Span(msgspec.Struct, frozen=True):
    """The values of a numeric axis from `low` to `high`, both of them included."""

    low: float
    high: float


class Picked(msgspec.Struct, frozen=True):
    """Some categories of an axis."""

    categories: frozenset[str]


Brush: TypeAlias = Span | Picked


class Axis(msgspec.Struct, frozen=True, eq=False):
    """One key and what each run has for it; the runs stand in the same order on every axis.

    `values` are float64, one a run: numbers, or places in `categories`, which are told from the bottom up. What is not
    finite is no value. A logarithmic axis has positive values only. With a `goal` the better end is the upper one.
    """

    key: str
    values: "Floats"
    kind: Kind = "number"
    categories: tuple[str, ...] = ()
    goal: Goal | None = None
    brush: Brush | None = None


class ParallelSpec(msgspec.Struct, frozen=True):
    """Parallel coordinates to be drawn into `width` × `height` cells.

    Lines are coloured by their runs' rank on the axis `by`. `chosen` is the axis that keys act on, and is always shown.
    `palette` holds `#rrggbb` colours, of which the first is for one end of the ranks and the second for the other; an
    empty one draws without colour. `ground` is the colour of the background.
    """

    axes: tuple[Axis, ...]
    width: int
    height: int
    by: str | None = None
    chosen: str | None = None
    title: str = ""
    palette: tuple[str, ...] = ()
    charset: Charset = "braille"
    ground: str = "#000000"

    def axis(self, key: str | None) -> Axis | None:
        """The axis of that key; None where there is none."""
        return next((axis for axis in self.axes if axis.key == key), None)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.axes[0].values) if self.axes else 0


def moved_to(spec: ParallelSpec, by: int) -> ParallelSpec:
    """Another axis chosen, so many places to the right (to the left where negative), as far as there are any."""
    keys = [axis.key for axis in spec.axes]
    if not keys:
        return spec
    place = keys.index(spec.chosen) + by if spec.chosen in keys else 0
    return replace(spec, chosen=keys[min(max(place, 0), len(keys) - 1)])


def reordered(spec: ParallelSpec, key: str | None, by: int) -> ParallelSpec:
    """The axis `key` moved by so many places to the right (to the left where negative), as far as there are any."""
    keys = [axis.key for axis in spec.axes]
    if key not in keys:
        return spec
    axes = list(spec.axes)
    moved = axes.pop(keys.index(key))
    axes.insert(min(max(keys.index(key) + by, 0), len(axes)), moved)
    return replace(spec, axes=tuple(axes))


def with_brush(spec: ParallelSpec, key: str, brush: Brush | None) -> ParallelSpec:
    """Only the runs that this brush of the axis `key` finds are asked for; without one, all of that axis."""
    return replace(spec, axes=tuple(replace(axis, brush=brush) if axis.key == key else axis for axis in spec.axes))


def unbrushed(spec: ParallelSpec) -> ParallelSpec:
    """All runs of every axis are asked for again."""
    return replace(spec, axes=tuple(replace(axis, brush=None) for axis in spec.axes))
