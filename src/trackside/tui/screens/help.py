"""Help: every key, grouped, made from the action registry and narrowed by typing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from trackside.tui.actions import ACTIONS, Action
from trackside.tui.widgets.lines import Line, Lines

if TYPE_CHECKING:
    from trackside.tui.app import TracksideApp

_KEYS_COLUMN = 18
_LABEL_COLUMN = 18


class HelpScreen(ModalScreen[None]):
    """The keys of this app as they are bound now. Typing narrows, escape closes."""

    CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical { width: 100; max-width: 96%; height: 90%; background: $panel; padding: 0 1; }
    HelpScreen Input { border: none; height: 1; background: $surface; padding: 0 1; margin: 1 0; }
    HelpScreen Lines { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown,ctrl+d", "scroll(15)", show=False, priority=True),
        Binding("pageup,ctrl+u", "scroll(-15)", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """A box to type in, and the keys."""
        with Vertical():
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

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss()

    def _show(self, typed: str) -> None:
        remapped = cast("TracksideApp", self.app).context.settings.keys
        sheet = self.query_one(Lines)
        sheet.show(help_lines(typed, lambda action: remapped.get(action.id, action.keys)))
        sheet.scroll_to(y=0, animate=False)


def help_lines(typed: str, keys_of: Callable[[Action], str]) -> list[Line]:
    """The actions in which every typed word is found, under the heads of their groups."""
    words = typed.casefold().split()
    lines: list[Line] = []
    group = None
    for action in sorted(ACTIONS, key=lambda action: _group_order(action.group)):
        keys = keys_of(action)
        searched = f"{keys} {action.label} {action.help} {action.group}".casefold()
        if not all(word in searched for word in words):
            continue
        if action.group != group:
            group = action.group
            lines += [Line.of("")] if lines else []
            lines.append(Line.of(group, "head"))
        lines.append(_line(action, keys))
    return lines or [Line.of(f"No key does {typed}.", "dim")]


def _group_order(group: str) -> int:
    return list(dict.fromkeys(action.group for action in ACTIONS)).index(group)


def _line(action: Action, keys: str) -> Line:
    shown = keys.replace(",", " ").ljust(_KEYS_COLUMN)
    said = action.label.ljust(_LABEL_COLUMN)
    return Line(((f"  {shown}", "link"), (said, ""), (action.help, "dim")), hang=2 + _KEYS_COLUMN + _LABEL_COLUMN)
