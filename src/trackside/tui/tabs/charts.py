"""Charts: a wall of all metrics of the run, training and validation of one metric in one chart, page by page.

Only the charts of the page on screen exist as widgets; another page gives them other metrics to draw.
"""

import re
from collections.abc import Callable
from itertools import product

import msgspec
from textual import events, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from trackside.charts.spec import Curve
from trackside.config import paths, state
from trackside.config.state import Walls
from trackside.model.counting import counted
from trackside.services.curves import AXES, curves
from trackside.services.overview import RunOverview
from trackside.services.wall import Tile, WallChart, narrowed, tiles, usual_axis, wall
from trackside.tui.context import Context
from trackside.tui.looks import Looks
from trackside.tui.screens.picker import Choice, Picker
from trackside.tui.tabs.wall_keys import WallKeys
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.wall_page import WallPage

_MOST = 4
_FITTING = "as fits"
_OPEN, _FOLDED = ("v", ">") if is_plain() else ("▾", "▸")
_PINNED = "* "


class ChartsTab(WallKeys):
    """The wall. The chart under the cursor has a bright frame; the arrows move it, `z` and enter open it."""

    label = "Charts"
    finds = "filter"
    can_focus = True
    DEFAULT_CSS = """
    ChartsTab > Static { height: 1; color: $text-muted; padding: 0 1; }
    """

    class Opened(Message):
        """A chart of the wall was opened, along the wall's x axis."""

        def __init__(self, metric: str, x: str) -> None:
            super().__init__()
            self.metric = metric
            self.x = x

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self.looks = Looks()
        self._file = paths.walls_file(context.store.uuid)
        self._walls = state.load_walls(self._file)
        self._view: RunOverview | None = None
        self._all: list[WallChart] = []
        self._tiles: list[Tile] = []
        self._pattern = ""
        self._x: str | None = None
        self._cursor = 0
        self._page = WallPage(context)

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
        """Take in metrics that are new, and draw what is on screen again."""
        self._view = view
        self._all = wall(view.run.metrics, view.run.primary)
        self._lay_out()

    def find(self, text: str) -> str:
        """Narrow the wall to the charts with a metric in which the regular expression is found."""
        try:
            found = narrowed(self._all, text)
        except re.error as error:
            return f"not a regular expression: {error}"
        self._pattern = text
        self._lay_out()
        return f"{len(found):,} of {len(self._all):,} charts"

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

    def open(self) -> None:
        """Open the chart under the cursor, or the section that is folded there."""
        tile = self.selected
        if tile is not None and tile.folded:
            self.action_fold_section()
        elif tile is not None:
            self.post_message(self.Opened(tile.charts[0].metrics[0], self._axis(tile)))

    async def on_resize(self) -> None:
        """As many charts as were asked for, as far as they fit and can be read."""
        await self._page.fit(len(self._tiles), self._walls.layout)
        self._put_cursor(self._cursor, redraw=True)

    def on_click(self, event: events.Click) -> None:
        """A click selects a chart, a second one opens it."""
        if event.widget in self._page.charts:
            self._put_cursor(self._first + self._page.charts.index(event.widget))
            if event.chain > 1:
                self.open()

    def on_mouse_scroll_down(self) -> None:
        """The wheel turns pages."""
        self.page(1)

    def on_mouse_scroll_up(self) -> None:
        """Back."""
        self.page(-1)

    def look(self, change: Callable[[Chart], None]) -> None:
        """Change the chart under the cursor, and let the others follow."""
        tile = self.selected
        if tile is None or tile.folded:
            self.post_message(self.Said("no chart is under the cursor"))
            return
        chart = self._page.charts[self._cursor - self._first]
        change(chart)
        self.looks.keep(tile.charts[0].name, chart.options)
        self.look_again()

    def look_again(self) -> None:
        """Look at every chart on the screen as it is to be looked at now."""
        for tile, chart in zip(self._on_screen(), self._page.charts, strict=False):
            if not tile.folded and chart.curves:
                chart.look(self.looks.of(tile.charts[0].name, chart.options.x_label))
        self._mark()

    def action_layout(self) -> None:
        """Choose how many charts there are on a page."""

        def chosen(layout: str | None) -> None:
            if layout is not None:
                wanted = None if layout == _FITTING else (int(layout[0]), int(layout[-1]))
                self._change(lambda walls: msgspec.structs.replace(walls, layout=wanted))

        sizes = range(1, _MOST + 1)
        choices = [
            Choice(_FITTING, _FITTING),
            *(Choice(f"{across}x{down}", f"{across}x{down}") for across, down in product(sizes, sizes)),
        ]
        layout = self._walls.layout
        now = _FITTING if layout is None else f"{layout[0]}x{layout[1]}"
        self.app.push_screen(Picker("columns x rows of a page", choices, now), chosen)

    def action_pin(self) -> None:
        """Put the chart before all others in this project, or back in its place."""
        tile, view = self.selected, self._view
        if tile is None or tile.folded or view is None:
            self.post_message(self.Said("no chart is under the cursor"))
            return
        name, project = tile.charts[0].name, view.run.project
        self._change(lambda walls: msgspec.structs.replace(walls, pinned=_toggled(walls.pinned, project, name)))

    def action_fold_section(self) -> None:
        """Show the section of this chart as one place on the wall, or unfold it."""
        tile, view = self.selected, self._view
        if tile is None or view is None or not tile.of:
            self.post_message(
                self.Said("this chart is in no section: those are of names that share what is before a /")
            )
            return
        section, project = tile.charts[0].section, view.run.project
        self._change(lambda walls: msgspec.structs.replace(walls, folded=_toggled(walls.folded, project, section)))

    def action_over_baseline(self) -> None:
        """Draw the baseline's curves too, or not."""
        if self._view is not None and self._baseline is None and not self._walls.baseline:
            has_one = self._view.baseline is not None
            self.post_message(
                self.Said("this run is the baseline" if has_one else "no baseline yet: b on the Runs screen sets one")
            )
            return
        self._change(lambda walls: msgspec.structs.replace(walls, baseline=not walls.baseline))

    def action_x_axis(self) -> None:
        """Along what all charts are drawn."""

        def chosen(x: str | None) -> None:
            if x is not None:
                self._x = None if x == _FITTING else x
                self._draw()

        if self._view is not None:
            names = (_FITTING, *AXES, *(metric for chart in self._all for metric in chart.metrics))
            self.app.push_screen(Picker("x axis of the wall", names, self._x or _FITTING), chosen)

    @work(thread=True, group="walls", exit_on_error=False)
    def _change(self, change: Callable[[Walls], Walls]) -> None:
        self.call_later(self._changed, state.change_walls(self._file, change))

    def _changed(self, walls: Walls) -> None:
        self._walls = walls
        self._lay_out()

    @property
    def _baseline(self) -> str | None:
        """The id of the run that this one is over, where there is another one."""
        view = self._view
        if view is None or view.baseline is None or view.baseline.id == self.run_id:
            return None
        return view.baseline.id

    @property
    def over_baseline(self) -> str | None:
        """The baseline's id, where its curves are drawn too."""
        return self._baseline if self._walls.baseline else None

    @property
    def _first(self) -> int:
        """The number of the first tile of this page."""
        return self._cursor // self._page.places * self._page.places

    def _axis(self, tile: Tile) -> str:
        return self._x or usual_axis(tile.charts[0].metrics[0])

    def _lay_out(self) -> None:
        """Put the charts in their places; the cursor stays on its chart."""
        project = "" if self._view is None else self._view.run.project
        before = self.metric
        found = narrowed(self._all, self._pattern)
        pinned, folded = (of.get(project, []) for of in (self._walls.pinned, self._walls.folded))
        self._tiles = tiles(found, pinned, folded if not self._pattern else ())
        holding = (
            number for number, tile in enumerate(self._tiles) if any(before in chart.metrics for chart in tile.charts)
        )
        self._cursor = next(holding, 0)
        self.call_later(self.on_resize)

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
        if visible:
            self._load(tuple(visible), self._x, self.over_baseline)

    def _title(self, tile: Tile) -> str:
        chart = tile.charts[0]
        if tile.folded:
            return f"{_FOLDED} {tile.section} ({tile.of:,})"
        project = "" if self._view is None else self._view.run.project
        pin = _PINNED if chart.name in self._walls.pinned.get(project, []) else ""
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
        if self._walls.baseline and self._baseline is not None and self._view is not None and self._view.baseline:
            said.append(f"over {one_line(self._view.baseline.name)}")
        layout, fits = self._walls.layout, (self._page.columns, self._page.rows)
        if layout is not None and layout != fits and len(self._tiles) > self._page.places:
            said.append(f"no room for {layout[0]}x{layout[1]}")
        return said

    @work(thread=True, exclusive=True, group="wall", exit_on_error=False)
    def _load(self, visible: tuple[Tile, ...], x: str | None, baseline: str | None) -> None:
        worker = get_current_worker()
        ids = [self.run_id] if baseline is None else [self.run_id, baseline]
        for number, tile in enumerate(visible):
            if tile.folded:
                continue
            metrics = tile.charts[0].metrics
            along = x or usual_axis(metrics[0])
            loaded = curves(self.context.store, ids, metrics, along)
            if worker.is_cancelled:
                return
            self.call_later(self._arrived, number, tile, loaded, along)

    def _arrived(self, number: int, tile: Tile, loaded: list[Curve], x: str) -> None:
        visible = self._on_screen()
        widgets = self._page.charts
        if number < min(len(visible), len(widgets)) and visible[number] == tile and self._axis(tile) == x:
            widgets[number].plot(loaded, self.looks.of(tile.charts[0].name, x))


def _toggled(of: dict[str, list[str]], project: str, name: str) -> dict[str, list[str]]:
    """With the name at the end of the project's, or without it where it was there."""
    known = of.get(project, [])
    return {**of, project: [one for one in known if one != name] if name in known else [*known, name]}
