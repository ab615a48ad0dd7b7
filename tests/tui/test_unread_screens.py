"""Keys on a screen that is still being read: they do what they are for at once, or say why they cannot."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from held import Held
from runs_app import app_on, home, run_of, told
from small_store import record, shown, until
from textual.events import Key
from textual.pilot import Pilot

from trackside.config import paths, state
from trackside.services.run import overview
from trackside.tui.app import TracksideApp
from trackside.tui.screens import stores
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.run import RunScreen


@pytest.fixture
def root(tmp_path: Path) -> Path:
    record(tmp_path / "store", "oak", steps=3)
    return tmp_path / "store"


class TestRun:
    @asynccontextmanager
    async def unread(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[tuple[TracksideApp, Pilot[Any]]]:
        async with app_on(root) as (app, pilot):
            held = Held(monkeypatch, overview, "load")
            try:
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, RunScreen) and held.found.is_set())
                yield app, pilot
                assert not held.let_go.is_set()
            finally:
                held.let_go.set()

    @pytest.mark.parametrize(
        ("keys", "done"),
        [
            ("r x y", lambda run: run.name.endswith("xy")),
            ("T + x", lambda run: list(run.tags) == ["x"]),
            ("a x y", lambda run: run.notes == "xy"),
            ("x", lambda run: run.archived),
            ("delete y", lambda run: run.trashed),
        ],
    )
    async def test_an_edit_is_of_the_run_and_what_is_typed_behind_it_is_typed(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, keys: str, done: Callable[[Any], bool]
    ) -> None:
        async with self.unread(root, monkeypatch) as (app, pilot):
            run_id = run_of(app, "oak").id
            await pilot.press(*keys.split(), *["enter"] * (len(keys) > 1 and "delete" not in keys))
            await until(pilot, lambda: done(app.context.store.run(run_id)))
            assert app.context.store.run(run_id).archived is (keys == "x")

    async def test_it_is_made_the_baseline_and_is_told_to_be_that(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with self.unread(root, monkeypatch) as (app, pilot):
            await pilot.press("B")
            await until(pilot, lambda: told(app) == ["digits has no baseline yet; b makes this run one"])
            await pilot.press("b")
            await until(pilot, lambda: told(app) == ["oak is the baseline of digits   u undoes"])
            await pilot.press("B")
            await until(pilot, lambda: told(app) == ["this run is the baseline"])

    async def test_its_id_is_copied_and_its_chart_is_opened(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async with self.unread(root, monkeypatch) as (app, pilot):
            await pilot.press("y", "i")
            await until(pilot, lambda: app.clipboard == run_of(app, "oak").id)
            await pilot.press("z")
            await until(pilot, lambda: isinstance(app.screen, ChartScreen))


async def test_views_can_be_opened_renamed_and_thrown_away_by_what_is_typed_behind_the_key_that_lists_them(
    root: Path,
) -> None:
    async with app_on(root) as (app, pilot):
        file = paths.views_file(app.context.store.uuid)
        state.change_views(file, lambda _: {"steep": state.View(filter="oak"), "tall": state.View(filter="elm")})
        burst(app, "apostrophe", "r", "x", "enter")
        await until(pilot, lambda: "x   oak" in shown(app))
        await pilot.press("escape")
        burst(app, "apostrophe", "enter")
        await until(pilot, lambda: home(app).asked.filter == "elm")


async def test_before_the_stores_are_read_the_keys_about_one_say_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_on(root) as (app, pilot):
        held = Held(monkeypatch, stores, "open_stores")
        await pilot.press("O")
        await until(pilot, held.found.is_set)
        for key in ("D", "enter"):
            await pilot.press(key)
            await until(pilot, lambda: told(app) == ["the stores have not been read yet"])
            app.clear_notifications()
        held.let_go.set()
        await until(pilot, lambda: "1 store" in shown(app))
        await pilot.press("k", "D")
        await until(pilot, lambda: told(app) == ["there is no store under the cursor"])


def burst(app: TracksideApp, *keys: str) -> None:
    """Keys that are there before the first of them is done."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))
