"""The bottom line: the keys that matter where the focus is. What does not fit is left out whole; it never wraps.

It stands on every screen in place of Textual's footer, which cuts keys in two.
"""

import msgspec
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from trackside.tui.terminal import is_plain

_GAP = 2
_ALWAYS = ("back", "help_keys")
_ELSEWHERE_TOO = ("next_tab", "full_screen")
"""Keys that come after those of the place itself, and go first where there is no room."""
_SIGNS = {"enter": "enter", "space": "space"} if is_plain() else {"enter": "⏎", "space": "␣"}
_SHORT = {**_SIGNS, "escape": "esc", "delete": "del"}


class _Key(msgspec.Struct, frozen=True):
    action: str
    key: str
    shown: str
    label: str

    @property
    def width(self) -> int:
        return len(self.shown) + 1 + len(self.label)


class KeysFooter(Widget):
    """Made from the bindings that are active now. A click on a key presses it."""

    DEFAULT_CSS = """
    KeysFooter { dock: bottom; height: 1; padding: 0 1; background: $surface; color: $foreground-muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[_Key, ...] = ()

    def on_mount(self) -> None:
        """The keys change with the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self._bindings_changed(self.screen)

    def render(self) -> Content:
        """As many keys as there is room for."""
        parts: list[tuple[str, str]] = []
        for place, key in enumerate(self._fitting()):
            parts += [(" " * _GAP if place else "", ""), (key.shown, "$accent"), (f" {key.label}", "")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        left = 1
        for key in self._fitting():
            if left <= event.x < left + key.width:
                self.app.simulate_key(key.key)
            left += key.width + _GAP

    def _bindings_changed(self, screen: Screen[object]) -> None:
        keys: dict[str, _Key] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.action not in keys and active.enabled:
                shown = _SHORT.get(binding.key, self.app.get_key_display(binding))
                keys[binding.action] = _Key(binding.action, binding.key, shown, binding.description)
        ordered = tuple(sorted(keys.values(), key=lambda key: key.action in _ELSEWHERE_TOO))
        if ordered != self._keys:
            self._keys = ordered
            self.refresh()

    def _fitting(self) -> list[_Key]:
        """The keys in their order, as far as they fit beside those that lead back and to help, which stand last."""
        always = [key for key in self._keys if key.action in _ALWAYS]
        room = self.content_size.width - sum(key.width for key in always) - _GAP * (len(always) - 1)
        fitting = []
        for key in self._keys:
            if key not in always:
                room -= key.width + _GAP
                if room < 0:
                    break
                fitting.append(key)
        return fitting + always
