"""What every tab of the Compare screen is: it is shown one comparison after another."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import msgspec
from textual.message import Message

from trackside.services.comparison.view import ComparisonView
from trackside.tui.messages import Told
from trackside.tui.tabs.pane import Pane

NO_CANDIDATE = "no candidate lies further there"


class Focus(msgspec.Struct, frozen=True):
    """What is looked at: a metric, None for the one that tells most, of the candidate of that number, from 0."""

    metric: str | None = None
    candidate: int = 0


def nothing_compared(view: ComparisonView) -> tuple[str, str]:
    """Why there is no comparison, and what can be done about it."""
    none_yet = view.project is not None and view.baseline is None
    why_not = f"{view.project} has no baseline yet." if none_yet else f"{view.why_not}."
    return why_not, "b makes one of these runs the baseline; escape leads back to where others are marked."


class CompareTab(Pane):
    """A tab. `show` is called when it comes to the front, and again when a run changed while it is there."""

    class CandidateChosen(Message):
        """It is about another candidate now."""

        def __init__(self, candidate: int) -> None:
            super().__init__()
            self.candidate = candidate

    @abstractmethod
    def show(self, view: ComparisonView) -> None:
        """Show this state of the comparison."""

    def look_at(self, at: Focus) -> None:
        """Show this from now on, as far as the tab is about one metric or one candidate."""

    @property
    def idle(self) -> Mapping[str, str]:
        """Actions of this tab that mean nothing now, each with where they do."""
        return {}

    def show_all(self) -> None:
        """Also what is alike; again, only what differs."""

    def show_change(self) -> None:
        """How differences to the baseline are shown: the next way."""

    def choose_axis(self) -> None:
        """Choose what lies across."""

    def turn_y(self) -> None:
        """A logarithmic y axis, or a linear one again."""

    def step_metric(self, by: int) -> None:
        """Show the next metric, or the previous one."""

    def step_back(self) -> bool:
        """Leave what was opened inside the tab; False where nothing was."""
        return False

    def other(self, names: Sequence[str], now: str | None, by: int) -> str | None:
        """The next of `names`, or the previous one, around the ends; None where there is no other, which is told."""
        at = names.index(now) if now in names else -1
        found = names[(at + by) % len(names)] if names else None
        if found == now:
            self.post_message(Told("there is no other"))
        return None if found == now else found
