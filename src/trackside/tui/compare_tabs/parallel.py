"""Parallel: the runs that are compared as lines across their params and metrics. Brushes ask for some of them."""

from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget

from trackside.charts.parallel.spec import Axis
from trackside.services.comparison.parallel import Coordinates, coordinates_of
from trackside.services.comparison.view import ComparisonView
from trackside.tui.compare_tabs.tab import CompareTab
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.pace import Pace
from trackside.tui.widgets.parallel import Parallel


class ParallelTab(CompareTab):
    """Parallel coordinates of every run of every side, which have the keys."""

    label = "Parallel"
    AGAIN = 0.5
    """Seconds between two readings while runs go on."""

    class RunsWanted(Message):
        """The runs that the brushes of these axes ask for are to be shown in the table of runs."""

        def __init__(self, axes: Sequence[Axis]) -> None:
            super().__init__()
            self.axes = axes

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._runs: list[str] = []
        self._pace = Pace(self, lambda: partial(self._load, self._runs), self.AGAIN)

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Parallel()

    @property
    def lines(self) -> Parallel:
        """The lines."""
        return self.query_one(Parallel)

    @property
    def target(self) -> Widget:
        """The lines."""
        return self.lines

    @property
    def is_brushed(self) -> bool:
        """Whether some runs are asked for, and not all."""
        return any(axis.brush is not None for axis in self.lines.axes)

    def show(self, view: ComparisonView) -> None:
        """Read the params and metrics of these runs."""
        self._runs = [run.id for run in view.every_run]
        self._pace.due(at_once=True)

    def open(self) -> None:
        """The runs that are asked for, in the table of runs."""
        if self.is_brushed:
            self.post_message(self.RunsWanted(self.lines.axes))
        else:
            self.post_message(Told("space asks for a part of the chosen axis; enter then shows these runs"))

    def step_back(self) -> bool:
        """Ask for all runs again."""
        was_brushed = self.is_brushed
        self.lines.action_unbrush()
        return was_brushed

    def _load(self, runs: Sequence[str]) -> None:
        self.call_later(self._arrived, coordinates_of(self.context.store, runs))

    def _arrived(self, found: Coordinates) -> None:
        left_out = f"without {', '.join(found.left_out)}" if found.left_out else ""
        self.lines.show(found.axes, found.by, title=left_out)
