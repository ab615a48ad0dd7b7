"""Filtering on the Runs screen: the bar, the facets and the tag picker write one and the same text."""

import time
from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import on, work

from trackside.tui.keys.actions import ACTIONS, FACETS, RUNS
from trackside.tui.messages import Told
from trackside.tui.screens.runs_actions import RunsActions
from trackside.tui.widgets.facets import Facets
from trackside.tui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from trackside.query.complete import Completion
    from trackside.query.parse import FilterError
    from trackside.tui.widgets.find_line import FindLine


_IN_FACETS = frozenset(one.id for one in ACTIONS if FACETS in one.contexts and RUNS not in one.contexts)
_NOTHING_TO_CLEAR = "nothing is filtered and nothing marked; q quits"


class RunsFilter(RunsActions):
    """What is typed and chosen becomes what is asked for."""

    @abstractmethod
    def show_status(self) -> None:
        """Tell in the top line how things stand."""

    def action_find(self) -> None:
        """Open the filter bar; in the facets, the line that narrows them."""
        if self.facets.has_focus:
            self._find_line.open(self.facets.narrowed, "narrow the facets")
        else:
            self.query_one(FilterBar).open(self.asked.filter)

    @property
    def _find_line(self) -> "FindLine":
        """Made when it is first asked for."""
        from trackside.tui.widgets.find_line import FindLine

        if not self.query(FindLine):
            self.mount(FindLine(id="narrow"))
        return self.query_one(FindLine)

    def parts_with(self, action: str) -> list[str]:
        """What keys do in the facets alone."""
        return ["the facets (tab goes there)"] if action in _IN_FACETS else []

    @on(Facets.Left)
    def action_clear(self) -> None:
        """Peel off one layer: the facets, the filter, the marks."""
        if self.facets.has_focus and self.facets.narrowed:
            self.facets.narrow("")
        elif self.facets.has_focus:
            self.action_next_pane()
        elif self.asked.filter:
            self.refilter("")
        elif self.marks:
            self.action_unmark_all()
        else:
            self.notify(_NOTHING_TO_CLEAR, markup=False, timeout=3)

    def action_pick_tags(self) -> None:
        """Filter by tags."""
        from trackside.services.table.selecting import every_tag
        from trackside.tui.screens.tags import Picked, TagPicker

        def picked(choice: Picked | None) -> None:
            if choice is not None:
                self.refilter(choice.written_into(self.asked.filter))

        if (found := self.found_by_now()) is not None:
            asked = Picked.read_from(self.asked.filter)
            self.app.push_screen(TagPicker(every_tag(found.view.frame), asked), picked)

    @on(Facets.Chosen)
    def _facet_chosen(self, message: Facets.Chosen) -> None:
        from trackside.query.edit import toggled, toggled_out

        change = toggled_out if message.out else toggled
        self.refilter(change(self.asked.filter, message.facet, message.value))

    def on_find_line_typed(self, message: "FindLine.Typed") -> None:
        """Narrow the facets."""
        self.facets.narrow(message.text)

    def on_find_line_closed(self) -> None:
        """Back to what is left of the facets."""
        self.facets.focus()

    @on(Told)
    def _told(self, message: Told) -> None:
        self.notify(message.text, markup=False)

    @on(FilterBar.Typed)
    def _typed(self, message: FilterBar.Typed) -> None:
        if message.text.strip() != self.asked.filter:
            self.refilter(message.text.strip())
        self._complete(message.text, message.cursor)

    @on(FilterBar.Closed)
    def _filter_closed(self, message: FilterBar.Closed) -> None:
        self.table.focus()
        self.show_status()
        if message.text != self.asked.filter:
            self.refilter(message.text)

    @work(thread=True, exclusive=True, group="complete", exit_on_error=False)
    def _complete(self, text: str, cursor: int) -> None:
        from trackside.query.complete import complete
        from trackside.services.table.selecting import Query, select, vocabulary

        offered, mistake = list["Completion"](), None
        try:
            frame = self.context.store.frame(())
            mistake = select(frame.head(1), Query(text), time.time()).error
            offered = complete(text, cursor, vocabulary(frame))
        finally:
            # Of a store that cannot be read too: keys after a tab wait for it.
            self.call_later(self._offer, text, cursor, offered, mistake)

    def _offer(self, text: str, cursor: int, offered: "list[Completion]", mistake: "FilterError | None") -> None:
        bar = self.query_one(FilterBar)
        if bar.is_open and bar.text == text:
            bar.offer(cursor, offered, mistake)
