"""The wall of a run's charts: pages, layouts, sections, pins, and what all charts have in common."""

from pathlib import Path
from typing import Any

import pytest
from small_store import OneScreen, open_context, record, settled, shown, until

import trackside
from trackside.config import paths, state
from trackside.config.settings import Settings
from trackside.services.project import decisions
from trackside.tui.context import Context
from trackside.tui.screens.run import RunScreen
from trackside.tui.tabs.charts import ChartsTab
from trackside.tui.widgets.chart import Chart

WIDE = (160, 45)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "store"


def many(root: Path) -> str:
    with trackside.init(store=root, project="digits", name="many", quiet=True) as run:
        for step in range(30):
            run.log({f"grad/layer{number}": step / (number + 1) for number in range(20)} | {"lr": 0.1}, step=step)
    return str(run.id)


def opened(root: Path, run_id: str) -> OneScreen:
    return OneScreen(open_context(root), lambda context: RunScreen(context, run_id))


def walled(app: OneScreen) -> list[Chart]:
    return list(app.screen.query_one(ChartsTab).query(Chart))


async def press(pilot: Any, *keys: str) -> str:
    await pilot.press(*keys)
    await settled(pilot)
    return shown(pilot.app)


async def test_a_layout_is_chosen_turned_page_by_page_and_found_again(root: Path) -> None:
    run_id = many(root)
    app = opened(root, run_id)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        text = await press(pilot, "number_sign", *"2x3", "enter")
        assert "page 1 of 4, 1 of 21: lr" in text
        assert len([chart for chart in walled(app) if chart.curves]) == 6
        assert "page 2 of 4, 7 of 21: grad/layer5" in await press(pilot, "pagedown")
        assert "page 1 of 4, 6 of 21" in await press(pilot, "h")
    again = opened(root, run_id)
    async with again.run_test(size=WIDE) as pilot:
        assert "page 1 of 4, 1 of 21" in await press(pilot, "2")


async def test_a_layout_that_has_no_room_gives_way_before_a_chart_gets_too_small(root: Path) -> None:
    app = opened(root, many(root))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        assert "no room for 4x4" in await press(pilot, "number_sign", *"4x4", "enter")
        sizes = [chart.size for chart in walled(app)]
        assert sizes
        assert all(size.width >= 30 and size.height >= 8 for size in sizes)


async def test_a_section_folds_to_one_place_and_enter_unfolds_it(root: Path) -> None:
    app = opened(root, many(root))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        assert "▾ grad (20)   grad/layer0" in await press(pilot, "l", "l", "l")
        text = await press(pilot, "F")
        assert "2 of 2: 20 charts" in text
        assert "▸ grad (20)" in text
        assert "of 21: grad/layer0" in await press(pilot, "enter")
        assert "lr is in no section" in await press(pilot, "g", "F")
        assert "21 charts" in await press(pilot, "slash", *"a", "ctrl+u", "enter")


async def test_a_pinned_chart_comes_first_in_every_run_of_the_project(root: Path) -> None:
    first, second = many(root), many(root)
    app = opened(root, first)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        assert "1 of 21: grad/layer19" in await press(pilot, "G", "p")
    kept = state.load_walls(paths.walls_file(app.context.store.uuid))
    assert kept.pinned == {"digits": ["grad/layer19"]}
    app = opened(root, second)
    async with app.run_test(size=WIDE) as pilot:
        text = await press(pilot, "2")
        assert "* grad/layer19" in text
        assert "of 21: grad/layer19" in text
        await press(pilot, "p")
        assert "grad/layer19" in await press(pilot, "G")


async def test_one_zoom_moves_all_charts_and_without_it_each_has_its_own(root: Path) -> None:
    app = opened(root, many(root))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        await press(pilot, "plus")
        ranges = [chart.options.x_range for chart in walled(app)]
        assert ranges[0] != (None, None)
        assert set(ranges[1:]) == {(None, None)}
        assert "one zoom" in await press(pilot, "ampersand", "plus")
        ranges = [chart.options.x_range for chart in walled(app)]
        assert len(set(ranges)) == 1
        await press(pilot, "pagedown")
        assert {chart.options.x_range for chart in walled(app)} == {ranges[0]}


async def test_a_zoom_is_the_same_on_the_wall_and_on_the_full_screen(root: Path) -> None:
    app = opened(root, many(root))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2", "l", "equals_sign", *"x=5:9", "enter", "z")
        (chart,) = app.screen.query(Chart)
        assert chart.options.x_range == (5.0, 9.0)
        await press(pilot, "0", "s")
        text = await press(pilot, "z")
        assert "2 of 21" in text
        wall = [chart.options for chart in walled(app)]
        assert wall[1].x_range == (None, None)
        assert {options.smooth for options in wall} == {0.6}


async def test_curves_are_smoothed_at_first_as_the_configuration_says(root: Path) -> None:
    run_id = record(root, "a")
    live = open_context(root).live
    context = Context(live, Settings(smoothing=0.9))
    app = OneScreen(context, lambda context: RunScreen(context, run_id))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        await until(pilot, lambda: {chart.options.smooth for chart in walled(app)} == {0.9})
        await press(pilot, "z")
        assert app.screen.query_one(Chart).options.smooth == 0.9


async def test_the_baselines_curves_are_drawn_too_below_the_runs_own_and_not_any_more(root: Path) -> None:
    first = record(root, "old")
    context = open_context(root)
    decisions.set_baseline(context.store, "digits", first)
    context.store.close()
    second = record(root, "new")
    app = opened(root, second)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        assert "over old" in await press(pilot, "B")
        assert {chart.curves[-1].owner for chart in walled(app) if chart.curves} == {second}
        assert {len(chart.curves) for chart in walled(app) if chart.curves} == {2, 4}
        await press(pilot, "B")
        assert {len(chart.curves) for chart in walled(app) if chart.curves} == {1, 2}


async def test_the_wall_is_looked_at_in_every_way_that_one_chart_is(root: Path) -> None:
    app = opened(root, record(root, "a"))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        await press(pilot, "i", *"relative", "enter")
        assert {chart.options.x_label for chart in walled(app)} == {"relative"}
        await press(pilot, "plus", "plus", "L", "X", "Y")
        chart = walled(app)[0]
        panned = chart.options.x_range
        assert (chart.options.log_x, chart.options.log_y) == (True, True)
        await press(pilot, "H")
        assert chart.options.x_range != panned
        panned = chart.options.x_range
        await press(pilot, "minus")
        assert chart.options.x_range != panned
        await press(pilot, "0")
        assert chart.options.x_range == (None, None)
        assert "is no range" in await press(pilot, "equals_sign", *"z", "enter")


async def test_a_metric_alone_is_drawn_on_the_wall(root: Path) -> None:
    with trackside.init(store=root, project="digits", quiet=True) as run:
        run.log({"loss": 0.5}, step=0)
        run.log({"loss": 0.25}, step=1)
    app = opened(root, str(run.id))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: [bool(chart.curves) for chart in walled(app)] == [True])
