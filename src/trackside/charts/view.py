"""Moving about in a chart: what each key makes of the options, given where the canvas lies.

Pure functions: options in, options out. They know neither keys nor a screen.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from trackside.charts.arrays import Floats
from trackside.charts.axis import Scale, spanning
from trackside.charts.picture import x_scale
from trackside.charts.points import around
from trackside.charts.spec import Bound, ChartOptions, ChartSpec, Curve, Mark, Plot
from trackside.model.errors import UsageError

SMOOTHING = (0.0, 0.6, 0.9, 0.98, 0.995)
_ZOOM, _LEAST_PART, _SAME = 2.0, 1e-9, 1e-9
_UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_TIMES = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = re.compile(r"([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)([kMGTsmhd]?)$")


def zoomed(options: ChartOptions, plot: Plot, curves: Sequence[Curve], times: int) -> ChartOptions:
    """Closer by `times` steps (further for a negative one), about the crosshair, else about the middle."""
    last = plot.columns - 1
    centre = last / 2
    if options.crosshair is not None:
        here = _place(plot, options.crosshair)
        centre = here if 0 <= here <= last else centre
    factor = _ZOOM**-times
    low, high = (plot.x.value(centre + (edge - centre) * factor, plot.columns) for edge in (0, last))
    if not high - low > _LEAST_PART * max(abs(low), abs(high)):
        return options
    return _within(options, curves, low, high)


def panned(options: ChartOptions, plot: Plot, curves: Sequence[Curve], part: float) -> ChartOptions:
    """Moved along the x axis by a part of what is seen, no further than the curves go."""
    last = plot.columns - 1
    low, high = (plot.x.value(edge + part * last, plot.columns) for edge in (0, last))
    full = _full(options, curves)
    if (part < 0 and plot.x.low <= full.low) or (part > 0 and plot.x.high >= full.high):
        return options
    return options.but(x_range=(low, high))


def crossed(options: ChartOptions, plot: Plot, curves: Sequence[Curve], columns: int) -> ChartOptions:
    """The crosshair moved by about so many columns, on to a place where a curve that is shown has a point."""
    last = plot.columns - 1
    if options.crosshair is None:
        return at_column(options, plot, curves, last // 2)
    here = float(np.clip(_place(plot, options.crosshair), -1, last + 1))
    wanted = here + columns
    points = _points(options, plot, curves, [options.crosshair, plot.x.value(wanted, plot.columns)])
    places = _places(plot, points)
    beyond = (places > here + _SAME) if columns > 0 else (places < here - _SAME)
    beyond &= (places > -0.5) & (places < last + 0.5)
    if not beyond.any():
        return options
    return options.but(crosshair=float(points[beyond][np.argmin(np.abs(places[beyond] - wanted))]))


def at_column(options: ChartOptions, plot: Plot, curves: Sequence[Curve], column: int) -> ChartOptions:
    """The crosshair on the point nearest to a column of the canvas: what a click means."""
    points = _points(options, plot, curves, [plot.x.value(column, plot.columns)])
    if not 0 <= column < plot.columns or len(points) == 0:
        return options
    return options.but(crosshair=float(points[np.argmin(np.abs(_places(plot, points) - column))]))


def at_mark(options: ChartOptions, plot: Plot, curves: Sequence[Curve], direction: int) -> ChartOptions:
    """The crosshair on the next mark (1) or the one before (-1); the first or the last where there is no crosshair."""
    places = sorted({mark.x for mark in _marks(options, curves)})
    here = options.crosshair
    if here is not None:
        places = [place for place in places if (place > here if direction > 0 else place < here)]
    if not places:
        return options
    return at(options, plot, curves, places[0] if direction > 0 else places[-1])


def at(options: ChartOptions, plot: Plot, curves: Sequence[Curve], x: float) -> ChartOptions:
    """The crosshair at a place on the x axis, which is moved into the middle of what is seen if it is out of sight."""
    last = plot.columns - 1
    place = _place(plot, x)
    if not 0 <= place <= last:
        options = panned(options, plot, curves, (place - last / 2) / last)
    return options.but(crosshair=x)


def to_edge(options: ChartOptions, plot: Plot, curves: Sequence[Curve], direction: int) -> ChartOptions:
    """The crosshair on the last point that is seen (1), or on the first one (-1)."""
    return at_column(options, plot, curves, plot.columns - 1 if direction > 0 else 0)


def in_view(options: ChartOptions, curves: Sequence[Curve]) -> ChartOptions:
    """The crosshair on the nearest point that is in sight, none where no point is: what is read can be seen."""
    if options.crosshair is None:
        return options
    x = x_scale(ChartSpec(tuple(curves), 0, 0, options), list(curves))
    if x.low <= options.crosshair <= x.high:
        return options
    edge = x.low if options.crosshair < x.low else x.high
    points = _around(options, curves, [edge])
    points = points[(points >= x.low) & (points <= x.high)]
    return options.but(crosshair=float(points[np.argmin(np.abs(points - edge))]) if len(points) else None)


def logarithmic_x(options: ChartOptions) -> ChartOptions:
    """The x axis logarithmic, or linear again; an end of the range stays where it has a place."""
    return options.but(log_x=not options.log_x, x_range=_kept(options.x_range, log=not options.log_x))


def logarithmic_y(options: ChartOptions) -> ChartOptions:
    """The y axis logarithmic, or linear again; an end of the range stays where it has a place."""
    return options.but(log_y=not options.log_y, y_range=_kept(options.y_range, log=not options.log_y))


def chosen(options: ChartOptions, curves: Sequence[Curve], direction: int) -> ChartOptions:
    """The next curve (1) or the one before (-1), in the order in which they were given."""
    ids = [curve.id for curve in curves]
    if not ids:
        return options
    if options.chosen not in ids:
        return options.but(chosen=ids[0 if direction > 0 else -1])
    return options.but(chosen=ids[(ids.index(options.chosen) + direction) % len(ids)])


def smoother(options: ChartOptions) -> ChartOptions:
    """The next smoothing; after the strongest none."""
    stronger = [weight for weight in SMOOTHING if weight > options.smooth]
    return options.but(smooth=stronger[0] if stronger else 0.0)


def typed(options: ChartOptions, text: str) -> ChartOptions:
    """Ranges as a person types them: `x=0:5k y=2.5:13`, an end left out follows the data, `y=all` clips no outlier.

    On an x axis of durations also `x=10m:2h`.

    Raises UsageError that says which part is mistaken.
    """
    for part in text.split():
        name, sign, value = part.partition("=")
        if not sign or name not in ("x", "y"):
            raise UsageError(f"{part!r} is no range: type x=0:5k, y=2.5:13, y=all")
        if value == "all":
            options = options.but(**{f"{name}_range": (None, None)}).but(
                clip_outliers=options.clip_outliers and name == "x"
            )
            continue
        units = _UNITS | _TIMES if name == "x" and options.x_kind == "duration" else _UNITS
        options = options.but(**{f"{name}_range": _range(part, value, units)})
    return options


def written(options: ChartOptions) -> str:
    """The ranges as they would be typed; nothing where all of the curves is seen."""
    ranges = {"x": options.x_range, "y": options.y_range}
    parts = [
        f"{name}={':'.join('' if bound is None else f'{bound:.15g}' for bound in bounds)}"
        for name, bounds in ranges.items()
        if bounds != (None, None)
    ]
    return " ".join(parts if options.clip_outliers else ["y=all", *parts])


def reset(options: ChartOptions) -> ChartOptions:
    """All of the curves again."""
    return options.but(x_range=(None, None), y_range=(None, None), clip_outliers=True)


def current(plot: Plot, options: ChartOptions) -> Plot:
    """The canvas as it will be once a range that was asked for is drawn: keys come faster than pictures."""
    low, high = options.x_range
    if low is None or high is None:
        return plot
    return replace(plot, x=spanning(low, high, log=options.log_x))


def _kept(bounds: tuple[Bound, Bound], *, log: bool) -> tuple[Bound, Bound]:
    low, high = (None if log and bound is not None and bound <= 0 else bound for bound in bounds)
    return low, high


def _range(part: str, text: str, units: Mapping[str, float]) -> tuple[Bound, Bound]:
    low, sign, high = text.partition(":")
    if not sign:
        raise UsageError(f"{part!r} has no colon: a range is LOW:HIGH, and either may be left out")
    bounds = (_bound(part, low, units), _bound(part, high, units))
    if bounds[0] is not None and bounds[1] is not None and not bounds[0] < bounds[1]:
        raise UsageError(f"{part!r} is empty: the low end has to be below the high one")
    return bounds


def _bound(part: str, text: str, units: Mapping[str, float]) -> Bound:
    if not text:
        return None
    found = _NUMBER.match(text)
    if found is None or found[2] not in units:
        known = "2.5, 5k, 1e-4" + (", 10m, 2h" if "h" in units else "")
        raise UsageError(f"{text!r} in {part!r} is no number: {known}")
    return float(found[1]) * units[found[2]]


def _within(options: ChartOptions, curves: Sequence[Curve], low: float, high: float) -> ChartOptions:
    full = _full(options, curves)
    if low <= full.low and high >= full.high:
        return options.but(x_range=(None, None))
    return options.but(x_range=(max(low, full.low), min(high, full.high)))


def _full(options: ChartOptions, curves: Sequence[Curve]) -> Scale:
    return x_scale(ChartSpec(tuple(curves), 0, 0, reset(options)), list(curves))


def _points(options: ChartOptions, plot: Plot, curves: Sequence[Curve], values: Sequence[float]) -> Floats:
    """The x of the points around the values, of the curves shown, where they have a place on the axis."""
    points = _around(options, curves, values)
    return np.asarray(points[np.isfinite(_places(plot, points))])


def _around(options: ChartOptions, curves: Sequence[Curve], values: Sequence[float]) -> Floats:
    found = [curve.x[around(curve, values)] for curve in curves if options.shows(curve)]
    return np.concatenate(found) if found else np.empty(0)


def _marks(options: ChartOptions, curves: Sequence[Curve]) -> list[Mark]:
    return [mark for curve in curves if options.shows(curve) for mark in curve.marks]


def _place(plot: Plot, value: float) -> float:
    return float(_places(plot, np.array([value]))[0])


def _places(plot: Plot, values: Floats) -> Floats:
    return plot.x.place(values, plot.columns)
