"""The app on a store, opened on the Runs screen, and what a person does there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from small_store import open_context, shown, until
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from trackside.tui.app import TracksideApp
from trackside.tui.pace import READING
from trackside.tui.screens.runs import RunsScreen

WIDE = (160, 45)
SMALL = (80, 24)


@asynccontextmanager
async def app_on(root: Path, size: tuple[int, int] = WIDE) -> AsyncIterator[tuple[TracksideApp, Pilot[Any]]]:
    """The app once it shows what it found."""
    context = open_context(root)
    app = TracksideApp(context)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: home(app).found is not None)
        await rested(pilot)
        yield app, pilot
    context.store.close()


def home(app: TracksideApp) -> RunsScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, RunsScreen)
    return screen


async def rested(pilot: Pilot[Any]) -> None:
    """Wait until what is shown and counted is what is asked for and no key is left to be done."""
    screen = home(pilot.app)
    await pilot.pause()
    await until(pilot, lambda: screen.found is not None and screen.found.asked == screen.asked)
    await until(pilot, lambda: not any(worker.group == READING and worker.is_running for worker in pilot.app.workers))
    await pilot.pause()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await rested(pilot)


async def write(pilot: Pilot[Any], text: str) -> None:
    """Into the box that has the keys, all at once."""
    await until(pilot, lambda: isinstance(pilot.app.screen.focused, Input | TextArea))
    box = pilot.app.screen.focused
    assert isinstance(box, Input | TextArea)
    box.clear()
    if isinstance(box, Input):
        box.insert_text_at_cursor(text)
    else:
        box.insert(text)
    await pilot.pause()


async def filter_by(pilot: Pilot[Any], text: str) -> None:
    await pilot.press("slash")
    await write(pilot, text)
    await press(pilot, "enter")


async def pick(pilot: Pilot[Any], key: str, name: str) -> None:
    await pilot.press(key)
    await write(pilot, name)
    await press(pilot, "enter")


async def take(pilot: Pilot[Any], key: str, *names: str) -> None:
    """Of the list that a key opens, each of these, and apply."""
    await pilot.press(key)
    for name in names:
        await write(pilot, name)
        await pilot.press("enter")
    await leave(pilot, "enter")


async def leave(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys of a list, the last of which closes it."""
    await pilot.press(*keys)
    await until(pilot, lambda: pilot.app.screen is home(pilot.app))
    await rested(pilot)


def names(app: TracksideApp) -> list[str]:
    """The names of the runs in the table, from the top."""
    table = home(app).table
    return [row.cells[0].text for row in table.rows_between(0, table.count)]


def under_cursor(app: TracksideApp) -> str:
    row = home(app).table.row(home(app).table.cursor)
    assert row is not None
    return row.cells[0].text


def top_line(app: TracksideApp) -> str:
    return shown(app).splitlines()[0]


def run_of(app: TracksideApp, name: str) -> Any:
    store = app.context.store
    return store.run(store.ids_matching(name)[0])


def told(app: TracksideApp) -> list[str]:
    """What stands in toasts, and in the line in which the screen in front tells what a key did."""
    lines = [app.screen.line] if isinstance(app.screen, RunsScreen) else []
    lines += [str(line.content) for line in app.screen.query("#says").results(Static)]
    toasts = [f"{note.title} {note.message}".strip() for note in app._notifications]
    return [*filter(None, lines), *toasts]
