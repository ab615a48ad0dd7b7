"""An app in the colours of a theme and with signs, as far as its terminal has them: all colours, sixteen, or none."""

from collections.abc import Sequence
from typing import Any

from textual.app import App
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen

from trackside.config import themes
from trackside.config.mistakes import Mistake
from trackside.tui.colours.plain import Plain
from trackside.tui.colours.theming import CURSOR, Colourless, ReversedCursor, textual_theme
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
        """Put the screen in front into the colours of the theme, and those below it each in a turn of its own.

        Textual's own does all in one, in which no key is looked at.
        """
        self.stylesheet.set_variables(self.get_css_variables())
        self.stylesheet.reparse()
        self.stylesheet.update(self, animate=animate)
        for place, screen in enumerate(reversed(self.screen_stack)):
            if place == 0:
                screen.refresh(layout=True)
            else:
                self.call_later(self._restyle, screen)

    def _restyle(self, screen: Screen[Any]) -> None:
        """Put a screen into the colours of the theme, unless it was left meanwhile."""
        if screen.is_attached:
            self.stylesheet.update(screen, animate=False)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own would write shades of grey under `NO_COLOR`."""
        kept = [one for one in super().get_line_filters() if not isinstance(one, Monochrome | NoColor)]
        reversing = [self._reversed] if self._reversed.enabled else []
        return [*kept, *reversing, *self._always]
