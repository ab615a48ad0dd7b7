"""Something done once, later: Textual's own timer does it never where the moment passes before it begins to wait."""

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump


def after(seconds: float, owner: MessagePump, call: Callable[[], object]) -> asyncio.TimerHandle:
    """Have `owner` call that in so many seconds, unless the handle is cancelled before. For the event loop's thread."""
    return asyncio.get_running_loop().call_later(seconds, owner.call_next, call)
