"""Toasts that do not stack up: one that says what another on screen says already takes its place, and its time anew."""

from textual.app import App
from textual.notifications import Notification, Notify

_HOLDER = "#--textual-toast-"
"""What Textual puts before a notification's identity to name what holds its toast."""


class ToastsApp(App[int]):
    """An app in which the same words stand once."""

    def on_notify(self, event: Notify) -> None:
        """Take away those alike before Textual's own handler shows the new one."""
        alike = [one for one in self._notifications if _says(one) == _says(event.notification)]
        for elder in alike:
            self._unnotify(elder, refresh=False)
            self.screen.query(f"{_HOLDER}{elder.identity}").remove()


def _says(notification: Notification) -> tuple[str, str, str]:
    return notification.title, notification.message, notification.severity
