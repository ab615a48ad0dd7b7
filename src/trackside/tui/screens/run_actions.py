"""What the keys of the Run screen do to the run, as those of the Runs screen do to the one under the cursor."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from trackside.services.project import decisions
from trackside.services.project.baseline import Baseline, baseline_beside
from trackside.tui.copying import ROW, RUNS_COMMAND, Copying, of_run
from trackside.tui.edits import Edits
from trackside.tui.exporting import Exporting
from trackside.tui.keys.changing import changing

if TYPE_CHECKING:
    from trackside.tui.compare_tabs.tab import CompareTab

_LINE = "line"


class RunActions(Copying, Exporting, Edits):
    """Edits of one run, and copying of what is shown of it: what is not on screen yet, the store is asked for."""

    run_id: str
    COPIED: ClassVar[dict[str, str]] = {"y": _LINE, "r": ROW, "x": RUNS_COMMAND}
    NOTHING_TO_EXPORT: ClassVar[str] = (
        "there is nothing to save here; Charts, Artifacts, Console and Code have something"
    )

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
        return [self.run_id]

    def before_trash(self) -> None:
        """Back to where the run was opened, at once: the next keys are meant for that."""
        self.dismiss()

    def copied(self, what: str) -> str | Callable[[], str | None] | None:
        """The line under the cursor, or what the run is called or was started by."""
        if what in (_LINE, ROW):
            return self.line_at_cursor() or None
        return lambda: of_run(self.context.store.run(self.run_id), what)

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

        self.app.push_screen(CompareScreen(self.context, [self.run_id], opens=opens))

    @changing
    def action_set_baseline(self) -> None:
        """Make this run its project's baseline."""
        store = self.context.store
        self.edit(lambda: decisions.set_baseline(store, store.run(self.run_id).project, self.run_id))

    def action_go_to_baseline(self) -> None:
        """Open the baseline of the run's project."""
        self.ask_store(lambda: baseline_beside(self.context.store, self.run_id), self._to_baseline)

    def _to_baseline(self, found: tuple[str, Baseline | None]) -> None:
        project, baseline = found
        if baseline is None:
            self.say(f"{project} has no baseline yet; b makes this run one")
        elif baseline.run_id == self.run_id:
            self.say("this run is the baseline")
        elif baseline.run is None:
            self.say(baseline.trouble or "")
        else:
            self.show_run(baseline.run_id)
