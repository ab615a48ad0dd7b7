"""What is kept of closed and covered screens, and where memory is taken from."""

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import Screen

_M_ARENA_MAX = -8
"""By this number glibc's `mallopt` knows how many heaps there may be."""


def share_one_heap() -> None:
    """Have all threads take memory from one heap, where the C library would give each its own.

    Such a heap keeps what its thread once needed: 80 MiB after a run of a million steps was read and drawn. Threads
    that have to wait for one another to compute need not be kept apart.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def forget_painted(screen: "Screen[Any]") -> None:
    """Let go of what a screen's widgets have painted: they paint it again when it is seen.

    Of a dozen large screens that is two thirds of all that a look for garbage looks at.
    """
    from textual.widget import Widget

    for widget in screen.walk_children(Widget):
        widget._styles_cache.clear()  # noqa: SLF001  `refresh` would have hundreds of widgets ask to be painted


def forget_closed_screens() -> None:
    """Let go of what widgets that are gone had on the screen.

    Textual remembers two colours for each of the last thousand widgets, by what it keeps of their lines.
    """
    from textual._styles_cache import StylesCache

    StylesCache.get_inner_outer.cache_clear()
