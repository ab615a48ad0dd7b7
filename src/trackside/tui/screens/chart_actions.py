"""What the keys of a full-screen chart do that the chart itself cannot: what is drawn, edited, copied and linked."""

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from msgspec.structs import replace

from trackside.charts.spec import ChartOptions
from trackside.model.run import Run
from trackside.services import edit
from trackside.services.metrics.chart_view import Asked, ChartView
from trackside.services.metrics.curves import AXES, STEP
from trackside.services.metrics.wall import usual_axis
from trackside.services.sharing import seen
from trackside.services.sharing.export import Export, chart_formats, file_name
from trackside.tui.copying import ID, Copying
from trackside.tui.edits import Edits
from trackside.tui.exporting import Exporting
from trackside.tui.keys.changing import changing
from trackside.tui.keys.moves import Movable, Moves
from trackside.tui.looks import Looks
from trackside.tui.own_line import OwnLine
from trackside.tui.screens.picker import Picker
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.console_strip import ConsoleStrip
from trackside.tui.widgets.prompt import Prompt

_VALUES = "values"


class ChartActions(Moves, Copying, Exporting, Edits, OwnLine):
    """The actions of the chart screen. What they act on is the screen's."""

    COPIED: ClassVar[dict[str, str]] = {"y": _VALUES}

    asked: Asked
    looks: Looks
    view: ChartView | None
    console_at: float | None
    """The step at which the person wants to read what the one run printed: the screen is left with it."""

    @property
    @abstractmethod
    def chart(self) -> Chart:
        """The chart that the keys are about."""

    @abstractmethod
    def ask(self, asked: Asked) -> None:
        """Read and draw something else."""

    @abstractmethod
    def leave(self) -> None:
        """Leave the screen."""

    @property
    def strip(self) -> ConsoleStrip:
        """The console below the chart."""
        return self.query_one(ConsoleStrip)

    @property
    def moved(self) -> Movable:
        """The console where it has the focus, else the crosshair."""
        return self.strip.sheet if self.strip.sheet.has_focus else self.chart

    @property
    def options(self) -> ChartOptions:
        """How the chart is looked at."""
        return self.chart.options

    def shown_here(self) -> seen.Chart:
        """The metric of these runs, and how it is looked at."""
        from trackside.charts.view import written

        asked, options = self.asked, self.options
        ways = {"baseline": asked.over_baseline, "means": asked.means, "split": asked.split}
        return seen.Chart(
            asked.metric,
            asked.runs,
            x="" if asked.x == usual_axis(asked.metric) else asked.x,
            log="x" * options.log_x + "y" * options.log_y,
            smooth=options.smooth if options.smooth or self.context.settings.smoothing else None,
            at=options.crosshair,
            show=tuple(way for way, on in ways.items() if on),
            zoom=written(options),
            hidden=tuple(sorted(options.hidden)),
            solo=options.solo or "",
        )

    def copied(self, what: str) -> str | Callable[[], str] | None:
        """The table of what the crosshair reads, or the ids of the runs."""
        curves, options = self.chart.curves, self.options
        if what == ID:
            return " ".join(self.asked.runs)
        if what != _VALUES or not curves:
            return None

        def table() -> str:
            from trackside.charts.readings import readings

            return readings(curves, options)

        return table

    def export(self) -> Export | None:
        """The charts as they are looked at."""
        parts = () if self.view is None else self.view.parts
        charts = [
            (part.title, chart.curves, chart.options) for part, chart in zip(parts, self.query(Chart), strict=False)
        ]
        if not any(curves for _, curves, _ in charts):
            return None
        metrics = " ".join(metric for part in parts for metric in part.metrics)
        return Export("the chart", file_name(metrics, ".svg"), chart_formats(charts))

    def edited_runs(self) -> list[str]:
        """The only run that was asked for, or that of the chosen curve."""
        chosen = [curve.owner for curve in self.chart.curves if curve.id == self.options.chosen]
        return chosen or list(self.asked.runs[:1] if len(self.asked.runs) == 1 else ())

    @changing
    def action_annotate(self) -> None:
        """Note something at the crosshair's step."""
        runs, at = self.edited_runs(), self.options.crosshair
        if self.asked.x != STEP or at is None:
            self.say("a note stands at a step: put the crosshair on one, along the x axis of steps")
        elif not runs:
            self.say("which run is the note for? j and k choose a curve")
        else:
            self.say("")
            self.with_run(runs, partial(self._ask_for_note, round(at)))

    def _ask_for_note(self, step: int, run: Run) -> None:
        prompt = Prompt(f"note at step {step:,} of {run.name}", says="charts mark it there; escape leaves it out")
        self._ask(prompt, lambda said: edit.note_at(self.context.store, run.id, step, said))

    def action_metric(self) -> None:
        """Another metric of these runs."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self.ask(replace(self.asked, metric=name))

        metrics = (self.asked.metric,) if self.view is None else self.view.metrics
        self.app.push_screen(Picker("metric", metrics, self.asked.metric), chosen)

    def choose_axis(self) -> None:
        """Another x axis."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self.ask(replace(self.asked, x=name))

        others = () if self.view is None else self.view.metrics
        names = (*AXES, *(name for name in others if name != self.asked.metric))
        self.app.push_screen(Picker("x axis", names, self.asked.x), chosen)

    def action_over_baseline(self) -> None:
        """With the baseline's curves, or without."""
        self.ask(replace(self.asked, over_baseline=not self.asked.over_baseline))

    def action_means(self) -> None:
        """The mean of the seeds of each run's method with a band, or each run by itself."""
        self.ask(replace(self.asked, means=not self.asked.means))

    def action_split(self) -> None:
        """Training and validation in charts of their own, or in one."""
        self.ask(replace(self.asked, split=not self.asked.split))

    def action_one_zoom(self) -> None:
        """Look at the same part of the x axis on the whole wall and with every metric, or on each by itself."""
        self.looks.one_zoom = not self.looks.one_zoom
        self.say("one zoom for all charts" if self.looks.one_zoom else "each chart has its own zoom again")

    def action_full_screen(self) -> None:
        """The chart among the others again."""
        self.leave()

    def action_console(self) -> None:
        """What the run printed when it was at the crosshair's step."""
        if len(self.asked.runs) > 1:
            self.say("a chart of several runs has no one console; K shows that of the chosen curve")
        elif self.options.crosshair is None or self.asked.x != STEP:
            self.say("the console is found by its step: put the crosshair on one")
        else:
            self.console_at = self.options.crosshair
            self.leave()

    def action_link_console(self) -> None:
        """Show the console of the run below its chart, each moving the other; or close it."""
        if self.strip.is_open:
            self.strip.close()
            self.chart.focus()
        elif not self.edited_runs():
            self.say("whose console? j and k choose a curve")
        elif self.asked.x not in AXES:
            self.say("lines of a console came at a step and at a time: i chooses one of these x axes")
        else:
            self.show_console()

    def show_console(self) -> None:
        """Read the console of the run that is meant, at the crosshair."""

        def shown(run: Run) -> None:
            if self.options.crosshair is not None:
                self.strip.go_to(self.options.crosshair)
            self.strip.show(run, self.asked.x)

        self.with_run(self.edited_runs(), shown)

    def action_next_pane(self) -> None:
        """To the next chart, the console, and the first chart again."""
        self._to_pane(1)

    def action_previous_pane(self) -> None:
        """The other way round."""
        self._to_pane(-1)

    def _to_pane(self, by: int) -> None:
        panes = [*self.query(Chart), *([self.strip.sheet] if self.strip.is_open else [])]
        now = next((number for number, pane in enumerate(panes) if pane.has_focus), 0)
        panes[(now + by) % len(panes)].focus()
        if len(panes) == 1:
            self.say("there is only this chart: | splits it, K shows the console")
