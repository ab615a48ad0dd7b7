"""What is to be done once, later, is done, however soon."""

import asyncio
from collections.abc import Callable

from textual.app import App

from trackside.tui.once import after


async def called(app: App[None], seconds: float, *, cancelled: bool = False) -> bool:
    """Whether it was called by the time at which something else was that came after it."""
    done: list[str] = []
    other = asyncio.Event()
    handle = after(seconds, app, lambda: done.append("done"))
    if cancelled:
        handle.cancel()
    after(max(seconds, 0.0) + 0.01, app, other.set)
    await other.wait()
    return bool(done)


async def test_what_is_due_before_it_begins_to_wait_is_done() -> None:
    async with App[None]().run_test() as pilot:
        assert all([await called(pilot.app, seconds) for seconds in (-1.0, 0.0, 1e-9, 1e-6, 1e-3)])


async def test_what_is_cancelled_is_not_done() -> None:
    async with App[None]().run_test() as pilot:
        assert not await called(pilot.app, 0.0, cancelled=True)


async def test_it_is_done_by_its_owner_and_what_fails_ends_the_app() -> None:
    def fails() -> Callable[[], None]:
        raise RuntimeError("of what was called")

    app = App[None]()
    failure: list[str] = []
    try:
        async with app.run_test() as pilot:
            after(0.0, app, fails)
            await asyncio.sleep(0)
            await pilot.pause()
    except RuntimeError as error:
        failure.append(str(error))
    assert failure == ["of what was called"]
