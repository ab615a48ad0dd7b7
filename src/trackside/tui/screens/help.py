"""Help: every key, grouped, those that do something now first; of these the moves, which are alike everywhere, last.

It is made from the action registry, and narrowed by typing.

Where a comparison is on screen, also what its signs mean.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from trackside.services.comparison.reports.statistics_page import Meaning, legend, meanings
from trackside.tui.colours.plain import plain_text
from trackside.tui.keys.actions import ACTIONS, COMPARE, MOVE, Action
from trackside.tui.terminal import is_plain
from trackside.tui.widgets.lines import Line, Lines

if TYPE_CHECKING:
    from trackside.tui.set_up import SetUpApp

_KEYS_COLUMN = 18
_LABEL_COLUMN = 18
_SIGNS = "Signs"
_ELSEWHERE = "Elsewhere"
_GROUPS = list(dict.fromkeys(action.group for action in ACTIONS))


class HelpScreen(ModalScreen[None]):
    """The keys of this app as they are bound now, `near` ones first. Typing narrows, escape closes."""

    CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical { width: 100; max-width: 96%; height: 90%; background: $panel; padding: 0 1;
                            border: round $primary; }
    HelpScreen Input { border: none; height: 1; background: $surface; padding: 0 1; margin: 1 0; }
    HelpScreen Lines { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown,ctrl+d", "scroll(15)", show=False, priority=True),
        Binding("pageup", "scroll(-15)", show=False, priority=True),
        Binding("ctrl+u", "half_page_up", show=False, priority=True),
    ]

    def __init__(self, near: Mapping[str, int] | None = None) -> None:
        super().__init__()
        self._near = near or {}

    def compose(self) -> ComposeResult:
        """A box to type in, and the keys."""
        box = Vertical()
        box.border_title = "help"
        with box:
            yield Input(placeholder="type to narrow, escape closes")
            keys = Lines()
            keys.can_focus = False
            yield keys

    def on_mount(self) -> None:
        """All keys at first."""
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow to what is typed."""
        self._show(event.value)

    def action_scroll(self, lines: int) -> None:
        """Scroll the list."""
        self.query_one(Lines).scroll_relative(y=lines, animate=False)

    def action_half_page_up(self) -> None:
        """What is typed goes, as in every box; without that, as on every list."""
        box = self.query_one(Input)
        if box.value:
            box.clear()
        else:
            self.action_scroll(-15)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss()

    def _show(self, typed: str) -> None:
        remapped = cast("SetUpApp", self.app).context.settings.keys
        sheet = self.query_one(Lines)
        sheet.show(help_lines(typed, lambda action: remapped.get(action.id, action.keys), self._near))
        sheet.scroll_to(y=0, animate=False)


def near_actions(screen: Screen[Any]) -> dict[str, int]:
    """The ids of the actions that keys do now, each with 0 if the focused widget does it, 1 the screen, 2 the app."""
    distances = {screen: 1, screen.app: 2}
    return {
        active.binding.action.partition("(")[0]: distances.get(active.node, 0)
        for active in screen.active_bindings.values()
    }


def help_lines(typed: str, keys_of: Callable[[Action], str], near: Mapping[str, int] | None = None) -> list[Line]:
    """The actions in which every typed word is found, under the heads of their groups.

    `near` are those that keys do now, by id, and how far off: they come first, the nearest group before the others,
    moves last. Of the rest those are left out whose keys do something else now, unless they are searched for. Where
    keys of a comparison are near, its signs are named above all, and explained below those.
    """
    near = near or {}
    compares = any(action.contexts == (COMPARE,) and action.id in near for action in ACTIONS)
    words = typed.casefold().split()
    found = [action for action in ACTIONS if _has(action, keys_of(action), words)]
    here = sorted((action for action in found if action.id in near), key=lambda action: _order(action, near))
    taken = {key for action in ACTIONS if action.id in near for key in keys_of(action).split(",")}
    elsewhere = [
        action
        for action in sorted(found, key=lambda action: _GROUPS.index(action.group))
        if action.id not in near and (words or not taken.issuperset(keys_of(action).split(",")))
    ]
    lines = [Line.of(""), Line.of(_drawn(legend()))] if compares and not words else []
    lines += _grouped(here, keys_of)
    lines += _signs(words) if compares else []
    if near and elsewhere:
        lines += [Line.of(""), Line.of(_ELSEWHERE, "key")]
    lines += _grouped(elsewhere, keys_of)
    return lines[1:] or [Line.of(f"No key does {typed}.", "dim")]


def _has(action: Action, keys: str, words: Sequence[str]) -> bool:
    return _has_words(f"{keys} {action.label} {action.help} {action.group} {action.also}", words)


def _has_words(text: str, words: Sequence[str]) -> bool:
    return all(word in text.casefold() for word in words)


def _order(action: Action, near: Mapping[str, int]) -> tuple[bool, int, int]:
    nearest = min(near[other.id] for other in ACTIONS if other.group == action.group and other.id in near)
    return action.group == MOVE, nearest, _GROUPS.index(action.group)


def _signs(words: Sequence[str]) -> list[Line]:
    """What each sign means and does not mean, as far as every word is found in it, after an empty line."""
    found = [meaning for meaning in meanings() if _has_words(_said(meaning), words)]
    lines = [
        Line(((_drawn(f"  {meaning.signs}  "), "link"), (_drawn(_said(meaning)), "dim")), hang=7) for meaning in found
    ]
    return [Line.of(""), Line.of(_SIGNS, "head"), *lines] if lines else []


def _said(meaning: Meaning) -> str:
    return f"{meaning.called}: {meaning.means} {meaning.proviso}"


def _drawn(text: str) -> str:
    return plain_text(text, plain=is_plain())


def _grouped(actions: Sequence[Action], keys_of: Callable[[Action], str]) -> list[Line]:
    """Each group after an empty line, under its head."""
    lines: list[Line] = []
    for group, members in groupby(actions, key=lambda action: action.group):
        lines += [Line.of(""), Line.of(group, "head"), *(_line(action, keys_of(action)) for action in members)]
    return lines


def _line(action: Action, keys: str) -> Line:
    shown = keys.replace(",", " ").ljust(_KEYS_COLUMN)
    said = action.label.ljust(_LABEL_COLUMN)
    return Line(((f"  {shown}", "link"), (said, ""), (action.help, "dim")), hang=2 + _KEYS_COLUMN + _LABEL_COLUMN)
