"""Charts: a wall of all metrics of the run, training and validation of one metric in one chart, page by page.

Only the charts of the page on screen exist as widgets; another page gives them other metrics to draw.
"""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from trackside.charts.spec import Curve
from trackside.model.counting import counted
from trackside.query.patterns import PatternError
from trackside.services.metrics.curves import AXES, curves
from trackside.services.metrics.wall import Tile, WallChart, narrowed, tiles, usual_axis, wall
from trackside.services.run.overview import RunOverview
from trackside.services.sharing.export import Export, chart_formats, file_name
from trackside.tui.context import Context
from trackside.tui.looks import Looks
from trackside.tui.messages import Told
from trackside.tui.pace import Pace
from trackside.tui.screens.picker import Picker
from trackside.tui.tabs.wall_keys import WallKeys
from trackside.tui.tabs.wall_layout import FITTING, WallLayout
from trackside.tui.targets import MetricTarget, Target
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.wall_page import WallPage

_OPEN, _FOLDED = ("v", ">") if is_plain() else ("▾", "▸")
_PINNED = "* "


class ChartsTab(WallKeys, WallLayout):
    """The wall. The chart under the cursor has a bright frame; the arrows move it, `z` and enter open it."""

    LIVE: ClassVar[float] = 2.0
    label = "Charts"
    finds = "filter"
    can_focus = True
    DEFAULT_CSS = """
    ChartsTab > Static { height: 1; color: $text-muted; padding: 0 1; }
    """

    class Opened(Message):
        """A chart of the wall was clicked twice."""

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self.looks = Looks(context.settings.smoothing)
        self._all: list[WallChart] = []
        self._tiles: list[Tile] = []
        self._pattern = ""
        self._x: str | None = None
        self._cursor = self._turn = 0
        self._page = WallPage(context)
        self._pace = Pace(self, self._start, self.LIVE)
        self._sought: str | None = None

    def compose(self) -> ComposeResult:
        """The page, and one line under it that says where in the wall this is."""
        yield self._page
        yield Static(markup=False)

    @property
    def selected(self) -> Tile | None:
        """What is under the cursor."""
        return self._tiles[self._cursor] if self._tiles else None

    @property
    def metric(self) -> str | None:
        """The first metric of the chart under the cursor."""
        return self.selected.charts[0].metrics[0] if self.selected else None

    def show(self, view: RunOverview) -> None:
        """Take in metrics that are new; otherwise read the curves on screen again, which may have grown."""
        self.view = view
        self._all = wall(view.run.metrics, view.run.primary)
        before = self._tiles
        self._put_in_place()
        if self._tiles == before:
            self.look_again()
            self._pace.due()
        else:
            self.call_later(self.on_resize)
        self.call_later(self._go_to_sought)

    def go_to(self, metric: str) -> None:
        """Put the cursor on the chart of this metric, once there is one."""
        self._sought = metric
        self._go_to_sought()

    def _go_to_sought(self) -> None:
        of = [{metric for chart in tile.charts for metric in chart.metrics} for tile in self._tiles]
        place = next((place for place, metrics in enumerate(of) if self._sought in metrics), None)
        if place is not None:
            self._sought = None
            self._put_cursor(place)

    def find(self, text: str) -> str:
        """Narrow the wall to the charts with a metric in which the regular expression is found."""
        try:
            found = narrowed(self._all, text)
        except PatternError as error:
            return f"not a regular expression: {error}"
        self._pattern = text
        self.lay_out()
        return (
            f"{len(found):,} of {len(self._all):,} charts, with the machine's" if text else counted(len(found), "chart")
        )

    def to_match(self, direction: int) -> None:
        """Go to the next or previous chart."""
        self._put_cursor(self._cursor + direction)

    def move(self, lines: int) -> None:
        """Move by rows of charts."""
        self._put_cursor(self._cursor + lines * self._page.columns)

    def page(self, pages: float) -> None:
        """Move by pages; half a page is a row or more."""
        if abs(pages) < 1:
            self.move(round(pages * self._page.rows) or (1 if pages > 0 else -1))
        else:
            self._put_cursor(self._cursor + round(pages) * self._page.places)

    def to_edge(self, end: bool) -> None:
        """Go to the first or the last chart."""
        self._put_cursor(len(self._tiles) - 1 if end else 0)

    def sideways(self, steps: int) -> None:
        """Move by charts."""
        self._put_cursor(self._cursor + steps)

    @property
    def to_open(self) -> Target | None:
        """The first metric of the chart under the cursor, along its x axis; None of a section that is folded."""
        tile = self.selected
        return None if tile is None or tile.folded else MetricTarget(tile.charts[0].metrics[0], x=self._axis(tile))

    def open(self) -> None:
        """Unfold the section that is folded under the cursor, or tell that there is no chart."""
        if self.selected is None:
            super().open()
        else:
            self.action_fold_section()

    def to_save(self) -> Export | None:
        """The chart under the cursor, as it is looked at."""
        tile = self.selected
        if tile is None or tile.folded:
            return None
        shown, chart = tile.charts[0], self._chart_at_cursor
        drawn = chart_formats([(shown.title, chart.curves, chart.options)])
        return Export("the chart", file_name(" ".join(shown.metrics), ".svg"), drawn) if chart.curves else None

    async def on_resize(self) -> None:
        """As many charts as were asked for, as far as they fit and can be read."""
        await self._page.fit(len(self._tiles), self.walls.layout)
        self._put_cursor(self._cursor, redraw=True)

    def on_click(self, event: events.Click) -> None:
        """A click selects a chart, a second one opens it."""
        if event.widget in self._page.charts:
            self._put_cursor(self._first + self._page.charts.index(event.widget))
            if event.chain > 1:
                self.post_message(self.Opened())

    def on_mouse_scroll_down(self) -> None:
        """The wheel turns pages."""
        self.page(1)

    def on_mouse_scroll_up(self) -> None:
        """Back."""
        self.page(-1)

    @property
    def _chart_at_cursor(self) -> Chart:
        return self._page.charts[self._cursor - self._first]

    def look(self, change: Callable[[Chart], None]) -> None:
        """Change the chart under the cursor, and let the others follow."""
        tile = self.selected
        if tile is None or tile.folded:
            self.post_message(Told("no chart is under the cursor"))
            return
        chart = self._chart_at_cursor
        change(chart)
        self.looks.keep(tile.charts[0].name, chart.options)
        self.look_again()

    def look_again(self) -> None:
        """Look at every chart on the screen as it is to be looked at now."""
        for tile, chart in zip(self._on_screen(), self._page.charts, strict=False):
            if not tile.folded and chart.curves:
                chart.look(self.looks.of(tile.charts[0].name, chart.options.x_label))
        self._mark()

    def action_x_axis(self) -> None:
        """Along what all charts are drawn."""

        def chosen(x: str | None) -> None:
            if x is not None:
                self._x = None if x == FITTING else x
                self._draw()

        if self.view is not None:
            names = (FITTING, *AXES, *(metric for chart in self._all for metric in chart.metrics))
            self.app.push_screen(Picker("x axis of the wall", names, self._x or FITTING), chosen)

    @property
    def _first(self) -> int:
        """The number of the first tile of this page."""
        return self._cursor // self._page.places * self._page.places

    def _axis(self, tile: Tile) -> str:
        return self._x or usual_axis(tile.charts[0].metrics[0])

    def lay_out(self) -> None:
        """Put the charts in their places, and draw them."""
        self._put_in_place()
        self.call_later(self.on_resize)

    def _put_in_place(self) -> None:
        """Find each chart's place; the cursor stays on its chart."""
        project = "" if self.view is None else self.view.run.project
        before = self.metric
        found = narrowed(self._all, self._pattern)
        pinned, folded = (of.get(project, []) for of in (self.walls.pinned, self.walls.folded))
        self._tiles = tiles(found, pinned, folded if not self._pattern else ())
        holding = (
            number for number, tile in enumerate(self._tiles) if any(before in chart.metrics for chart in tile.charts)
        )
        self._cursor = next(holding, 0)

    def _put_cursor(self, number: int, *, redraw: bool = False) -> None:
        before = self._first
        self._cursor = min(max(0, number), max(0, len(self._tiles) - 1))
        if redraw or self._first != before:
            self._draw()
        else:
            self._mark()

    def _on_screen(self) -> list[Tile]:
        return self._tiles[self._first : self._first + self._page.places]

    def _draw(self) -> None:
        """Give each widget its metric, and load the curves of those on screen."""
        visible = self._on_screen()
        self._page.head([self._title(tile) for tile in visible])
        for tile, chart in zip(visible, self._page.charts, strict=False):
            if tile.folded:
                chart.plot((), nothing=f"{len(tile.charts):,} charts   enter unfolds")
        self._mark()
        self._turn += 1
        self._pace.due(at_once=True)

    def _start(self) -> Callable[[], None] | None:
        visible = tuple(self._on_screen())
        return partial(self._load, visible, self._x, self.over_baseline, self._turn) if visible else None

    def _title(self, tile: Tile) -> str:
        chart = tile.charts[0]
        if tile.folded:
            return f"{_FOLDED} {tile.section} ({tile.of:,})"
        project = "" if self.view is None else self.view.run.project
        pin = _PINNED if chart.name in self.walls.pinned.get(project, []) else ""
        head = f"{_OPEN} {tile.section} ({tile.of:,})   " if tile.section else ""
        return f"{head}{pin}{chart.title}"

    def _mark(self) -> None:
        self._page.select(self._cursor - self._first)
        place, now = self.query_one(Static), self._place()
        if place.content != now:
            place.update(now)

    def _place(self) -> str:
        tile = self.selected
        if tile is None:
            none = "No metric has been logged yet."
            return none if not self._pattern else f"No metric matches {self._pattern}; escape shows all others."
        a_page = self._page.places
        pages = -(-len(self._tiles) // a_page)
        page = f"page {self._cursor // a_page + 1:,} of {pages:,}, " if pages > 1 else ""
        narrowed_to = f" matching {self._pattern}" if self._pattern else ""
        what = counted(tile.of, "chart") if tile.folded else ", ".join(tile.charts[0].metrics)
        said = f"{page}{self._cursor + 1:,} of {len(self._tiles):,}{narrowed_to}: {one_line(what)}"
        return "   ".join([said, *self._looked_at()])

    def _looked_at(self) -> list[str]:
        """What is not as usual of the whole wall."""
        said = ["one zoom"] if self.looks.one_zoom else []
        if self.walls.baseline and self.baseline is not None and self.view is not None and self.view.baseline:
            said.append(f"over {one_line(self.view.baseline.name)}")
        layout, fits = self.walls.layout, (self._page.columns, self._page.rows)
        if layout is not None and layout != fits and len(self._tiles) > self._page.places:
            said.append(f"no room for {layout[0]}x{layout[1]}")
        return said

    def _load(self, visible: tuple[Tile, ...], x: str | None, baseline: str | None, turn: int) -> None:
        """One after the other, until the page is drawn anew."""
        ids = [self.run_id] if baseline is None else [baseline, self.run_id]
        for number, tile in enumerate(visible):
            if tile.folded:
                continue
            metrics = tile.charts[0].metrics
            along = x or usual_axis(metrics[0])
            loaded = curves(self.context.store, ids, metrics, along)
            if turn != self._turn:
                return
            self.call_later(self._arrived, number, tile, loaded, along)

    def _arrived(self, number: int, tile: Tile, loaded: list[Curve], x: str) -> None:
        visible = self._on_screen()
        widgets = self._page.charts
        if number < min(len(visible), len(widgets)) and visible[number] == tile and self._axis(tile) == x:
            widgets[number].plot(loaded, self.looks.of(tile.charts[0].name, x))
