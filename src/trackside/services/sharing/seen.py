"""What is looked at on each screen, as plain values: enough to open it again elsewhere, or to print it."""

from typing import TypeAlias

import msgspec

RUN_TABS = ("overview", "charts", "console", "environment", "code", "data", "artifacts", "system")
COMPARE_TABS = ("summary", "why", "curves", "examples", "differs", "parallel", "scatter")
LOG_AXES = ("x", "y", "xy")
CHART_WAYS = ("baseline", "means", "split")
CHANGES = ("delta", "percent")


class Runs(msgspec.Struct, frozen=True):
    """The table of runs: its filter, the keys that it is sorted by as they are typed, its columns, keys to group by.

    The first `pinned` columns stay; `change` is what metrics show in place of their values.
    """

    filter: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    pinned: int = 1
    change: str = ""


class Run(msgspec.Struct, frozen=True):
    """One run: a tab of it, the metric under the cursor there, the step that it is at."""

    run: str
    tab: str = ""
    metric: str = ""
    step: float | None = None


class Chart(msgspec.Struct, frozen=True):
    """A metric of runs: what lies across, which axes are logarithmic, the smoothing, where the crosshair stands.

    `show` says what else is drawn, and how: of `CHART_WAYS`. `zoom` are ranges as they are typed; curves go by their
    ids, of which `solo` is shown alone.
    """

    metric: str
    runs: tuple[str, ...]
    x: str = ""
    log: str = ""
    smooth: float | None = None
    at: float | None = None
    show: tuple[str, ...] = ()
    zoom: str = ""
    hidden: tuple[str, ...] = ()
    solo: str = ""


class Compare(msgspec.Struct, frozen=True):
    """Runs beside a baseline, the project's own where none is named: a tab, and which point of a curve counts."""

    runs: tuple[str, ...]
    baseline: str = ""
    at: str = ""
    tab: str = ""
    metric: str = ""


class Pivot(msgspec.Struct, frozen=True):
    """Means in rows and columns, of the runs of a filter or of just these."""

    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    filter: str = ""
    runs: tuple[str, ...] = ()
    mix: bool = False


Seen: TypeAlias = Runs | Run | Chart | Compare | Pivot
