"""Values as text for tables: short, aligned, honest about what is no number. First paint needs it: no polars here."""

import math
import shlex
from typing import Any, Literal, NamedTuple

from trackside.model import clock
from trackside.model.numerals import grouped, significant_digits
from trackside.model.params import param_text
from trackside.model.run import Run

Tone = Literal["", "good", "bad", "warn", "dim", "running"]
Align = Literal["left", "right", "point"]
"""At which edge of its column a text stands; numbers have their decimal points below each other, and near the right."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STATUS_SIGNS = {"running": "●", "finished": "✓", "failed": "✗", "killed": "■", "crashed": "☠"}
_STATUS_ASCII = {"running": "*", "finished": "+", "failed": "x", "killed": "!", "crashed": "#"}
_STATUS_TONES: dict[str, Tone] = {
    "running": "running",
    "finished": "good",
    "failed": "bad",
    "killed": "warn",
    "crashed": "bad",
}
_STATISTICS = ("min", "max", "mean", "best", "at_best")
_NUMBERS = ("=", "param.", "metric.", *(f"{statistic}." for statistic in _STATISTICS))
_RIGHT = frozenset(
    {
        "created",
        "ended",
        "last_point",
        "duration_s",
        "step",
        "total_steps",
        "seed",
        "exit_code",
        "progress",
        "group_size",
    }
)


class Cell(NamedTuple):
    """One cell of a table."""

    text: str = ""
    align: Align = "left"
    tone: Tone = ""

    @property
    def at_right(self) -> bool:
        """Whether it stands at the right, as numbers do."""
        return self.align != "left"


def number(value: float | None, digits: int | None = None) -> str:
    """So many significant digits (as was chosen, without), no more zeros than are needed; `nan` and `inf` as they are.

    Nothing for None.
    """
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
        return grouped(value)
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    size = abs(value)
    if value == 0:
        return "0"
    digits = significant_digits() if digits is None else digits
    if 1e-4 <= size < 10**6:
        shown = f"{value:.{max(0, digits - 1 - math.floor(math.log10(size)))}f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def change(difference: float | None, *, percent: bool) -> str:
    """How far a value is from another, with its sign: `+0.012`, `-3.1%`; `=` where it is not."""
    if difference is None:
        return ""
    if difference == 0:
        return "="
    if percent:
        return f"{difference:+.2g}%" if abs(difference) < 10 else f"{difference:+,.0f}%"
    return f"{'+' if difference > 0 else ''}{number(difference)}"


def param(value: Any) -> str:
    """A param as a person wrote it, as far as a cell has room: numbers shortened, lists as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**9 else number(value)
    return str(value)


def duration(seconds: float | None) -> str:
    """`0.3 s`, `12 s`, `3 m 20 s`, `2 h 5 m`, `3 d 4 h`."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if round(seconds, 1) < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    for unit, below, name, small in ((_DAY, _HOUR, "d", "h"), (_HOUR, _MINUTE, "h", "m"), (_MINUTE, 1, "m", "s")):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name} {rest} {small}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def age(seconds: float | None) -> str:
    """How long ago, for a screen that stays and is seldom written to: `now`, `5 s`, `15 s`, `3 m`, `2 h`, `4 d`."""
    if seconds is None:
        return ""
    for limit, text in ((5, "now"), (15, "5 s"), (_MINUTE, "15 s")):
        if seconds < limit:
            return text
    return ago(seconds)


def ago(seconds: float | None) -> str:
    """How long ago, coarser the longer: `now`, `42 s`, `3 m`, `2 h`, `4 d`; nothing for None."""
    if seconds is None:
        return ""
    if seconds < 1:
        return "now"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds)} s"


def date(seconds: float | None) -> str:
    """The time on the clock, to the minute."""
    return "" if seconds is None else clock.moment(seconds).strftime("%Y-%m-%d %H:%M")


def status_sign(status: str, *, ascii_only: bool = False) -> str:
    """One sign for a status: colour never carries it alone."""
    return (_STATUS_ASCII if ascii_only else _STATUS_SIGNS).get(status, "?")


def progress(step: int | None, total: int | None, eta: float | None, *, running: bool) -> str:
    """Steps done of those planned, and the time left: `430/1,000 2 m`; only `1,000` where all were done.

    The time left is coarse: to a second it would be another one each time that anybody looks.
    """
    if step is None:
        return ""
    done = grouped(step + 1)
    if total and (running or step + 1 < total):
        done = f"{done}/{grouped(total)}"
    return f"{done} {ago(eta) if eta < _HOUR else duration(eta)}" if running and eta else done


def first_line(text: str | None) -> str:
    """The first line that says something."""
    return next((line.strip() for line in (text or "").splitlines() if line.strip()), "")


def last_line(text: str | None) -> str:
    """The last line that says something: of a traceback, what went wrong."""
    return next((line.strip() for line in reversed((text or "").splitlines()) if line.strip()), "")


def cell(column: str, value: Any, now: float) -> Cell:
    """The cell of a value of the table's frame."""
    if isinstance(value, float) and column.startswith(_NUMBERS):
        text = param(value) if column.startswith("param.") else number(value)
        return Cell(text, "point") if math.isfinite(value) else Cell(text, "right", "bad")
    align: Align = "right" if column in _RIGHT or column.startswith(_NUMBERS) else "left"
    if value is None:
        return Cell("", align, "dim")
    if column == "status":
        return Cell(str(value), "left", _STATUS_TONES.get(value, ""))
    if column in ("created", "ended", "last_point"):
        return Cell(age(now - value), "right", "dim")
    if column == "duration_s":
        return Cell(duration(value), "right")
    if column in ("tags", "health"):
        return Cell(" ".join(value), "left", "warn" if column == "health" and value else "")
    if column == "notes":
        return Cell(first_line(value))
    if column == "traceback":
        return Cell(last_line(value), "left", "bad")
    if isinstance(value, float):
        return Cell(number(value), align, "" if math.isfinite(value) else "bad")
    return Cell(param(value), "left" if isinstance(value, str) else align)


def run_value(run: Run, column: str) -> Any:
    """What the frame's column has for this run (a param's, as long as no other run has a word for it)."""
    kind, dot, name = column.partition(".")
    if dot and kind == "param":
        value = run.params.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else param_text(value)
    if dot and kind in ("metric", *_STATISTICS):
        metric = run.metrics.get(name)
        return None if metric is None else metric.last if kind == "metric" else getattr(metric, kind)
    if column in ("step", "total_steps", "last_point", "eta_s"):
        return getattr(run.progress, column)
    if column == "created":
        return run.began
    if column == "command":
        return shlex.join(run.command)
    if column == "duration_s":
        return None if run.ended is None else run.duration(run.ended)
    return getattr(run, column, None)


def unrounded(run: Run, column: str) -> str | None:
    """The number that a run has in a column of params or metrics, with all its digits; None where it has none."""
    value = run_value(run, column) if column.startswith(_NUMBERS) else None
    return None if not isinstance(value, float) or value.is_integer() else repr(value)
