"""Runs as points: where each lies on two axes, which side it is of, and which one is chosen.

Everything here is frozen, so that it can cross threads. It loads no numpy.
"""

import math
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from trackside.charts.parallel.spec import Axis
from trackside.charts.spec import Charset

Along: TypeAlias = Literal["x", "y"]


class Point(msgspec.Struct, frozen=True):
    """A run: its id and name, and the id of its side, by which it is coloured."""

    id: str
    name: str
    side: str


class ScatterSpec(msgspec.Struct, frozen=True):
    """Points to be drawn into `width` × `height` cells; both axes have a value for each, in their order.

    `sides` are the names of sides by their ids, the baseline's first. `chosen` is the id of a run. `palette` holds
    `#rrggbb` colours; an empty one tells sides apart by letters.
    """

    points: tuple[Point, ...] = ()
    x: Axis | None = None
    y: Axis | None = None
    sides: tuple[tuple[str, str], ...] = ()
    width: int = 0
    height: int = 0
    chosen: str | None = None
    palette: tuple[str, ...] = ()
    charset: Charset = "braille"


def walked(spec: ScatterSpec, along: Along, by: int) -> ScatterSpec:
    """Another run chosen: so many further along an axis, as far as there are any; at first the first one."""
    if spec.x is None or spec.y is None:
        return spec
    axes = (spec.x, spec.y) if along == "x" else (spec.y, spec.x)
    lying = [(*(float(axis.values[place]) for axis in axes), place) for place in range(len(spec.points))]
    order = [spec.points[int(place)].id for *values, place in sorted(lying) if all(map(math.isfinite, values))]
    if not order:
        return spec
    place = order.index(spec.chosen) + by if spec.chosen in order else 0
    return replace(spec, chosen=order[min(max(place, 0), len(order) - 1)])


def rescaled(axis: Axis) -> Axis:
    """The axis with a logarithmic scale instead of a linear one, or the other way; as it is where it has none."""
    if axis.kind == "log":
        return replace(axis, kind="number")
    positive = all(value > 0 for value in axis.values if math.isfinite(value))
    return replace(axis, kind="log") if axis.kind == "number" and positive else axis
