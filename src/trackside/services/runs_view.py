"""All that the Runs screen shows, read in one go: the view, its columns, the counts. For a worker thread."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trackside.services.asked import Asked
from trackside.services.rows import GROUP_SIZE, REPLICATES, arranged

if TYPE_CHECKING:
    from trackside.query.parse import FilterError
    from trackside.services.grouping.groups import Groups
    from trackside.services.table import View
    from trackside.store.any_store import AnyStore

_VARYING = 8


@dataclass(frozen=True)
class Found:
    """What was found: frozen, so that it may cross from the worker to the screen. `groups` are those of its rows."""

    asked: Asked
    view: "View"
    columns: tuple[str, ...]
    known_columns: tuple[str, ...]
    metrics: tuple[str, ...]
    total: int
    running: int
    facets: dict[str, list[tuple[str, int]]] = field(repr=False)
    all_tags: list[tuple[str, int]] = field(repr=False)
    baselines: frozenset[str] = frozenset()
    mistake: "FilterError | None" = None
    groups: "Groups | None" = None


def find(store: "AnyStore", asked: Asked) -> Found:
    """Filter, sort and count. StoreError where the index cannot be read."""
    from trackside.services.table import Query, metrics, select, telling_columns, varying_columns, whole

    frame = store.frame()
    view = select(frame, Query(asked.filter, asked.sort), time.time())
    every = whole(frame)
    running = int((frame.get_column("status") == "running").sum())
    columns = asked.columns
    if columns is None:
        seen = view if len(view) else every
        columns = tuple(arranged(telling_columns(seen), varying_columns(seen, _VARYING)))
    groups = _groups(store, view, asked, columns)
    if groups is not None:
        columns = ("name", GROUP_SIZE, *(column for column in columns if column not in ("name", GROUP_SIZE)))
    baselines = {store.project(name).baseline for name in store.projects()}
    return Found(
        asked=asked,
        view=view,
        columns=columns,
        known_columns=tuple(_choosable(frame.columns)),
        metrics=tuple(metrics(frame)),
        total=frame.height,
        running=running,
        facets=view.facets(),
        all_tags=every.counted("tags"),
        baselines=frozenset(run_id for run_id in baselines if run_id is not None),
        mistake=view.error,
        groups=groups,
    )


def _groups(store: "AnyStore", view: "View", asked: Asked, columns: Sequence[str]) -> "Groups | None":
    """The rows in groups, if keys to group by were asked for that are there."""
    from trackside.services.table import column_of

    keys = [key for key in asked.by if key == REPLICATES or column_of(key, view.frame) is not None]
    if not keys:
        return None
    import scipy.special  # noqa: F401  the screen's rows need it, and would wait for it

    from trackside.services.grouping.replicates import grouped_runs

    return grouped_runs(store, view, keys, asked.sort, columns)


def _choosable(columns: Sequence[str]) -> list[str]:
    return ["progress", *(name for name in columns if name not in ("id", "eta_s"))]
