"""Groups on the Runs screen: chosen by key, folded, unfolded, marked, compared, and kept for the next start."""

from pathlib import Path
from typing import Any

import pytest
from runs_app import WIDE, app_on, home, names, pick, press, told, top_line, under_cursor
from small_store import record, shown, until
from textual.pilot import Pilot

from trackside.tui.palette import commands
from trackside.tui.screens.compare import CompareScreen
from trackside.tui.screens.run import RunScreen


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seeds of one method, two of another."""
    root = tmp_path_factory.mktemp("recorded") / "store"
    for seed in (1, 2, 3):
        record(root, f"oak-{seed}", steps=20 + seed, seed=seed, params={"lr": 0.1})
    for seed in (1, 2):
        record(root, f"elm-{seed}", steps=10 * seed, seed=seed, params={"lr": 0.3})
    return root


async def grouped_by(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pick(pilot, "o", key)


async def test_runs_stand_in_groups_of_a_chosen_key_with_their_means(recorded: Path) -> None:
    async with app_on(recorded) as (app, pilot):
        await grouped_by(pilot, "lr")
        assert names(app) == ["lr=0.3", "lr=0.1"]
        line = next(line for line in shown(app).splitlines() if "▸ lr=0.1" in line)
        assert "0.525 ± 0.062" in line
        assert "5 runs   2 groups by lr" in top_line(app)
        await until(pilot, lambda: "val/accuracy: elm-2 and 1 run more" in shown(app))
        await grouped_by(pilot, "seed")
        assert names(app)[0] == "lr=0.3 seed=2"
        await pick(pilot, "o", "no groups")
        assert names(app)[0] == "elm-2"


async def test_why_a_mean_has_no_interval_is_marked_in_its_cell_and_said_beside_the_group(
    recorded: Path, tmp_path: Path
) -> None:
    async with app_on(recorded) as (app, pilot):
        await grouped_by(pilot, "project")
        line = next(line for line in shown(app).splitlines() if "▸ digits" in line or "▸ project=" in line)
        assert "mixed" in line
        await until(pilot, lambda: "runs of several methods: no mean has an interval" in shown(app))
        await press(pilot, "l", "j")
        await until(pilot, lambda: "several methods" not in shown(app))


async def test_keys_fold_and_unfold_a_group_and_open_its_runs(recorded: Path) -> None:
    async with app_on(recorded) as (app, pilot):
        await grouped_by(pilot, "replicates")
        await press(pilot, "j", "l")
        assert [name.strip() for name in names(app)] == ["elm-2", "oak-3", "oak-3", "oak-2", "oak-1"]
        await press(pilot, "j", "j", "enter")
        assert isinstance(app.screen, RunScreen)
        await press(pilot, "q")
        assert under_cursor(app).strip() == "oak-2"
        await press(pilot, "h")
        assert names(app) == ["elm-2", "oak-3"]
        assert under_cursor(app) == "oak-3"
        await press(pilot, "enter", "enter")
        assert len(names(app)) == 2


async def test_a_mark_on_a_group_marks_all_of_its_runs(recorded: Path) -> None:
    async with app_on(recorded) as (app, pilot):
        await grouped_by(pilot, "lr")
        await press(pilot, "space")
        assert len(home(app).marks) == 2
        assert "◆ ▸ lr=0.3" in shown(app)
        await press(pilot, "l", "j", "space")
        assert len(home(app).marks) == 3
        assert "◇ ▾ lr=0.1" in shown(app)
        await press(pilot, "g", "v")
        assert len(home(app).marks) == 3
        await press(pilot, "G", "v")
        assert len(home(app).marks) == 5


async def test_a_group_is_edited_by_its_name_and_its_newest_run_is_made_the_baseline(recorded: Path) -> None:
    async with app_on(recorded) as (app, pilot):
        await grouped_by(pilot, "lr")
        await press(pilot, "delete")
        await until(pilot, lambda: "Put the 2 runs of lr=0.3 into the trash?" in shown(app))
        await press(pilot, "n", "r")
        assert app.screen is home(app)
        assert "the 2 runs of lr=0.3 would all have one name" in str(told(app))
        assert "Back" not in {command.label for command in commands(app.screen)}
        await press(pilot, "b")
        await until(pilot, lambda: "lr=0.3: its newest run that finished, elm-2," in " ".join(shown(app).split()))


async def test_a_group_is_compared_with_the_baseline_and_the_jump_to_it_unfolds_its_group(recorded: Path) -> None:
    async with app_on(recorded) as (app, pilot):
        await pilot.press("b")
        await grouped_by(pilot, "lr")
        await until(pilot, lambda: "★ ▸ lr=0.3" in shown(app))
        await press(pilot, "j", "c")
        assert isinstance(app.screen, CompareScreen)
        await until(pilot, lambda: "3 runs" in shown(app))
        await press(pilot, "q", "B")
        await until(pilot, lambda: under_cursor(app).strip() == "elm-2")


async def test_groups_come_back_at_the_next_start_as_they_were_left(recorded: Path) -> None:
    async with app_on(recorded, WIDE) as (app, pilot):
        await grouped_by(pilot, "lr")
        await press(pilot, "enter")
    async with app_on(recorded, WIDE) as (app, _):
        assert names(app) == ["lr=0.3", "  elm-2", "  elm-1", "lr=0.1"]
