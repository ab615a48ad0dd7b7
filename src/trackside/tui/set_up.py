"""An app as a person set it up: theme, keys, motion, clock and numbers, taken over anew whenever they save a change.

A file with a mistake in it changes nothing while the app is open: it is told, and what held before holds on.
"""

import threading
from functools import partial
from typing import TYPE_CHECKING

from textual import constants, events, on, work
from textual.widgets import Input

from trackside.config import reading, state, themes, writing
from trackside.config.changes import changes
from trackside.config.mistakes import Mistake
from trackside.config.reading import Read
from trackside.model.errors import UsageError
from trackside.services.conventions import adopt
from trackside.tui.colours.themed import ThemedApp
from trackside.tui.context import Context
from trackside.tui.keys.actions import ACTIONS
from trackside.tui.messages import StoreChanged
from trackside.tui.terminal import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

MISTAKE_SECONDS = 15.0


class SetUpApp(ThemedApp):
    """Follows the configuration file in a thread of its own, as long as `stopped` is not set."""

    _is_choosing_theme = False

    def __init__(self, context: Context, mistaken: "Sequence[Mistake]" = ()) -> None:
        """`mistaken` is what is wrong with the configuration file."""
        super().__init__()
        self.context = context
        self.stopped = threading.Event()
        self._mistaken = (*mistaken, *self._set_up())
        self._told: tuple[Mistake, ...] = ()

    def on_mount(self) -> None:
        """Tell of mistakes once there is a screen to tell them on, and follow what is saved from then on."""
        if not self.keeps:
            state.keep_here_only()
        self._tell_mistakes(self._mistaken)
        self.call_after_refresh(self._follow_settings)

    def on_unmount(self) -> None:
        """Let the threads end."""
        self.stopped.set()

    @property
    def keeps(self) -> bool:
        """Whether choices outlive the app. Those of a guest do not: in a browser, and there only to look."""
        return not (self.is_web and self.context.read_only)

    def action_switch_theme(self) -> None:
        """Choose a theme, seen while one moves over their names; it is kept in the configuration file."""
        if self.no_color:
            self.notify("NO_COLOR is set: there are no colours to choose", markup=False)
            return
        from trackside.tui.screens.picker import Choice, Picker

        known, mistakes = themes.themes()
        self._tell_mistakes(mistakes)
        choices = [Choice(theme.name, theme.name, "dark" if theme.dark else "light") for theme in known]

        self._is_choosing_theme = True

        def chosen(name: str | None) -> None:
            self._is_choosing_theme = False
            self.show_theme(name or self.context.settings.theme)
            if name is not None and name != self.context.settings.theme and self.keeps:
                self._keep_theme(name)

        self.push_screen(Picker("theme", choices, self.theme, on_cursor=self.show_theme), chosen)

    @work(thread=True, group="keep", exit_on_error=False)
    def _keep_theme(self, name: str) -> None:
        try:
            file = writing.keep("theme", name)
            said = partial(self.notify, f"{name}, kept in {inert(str(file))}", markup=False)
        except (UsageError, OSError) as error:
            said = partial(self.notify, f"not kept: {inert(str(error))}", severity="error", markup=False)
        self.call_from_thread(said)

    @work(thread=True, group="settings", exit_on_error=False)
    def _follow_settings(self) -> None:
        for _ in changes(self.stopped):
            found = reading.read(ACTIONS)
            if not self.stopped.is_set():
                self.call_from_thread(self._saved, found)

    def _saved(self, found: Read) -> None:
        if found.mistakes:
            self._tell_mistakes(found.mistakes)
            return
        before, self.context.settings = self.context.settings, found.settings
        self._tell_mistakes(self._set_up())
        if (before.time_zone, before.numbers, before.columns) != (
            found.settings.time_zone,
            found.settings.numbers,
            found.settings.columns,
        ):
            self._show_anew()

    def _set_up(self) -> tuple[Mistake, ...]:
        """Put the settings into force, but for the theme while another is looked at; what is mistaken in it."""
        settings = self.context.settings
        adopt(settings)
        self.set_keymap(settings.keys)
        self.animation_level = "none" if settings.reduced_motion else constants.TEXTUAL_ANIMATIONS
        return () if self._is_choosing_theme else self.show_theme(settings.theme)

    @work(thread=True, group="anew", exit_on_error=False)
    def _show_anew(self) -> None:
        """Have every screen write its numbers and times again."""
        runs = frozenset(self.context.store.frame(()).get_column("id"))
        for screen in self.screen_stack:
            screen.post_message(StoreChanged(runs, frozenset(self.context.store.projects())))

    def _tell_mistakes(self, mistakes: tuple[Mistake, ...]) -> None:
        """In a line, unless they are those that were told last."""
        if mistakes and mistakes != self._told:
            said = inert(Read(mistakes=mistakes).in_short())
            self.notify(said, severity="warning", markup=False, timeout=MISTAKE_SECONDS)
        self._told = mistakes

    @on(events.DescendantFocus)
    def _calm_cursor(self, event: events.DescendantFocus) -> None:
        """No cursor blinks, in Textual's own screens either: each blink would be written to the terminal."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False
