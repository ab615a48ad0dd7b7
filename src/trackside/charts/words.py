"""What stands in the place of a chart that cannot be drawn: why, in words."""

import textwrap
from collections.abc import Sequence

import numpy as np

from trackside.charts import cells
from trackside.charts.spec import BARE_BELOW, LEAST_HEIGHT, LEAST_WIDTH, ChartSpec, Curve, Picture, Segment

_NO_NUMBERS = {"inf": np.inf, "-inf": -np.inf}


def words_instead(spec: ChartSpec) -> str | None:
    """Why there is nothing to draw; None where there is."""
    if spec.width < LEAST_WIDTH or spec.height < LEAST_HEIGHT:
        return f"a chart needs {LEAST_WIDTH}×{LEAST_HEIGHT}"
    if not spec.curves:
        return spec.nothing
    options, curves = spec.options, spec.curves
    if not any(len(curve.y) for curve in curves):
        return f"no point has a place on the axis of {options.x_label}"
    if not any(np.isfinite(curve.y).any() for curve in curves):
        return f"no finite value: {_counted(curves)}"
    if options.log_y and not any((curve.y > 0).any() for curve in curves):
        return "no value is above 0, and a logarithmic axis has no place for others"
    if options.log_x and not any((curve.x > 0).any() for curve in curves):
        return f"no {options.x_label} is above 0, and a logarithmic axis has no place for others"
    return None


def worded(spec: ChartSpec, text: str) -> Picture:
    """The words in the middle, under the title."""
    text = text.replace("×", "x") if spec.charset == "ascii" else text
    blank = (Segment(" " * spec.width),)
    rows = [blank] * spec.height
    if spec.height >= BARE_BELOW:
        rows[0] = (Segment(cells.padded(spec.title, spec.width), "strong"),)
    lines = textwrap.wrap(text, spec.width - 2) if spec.width > 2 else []
    top = max(0, (spec.height - len(lines)) // 2)
    for number, line in enumerate(lines[: spec.height - top], start=top):
        aside = " " * ((spec.width - cells.width(line)) // 2)
        rows[number] = (Segment(cells.padded(aside + line, spec.width), "muted"),)
    return Picture(tuple(rows))


def _counted(curves: Sequence[Curve]) -> str:
    """`3 × inf, 2 × NaN`."""
    values = np.concatenate([curve.y for curve in curves])
    found = {name: int(np.count_nonzero(values == value)) for name, value in _NO_NUMBERS.items()}
    found["NaN"] = int(np.count_nonzero(np.isnan(values)))
    return ", ".join(f"{count:,} × {name}" for name, count in found.items() if count)
