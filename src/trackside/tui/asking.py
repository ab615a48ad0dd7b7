"""What a key needs to know of the store before it does anything, asked without the screen standing still."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import work
from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from trackside.model.errors import TracksideError
from trackside.tui.keys.held_keys import HeldKeysApp
from trackside.tui.terminal import inert

if TYPE_CHECKING:
    from trackside.model.run import Run
    from trackside.tui.context import Context

Known = TypeVar("Known")
MOST_AT_ONCE = 200
"""Runs that are read before a person notices."""


class Asking(Screen[None]):
    """A screen over a store. `NO_RUN` says why a key that is about a run does nothing."""

    context: "Context"
    NO_RUN: ClassVar[str] = "the run is being read"

    def are_there(self, runs: Sequence[str]) -> bool:
        """Whether there is any; that there is none is told."""
        if not runs:
            self.notify(self.NO_RUN, markup=False)
        return bool(runs)

    def with_run(self, runs: Sequence[str], then: Callable[["Run"], None]) -> None:
        """`then` with the first of `runs`; that there is none is told."""
        if self.are_there(runs):
            self.ask_store(lambda: self.context.store.run(runs[0]), then)

    def ask_store(self, ask: Callable[[], Known], then: Callable[[Known], None], *, runs: int = 1) -> None:
        """`then` with what the store answers about so many `runs`; what goes wrong is told in a line.

        A store of this machine is asked at once, so that keys that were typed ahead go where they are meant. What one
        that is far away answers, or one that is asked about many, is let fall when something else was asked since, or
        another screen is looked at.
        """
        if self.context.live.is_far or runs > MOST_AT_ONCE:
            asking = self._ask_beside(ask, then)
            if isinstance(self.app, HeldKeysApp):
                self.app.asks(self, asking)
            return
        try:
            known = ask()
        except (TracksideError, OSError) as error:
            self.tell_error(error)
        else:
            then(known)

    @work(thread=True, exclusive=True, group="ask", exit_on_error=False)
    def _ask_beside(self, ask: Callable[[], Known], then: Callable[[Known], None]) -> None:
        worker = get_current_worker()

        def answered(known: Known) -> None:
            if self.is_current and not worker.is_cancelled:
                then(known)

        failed = True
        try:
            known = ask()
        except (TracksideError, OSError) as error:
            self.app.call_from_thread(self.tell_error, error)
        else:
            failed = False
            self.app.call_from_thread(answered, known)
        finally:
            self.call_later(self._go_on, worker, failed)

    async def _go_on(self, asking: Worker[Any], failed: bool) -> None:
        """With the keys that waited for the answer."""
        if isinstance(self.app, HeldKeysApp):
            await self.app.answered(self, asking, failed=failed)

    def tell_error(self, error: Exception) -> None:
        """In a line."""
        self.notify(inert(str(error)), severity="error", markup=False)
