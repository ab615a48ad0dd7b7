"""What is to be done once, later, is done, however soon."""

import asyncio

from textual.app import App
from textual.containers import Container
from textual.message_pump import MessagePump
from textual.widgets import Static

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
    def fails() -> None:
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


class Going(Static):
    """A widget that asks `owner` for something while it goes, and is there until that is due."""

    def __init__(self, owner: MessagePump, done: list[str]) -> None:
        super().__init__()
        self.owner, self.done = owner, done

    async def on_unmount(self) -> None:
        is_due = asyncio.Event()
        after(0.0, self.owner, lambda: self.done.append("while it went"))
        asyncio.get_running_loop().call_later(0.01, is_due.set)
        await is_due.wait()


async def test_an_owner_that_is_going_or_gone_does_nothing_more() -> None:
    done: list[str] = []
    async with App[None]().run_test() as pilot:
        parent = Container()
        await pilot.app.mount(parent)
        await parent.mount(Going(parent, done))
        await parent.remove()
        after(0.0, parent, lambda: done.append("once it was gone"))
        assert await called(pilot.app, 0.0)
    assert done == []


async def test_an_app_that_ends_does_nothing_more() -> None:
    done: list[str] = []
    app = App[None]()
    async with app.run_test():
        await app.mount(Going(app, done))
    assert done == []
