"""Examples: which of them flipped, and what else two sides logged under one name: images and tables, step by step."""

from collections.abc import Mapping

import msgspec
from textual import work
from textual.app import ComposeResult
from textual.widget import Widget

from trackside.compare.comparison import Comparison
from trackside.compare.sides import Side
from trackside.model.counting import listed
from trackside.services.comparison.examples.examples_view import names
from trackside.services.comparison.examples.logged_examples import table_of_metric
from trackside.services.comparison.examples.logged_files import Logged, example_tables, logged
from trackside.services.comparison.view import ComparisonView
from trackside.services.comparison.words import side_name
from trackside.tui.compare_tabs.flips_pane import FlipsPane, Wanted
from trackside.tui.compare_tabs.logged_pane import LoggedPane
from trackside.tui.compare_tabs.tab import CompareTab, Focus, nothing_compared
from trackside.tui.context import Context
from trackside.tui.keys.moves import Movable

_MOST_NAMES = 3
_OF_EXAMPLES = dict.fromkeys(("find", "show_all"), "the examples of a metric, to which m goes on")


class _Known(msgspec.Struct, frozen=True):
    """What two sides of `view` logged, by `names`: that many `tables` of examples, then the `files`."""

    view: ComparisonView
    baseline: Side
    candidate: Side
    tables: int
    names: tuple[str, ...]
    files: Logged

    def besides(self) -> str:
        """What of the files one key goes on to."""
        files = self.names[self.tables :]
        return f"m: {listed(files, _MOST_NAMES)}" if files else ""


class ExamplesTab(CompareTab):
    """Shows one of all that both sides logged, at first the examples of a metric; one key goes on to the next."""

    label = "Examples"
    DEFAULT_CSS = """
    ExamplesTab > LoggedPane { display: none; }
    ExamplesTab.-logged > LoggedPane { display: block; }
    ExamplesTab.-logged > FlipsPane { display: none; }
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._flips = FlipsPane(context)
        self._logged = LoggedPane(context)
        self._view: ComparisonView | None = None
        self._at = Focus()
        self._known: _Known | None = None
        self._name: str | None = None

    def compose(self) -> ComposeResult:
        """The examples and the files, of which one is shown."""
        yield self._flips
        yield self._logged

    @property
    def moved(self) -> Movable:
        """What is shown."""
        return self._logged if self._shows_files else self._flips.moved

    @property
    def target(self) -> Widget:
        """What is shown."""
        return self._logged if self._shows_files else self._flips.target

    @property
    def looked_for(self) -> str:
        """What examples are filtered by."""
        return self._flips.looked_for

    def look_for(self, text: str) -> None:
        """Show only examples that have this in their id or another column."""
        self._flips.look_for(text)

    @property
    def idle(self) -> Mapping[str, str]:
        """Files are not filtered, and all of them are shown."""
        return _OF_EXAMPLES if self._shows_files else {}

    def look_at(self, at: Focus) -> None:
        """Show those of this candidate, and of this metric if there are any."""
        if at != self._at:
            self._at, self._name = at, None

    def step_metric(self, by: int) -> None:
        """Show the next of what both sides logged, or the previous one."""
        known = self._known
        other = self.other(() if known is None else known.names, self._name, by)
        if known is not None and other is not None:
            self._name = other
            self._show_chosen(known)

    def show(self, view: ComparisonView) -> None:
        """Show what was chosen, as it is by now."""
        self._view = view
        self._look_up(view)

    def show_all(self) -> None:
        """Also the examples that do not differ; again, only those that do."""
        self._flips.show_all()

    def open(self) -> None:
        """All that is known of one example, or the files of one side alone."""
        self._front.open()

    def step_back(self) -> bool:
        """Out of what was opened, then out of what was looked for."""
        return self._front.step_back()

    @property
    def _front(self) -> FlipsPane | LoggedPane:
        return self._logged if self._shows_files else self._flips

    @property
    def _shows_files(self) -> bool:
        return self.has_class("-logged")

    def _look_up(self, view: ComparisonView) -> None:
        """See what the baseline and the candidate logged, if there are such."""
        if view.comparison is None:
            self._nothing(view, " ".join(nothing_compared(view)))
        else:
            self._read(view, view.comparison.baseline, self._candidate(view.comparison))

    def _candidate(self, found: Comparison) -> Side:
        return found.candidates[min(self._at.candidate, len(found.candidates) - 1)]

    @work(thread=True, exclusive=True, group="known", exit_on_error=False)
    def _read(self, view: ComparisonView, baseline: Side, candidate: Side) -> None:
        tables, files = names(baseline, candidate), logged(baseline, candidate)
        every = (*tables, *files.names(example_tables(baseline, candidate)))
        self.call_later(self._arrived, _Known(view, baseline, candidate, len(tables), every, files))

    def _arrived(self, known: _Known) -> None:
        view = known.view
        if view is self._view and view.comparison and known.candidate is self._candidate(view.comparison):
            self._known = known
            self._show_chosen(known)

    def _show_chosen(self, known: _Known) -> None:
        """What was chosen, else the examples of the metric, else the first of all that there is."""
        view, baseline, candidate, metric = known.view, known.baseline, known.candidate, self._at.metric
        if not known.names:
            primary = None if view.comparison is None else view.comparison.primary
            self._nothing(view, _nothing_in_common(baseline, candidate, metric or primary or "eval"))
            return
        of_metric = None if metric is None else table_of_metric(candidate.lead, metric)
        self._name = next((name for name in (self._name, of_metric) if name in known.names), known.names[0])
        self._bring_forward(files=self._name not in known.names[: known.tables])
        if self._shows_files:
            self._logged.show(known.files.pair(self._name), (side_name(baseline), side_name(candidate)))
        else:
            self._flips.want(Wanted(baseline, candidate, self._name), known.files, known.besides())
            self._flips.show(view)

    def _nothing(self, view: ComparisonView, why: str) -> None:
        self._known = None
        self._bring_forward(files=False)
        self._flips.want(None)
        self._flips.show(view)
        self._flips.say(why)

    def _bring_forward(self, *, files: bool) -> None:
        if files != self._shows_files:
            had_focus = self.has_focus_within
            self.set_class(files, "-logged")
            if had_focus:
                self.target.focus()
            self.screen.refresh_bindings()


def _nothing_in_common(baseline: Side, candidate: Side, metric: str) -> str:
    how = f"run.log_examples({metric!r}, ids=…, scores=…) or run.log_image(…, step=…) in both keeps them"
    return f"{side_name(candidate)} and {side_name(baseline)} have no examples, images or tables in common: {how}"
