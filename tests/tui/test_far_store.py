"""A store that is far away, each of whose answers may take its time: nothing is asked while the screen waits for it."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from small_comparison import WIDE
from small_store import record, shown, until
from test_handing_on import rested
from textual.pilot import Pilot

from trackside.config.settings import Settings
from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.screens.runs import RunsScreen

AT_HOME = {
    "T": "+tag adds",
    "a": "notes of",
    "r": "name",
    "delete": "into the trash?",
    "x": "undoes",
    "u": "undone",
    "b": "undoes",
    "B": "this run is the baseline",
    "z": "val/accuracy of elm",
}
"""What each key comes to show."""


class FarStore:
    """A store, and what it was asked by the thread that shows the screen."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.held_up: list[str] = []
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def ask(*given: Any, **named: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                self.held_up.append(name)
            return found(*given, **named)

        return ask


class FarLive(LiveStore):
    """It, as it is followed."""

    is_far = True

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.far = FarStore(store)
        self.store = self.far


@pytest.fixture
def far(tmp_path: Path) -> FarLive:
    """Two runs."""
    for name in ("oak", "elm"):
        record(tmp_path / "store", name)
    store = Store.open(tmp_path / "store")
    store.refresh(thorough=True)
    return FarLive(store)


@asynccontextmanager
async def app_on_far(far: FarLive) -> AsyncIterator[tuple[RunsScreen, Pilot[Any]]]:
    """The app, once it has read what it shows at first."""
    async with TracksideApp(Context(far, Settings())).run_test(size=WIDE, notifications=True) as pilot:
        home = pilot.app.screen_stack[0]
        assert isinstance(home, RunsScreen)
        await until(pilot, lambda: home.found is not None)
        await rested(pilot)
        yield home, pilot


async def test_no_key_has_the_screen_wait_for_the_store(far: FarLive) -> None:
    async with app_on_far(far) as (home, pilot):
        app = pilot.app
        for key, shows in AT_HOME.items():
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda shows=shows: shows in shown(app), 10)
            await rested(pilot)
            await pilot.press(*["escape"] * (len(app.screen_stack) - 1))
            await until(pilot, lambda: app.screen is home, 10)
        for what in "yxi":
            app.clear_notifications()
            await pilot.press("y", what)
            await until(pilot, lambda: "copied by" in shown(app), 10)
        assert far.far.held_up == []


async def test_the_screens_that_were_open_come_again(far: FarLive) -> None:
    async with app_on_far(far) as (_, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2)
        await rested(pilot)
    async with app_on_far(far) as (_, pilot):
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2)
    assert far.far.held_up == []


async def test_nothing_of_the_store_is_waited_for_when_the_app_is_left(far: FarLive) -> None:
    async with app_on_far(far):
        assert not far.far.is_closed
    assert far.far.is_closed


async def test_a_connection_that_is_tried_again_and_again_is_told_in_the_top_line_and_once_aside(far: FarLive) -> None:
    def lost(stop: threading.Event, listener: Listener) -> None:
        for why in ("refused", "refused again", "unreachable"):
            listener.trouble(f"stale since 12:00:00, connecting again ({why})")
        stop.wait()

    far.follow = lost  # type: ignore[method-assign]
    async with TracksideApp(Context(far, Settings())).run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: "connecting again (unreachable)" in shown(pilot.app))
        assert len(pilot.app._notifications) == 1
