"""Why: what could explain how a candidate differs from the baseline in a metric, and where their curves part."""

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.widget import Widget

from trackside.compare.comparison import Comparison
from trackside.model.errors import UsageError
from trackside.model.system import is_system
from trackside.services.comparison.view import ComparisonView
from trackside.services.comparison.why import Why, why_of
from trackside.services.comparison.why_words import NOTHING, PROVISO, cause_texts, curve_sentences, head_sentence
from trackside.services.comparison.words import side_name
from trackside.tui.colours.plain import plain_text
from trackside.tui.compare_tabs.tab import NO_CANDIDATE, CompareTab, Focus, nothing_compared
from trackside.tui.context import Context
from trackside.tui.keys.moves import Movable
from trackside.tui.messages import Told
from trackside.tui.pace import Pace
from trackside.tui.targets import MetricTarget, Target
from trackside.tui.terminal import is_plain
from trackside.tui.widgets.lines import Line, Lines

_HEAD = "What could explain it"
_UNDER = 5
"""Cells by which what is said of a cause is indented below it."""


class WhyTab(CompareTab):
    """Lines on one candidate and one metric. It is association, and says so."""

    label = "Why"
    AGAIN = 0.5
    """Seconds between two answers while runs go on."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._view: ComparisonView | None = None
        self._asked = Focus()
        self._answered: Focus | None = None
        self._metric: str | None = None
        self._pace = Pace(self, self._start, self.AGAIN)

    def compose(self) -> ComposeResult:
        """The lines alone."""
        yield Lines()

    @property
    def sheet(self) -> Lines:
        """The lines."""
        return self.query_one(Lines)

    @property
    def target(self) -> Widget:
        """The lines."""
        return self.sheet

    @property
    def moved(self) -> Movable:
        """The lines."""
        return self.sheet

    @property
    def metric(self) -> str | None:
        """The metric that is explained."""
        return self._asked.metric or self._metric

    def look_at(self, at: Focus) -> None:
        """Explain this from now on."""
        self._asked = at

    def step_metric(self, by: int) -> None:
        """Explain the next metric, or the previous one; those of the machine are left out."""
        rows = () if self._found is None else self._found.rows
        names = [row.metric for row in rows if row.metric == self.metric or not is_system(row.metric)]
        other = self.other(names, self.metric, by)
        if other is not None:
            self._ask(Focus(other, self._asked.candidate))

    def show(self, view: ComparisonView) -> None:
        """Explain what is asked for, as the sides are now."""
        self._view = view
        self._ask(self._asked)

    def sideways(self, steps: int) -> None:
        """Explain the next candidate, or the previous one."""
        last = 0 if self._found is None else len(self._found.candidates) - 1
        candidate = min(max(0, self._asked.candidate + steps), last)
        if candidate == self._asked.candidate:
            self.post_message(Told(NO_CANDIDATE))
        else:
            self._ask(Focus(self._asked.metric, candidate))
            self.post_message(self.CandidateChosen(candidate))

    @property
    def to_open(self) -> Target | None:
        """The chart of the metric that is explained."""
        return None if self.metric is None else MetricTarget(self.metric)

    def open(self) -> None:
        """Tell why nothing is opened."""
        self.post_message(Told("no metric is explained here"))

    @property
    def _found(self) -> Comparison | None:
        return None if self._view is None else self._view.comparison

    def _ask(self, asked: Focus) -> None:
        """What was answered stays while the same is asked again."""
        view, found = self._view, self._found
        if view is None or found is None:
            self._asked = asked
            self.sheet.show([] if view is None else [Line.of(said, "dim") for said in nothing_compared(view)])
            return
        self._asked = replace(asked, candidate=min(asked.candidate, len(found.candidates) - 1))
        if self._asked != self._answered:
            what, whose = asked.metric or "it", side_name(found.candidates[self._asked.candidate])
            self.sheet.show([Line.of(f"looking for what could explain {what} of {whose} …", "dim")])
        self._pace.due(at_once=True)

    def _start(self) -> Callable[[], None] | None:
        return None if self._found is None else partial(self._load, self._found, self._asked)

    def _load(self, found: Comparison, asked: Focus) -> None:
        try:
            answer: Why | str = why_of(self.context.store, found, asked.candidate, asked.metric)
        except UsageError as error:
            answer = str(error)
        self.call_later(self._arrived, asked, answer)

    def _arrived(self, asked: Focus, answer: Why | str) -> None:
        if asked != self._asked or self._found is None:
            return
        self._answered = asked
        self._metric = answer.metric if isinstance(answer, Why) else None
        self.sheet.show([Line.of(answer, "dim")] if isinstance(answer, str) else _lines(answer, plain=is_plain()))


def _lines(found: Why, *, plain: bool) -> Iterator[Line]:
    def said(text: str) -> str:
        return plain_text(text, plain=plain)

    yield Line.of(said(head_sentence(found)))
    yield Line.of("")
    if found.causes:
        yield Line(((_HEAD, "head"), (f": {PROVISO}", "dim")))
    else:
        yield Line.of(NOTHING)
    for place, (kind, name, values, why) in enumerate(map(cause_texts, found.causes), 1):
        told = f"{kind} {name}" if kind != name else kind
        parts = ((f"{place:>{_UNDER - 2},}  ", "dim"), (said(told), "head"), (f"   {said(values)}", ""))
        yield Line(parts, hang=_UNDER)
        yield Line.of(f"{' ' * _UNDER}{said(why)}", "dim", hang=_UNDER)
    yield Line.of("")
    for sentence in curve_sentences(found):
        yield Line.of(said(sentence))
