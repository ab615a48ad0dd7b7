"""The app on a place to which nothing happens by itself, and the wait until it is at rest."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from idle_waits import wait_for_idle
from small_store import until
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from trackside.config.settings import Settings
from trackside.services.places.finding import in_place
from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.sources.walk import Skipped
from trackside.store.changes import Changes
from trackside.store.layout import StorePaths
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context

EVER = ("follow", "settings")
"""Groups of workers that go on as long as the app."""


class Unchanging(LiveStore):
    """A place whose changes come when they are asked for."""

    skipped: Sequence[Skipped] = ()

    @classmethod
    def at(cls, place: str) -> "Unchanging":
        """A store, called as it is named here, or a folder of other systems, once it was read."""
        if StorePaths(Path(place)).manifest.exists():
            return cls(Store.open(Path(place)))
        others = in_place(place)
        live = cls(others.store, others)
        live.skipped = others.catch_up()
        return live

    def follow(self, stop: Any, listener: Listener) -> None:
        self._listener = listener
        listener.changes(Changes())
        listener.skipped(list(self.skipped))

    def catch_up(self) -> bool:
        """Let the app know what was edited, if anything was."""
        changes = self.store.refresh()
        if changes:
            self._listener.changes(changes)
        return bool(changes)


@asynccontextmanager
async def app_at(size: tuple[int, int], place: str) -> AsyncIterator[Pilot[Any]]:
    live = Unchanging.at(place)
    app = TracksideApp(Context(live, Settings(time_zone="utc")))
    async with app.run_test(size=size) as pilot:
        await at_rest(pilot)
        yield pilot
    live.store.close()


async def at_rest(pilot: Pilot[Any]) -> None:
    """Wait until nothing is read or drawn any more, and nothing will be before a key is pressed."""
    for _ in range(3):
        await until(pilot, lambda: not any(_going_on(pilot)))
        await wait_for_idle()
    await pilot.pause()


def _going_on(pilot: Pilot[Any]) -> Iterator[bool]:
    app = pilot.app
    yield from (worker.group not in EVER for worker in app.workers)
    for node in (app, *(node for screen in app.screen_stack for node in screen.walk_children(with_self=True))):
        for timer in node._timers:
            yield timer._repeat == 0 and timer._interval < 1 and timer._task is not None and not timer._task.done()
    loop = asyncio.get_running_loop()
    for handle in loop._scheduled:
        is_of_the_app = getattr(handle._callback, "__func__", None) is MessagePump.call_next
        yield is_of_the_app and not handle.cancelled() and handle.when() < loop.time() + 1
