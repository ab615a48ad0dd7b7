"""Rows of the runs table as cells of text: from runs as the index has them, or from a view of all of them.

The first page is made without polars, which a first paint cannot wait for.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from trackside.model.goals import infer_goal
from trackside.model.run import Run
from trackside.model.status import RUNNING
from trackside.model.system import is_system, listed
from trackside.services import cells
from trackside.services.cells import Cell
from trackside.services.table.asked import Change

if TYPE_CHECKING:
    from trackside.services.table.selecting import View

PROGRESS, NOTED = "progress", "noted"
CURVE = "curve."
"""What a column begins with that is a metric's curve in small."""

DERIVED = "="
"""What a column begins with that is computed of others."""

CHANGE = "change."
"""What the column beside a measured one begins with that has its difference to the baseline."""

ON_OTHER_DATA = "unlike."
"""What the column begins with that says whether one was measured on other data than the baseline's."""

REPLICATES, GROUP_SIZE = "replicates", "group_size"
"""Not of a run, but of a group: which runs are replicates of each other, and how many runs it has."""

NOT_OF_GROUPS = (PROGRESS, NOTED, CURVE)
"""Columns that say nothing of several runs begin with these."""

FIRST = ("last_point", PROGRESS, "status")
TELLING = ("store", "source", "project")
"""Fields that tell runs apart where not all have the same."""

LAST = ("tags", "health", "notes")
NOTE_SIGN = "✎"
_TITLES = {
    NOTED: "note",
    "last_point": "logged",
    "duration_s": "took",
    "created": "started",
    "total_steps": "planned",
    GROUP_SIZE: "N",
}
_LONGEST_HEAD = 15
_NEEDS: dict[str, tuple[str, ...]] = {PROGRESS: ("step", "total_steps", "eta_s", "status"), NOTED: ("notes",)}
_STATISTICS = {"metric": "", "best": "best ", "min": "min ", "max": "max ", "mean": "mean ", "at_best": "at best "}


class Cells:
    """The cells of a row, each made when it is first looked at: most columns of a wide table are out of sight."""

    __slots__ = ("_made", "_make")

    def __init__(self, count: int, make: Callable[[int], Cell]) -> None:
        self._made: list[Cell | None] = [None] * count
        self._make = make

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, place: int) -> Cell:
        cell = self._made[place]
        if cell is None:
            cell = self._made[place] = self._make(place)
        return cell

    def __iter__(self) -> Iterator[Cell]:
        return map(self.__getitem__, range(len(self)))


class Row(msgspec.Struct, frozen=True):
    """A run in the table, or a group: its id, how it stands, and a cell for each column.

    `folded` says of a group whether its runs are hidden; it is None of a run.
    """

    id: str
    status: str
    cells: Cells | tuple[Cell, ...]
    folded: bool | None = None


def first_columns(runs: Sequence[Run]) -> list[str]:
    """Columns for a first page: the fields, a few params that differ, and the metric that the runs are judged by."""
    params = dict.fromkeys(key for run in runs for key in run.params)
    varying = [key for key in params if len({str(run.params.get(key)) for run in runs}) > 1]
    primaries = [run.primary for run in runs if run.primary]
    judged = [f"{kind}.{primaries[0]}" for kind in ("best", "metric")] if primaries else _most_frequent(runs)
    telling = [field for field in TELLING if len({getattr(run, field, None) for run in runs}) > 1]
    return arranged(telling, [*judged, *(f"param.{key}" for key in varying[:6])])


def _most_frequent(runs: Sequence[Run]) -> list[str]:
    """The metric that most of them have, of several one of which it is known what is better."""
    counts = Counter(name for run in runs for name in run.metrics)
    named = (name for name in listed(counts) if not is_system(name))
    first = min(named, key=lambda name: (-counts[name], infer_goal(name) is None), default=None)
    return [] if first is None else [f"metric.{first}"]


def arranged(telling: Sequence[str], varying: Sequence[str]) -> list[str]:
    """The columns in their usual order; the metric that `varying` begins with is in sight of 80 cells, by the names."""
    judged = list(takewhile(is_measured, varying))
    return ["name", *judged, *FIRST, *telling, *varying[len(judged) :], *LAST]


def title(column: str) -> str:
    """A column's head."""
    if column.startswith(DERIVED):
        return column.removeprefix(DERIVED)
    if column.startswith(CURVE):
        return f"{column.removeprefix(CURVE)} curve"
    kind, dot, name = column.partition(".")
    if dot and kind == "param":
        return name
    if dot and kind in _STATISTICS:
        return f"{_STATISTICS[kind]}{name}"
    return _TITLES.get(column, column)


_CHANGES: dict[Change, str] = {"value": "", "delta": " Δ", "percent": " Δ%"}


def heads(columns: Sequence[str], change: Change = "value") -> list[str]:
    """The heads of columns that stand beside each other: of a long name its last part, where that tells it apart.

    Those that show how a metric differs from the baseline say so.
    """
    sign = _CHANGES[change]
    shown = zip(columns, _heads(columns), strict=True)
    return [f"{head}{sign}" if is_measured(column) else head for column, head in shown]


def _heads(columns: Sequence[str]) -> list[str]:
    titles = [title(column) for column in columns]
    short = [title(_shortened(column)) for column in columns]
    taken = Counter([*titles, *short])
    return [head if head != whole and taken[head] == 1 else whole for whole, head in zip(titles, short, strict=True)]


def _shortened(column: str) -> str:
    """A column with the last part of its name, if that is long: `mAP50-95(B)` of `metrics/mAP50-95(B)`."""
    kind, dot, name = column.partition(".")
    if len(name) <= _LONGEST_HEAD or column.startswith(DERIVED):
        return column
    parts = r"[/.](?=\D)" if kind == "param" else r"/(?=\D)"
    return f"{kind}{dot}{re.split(parts, name)[-1]}"


DrawnCurve: TypeAlias = Callable[[str, str, float | None], str]
"""The curve of a run's metric as it stood at a time, in small; nothing where it is not drawn yet."""


def no_curve(_run_id: str, _metric: str, _time: float | None) -> str:
    """None is drawn."""
    return ""


def rows_of_runs(runs: Sequence[Run], columns: Sequence[str], now: float) -> list[Row]:
    """One row a run."""
    return [Row(run.id, run.status, _cells(columns, _of_run(run), now)) for run in runs]


def rows_of_view(
    view: "View",
    start: int,
    end: int,
    columns: Sequence[str],
    now: float,
    *,
    change: Change = "value",
    baselines: Container[str] = (),
    curve: DrawnCurve = no_curve,
) -> list[Row]:
    """The rows from place `start` to before `end`.

    Where a `change` is asked for, the view has its columns, and `baselines` show their values. `curve` draws the curve
    of a run's metric in small.
    """
    wanted = list(dict.fromkeys(["id", "status", "last_point", *_parts(columns, change)]))
    found = []
    for values in view.rows(start, end, wanted):
        row = dict(zip(wanted, values, strict=True))
        shown: Change = "value" if row["id"] in baselines else change
        found.append(Row(row["id"], row["status"], _cells(columns, _of_frame(row, curve), now, shown)))
    return found


def _parts(columns: Sequence[str], change: Change) -> list[str]:
    """The columns of the frame that cells of `columns` are made of."""
    parts = [part for key in columns for part in _NEEDS.get(key, (key,))]
    if change == "value":
        return parts
    return [*parts, *(f"{beside}{key}" for key in columns if is_measured(key) for beside in (CHANGE, ON_OTHER_DATA))]


def is_measured(column: str) -> bool:
    """Whether a column has values of a metric, or what is computed of columns: what a baseline can differ in."""
    return column.startswith(DERIVED) or column.partition(".")[0] in _STATISTICS


def _of_run(run: Run) -> Callable[[str], Any]:
    return lambda column: run.progress.eta_s if column == "eta_s" else cells.run_value(run, column)


def _of_frame(row: Mapping[str, Any], curve: DrawnCurve) -> Callable[[str], Any]:
    def value(column: str) -> Any:
        if column.startswith(CURVE):
            return curve(row["id"], column.removeprefix(CURVE), row["last_point"])
        return row.get(column)

    return value


def _cells(columns: Sequence[str], value: Callable[[str], Any], now: float, change: Change = "value") -> Cells:
    return Cells(len(columns), lambda place: _cell(columns[place], value, now, change))


def _cell(column: str, value: Callable[[str], Any], now: float, change: Change) -> Cell:
    if change != "value" and is_measured(column):
        text = cells.change(value(f"{CHANGE}{column}"), percent=change == "percent")
        return Cell(marked(text, unlike=value(f"{ON_OTHER_DATA}{column}")), "point")
    if column == PROGRESS:
        return _progress(value)
    if column == NOTED:
        return Cell(NOTE_SIGN if value("notes") else "")
    return cells.cell(column, value(column), now)


def marked(change: str, *, unlike: bool | None) -> str:
    """A change, with the sign of a comparison behind it where the two values do not measure the same thing."""
    return f"{change} ?" if change and unlike else change


def _progress(value: Callable[[str], Any]) -> Cell:
    running = value("status") == RUNNING
    text = cells.progress(value("step"), value("total_steps"), value("eta_s"), running=running)
    return Cell(text, "right", "" if running else "dim")
