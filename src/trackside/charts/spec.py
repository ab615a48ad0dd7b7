"""What a chart is: curves, marks, how they are looked at, and the picture that comes of it.

It knows neither a store nor a terminal; everything here is frozen, so that it can cross threads. It loads no numpy: the
app's first screen knows of charts before there is one to draw.
"""

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from trackside.charts.arrays import Floats
    from trackside.charts.axis import AxisKind, Scale

Stroke: TypeAlias = Literal["solid", "dotted"]
Charset: TypeAlias = Literal["braille", "blocks", "ascii"]
MarkKind: TypeAlias = Literal["note", "nan", "inf", "gap", "resume", "signal"]
Bound: TypeAlias = float | None

LEAST_WIDTH, LEAST_HEIGHT = 16, 4
"""Below this nothing can be drawn."""
LEAST_PLACE = 30, 8
"""The columns and rows that a place for a chart should have at least."""
BARE_BELOW = 8
"""A chart of fewer rows has neither a line above nor a legend."""


class Segment(NamedTuple):
    """A piece of a row. `style` is a colour (`#rrggbb`), one of `muted`, `strong`, `mark`, or empty for plain text.

    Of an image it is `#rrggbb on #rrggbb` or `on #rrggbb`.
    """

    text: str
    style: str = ""


class Mark(msgspec.Struct, frozen=True):
    """Something at a place on the x axis: a note, a value that is no number, a gap, a resume."""

    x: float
    kind: MarkKind
    text: str = ""


class Curve(msgspec.Struct, frozen=True, eq=False):
    """One line: every point of it, in the order in which they are joined.

    `x` and `y` are float64 of one length; a `y` that is not finite breaks the line. `key` tells curves apart;
    curves with one `owner` (the run) share a colour. `behind` is the raw `y` of a curve that was smoothed, `half` half
    the width of a band around `y`, NaN where it has none. `rising` promises that `x` is finite and never falls, as that
    of a curve with a band does. Of an outline, which is some of a curve's points with all of its spikes, `of` is how
    many it stands for; `closer` reads more of those between two places along the x axis, without these all of
    them: for a worker thread.
    """

    label: str
    x: "Floats"
    y: "Floats"
    key: str = ""
    owner: str = ""
    stroke: Stroke = "solid"
    marks: tuple[Mark, ...] = ()
    behind: "Floats | None" = None
    half: "Floats | None" = None
    rising: bool = False
    of: int | None = None
    closer: "Callable[[Bound, Bound], Curve] | None" = None

    @property
    def id(self) -> str:
        """What tells this curve from the others."""
        return self.key or self.label


class ChartOptions(msgspec.Struct, frozen=True):
    """How the curves are looked at. A bound that is None follows the data.

    Of the ids of curves, `chosen` is the one that keys act on, `lifted` the one that is drawn over the others. `level`
    is a value that a line marks across the canvas. With `wide` the legend is never beside the curves, which so have all
    of the width.
    """

    x_range: tuple[Bound, Bound] = (None, None)
    y_range: tuple[Bound, Bound] = (None, None)
    log_x: bool = False
    log_y: bool = False
    smooth: float = 0.0
    clip_outliers: bool = True
    x_kind: "AxisKind" = "step"
    x_label: str = "step"
    hidden: frozenset[str] = frozenset()
    solo: str | None = None
    chosen: str | None = None
    lifted: str | None = None
    crosshair: float | None = None
    level: float | None = None
    wide: bool = False

    def shows(self, curve: Curve) -> bool:
        """Whether the curve is drawn: it is not hidden, and none other is shown alone."""
        return curve.id == self.solo if self.solo is not None else curve.id not in self.hidden

    @property
    def close_up(self) -> tuple[Bound, Bound] | None:
        """Between which places outlines of curves have too few points: for an average anywhere; None where they do."""
        if self.smooth > 0:
            return None, None
        return None if self.x_range == (None, None) else self.x_range

    def but(self, **changes: object) -> "ChartOptions":
        """The same options with some of them changed."""
        return replace(self, **changes)


class ChartSpec(msgspec.Struct, frozen=True):
    """A chart to be drawn: the curves, how they are looked at, and the cells it has to fill.

    `palette` holds `#rrggbb` colours; an empty one draws without colour and names the curves by letters. What lies
    behind curves, raw values and bands, is drawn in their colours moved towards `ground`, the colour of the background.
    `nothing` is said where there is no curve at all.
    """

    curves: tuple[Curve, ...]
    width: int
    height: int
    options: ChartOptions = ChartOptions()
    title: str = ""
    palette: tuple[str, ...] = ()
    charset: Charset = "braille"
    ground: str = "#000000"
    nothing: str = "no point yet"


class Plot(msgspec.Struct, frozen=True):
    """Where the canvas lies in a picture, so that a cell can be turned into a value and back."""

    top: int
    left: int
    columns: int
    rows: int
    x: "Scale"
    y: "Scale"


class Picture(msgspec.Struct, frozen=True):
    """A drawn chart: exactly the rows and columns asked for. `shown` of `total` points were left by the reduction."""

    rows: tuple[tuple[Segment, ...], ...]
    plot: Plot | None = None
    shown: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        """The picture without its colours."""
        return "\n".join("".join(segment.text for segment in row) for row in self.rows)
