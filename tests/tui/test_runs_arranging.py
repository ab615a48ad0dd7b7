"""The columns of the Runs table: sorted, chosen, ordered, pinned, computed, and as changes to the baseline."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from runs_app import SMALL, app_on, filter_by, home, leave, names, pick, press, take, top_line, write
from small_store import record, shown, until
from textual.pilot import Pilot

from trackside.config import paths, state
from trackside.tui.app import TracksideApp


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, the newest last."""
    root = tmp_path_factory.mktemp("recorded") / "store"
    record(root, "oak", params={"lr": 0.1, "depth": 2}, steps=40)
    record(root, "elm", params={"lr": 0.3, "depth": 2}, steps=20, notes="why")
    record(root, "fir", params={"lr": 0.2, "depth": 4}, steps=10, fails=True)
    return root


@pytest.fixture
def root(recorded: Path, tmp_path: Path) -> Path:
    """A copy of them for each test."""
    return shutil.copytree(recorded, tmp_path / "store")


def head(app: TracksideApp) -> str:
    return next(line for line in shown(app).splitlines() if "name" in line)


def texts(app: TracksideApp, column: str) -> list[str]:
    table = home(app).table
    place = table.columns.index(column)
    return [row.cells[place].text for row in table.rows_between(0, table.count)]


async def to_column(pilot: Pilot[Any], column: str) -> None:
    table = home(pilot.app).table
    await press(pilot, *["l"] * (table.columns.index(column) - table.columns.index(table.column)))
    assert table.column == column


async def test_a_column_sorts_again_turns_round_and_then_the_newest_come_first(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await to_column(pilot, "param.lr")
        for order, arrow in (
            (["elm", "fir", "oak"], "lr ↓"),
            (["oak", "fir", "elm"], "lr ↑"),
            (["fir", "elm", "oak"], ""),
        ):
            await press(pilot, "s")
            assert names(app) == order
            assert arrow in head(app)
            assert (f"by {arrow}" in top_line(app)) is bool(arrow)


async def test_several_keys_sort_with_their_ranks_in_the_heads_and_come_back_at_the_next_start(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await pilot.press("S")
        for name in ("param.lr", "param.depth"):
            await write(pilot, name)
            await pilot.press("space")
        await write(pilot, "param.depth")
        await leave(pilot, "enter")
        assert "by lr ↓, depth ↑" in top_line(app)
        await pilot.press("S", "shift+up")
        await leave(pilot, "down", "shift+up", "enter")
        assert names(app) == ["elm", "oak", "fir"]
        assert "lr ↓2" in head(app)
        assert "depth ↑1" in head(app)
    async with app_on(root) as (app, _):
        assert names(app) == ["elm", "oak", "fir"]


async def test_columns_are_chosen_ordered_and_pinned_in_one_go_and_escape_leaves_all_as_it_was(root: Path) -> None:
    async with app_on(root, SMALL) as (app, pilot):
        before = home(app).table.columns
        await pilot.press("C")
        await write(pilot, "param.depth")
        await leave(pilot, "space", "escape")
        assert home(app).table.columns == before
        await pilot.press("C")
        await write(pilot, "mean(train/loss)")
        await pilot.press("enter", "tab")
        await write(pilot, "param.depth")
        await leave(pilot, "space", "enter")
        columns = home(app).table.columns
        assert columns[:2] == ("name", "mean.train/loss")
        assert "param.depth" not in columns
        await press(pilot, *["l"] * len(columns))
        assert "mean train/loss" in head(app)
        assert head(app).split("‹")[1].split()[-1] == "notes"
        await leave(pilot, "C", "ctrl+r")
        assert home(app).table.columns == before


async def test_letters_move_a_column_and_take_it_away_in_the_table_itself(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await to_column(pilot, "param.lr")
        place = home(app).table.columns.index("param.lr")
        await press(pilot, "H", "H", "L")
        assert home(app).table.columns.index("param.lr") == place - 1
        assert home(app).table.column == "param.lr"
        await press(pilot, "_")
        assert "param.lr" not in home(app).table.columns
        await press(pilot, *["h"] * 20, "L")
        await until(pilot, lambda: "pinned columns stay at the left" in " ".join(shown(app).split()))


async def test_a_formula_is_completed_pointed_at_where_it_is_mistaken_and_sorted_by(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "C")
        await write(pilot, "=val/loss - fro * lr")
        lines = shown(app).splitlines()
        typed = next(number for number, line in enumerate(lines) if "=val/loss - fro" in line)
        assert lines[typed + 1].index("^") == lines[typed].index("fro")
        assert "no run has a key 'fro'" in lines[typed + 1]
        await write(pilot, "=val/loss - tr")
        await leave(pilot, "tab", "enter", "enter")
        column = "=val/loss - train/loss"
        assert home(app).table.columns[-1] == home(app).table.column == column
        assert "val/loss - train/loss" in head(app)
        await press(pilot, "s")
        assert texts(app, column) == ["0.05", "0.025", ""]
        assert names(app) == ["elm", "oak", "fir"]


async def test_a_curve_and_a_sign_for_notes_fill_in(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await take(pilot, "C", "val/accuracy curve", "noted")
        await until(pilot, lambda: texts(app, "curve.val/accuracy")[0] == "▁▂▃▃▄▅▆▆▇█")
        assert texts(app, "noted") == ["", "✎", ""]


async def test_metrics_are_shown_as_changes_to_the_baseline_which_is_shown_as_it_is(
    root: Path,
) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "d")
        await until(pilot, lambda: "no project has a baseline yet" in " ".join(shown(app).split()))
        await press(pilot, "G", "b")
        await until(pilot, lambda: bool(home(app).found and home(app).found.baselines))
        await press(pilot, "d")
        assert texts(app, "metric.val/accuracy") == ["-0.75", "-0.5", "0.975"]
        assert texts(app, "param.lr") == ["0.2", "0.3", "0.1"]
        assert "Δ to the baseline" in top_line(app)
        assert "val/accuracy Δ" in head(app)
        await press(pilot, "d")
        assert texts(app, "metric.val/accuracy") == ["-77%", "-51%", "0.975"]
    async with app_on(root) as (app, pilot):
        assert "Δ% to the baseline" in top_line(app)
        await press(pilot, "d")
        assert texts(app, "metric.val/accuracy") == ["0.225", "0.475", "0.975"]


async def test_a_view_is_kept_opened_replaced_renamed_and_thrown_away_by_keys(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        views = paths.views_file(app.context.store.uuid)

        async def until_kept(*names: str) -> None:
            await until(pilot, lambda: list(state.load_views(views)) == list(names))
            await until(pilot, lambda: all(name in shown(app) for name in names))

        await pilot.press("'")
        await until(pilot, lambda: "no view is kept yet: n keeps what is shown" in shown(app))
        await leave(pilot, "escape")
        await pick(pilot, "S", "param.lr")
        await filter_by(pilot, "lr>0.15")
        await pilot.press("'", "n")
        await write(pilot, "steep")
        await pilot.press("enter")
        await until_kept("steep")
        await leave(pilot, "q")
        await filter_by(pilot, "")
        await press(pilot, "s", "s", "s")
        await leave(pilot, "'", "enter")
        assert names(app) == ["elm", "fir"]
        assert "filter lr>0.15" in top_line(app)
        assert "by lr ↓" in top_line(app)
        await filter_by(pilot, "lr<0.15")
        await pilot.press("'", "w", "y")
        await until(pilot, lambda: state.load_views(views)["steep"].filter == "lr<0.15")
        await until(pilot, lambda: "steep   lr<0.15" in shown(app))
        await pilot.press("r")
        await write(pilot, "flat")
        await pilot.press("enter")
        await until_kept("flat")
        await pilot.press("delete", "y")
        await until_kept()
