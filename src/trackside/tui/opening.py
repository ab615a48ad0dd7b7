"""From what a link shows to the screens that show it: home, and the one that lies over it."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from trackside.model.errors import TracksideError
from trackside.services.sharing.seen import CHART_WAYS, Chart, Compare, Pivot, Run, Runs, Seen
from trackside.services.table.asked import Asked, Change, sort_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.screen import Screen

    from trackside.store.any_store import AnyStore
    from trackside.tui.context import Context
    from trackside.tui.screens.chart import ChartScreen
    from trackside.tui.screens.compare import CompareScreen
    from trackside.tui.screens.pivot import PivotScreen
    from trackside.tui.screens.run import RunScreen


def asked_at_home(opens: Seen) -> Asked | None:
    """What the table of runs is to show; None where the link is of another screen."""
    if not isinstance(opens, Runs):
        return None
    change: Change = "delta" if opens.change == "delta" else "percent" if opens.change == "percent" else "value"
    return Asked(opens.filter, sort_keys(opens.sort), opens.columns or None, opens.pinned, change, opens.by)


def left_over(links: "Sequence[str]", store: "AnyStore") -> list[Seen]:
    """What these links show, without what is not there any more."""
    from trackside.services.sharing.links import parse
    from trackside.services.sharing.resolving import resolved

    found = []
    for link in links:
        try:
            found.append(resolved(parse(link), store))
        except TracksideError:
            continue
    return found


def screen_of(opens: Seen, context: "Context") -> "Screen[Any] | None":
    """The screen over the table of runs; None for the table itself."""
    match opens:
        case Run():
            return _run(opens, context)
        case Chart():
            return _chart(opens, context)
        case Compare():
            return _compare(opens, context)
        case Pivot():
            return _pivot(opens, context)
    return None


def _run(opens: Run, context: "Context") -> "RunScreen":
    from trackside.tui.screens.run import TABS, RunScreen

    tab = next((tab for tab in TABS if tab.label.lower() == opens.tab), TABS[0])
    return RunScreen(context, opens.run, opens=tab, metric=opens.metric or None, console_at=opens.step)


def _chart(opens: Chart, context: "Context") -> "ChartScreen":
    from trackside.charts.view import typed
    from trackside.services.metrics.curves import chart_options
    from trackside.services.metrics.wall import family, usual_axis
    from trackside.tui.looks import Looks
    from trackside.tui.screens.chart import ChartScreen

    x = opens.x or usual_axis(opens.metric)
    options = chart_options(x).but(
        log_x="x" in opens.log,
        log_y="y" in opens.log,
        smooth=context.settings.smoothing if opens.smooth is None else opens.smooth,
        hidden=frozenset(opens.hidden),
        solo=opens.solo or None,
    )
    looks = Looks()
    looks.keep(family(opens.metric), typed(options, opens.zoom))
    screen = ChartScreen(context, opens.runs, opens.metric, at=opens.at, looks=looks, x=x)
    baseline, means, split = (way in opens.show for way in CHART_WAYS)
    screen.asked = replace(screen.asked, over_baseline=baseline, means=means, split=split)
    return screen


def _compare(opens: Compare, context: "Context") -> "CompareScreen":
    from trackside.compare.points import parse_at
    from trackside.services.comparison.comparing import Asked as Compared
    from trackside.tui.screens.compare import TABS, CompareScreen

    tab = next((tab for tab in TABS if tab.label.lower() == opens.tab), TABS[0])
    screen = CompareScreen(context, opens.runs, opens.metric or None, opens=tab)
    screen.asked = Compared(opens.runs, opens.baseline or None, parse_at(opens.at or "auto"))
    return screen


def _pivot(opens: Pivot, context: "Context") -> "PivotScreen":
    from trackside.services.pivot.pivot import Asked as Pivoted
    from trackside.tui.screens.pivot import PivotScreen

    runs = opens.runs or None
    asked = Pivoted(opens.rows, opens.columns, opens.values, opens.filter, runs, mix_eval_data=opens.mix)
    return PivotScreen(context, asked)
