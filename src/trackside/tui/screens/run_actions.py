"""What the keys of the Run screen do to the run, as those of the Runs screen do to the one under the cursor."""

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from trackside.model.run import Run
from trackside.services.project import decisions
from trackside.services.run.overview import RunOverview
from trackside.tui.copying import ROW, RUNS_COMMAND, Copying, of_run
from trackside.tui.edits import Edits
from trackside.tui.exporting import Exporting
from trackside.tui.keys.changing import changing

if TYPE_CHECKING:
    from trackside.tui.compare_tabs.tab import CompareTab

_LINE = "line"


class RunActions(Copying, Exporting, Edits):
    """Edits of one run, and copying of what is shown of it."""

    COPIED: ClassVar[dict[str, str]] = {"y": _LINE, "r": ROW, "x": RUNS_COMMAND}
    NOTHING_TO_EXPORT: ClassVar[str] = (
        "there is nothing to save here; Charts, Artifacts, Console and Code have something"
    )

    @property
    @abstractmethod
    def overview(self) -> RunOverview | None:
        """The latest overview; None while it is being read."""

    @abstractmethod
    def line_at_cursor(self) -> str | None:
        """The text under the cursor."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Tell a line."""

    @abstractmethod
    def show_run(self, run_id: str) -> None:
        """Open another run."""

    def edited_runs(self) -> list[str]:
        """The run of this screen."""
        return [] if self.overview is None else [self.overview.run.id]

    def after_trash(self, runs: list[str]) -> None:  # noqa: ARG002  it is the run of this screen
        """Back to where the run was opened."""
        self.dismiss()

    def copied(self, what: str) -> str | None:
        """The line under the cursor, or what the run is called or was started by."""
        if what in (_LINE, ROW):
            return self.line_at_cursor() or None
        return None if self._run is None else of_run(self._run, what)

    def action_compare(self) -> None:
        """The run of this screen, with the baseline."""
        from trackside.tui.compare_tabs.summary import SummaryTab

        self._compare(SummaryTab)

    def action_why(self) -> None:
        """What could explain how this run differs from the baseline."""
        from trackside.tui.compare_tabs.why import WhyTab

        self._compare(WhyTab)

    def _compare(self, opens: "type[CompareTab]") -> None:
        from trackside.tui.screens.compare import CompareScreen

        if self.are_there(self.edited_runs()):
            self.app.push_screen(CompareScreen(self.context, self.edited_runs(), opens=opens))

    @changing
    def action_set_baseline(self) -> None:
        """Make this run its project's baseline."""
        run = self._run
        if run is not None:
            self.edit(lambda: decisions.set_baseline(self.context.store, run.project, run.id))

    def action_go_to_baseline(self) -> None:
        """Open the baseline of the run's project."""
        if self.overview is None:
            return
        run, baseline = self.overview.run, self.overview.baseline
        if baseline is None:
            self.say(f"{run.project} has no baseline yet; b makes this run one")
        elif baseline.id == run.id:
            self.say("this run is the baseline")
        else:
            self.show_run(baseline.id)

    @property
    def _run(self) -> Run | None:
        return None if self.overview is None else self.overview.run
