"""Actions that change what a store holds: in an app that may only look, they say so before they ask anything."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar, cast

from textual.screen import Screen

if TYPE_CHECKING:
    from trackside.tui.set_up import SetUpApp

READ_ONLY = "nothing can be edited here: this was opened with --read-only"

On = TypeVar("On", bound=Screen[None])
_CHANGING: set[object] = set()


def changing(action: Callable[[On], None]) -> Callable[[On], None]:
    """Such an action of a screen."""

    @wraps(action)
    def done(screen: On) -> None:
        if cast("SetUpApp", screen.app).context.read_only:
            screen.notify(READ_ONLY, markup=False)
        else:
            action(screen)

    _CHANGING.add(done)
    return done


def is_changing(action: object) -> bool:
    """Whether a method of a screen is such an action."""
    return getattr(action, "__func__", None) in _CHANGING
