"""What rows are sorted by: one key or several, each from large to small or the other way."""

from collections.abc import Iterable, Sequence

from trackside.services.table.asked import NEWEST_FIRST, SortKey
from trackside.tui.screens.columns_picker import column_choice
from trackside.tui.screens.ordered_picker import OrderedPicker
from trackside.tui.terminal import is_plain

_ASCENDING = frozenset({"name", "project", "group", "status", "user", "host", "source", "notes", "command", "primary"})


class SortPicker(OrderedPicker[tuple[SortKey, ...]]):
    """Gives back the keys; the newest runs first where none is chosen."""

    TITLE_ = "sort by"
    KEYS = "space ↓, ↑, off  shift+↑↓ which counts first  enter applies"
    TAKES = "enter sorts by it   space takes it and goes on   escape leaves all as it was"

    def __init__(self, known: Iterable[str], keys: Sequence[SortKey]) -> None:
        chosen = [key.key for key in keys if keys != NEWEST_FIRST]
        super().__init__([column_choice(key) for key in dict.fromkeys((*chosen, *known))], chosen)
        self._descending = {key.key: key.descending for key in keys}

    def sign(self, choice: str) -> str:
        """The direction, and which of several counts first."""
        if choice not in self.chosen:
            return "   "
        down, up = ("v", "^") if is_plain() else ("↓", "↑")
        rank = self.chosen.index(choice) + 1 if len(self.chosen) > 1 else ""
        return f"{down if self._descending[choice] else up}{rank}".ljust(3)

    def take_typed(self) -> None:
        """Sort by it too: most often it is the only one that is wanted."""
        known = self.at_cursor is not None
        self.action_take()
        if known:
            self.dismiss(self.picked())

    def toggle(self, choice: str) -> None:
        """In its usual direction, the other way, not at all."""
        usual = falls(choice)
        if choice not in self.chosen:
            self.chosen.append(choice)
            self._descending[choice] = usual
        elif self._descending[choice] == usual:
            self._descending[choice] = not usual
        else:
            self.chosen.remove(choice)

    def picked(self) -> tuple[SortKey, ...]:
        """The keys in their order."""
        return tuple(SortKey(key, self._descending[key]) for key in self.chosen) or NEWEST_FIRST


def falls(column: str) -> bool:
    """Whether a column is usually sorted from large to small: numbers and times are, words are not."""
    return column not in _ASCENDING


def turned(order: Sequence[SortKey], column: str) -> tuple[SortKey, ...]:
    """Sorted by this column alone; if it is already, the other way, and after that as without any key."""
    if [key.key for key in order] != [column] or order == NEWEST_FIRST:
        return (SortKey(column, falls(column)),)
    if order[0].descending == falls(column):
        return (SortKey(column, not falls(column)),)
    return NEWEST_FIRST
