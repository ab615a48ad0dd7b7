"""What the crosshair reads, as a table to paste elsewhere."""

import numpy as np

from trackside.charts.legend import reading
from trackside.charts.smooth import raw_curve, smoothed_curve
from trackside.charts.spec import ChartOptions, Curve
from trackside.model.visible import visible


def readings(curves: tuple[Curve, ...], options: ChartOptions) -> str:
    """A line a curve that is shown, the greatest value first, its columns parted by tabs; the last values without one.

    Values are whole, and empty beyond a curve's ends. Of smoothed curves the raw values stand beside what is drawn.
    """
    place = "last" if options.crosshair is None else f"{options.x_label} {options.crosshair:.16g}"
    heads = [f"{place}, smoothed {options.smooth:g}", "raw"] if options.smooth else [place]
    rows = []
    for curve in curves:
        if options.shows(curve):
            drawn = smoothed_curve(curve, options.smooth)
            values = [reading(one, options.crosshair, log_x=options.log_x) for one in (drawn, raw_curve(drawn))]
            rows.append((visible(curve.label), values[: len(heads)]))
    rows.sort(key=lambda row: (np.isnan(row[1][0]), -row[1][0]))
    lines = [(label, *("" if np.isnan(value) else repr(value) for value in values)) for label, values in rows]
    return "\n".join(map("\t".join, [("curve", *heads), *lines]))
