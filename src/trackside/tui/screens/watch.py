"""The watch rules: which there are, switched on and off, made and removed."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from trackside.config.conditions import conditions
from trackside.config.settings import WatchRule
from trackside.query.parse import parse
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.watching import Watching, described
from trackside.tui.widgets.options import Options
from trackside.tui.widgets.prompt import Prompt

_KEYS = {"a": "add", "x,delete": "remove", "escape,q,w": "leave", "space": "switch"}
_SAYS = "space on/off   a add   x remove   escape back"
_NONE = "Nothing is watched for. a adds a rule: what, and for which runs."


class WatchScreen(ModalScreen[None]):
    """A line for each rule. `filter_` is what a new one is offered."""

    CSS = """
    WatchScreen { align: center middle; }
    WatchScreen > Vertical { width: 90%; max-width: 100; height: auto; max-height: 80%; border: round $primary; }
    WatchScreen > Vertical { background: $panel; padding: 0 1; }
    WatchScreen OptionList { height: auto; max-height: 20; border: none; background: $panel;
                                text-wrap: nowrap; text-overflow: ellipsis; }
    WatchScreen Static { height: 1; color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding(key, action, show=False) for key, action in _KEYS.items()]

    def __init__(self, watching: Watching, filter_: str = "") -> None:
        super().__init__()
        self._watching = watching
        self._filter = filter_

    def compose(self) -> ComposeResult:
        """The rules, and what the keys do."""
        box = Vertical()
        box.border_title = "watch"
        with box:
            yield Options()
            yield Static(_SAYS)

    def on_mount(self) -> None:
        """All of them."""
        self._show()

    def action_switch(self) -> None:
        """The rule under the cursor, on or off."""
        rule = self._at_cursor()
        if rule is None:
            self.notify(_NONE, markup=False)
            return
        self._watching.switch(rule)
        self._show()

    def action_remove(self) -> None:
        """The rule under the cursor; one of the settings is removed there."""
        rule = self._at_cursor()
        if rule is None:
            self.notify(_NONE, markup=False)
            return
        if not self._watching.is_own(rule):
            self.notify("this one stands in config.toml; space switches it off", markup=False)
            return
        self._watching.remove(rule)
        self._show()

    def action_add(self) -> None:
        """Ask what is to be watched for, and of which runs."""
        words = "end, fail, nan, stall, health, and filters that come to hold: val/loss<0.1"
        asks = Prompt("watch for", "end, fail, nan, stall", words, check=lambda text: conditions([text]), needs=words)

        def answered(said: str | None) -> None:
            if said is not None:
                self._add(said)

        self.app.push_screen(asks, answered)

    def _add(self, on_: str) -> None:
        """Ask of which runs, and add the rule."""

        def answered(filter_: str | None) -> None:
            if filter_ is None:
                return
            wanted = conditions([on_])
            name = f"{on_.strip()} {filter_.strip()}".strip()
            self._watching.add(WatchRule(name, filter_.strip(), (*sorted(wanted.words), *wanted.filters)))
            self._show(name)

        asks = Prompt("of which runs", self._filter, "a filter; nothing is all runs", check=parse)
        self.app.push_screen(asks, answered)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss()

    def _at_cursor(self) -> WatchRule | None:
        at = self.query_one(OptionList).highlighted
        rules = self._watching.rules
        return rules[at] if at is not None and at < len(rules) else None

    def _show(self, name: str | None = None) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        rules = self._watching.rules
        options.clear_options()
        options.add_options([Option(self._line(rule)) for rule in rules] or [Option(_NONE, disabled=True)])
        if rules:
            names = [rule.name for rule in rules]
            options.highlighted = names.index(name) if name in names else min(at, len(rules) - 1)
        options.focus()

    def _line(self, rule: WatchRule) -> Content:
        name, what, ways = (one_line(part) for part in described(rule))
        sign = ("*-" if is_plain() else "●○")[not self._watching.is_on(rule)]
        shown, where = (what, "") if self._watching.is_own(rule) else (f"{name}: {what}", "  config.toml")
        return Content.assemble((f"{sign} ", "$accent"), shown, (f"  {ways}{where}", "$foreground-muted"))
