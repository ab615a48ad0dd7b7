"""Toasts that do not stack up: one that says what another on screen says already takes its place, and its time anew.

They go with the screen that they were told on, unless they tell of something that goes on.
"""

from typing import Any

from textual.app import App
from textual.notifications import Notification, Notify
from textual.screen import Screen

LASTING_SECONDS = 10.0
"""What is told for so long, or longer, goes on where another screen comes, as what went wrong does."""

_HOLDER = "#--textual-toast-"
"""What Textual puts before a notification's identity to name what holds its toast."""


class ToastsApp(App[int]):
    """An app in which the same words stand once, and no longer than what they are about."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._told_on: dict[str, Screen[Any]] = {}
        """By its identity, the screen on which a notification was told."""

    def on_mount(self) -> None:
        """Look at what is told whenever another screen comes to the front."""
        self.screen_change_signal.subscribe(self, lambda _: self._leave_behind())

    def on_notify(self, event: Notify) -> None:
        """Take away those alike before Textual's own handler shows the new one."""
        for elder in [one for one in self._notifications if _says(one) == _says(event.notification)]:
            self._take_away(elder)
        if self.screen_stack:  # not while the app is left
            self._told_on[event.notification.identity] = self.screen

    def _leave_behind(self) -> None:
        """Take away what was told on other screens than the one in front."""
        front = self.screen
        for one in [one for one in self._notifications if self._told_on.get(one.identity, front) is not front]:
            if one.severity == "information" and one.timeout < LASTING_SECONDS:
                self._take_away(one)
        known = {one.identity for one in self._notifications}
        self._told_on = {identity: screen for identity, screen in self._told_on.items() if identity in known}

    def _take_away(self, told: Notification) -> None:
        self._unnotify(told, refresh=False)
        for screen in self.screen_stack:
            screen.query(f"{_HOLDER}{told.identity}").remove()


def _says(notification: Notification) -> tuple[str, str, str]:
    return notification.title, notification.message, notification.severity
