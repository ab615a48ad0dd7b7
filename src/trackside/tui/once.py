"""Something done once, later: Textual's own timer does it never where the moment passes before it begins to wait."""

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump


def after(seconds: float, owner: MessagePump, call: Callable[[], object]) -> asyncio.TimerHandle:
    """Have `owner` call that in so many seconds, unless it is gone or the handle is cancelled by then.

    For the event loop's thread.
    """

    def due() -> object:
        return call() if owner.is_running else None

    return asyncio.get_running_loop().call_later(seconds, owner.call_next, due)
