"""How long a test waits after a key: until the app is idle and has drawn what is due, and hardly longer.

Textual's pilot looks twice for every key, by the fiftieth of a second, whether the app is idle, and leaves to a timer
what is to be drawn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual import _wait, app, pilot
from textual._context import active_app
from textual.app import App

_LOOK_AGAIN = 0.004
"""Seconds after which it is looked again."""


async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait as Textual does, and until no message is left and nothing to draw. In seconds; the latter each time it is.

    Textual takes a process that gets no processor for one that has nothing to do.
    """
    await _wait.wait_for_idle(min_sleep, max_sleep)
    while draw(active_app.get()) or has_messages(active_app.get()):
        await _wait.wait_for_idle(min_sleep, max_sleep)


def has_messages(shown: App[Any]) -> bool:
    """Whether anything in the app has been sent a message that it has not looked at."""
    inside = (node for screen in shown.screen_stack for node in screen.walk_children(with_self=True))
    return any(node.message_queue_size for node in (shown, *inside))


def draw(shown: App[Any]) -> bool:
    """Draw what is due on the screen that has the keys; whether anything was. An app that is left has no screen."""
    due = [screen for screen in shown.screen_stack[-1:] if screen._update_timer._active.is_set()]
    for screen in due:
        screen._on_timer_update()
    return bool(due)


@contextmanager
def short_waits() -> Iterator[None]:
    """In here the pilot of any app waits like that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wait, "SLEEP_GRANULARITY", _LOOK_AGAIN)
        patch.setattr(_wait, "SLEEP_IDLE", _LOOK_AGAIN / 20)
        for module in (app, pilot):
            patch.setattr(module, "wait_for_idle", wait_for_idle)
        yield
