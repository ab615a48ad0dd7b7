"""The columns of the runs table: which are shown, in which order, which stay at the left; and computed ones."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
from textual.widget import Widget
from textual.widgets import Static

from trackside.query.derived import SIGN, DerivedError, derived, formula_of
from trackside.query.naming import key_of
from trackside.services.table.rows import NOTED, title
from trackside.services.table.shown_columns import found_column
from trackside.tui.narrow import narrowed_by
from trackside.tui.screens.ordered_picker import OrderedPicker
from trackside.tui.screens.picker import Choice
from trackside.tui.terminal import is_plain, one_line

if TYPE_CHECKING:
    import polars as pl

_SHOWS = {NOTED: "a sign where a run has notes", "notes": "what they say"}
_BETWEEN_KEYS = re.compile(r"[\s()+*]")


class PickedColumns(msgspec.Struct, frozen=True):
    """The columns, of which the first so many are pinned; those that vary among the runs where there are none."""

    columns: tuple[str, ...] | None
    pinned: int = 1


class ColumnsPicker(OrderedPicker[PickedColumns]):
    """Chooses columns of `frame` and others that are computed of them."""

    TITLE_ = "columns"
    KEYS = "space on/off  shift+↑↓ order  tab pin  = computes  ctrl+r usual  enter applies"
    CSS = """
    ColumnsPicker #mistake { display: none; color: $text-error; }
    """

    def __init__(self, frame: "pl.DataFrame", known: Iterable[str], shown: Iterable[str], pinned: int) -> None:
        chosen = list(dict.fromkeys(shown))
        super().__init__([column_choice(key) for key in dict.fromkeys((*chosen, *known))], chosen)
        self._frame = frame
        self._mistake = Static(id="mistake", markup=False)
        self._pinned = min(pinned, len(chosen))

    def below_line(self) -> Iterable[Widget]:
        """What is mistaken in a formula."""
        return [self._mistake]

    def keys(self) -> Mapping[str, str]:
        """Two more than of any such list."""
        return {**super().keys(), "tab": "pin", "ctrl+r": "usual"}

    def say(self) -> None:
        """Tell what is mistaken too."""
        super().say()
        mistake = self._says_mistake(self.line.value)
        self._mistake.update(mistake)
        self._mistake.display = bool(mistake)

    def sign(self, choice: str) -> str:
        """A full circle of what is shown; what is pinned has a bar at its left."""
        plain = is_plain()
        if choice not in self.chosen:
            return "    " if plain else "  ○ "
        pinned = self.chosen.index(choice) < self._pinned
        return f"{'| ' if pinned else '  '}* " if plain else f"{'▌ ' if pinned else '  '}● "

    def toggle(self, choice: str) -> None:
        """Show it as the last one, or no more."""
        if choice not in self.chosen:
            self._choices.setdefault(choice, column_choice(choice))
            self.chosen.append(choice)
            return
        self._pinned -= self.chosen.index(choice) < self._pinned
        self.chosen.remove(choice)

    def picked(self) -> PickedColumns:
        """What is chosen; without anything, what varies."""
        return PickedColumns(tuple(self.chosen) or None, self._pinned if self.chosen else 1)

    def may_swap(self, place: int, other: int) -> bool:
        """Pinned ones stay before the others."""
        return (place < self._pinned) == (other < self._pinned)

    def action_pin(self) -> None:
        """Pin what is under the cursor, or let it scroll; in a formula, complete the key."""
        choice = self.at_cursor
        if choice is None:
            self.tell_nothing()
            return
        if _is_formula(self.line.value):
            self._complete(choice)
            return
        pinned = choice in self.chosen[: self._pinned]
        if choice in self.chosen:
            self.chosen.remove(choice)
        self._pinned += -1 if pinned else 1
        self.chosen.insert(self._pinned if pinned else self._pinned - 1, choice)
        self.clear(choice)

    def action_usual(self) -> None:
        """The columns that vary among the runs shown."""
        self.dismiss(PickedColumns(None))

    def offered(self, typed: str) -> list[str]:
        """Of a formula itself, and what its last key could be; else the column that is typed, then what that leaves."""
        if not _is_formula(typed):
            meant = found_column(typed, self._frame)
            return list(dict.fromkeys([*([meant] if meant in self._choices else []), *super().offered(typed)]))
        made = f"{SIGN}{formula_of(typed)}"
        whole = [] if self._mistaken(typed) else [made]
        self._choices |= {column: column_choice(column) for column in whole}
        columns = set(self._frame.columns) - {made}
        keys = {key: choice.searched for key, choice in self._choices.items() if key in columns}
        return [*whole, *narrowed_by(keys, _last_key(typed))]

    def has_spaces(self) -> bool:
        """In a formula."""
        return _is_formula(self.line.value)

    def says(self) -> str:
        """What the keys do, also in a formula."""
        if not _is_formula(self.line.value):
            return super().says()
        return "tab completes a key   + - * / ( ) and numbers   enter takes it   escape leaves all as it was"

    def action_take(self) -> None:
        """As ever; a formula that is mistaken stays to be mended."""
        typed = self.line.value
        mistake = self._mistaken(typed) if _is_formula(typed) else None
        if mistake is None:
            if _is_formula(typed):
                self.options.highlighted = 0
            super().action_take()
        else:
            self.notify(one_line(mistake.says), severity="warning", markup=False)

    def _complete(self, column: str) -> None:
        text = key_of(column, self._frame.columns)
        box = self.line
        box.value = f"{box.value.removesuffix(_last_key(box.value))}{text} "
        box.cursor_position = len(box.value)

    def _says_mistake(self, typed: str) -> str:
        """What is mistaken in a formula, below the place; a key that may go on yet is none, nor is an open end."""
        mistake = self._mistaken(typed) if _is_formula(typed) else None
        length = len(formula_of(typed))
        if mistake is None or mistake.start >= length or (mistake.end >= length and self.at_cursor is not None):
            return ""
        before = len(typed) - len(typed.lstrip().removeprefix(SIGN).lstrip()) + mistake.start
        return f"{' ' * before}^ {one_line(mistake.says)}"

    def _mistaken(self, typed: str) -> DerivedError | None:
        try:
            derived(typed, self._frame.schema)
        except DerivedError as mistake:
            return mistake
        return None


def _is_formula(typed: str) -> bool:
    return typed.lstrip().startswith(SIGN)


def _last_key(typed: str) -> str:
    """The key at the end of a formula, as far as it is typed."""
    return _BETWEEN_KEYS.split(typed.removeprefix(SIGN))[-1]


def column_choice(key: str) -> Choice:
    """A column by the words of its head, with the key by which filters know it where that is another word.

    Of columns that are called alike, what each shows.
    """
    known = "computed" if key.startswith(SIGN) else "" if key == title(key) else key
    return Choice(key, title(key), "   ".join(filter(None, (known, _SHOWS.get(key)))))
