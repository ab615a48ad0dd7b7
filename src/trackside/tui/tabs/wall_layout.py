"""How the wall is laid out in a store, by a person's choice: its layout, pins, folded sections, and the baseline.

It is kept in that person's state folder: read when the wall is made, and written by each choice.
"""

from abc import abstractmethod
from collections.abc import Callable
from itertools import product

import msgspec

from trackside.config import paths, state
from trackside.config.state import Walls
from trackside.services.metrics.chart_view import NO_BASELINE
from trackside.services.metrics.wall import Tile, why_no_section
from trackside.services.run.overview import RunOverview
from trackside.tui.context import Context
from trackside.tui.in_order import InOrder
from trackside.tui.messages import Told
from trackside.tui.screens.picker import Choice, Picker
from trackside.tui.tabs.tab import Tab
from trackside.tui.terminal import one_line

FITTING = "as fits"
_MOST = 4


class WallLayout(Tab):
    """A tab whose charts have places that a person chooses."""

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self.view: RunOverview | None = None
        self._file = paths.walls_file(context.store.uuid)
        self.walls = state.load_walls(self._file)
        self._changes = InOrder("walls")

    @property
    @abstractmethod
    def selected(self) -> Tile | None:
        """What is under the cursor."""

    @abstractmethod
    def lay_out(self) -> None:
        """Put the charts in their places, and draw them."""

    @property
    def baseline(self) -> str | None:
        """The id of the run that this one is over, where there is another one."""
        view = self.view
        if view is None or view.baseline is None or view.baseline.id == self.run_id:
            return None
        return view.baseline.id

    @property
    def over_baseline(self) -> str | None:
        """The baseline's id, where its curves are drawn too."""
        return self.baseline if self.walls.baseline else None

    def action_layout(self) -> None:
        """Choose how many charts there are on a page."""

        def chosen(layout: str | None) -> None:
            if layout is not None:
                wanted = None if layout == FITTING else (int(layout[0]), int(layout[-1]))
                self._change(lambda walls: msgspec.structs.replace(walls, layout=wanted))

        sizes = range(1, _MOST + 1)
        choices = [
            Choice(FITTING, FITTING),
            *(Choice(f"{across}x{down}", f"{across}x{down}") for across, down in product(sizes, sizes)),
        ]
        layout = self.walls.layout
        now = FITTING if layout is None else f"{layout[0]}x{layout[1]}"
        self.app.push_screen(Picker("columns x rows of a page", choices, now), chosen)

    def action_pin(self) -> None:
        """Put the chart before all others in this project, or back in its place."""
        tile, view = self.selected, self.view
        if tile is None or tile.folded or view is None:
            self.post_message(Told("no chart is under the cursor"))
            return
        name, project = tile.charts[0].name, view.run.project
        self._change(lambda walls: msgspec.structs.replace(walls, pinned=_toggled(walls.pinned, project, name)))

    def action_fold_section(self) -> None:
        """Show the section of this chart as one place on the wall, or unfold it."""
        tile, view = self.selected, self.view
        if tile is None or view is None or not tile.of:
            why = "no chart is under the cursor" if tile is None or view is None else why_no_section(tile.charts[0])
            self.post_message(Told(one_line(why)))
            return
        section, project = tile.charts[0].section, view.run.project
        self._change(lambda walls: msgspec.structs.replace(walls, folded=_toggled(walls.folded, project, section)))

    def action_over_baseline(self) -> None:
        """Draw the baseline's curves too, or not."""
        view = self.view
        if view is not None and self.baseline is None and not self.walls.baseline:
            said = NO_BASELINE if view.baseline is None else f"{view.baseline.name} is the baseline"
            self.post_message(Told(said))
            return
        self._change(lambda walls: msgspec.structs.replace(walls, baseline=not walls.baseline))

    def _change(self, change: Callable[[Walls], Walls]) -> None:
        self._changes.do(self, lambda: self.call_later(self._changed, state.change_walls(self._file, change)))

    def _changed(self, walls: Walls) -> None:
        self.walls = walls
        self.lay_out()


def _toggled(of: dict[str, list[str]], project: str, name: str) -> dict[str, list[str]]:
    """With the name at the end of the project's, or without it where it was there."""
    known = of.get(project, [])
    return {**of, project: [one for one in known if one != name] if name in known else [*known, name]}
