"""What a widget shows while pictures are drawn in a thread: never an older one after a newer."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from trackside.charts.spec import Picture, Segment
from trackside.tui.widgets.drawn import Drawn


class Slow(Drawn[str]):
    """Draws a word; `b` takes until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.word = "a"
        self.begun, self.go = threading.Event(), threading.Event()

    def spec(self) -> str:
        return self.word

    def paint(self, spec: str) -> Picture:
        if spec == "b":
            self.begun.set()
            assert self.go.wait(30)
        return Picture(((Segment(spec),),))


class OneDrawn(App[None]):
    def compose(self) -> ComposeResult:
        yield Slow()


@asynccontextmanager
async def while_b_is_drawn() -> AsyncIterator[tuple[Slow, Pilot[None]]]:
    """`a` was shown, and `b` is being drawn."""
    app = OneDrawn()
    async with app.run_test() as pilot:
        slow = app.query_one(Slow)
        await app.workers.wait_for_complete()
        slow.word = "b"
        slow.redraw()
        while not slow.begun.is_set():
            await pilot.pause()
        yield slow, pilot


async def finished(slow: Slow, pilot: Pilot[None]) -> str:
    """What is shown once `b` is drawn."""
    slow.go.set()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return "" if slow.picture is None else slow.picture.text


async def test_what_is_being_drawn_does_not_replace_a_kept_picture_that_was_asked_for_meanwhile() -> None:
    async with while_b_is_drawn() as (slow, pilot):
        slow.word = "a"
        slow.redraw()
        assert await finished(slow, pilot) == "a"


async def test_what_is_being_drawn_does_not_come_after_nothing_was_asked_for() -> None:
    async with while_b_is_drawn() as (slow, pilot):
        slow.clear()
        assert await finished(slow, pilot) == ""


async def test_what_is_being_drawn_is_shown_if_it_is_still_asked_for() -> None:
    async with while_b_is_drawn() as (slow, pilot):
        assert await finished(slow, pilot) == "b"
