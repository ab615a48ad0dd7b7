"""Runs that come while the Runs screen is open: the newest is followed, or nothing moves for a while."""

import time
from pathlib import Path

import pytest
from runs_app import app_on, filter_by, home, names, press, told, top_line, under_cursor
from small_store import record, shown, until

import trackside
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.widgets.preview import Preview


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store of two runs."""
    for name in ("first-oak", "second-elm"):
        record(tmp_path / "store", name, steps=2)
    return tmp_path / "store"


async def test_the_cursor_follows_the_newest_run_until_it_is_moved(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "j", "f")
        assert under_cursor(app) == "second-elm"
        assert "following the newest" in top_line(app)
        record(root, "third-fir", steps=2)
        await until(pilot, lambda: under_cursor(app) == "third-fir")
        await press(pilot, "j")
        assert "following" not in top_line(app)
        record(root, "fourth-ash", steps=2)
        await until(pilot, lambda: "fourth-ash" in names(app))
        assert under_cursor(app) == "second-elm"


async def test_where_no_run_is_shown_there_is_none_to_follow(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await filter_by(pilot, "name:nothing")
        await press(pilot, "f")
        assert "following" not in top_line(app)
        assert "there is no run to follow" in told(app)


async def test_while_paused_nothing_moves_and_what_has_changed_is_counted(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "p")
        assert "paused, p goes on" in top_line(app)
        record(root, "third-fir", steps=2)
        await until(pilot, lambda: "paused, 1 run changed since, p goes on" in top_line(app))
        assert names(app) == ["second-elm", "first-oak"]
        await press(pilot, "p")
        await until(pilot, lambda: names(app) == ["third-fir", "second-elm", "first-oak"])
        assert "paused" not in top_line(app)
        assert home(app).missed is None


async def test_a_run_that_ends_is_previewed_to_its_end_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Preview, "LIVE", 3600.0)
    run = trackside.init(store=root, name="third-fir", project="digits", quiet=True)
    run.log({"loss": 1.0}, step=0)
    async with app_on(root) as (app, pilot):
        await until(pilot, lambda: "loss: third-fir" in shown(app))
        assert "⣀" not in shown(app)
        run.log({"loss": 0.5}, step=1)
        run.finish()
        await until(pilot, lambda: "⣀" in shown(app))


async def test_ages_are_told_anew_where_nothing_runs_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunsScreen, "AGES", 0.05)
    monkeypatch.setattr(RunsScreen, "AGES_AT_REST", 0.1)
    async with app_on(root) as (app, pilot):
        assert "3 d" not in shown(app)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 3 * 86_400)
        await until(pilot, lambda: "3 d" in shown(app))
