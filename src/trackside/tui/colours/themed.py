"""An app in the colours of a theme and with signs, as far as its terminal has them: all colours, sixteen, or none."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen

from trackside.config import themes
from trackside.config.mistakes import Mistake
from trackside.tui.colours.plain import Plain
from trackside.tui.colours.theming import CURSOR, Colourless, ReversedCursor, textual_theme
from trackside.tui.colours.tones import Toned
from trackside.tui.output.pacing import PacedApp
from trackside.tui.terminal import is_plain

_SIXTEEN = "standard"


class ThemedApp(PacedApp):
    """Shows trackside's themes, and under `NO_COLOR` none, where what is reversed and bold is left."""

    def __init__(self) -> None:
        super().__init__()
        self._reversed = ReversedCursor()
        self._always: list[LineFilter] = [Colourless()] if self.no_color else []
        if is_plain():
            self._always.append(Plain())
        self._only_sixteen = self.no_color
        self._outdated: WeakSet[Screen[Any]] = WeakSet()

    def look_at_terminal(self) -> None:
        """A terminal of 16 colours or fewer gets the theme that has no more."""
        self._only_sixteen = self.no_color or self.console.color_system in (None, _SIXTEEN)
        self.show_theme(self.theme)

    def show_theme(self, name: str) -> tuple[Mistake, ...]:
        """Show the theme of that name, read anew; what is mistaken in it, where it is a person's own."""
        found, mistakes = themes.theme(name)
        if self._only_sixteen and not found.ansi:
            found, _ = themes.theme(themes.SIXTEEN)
        made = textual_theme(found)
        if made != self.get_theme(made.name):
            self.register_theme(made)
            if self.theme == made.name:
                self.mutate_reactive(App.theme)
        self.theme = made.name
        return mistakes

    def watch_theme(self) -> None:
        """A cursor is reversed where there is no colour for it."""
        theme = self.current_theme
        self._reversed.look_for(theme.variables[CURSOR] if theme.ansi else None)

    def refresh_css(self, animate: bool = True) -> None:
        """Put what is in sight into the colours of the theme; a screen that is covered gets them once it is seen again.

        Textual's own does all screens in one turn of the loop, in which no key is looked at.
        """
        self.stylesheet.set_variables(self.get_css_variables())
        self.stylesheet.reparse()
        self.stylesheet.update(self, animate=animate)
        if self.screen_stack:
            _paint_again(self.screen)
            self.screen.refresh(layout=True)
            self._outdated = WeakSet(self.screen_stack[:-1])
            self.call_later(self._restyle, self._background_screens)

    def pop_screen(self) -> AwaitComplete:
        """Leave the screen in front; what is seen then has the colours of the theme."""
        left = super().pop_screen()
        self._restyle([self.screen, *self._background_screens])
        return left

    def _restyle(self, screens: Sequence[Screen[Any]]) -> None:
        """Put those screens into the colours of the theme that were covered when it changed."""
        for screen in screens:
            if screen in self._outdated and screen.is_attached:
                self._outdated.discard(screen)
                self.stylesheet.update(screen, animate=False)
                _paint_again(screen)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own would write shades of grey under `NO_COLOR`."""
        kept = [one for one in super().get_line_filters() if not isinstance(one, Monochrome | NoColor)]
        reversing = [self._reversed] if self._reversed.enabled else []
        return [*kept, *reversing, *self._always]


def _paint_again(screen: Screen[Any]) -> None:
    for widget in screen.walk_children(Toned):
        widget.theme_changed()
