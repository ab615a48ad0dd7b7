"""Rows of the runs table as cells of text: from runs as the index has them, or from a view of all of them.

The first page is made without polars, which a first paint cannot wait for.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trackside.model.run import Run
from trackside.model.status import RUNNING
from trackside.services import cells
from trackside.services.cells import Cell

if TYPE_CHECKING:
    from trackside.services.table import View

PROGRESS = "progress"
REPLICATES, GROUP_SIZE = "replicates", "group_size"
"""Not of a run, but of a group: which runs are replicates of each other, and how many runs it has."""

FIRST = ("status", PROGRESS, "last_point", "tags")
TELLING = ("source", "project")
"""Fields that tell runs apart where not all have the same."""

LAST = ("health", "notes")
_TITLES = {"last_point": "last", "duration_s": "took", "created": "begun", "total_steps": "planned", GROUP_SIZE: "N"}
_LONGEST_HEAD = 15
_NEEDS: dict[str, tuple[str, ...]] = {PROGRESS: ("step", "total_steps", "eta_s", "status")}
_STATISTICS = {"metric": "", "best": "best ", "min": "min ", "max": "max ", "at_best": "at best "}


@dataclass(frozen=True, slots=True)
class Row:
    """A run in the table, or a group: its id, how it stands, and a cell for each column.

    `folded` says of a group whether its runs are hidden; it is None of a run.
    """

    id: str
    status: str
    cells: tuple[Cell, ...]
    folded: bool | None = None


def first_columns(runs: Sequence[Run]) -> list[str]:
    """Columns for a first page: the fields, a few params that differ, and the metric that the runs are judged by."""
    params = dict.fromkeys(key for run in runs for key in run.params)
    varying = [key for key in params if len({str(run.params.get(key)) for run in runs}) > 1]
    primaries = [run.primary for run in runs if run.primary]
    judged = [f"{kind}.{primaries[0]}" for kind in ("best", "metric")] if primaries else []
    telling = [field for field in TELLING if len({getattr(run, field) for run in runs}) > 1]
    return arranged(telling, [*judged, *(f"param.{key}" for key in varying[:6])])


def arranged(telling: Sequence[str], varying: Sequence[str]) -> list[str]:
    """The columns in their usual order: what tells runs apart behind their names."""
    return ["name", *telling, *FIRST, *varying, *LAST]


def title(column: str) -> str:
    """A column's head."""
    kind, dot, name = column.partition(".")
    if dot and kind == "param":
        return name
    if dot and kind in _STATISTICS:
        return f"{_STATISTICS[kind]}{name}"
    return _TITLES.get(column, column)


def heads(columns: Sequence[str]) -> list[str]:
    """The heads of columns that stand beside each other: of a long name its last part, where that tells it apart."""
    titles = [title(column) for column in columns]
    short = [title(_shortened(column)) for column in columns]
    taken = Counter([*titles, *short])
    return [head if head != whole and taken[head] == 1 else whole for whole, head in zip(titles, short, strict=True)]


def _shortened(column: str) -> str:
    """A column with the last part of its name, if that is long: `mAP50-95(B)` of `metrics/mAP50-95(B)`."""
    kind, dot, name = column.partition(".")
    if len(name) <= _LONGEST_HEAD:
        return column
    parts = r"[/.](?=\D)" if kind == "param" else r"/(?=\D)"
    return f"{kind}{dot}{re.split(parts, name)[-1]}"


def rows_of_runs(runs: Sequence[Run], columns: Sequence[str], now: float) -> list[Row]:
    """One row a run."""
    return [Row(run.id, run.status, _cells(columns, _of_run(run), now)) for run in runs]


def rows_of_view(view: "View", start: int, end: int, columns: Sequence[str], now: float) -> list[Row]:
    """The rows from place `start` to before `end`."""
    wanted = list(dict.fromkeys(["id", "status", *(part for key in columns for part in _NEEDS.get(key, (key,)))]))
    found = []
    for values in view.rows(start, end, wanted):
        row = dict(zip(wanted, values, strict=True))
        found.append(Row(row["id"], row["status"], _cells(columns, row.get, now)))
    return found


def _of_run(run: Run) -> Callable[[str], Any]:
    return lambda column: run.progress.eta_s if column == "eta_s" else cells.run_value(run, column)


def _cells(columns: Sequence[str], value: Callable[[str], Any], now: float) -> tuple[Cell, ...]:
    return tuple(_progress(value) if key == PROGRESS else cells.cell(key, value(key), now) for key in columns)


def _progress(value: Callable[[str], Any]) -> Cell:
    running = value("status") == RUNNING
    text = cells.progress(value("step"), value("total_steps"), value("eta_s"), running=running)
    return Cell(text, "right", "" if running else "dim")
