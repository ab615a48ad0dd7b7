"""The line in which a screen tells what a key did: it says so each time, and no longer than up to the next key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs_app import app_on, home, press, told
from small_store import record, shown, until
from textual.screen import Screen

from trackside.services.pivot.pivot import Asked
from trackside.tui.app import TracksideApp
from trackside.tui.compare_tabs.differs import DiffersTab
from trackside.tui.context import Context
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.compare import CompareScreen
from trackside.tui.screens.pivot import PivotScreen
from trackside.tui.screens.run import RunScreen
from trackside.tui.widgets.cells_table import CellsTable

IDLE = "Z does nothing; ? shows the keys"
NOTHING_MORE = "nothing more is known of it; escape goes back to the table"

Make = Callable[[Context, list[str]], Screen[Any]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, rate in (("oak", 0.1), ("elm", 0.2)):
        record(tmp_path / "store", name, steps=2, params={"lr": rate})
    return tmp_path / "store"


async def put(app: TracksideApp, pilot: Any, make: Make) -> None:
    """Put a screen of both runs, one of them the baseline, over the others, and wait until it shows them."""
    await press(pilot, "b")
    store = app.context.store
    await app.push_screen(make(app.context, [store.ids_matching(name)[0] for name in ("oak", "elm")]))
    await until(pilot, lambda: "oak" in shown(app) and "reading" not in shown(app), seconds=10)


async def test_a_dead_key_that_is_pressed_again_says_so_again(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "Z")
        assert told(app) == [IDLE]
        await press(pilot, "Z")
        assert told(app) == [IDLE]


MAKES: dict[str, Make] = {
    "run": lambda context, runs: RunScreen(context, runs[0]),
    "comparison": CompareScreen,
    "chart": lambda context, runs: ChartScreen(context, runs, "train/loss"),
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
async def test_what_a_key_did_is_told_up_to_the_next_key(root: Path, make: Make) -> None:
    async with app_on(root) as (app, pilot):
        await put(app, pilot, make)
        await pilot.press("Z")
        assert told(app) == [IDLE]
        await pilot.press("ctrl+l")
        assert told(app) == []


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
async def test_what_is_told_before_a_screen_has_its_line_is_a_toast(root: Path, make: Make) -> None:
    async with app_on(root) as (app, pilot):
        screen = make(app.context, [app.context.store.ids_matching("oak")[0]])
        opened = app.push_screen(screen)
        screen.notify("told early", markup=False)
        await opened
        await until(pilot, lambda: "told early" in told(app))


async def test_what_a_search_found_stands_while_keys_move_and_again_after_what_one_of_them_did(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await put(app, pilot, MAKES["run"])
        await pilot.press("slash", *"digits", "enter")
        await until(pilot, lambda: bool(told(app)))
        found = told(app)
        assert "digits" in found[0]
        await pilot.press("j")
        assert told(app) == found
        await pilot.press("Z")
        assert told(app) == [IDLE]
        await pilot.press("j")
        assert told(app) == found


async def test_what_a_key_of_the_facets_did_is_told_in_the_line_up_to_the_next_key(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        home(app).facets.focus()
        await press(pilot, "n")
        assert told(app) == ["n and N go through the values that / finds"]
        assert not app._notifications
        await press(pilot, "j")
        assert told(app) == []


async def test_that_nothing_more_is_known_of_a_cell_is_told_in_the_line_of_a_comparison(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await put(app, pilot, lambda context, runs: CompareScreen(context, runs, opens=DiffersTab))
        await pilot.press("enter", "enter")
        assert told(app) == [NOTHING_MORE]
        assert not app._notifications


async def test_that_nothing_more_is_known_of_a_cell_is_told_on_a_pivot(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await app.push_screen(PivotScreen(app.context, Asked()))
        await until(pilot, lambda: app.screen.query_one(CellsTable).row is not None)
        await pilot.press("enter", "enter")
        assert told(app) == [NOTHING_MORE]
