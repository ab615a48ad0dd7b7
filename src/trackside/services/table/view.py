"""All that the Runs screen shows, read in one go: the view, its columns, the counts. For a worker thread."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from trackside.services.table.asked import Asked, Change
from trackside.services.table.default_columns import DefaultColumns, default_columns
from trackside.services.table.rows import (
    CHANGE,
    CURVE,
    GROUP_SIZE,
    NOTED,
    PROGRESS,
    REPLICATES,
    DrawnCurve,
    Row,
    arranged,
    no_curve,
    rows_of_view,
)

if TYPE_CHECKING:
    import polars as pl

    from trackside.query.parse import FilterError
    from trackside.services.first_run import FirstSteps
    from trackside.services.grouping.groups import Groups
    from trackside.services.table.selecting import View
    from trackside.store.any_store import AnyStore

_VARYING = 8
_NONE: Mapping[str, tuple[str, ...]] = {}


class Found(msgspec.Struct, frozen=True):
    """What was found: frozen, so that it may cross from the worker to the screen. `groups` are those of its rows."""

    asked: Asked
    view: "View"
    columns: tuple[str, ...]
    pinned: int
    known_columns: tuple[str, ...]
    metrics: tuple[str, ...]
    total: int
    running: int
    baselines: frozenset[str] = frozenset()
    mistake: "FilterError | None" = None
    mistaken_columns: tuple[tuple[str, int, str], ...] = ()
    """Those that are configured and are none: for which project, at which place, and why."""

    groups: "Groups | None" = None
    why_empty: tuple[str, ...] = ()
    first_steps: "FirstSteps | None" = None

    @property
    def change(self) -> Change:
        """What metric columns show."""
        return self.asked.change

    @property
    def rows(self) -> int:
        """How many rows there are: runs, or groups where these were asked for."""
        return len(self.view) if self.groups is None else len(self.groups)


def find(
    store: "AnyStore", asked: Asked, *, is_foreign: bool = False, configured: Mapping[str, tuple[str, ...]] = _NONE
) -> Found:
    """Filter, sort and count. StoreError where the index cannot be read.

    First steps are told of a store that has no run; one of another system `is_foreign`, and fills by itself. Where no
    columns are asked for, those that are `configured` for the project are shown, else those that vary.
    """
    from trackside.services.table.baseline_changes import baselines, values_of, with_changes
    from trackside.services.table.selecting import (
        Query,
        column_of,
        metrics,
        select,
        telling_columns,
        varying_columns,
        whole,
    )
    from trackside.services.table.shown_columns import with_derived
    from trackside.services.table.unlike_data import with_unlike
    from trackside.services.table.why_empty import why_empty

    words = (word for columns in configured.values() for word in columns)
    known, now = store.frame((*asked.words, *words)), time.time()
    every = whole(known)
    chosen = baselines(store, known)

    def with_all(frame: "pl.DataFrame", columns: Iterable[str]) -> "pl.DataFrame":
        frame = with_derived(frame, columns)
        if asked.change == "value":
            return frame
        changed = with_changes(frame, columns, values_of(frame, columns, chosen), percent=asked.change == "percent")
        return with_unlike(store, changed, columns, chosen)

    sorted_by = [column_of(key.key, known) or key.key for key in asked.sort]
    frame = with_all(known, sorted_by)
    changes = [f"{CHANGE}{column}" for column in sorted_by]
    order = [
        replace(key, key=change) if change in frame.columns else key
        for key, change in zip(asked.sort, changes, strict=True)
    ]
    view = select(frame, Query(asked.filter, tuple(order)), now)
    columns = asked.columns
    seen = view if len(view) else every
    defaults = default_columns(configured, seen, known) if columns is None and configured else DefaultColumns()
    if columns is None:
        columns = defaults.columns or tuple(arranged(telling_columns(seen), varying_columns(seen, _VARYING)))
    if not known.height:
        columns = ()
    view = view.beside(with_all(frame, columns))
    running = int((known.get_column("status") == "running").sum())
    groups = _groups(store, view, replace(asked, sort=tuple(order)), columns, chosen)
    pinned = asked.pinned
    if groups is not None:
        first = [column for column in columns[:pinned] if column not in ("name", GROUP_SIZE)]
        others = [column for column in columns if column not in ("name", GROUP_SIZE, *first)]
        columns, pinned = ("name", *first, GROUP_SIZE, *others), min(pinned, 1) + len(first)
    return Found(
        asked=asked,
        view=view,
        columns=columns,
        pinned=pinned,
        known_columns=tuple(_choosable(known.columns)),
        metrics=tuple(metrics(known)),
        total=known.height,
        running=running,
        baselines=frozenset(chosen.values()),
        mistake=view.error,
        mistaken_columns=defaults.mistaken,
        groups=groups,
        why_empty=why_empty(frame, asked.filter, now) if known.height and not len(view) else (),
        first_steps=None if known.height or is_foreign else _first_steps(store),
    )


def _first_steps(store: "AnyStore") -> "FirstSteps":
    from trackside.services.first_run import first_steps

    return first_steps(store)


def _groups(
    store: "AnyStore", view: "View", asked: Asked, columns: Sequence[str], of_projects: Mapping[str, str]
) -> "Groups | None":
    """The rows in groups, if keys to group by were asked for that are there; told from the baseline's group."""
    from trackside.services.table.selecting import column_of

    keys = [key for key in asked.by if key == REPLICATES or column_of(key, view.frame) is not None]
    if not keys:
        return None
    import scipy.special  # noqa: F401  the screen's rows need it, and would wait for it

    from trackside.services.grouping.replicates import baseline_means, grouped_runs
    from trackside.services.table.baseline_changes import with_changes

    if asked.change != "value":
        measured = [*columns, *(key.key.removeprefix(CHANGE) for key in asked.sort)]
        means = baseline_means(store, view, keys, measured, of_projects)
        view = view.beside(with_changes(view.frame, measured, means, percent=asked.change == "percent"))
    return grouped_runs(store, view, keys, asked.sort, columns, asked.change, frozenset(of_projects.values()))


def rows_of(found: Found, start: int, end: int, now: float, curve: DrawnCurve = no_curve) -> list[Row]:
    """The rows from place `start` to before `end`, as what was asked for has them; groups are folded."""
    if found.groups is not None:
        from trackside.services.grouping.group_rows import GroupRows

        return GroupRows(found.groups, (), found.columns, now, curve).rows(start, end)
    return rows_of_view(
        found.view, start, end, found.columns, now, change=found.change, baselines=found.baselines, curve=curve
    )


def _choosable(columns: Sequence[str]) -> list[str]:
    curves = (name.removeprefix("metric.") for name in columns if name.startswith("metric."))
    fields = (name for name in columns if name not in ("id", "eta_s", "measured_on"))
    return [PROGRESS, NOTED, *fields, *(f"{CURVE}{name}" for name in curves)]
