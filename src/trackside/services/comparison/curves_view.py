"""What is seen of a metric's curves in a comparison: those of all sides, and one candidate's difference."""

from collections.abc import Sequence

import msgspec
import numpy as np

from trackside.charts.points import extent
from trackside.charts.spec import Curve, Mark
from trackside.compare.comparison import Comparison
from trackside.compare.difference_curve import DifferenceCurve
from trackside.compare.points import Curves
from trackside.compare.sides import Side
from trackside.model.counting import counted
from trackside.services.comparison.cell_curves import difference_of, reaching_of
from trackside.services.comparison.side_curves import run_curves, side_curves
from trackside.services.comparison.why_words import parting_sentence, reaching_sentence
from trackside.services.comparison.words import side_name
from trackside.services.metrics.curves import STEP, told_apart

MOST_CURVES = 20
"""More curves than that are not told apart."""

_FAR = 1_000.0
"""How many times as far from zero as the baseline a curve must go to be cut off."""

_OF_THE_MACHINE = "what is measured of the machine is not compared"


class Look(msgspec.Struct, frozen=True):
    """What is looked at: a metric along an x axis, run by run with `each`, and the candidate of that number, from 0."""

    metric: str
    x: str = STEP
    candidate: int = 0
    each: bool = False


class Overlay(msgspec.Struct, frozen=True):
    """The curves of all sides over one another, and what they are."""

    title: str
    curves: tuple[Curve, ...]

    @property
    def span(self) -> tuple[float | None, float | None]:
        """The first and the last place of any curve; None where there is none."""
        ends = [end for curve in self.curves for end in extent(curve).tolist()]
        return min(ends, default=None), max(ends, default=None)

    @property
    def beyond(self) -> tuple[Curve, ...]:
        """The curves that would squash the baseline's, which is the first, into a line."""
        reach = [float(np.max(np.abs(curve.y[np.isfinite(curve.y)]), initial=0.0)) for curve in self.curves]
        far = _FAR * reach[0] if reach and reach[0] > 0 else np.inf
        return tuple(curve for curve, height in zip(self.curves, reach, strict=True) if height > far)

    @property
    def heights(self) -> tuple[float | None, float | None]:
        """The lowest and the highest value of the other curves; None where there is none beyond, or they are flat."""
        beyond = {curve.id for curve in self.beyond}
        near = [curve.y[np.isfinite(curve.y)] for curve in self.curves if curve.id not in beyond]
        values = np.concatenate(near) if beyond else np.empty(0)
        if not len(values) or values.min() == values.max():
            return None, None
        return float(values.min()), float(values.max())


class Beside(msgspec.Struct, frozen=True):
    """Candidate − baseline, the curve None where they have no place in common, and what is said of both."""

    title: str
    curve: Curve | None
    why_not: str
    sentences: tuple[str, ...]


def overlay(sides: Sequence[Side], look: Look, curves: Curves) -> Overlay:
    """The curve of each side, up to about `MOST_CURVES` of them."""
    names = told_apart([run for side in sides for run in side.runs])
    of = run_curves if look.each else side_curves
    drawn: list[Curve] = []
    left, interpolated = list(sides), False
    while left and len(drawn) < MOST_CURVES:
        found = of(left.pop(0), look.metric, curves, look.x, names)
        drawn += found.curves
        interpolated |= found.interpolated
    return Overlay(_title(look, drawn, len(left), interpolated=interpolated), tuple(drawn))


def beside(found: Comparison, look: Look, curves: Curves) -> Beside:
    """The difference of the candidate that is looked at; nothing of a metric that the comparison leaves out."""
    row = next((row for row in found.rows if row.metric == look.metric), None)
    if row is None:
        return Beside("", None, _OF_THE_MACHINE, (_OF_THE_MACHINE,))
    cell = row.cells[look.candidate]
    difference = difference_of(row, found.baseline, cell, curves, look.x)
    name = side_name(cell.side)
    band = "no band" if difference.half is None else f"{100 * difference.level:.4g} % band"
    return Beside(
        title=f"{look.metric}: {name} − {side_name(found.baseline)}, {band}",
        curve=_curve(difference) if len(difference.places) else None,
        why_not=difference.why_not or "",
        sentences=(
            f"{name}: {reaching_sentence(reaching_of(row, found.baseline, cell, curves))}",
            parting_sentence(difference, look.x),
        ),
    )


def _curve(difference: DifferenceCurve) -> Curve:
    parts = () if difference.parts_at is None else (Mark(difference.parts_at, "note", "the curves part"),)
    return Curve("difference", difference.places, difference.delta, marks=parts, rising=True, half=difference.half)


def _title(look: Look, drawn: Sequence[Curve], left_out: int, *, interpolated: bool) -> str:
    """What lines and bands are, and what was done to them."""
    said = f"{look.metric}: each run" if look.each else look.metric
    if any(curve.half is not None for curve in drawn):
        said += ": means of seeds, bands of one SD" + (", interpolated" if interpolated else "")
    return said + (f", {counted(left_out, 'side')} more left out" if left_out else "")
