"""What the crosshair reads, as a table to paste elsewhere."""

import numpy as np

from trackside.charts.legend import reading
from trackside.charts.smooth import smoothed_curve
from trackside.charts.spec import ChartOptions, Curve
from trackside.model.visible import visible


def readings(curves: tuple[Curve, ...], options: ChartOptions) -> str:
    """A line a curve that is shown, the greatest value first, its columns parted by tabs; the last values without one.

    Values are whole, as they were logged or smoothed, and empty beyond a curve's ends.
    """
    shown = [smoothed_curve(curve, options.smooth) for curve in curves if options.shows(curve)]
    values = [(visible(curve.label), reading(curve, options.crosshair, log_x=options.log_x)) for curve in shown]
    values.sort(key=lambda item: (np.isnan(item[1]), -item[1]))
    place = "last" if options.crosshair is None else f"{options.x_label} {options.crosshair:.16g}"
    lines = [f"curve\t{place}", *(f"{label}\t{'' if np.isnan(value) else repr(value)}" for label, value in values)]
    return "\n".join(lines)
