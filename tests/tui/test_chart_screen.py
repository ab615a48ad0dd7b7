"""The full-screen chart: what is drawn over what, notes at a step, values copied, and the console that goes with it."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from small_store import OneScreen, open_context, record, settled, shown, until

import trackside
from trackside.services.metrics.chart_view import load
from trackside.services.project import decisions
from trackside.store.console import STAMP
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.console_view import ConsoleView

WIDE = (160, 45)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "store"


def opened(root: Path, *run_ids: str, metric: str = "train/loss") -> OneScreen:
    return OneScreen(open_context(root), lambda context: ChartScreen(context, run_ids, metric))


async def press(pilot: Any, *keys: str) -> str:
    await pilot.press(*keys)
    await settled(pilot)
    return shown(pilot.app)


async def settled_text(pilot: Any) -> str:
    await settled(pilot)
    return shown(pilot.app)


def charts(app: OneScreen) -> list[Chart]:
    return list(app.screen.query(Chart))


async def test_training_and_validation_are_split_follow_each_other_and_are_joined_again(root: Path) -> None:
    app = opened(root, record(root, "a"))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert [curve.stroke for curve in charts(app)[0].curves] == ["solid", "dotted"]
        text = await press(pilot, "vertical_line")
        assert "train/loss of a" in text
        assert "val/loss of a" in text
        await press(pilot, "l", "plus")
        first, second = (chart.options for chart in charts(app))
        assert first.x_range != (None, None)
        assert (first.x_range, first.crosshair) == (second.x_range, second.crosshair)
        await press(pilot, "tab", "l")
        assert charts(app)[1].has_focus
        assert charts(app)[0].options.crosshair == charts(app)[1].options.crosshair != first.crosshair
        assert isinstance(app.screen, ChartScreen)
        written = app.screen.export()
        assert written is not None
        assert written.name == "train-loss-val-loss.svg"
        assert "train/loss, val/loss of a" in await press(pilot, "vertical_line")
        assert len(charts(app)) == 1
        assert charts(app)[0].has_focus
    alone = opened(root, record(root, "b"), metric="lr")
    async with alone.run_test(size=WIDE) as pilot:
        assert "nothing to split" in await press(pilot, "vertical_line")


async def test_a_chart_can_be_left_in_the_moment_in_which_its_parts_arrive(root: Path) -> None:
    app = opened(root, record(root, "a"))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, ChartScreen)
        screen.asked = replace(screen.asked, split=True)
        parts = load(app.context.store, screen.asked)
        left = app.pop_screen()
        screen.call_later(screen._arrived, parts)
        await left
        assert not screen.is_running


async def test_the_baseline_is_drawn_too_below_the_run_and_not_any_more(root: Path) -> None:
    first, second = record(root, "old"), record(root, "new")
    app = opened(root, second)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert "no baseline yet" in await press(pilot, "B", "B", "B")
        decisions.set_baseline(app.context.store, "digits", first)
        await press(pilot, "B")
        assert "train/loss, val/loss of new over old" in await press(pilot, "B")
        assert [curve.owner for curve in charts(app)[0].curves] == [first, first, second, second]
        await press(pilot, "B")
        assert len(charts(app)[0].curves) == 2


async def test_seeds_are_drawn_as_their_mean_with_a_band_that_the_title_names(root: Path) -> None:
    seeds = [record(root, f"seed-{seed}", seed=seed) for seed in range(3)]
    app = opened(root, seeds[0])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert "means of seeds, bands of one SD" in await press(pilot, "D")
        assert all(curve.half is not None for curve in charts(app)[0].curves)
        assert "bands" not in await press(pilot, "D")
    other = opened(root, record(root, "single", params={"lr": 0.7}))
    async with other.run_test(size=WIDE) as pilot:
        assert "a mean takes 3 seeds" in await press(pilot, "D")


async def test_a_note_is_made_at_the_crosshairs_step_marked_there_and_taken_back(root: Path) -> None:
    run_id = record(root, "a")
    app = opened(root, run_id)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert "put the crosshair on one" in await press(pilot, "a")
        await press(pilot, "g", "l", "l", "a", *"here", "enter")
        await until(pilot, lambda: "◆" in shown(app))
        assert [(mark.step, mark.text) for mark in app.context.store.run(run_id).marks] == [(2, "here")]
        await press(pilot, "h", "n")
        assert "here" in shown(app).splitlines()[0]
        await press(pilot, "u")
        await until(pilot, lambda: "◆" not in shown(app))
        assert not app.context.store.run(run_id).marks


async def test_shares_of_the_machine_are_drawn_from_0_to_100_unless_other_ends_are_asked_for(root: Path) -> None:
    with trackside.init(store=root, project="p", name="a", quiet=True) as run:
        for step in range(4):
            run.log({"system/cpu": 99.98 + 0.005 * step, "calm/cpu": 99.98 + 0.005 * step}, step=step)
    app = opened(root, run.id, metric="system/cpu")
    async with app.run_test(size=WIDE) as pilot:
        text = await settled_text(pilot)
        assert "100┤" in text
        assert "  0┤" in text
        await press(pilot, "=", *"y=99:100", "enter")
        assert charts(app)[0].options.y_range == (99.0, 100.0)
    own = opened(root, run.id, metric="calm/cpu")
    async with own.run_test(size=WIDE) as pilot:
        assert "  0┤" not in await settled_text(pilot)


async def test_what_the_crosshair_reads_is_copied_as_a_table(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = opened(root, record(root, "a"))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "g", "l", "y", "y")
        assert app.clipboard == "curve\tstep 1\nval\t1.5\ntrain\t1.0"
        await press(pilot, "s", "y", "y")
        assert app.clipboard.splitlines()[0] == "curve\tstep 1, smoothed 0.6\traw"
        assert [line.split("\t")[2] for line in app.clipboard.splitlines()[1:]] == ["1.5", "1.0"]


async def test_the_crosshair_and_the_console_move_each_other(root: Path) -> None:
    with trackside.init(store=root, quiet=True, name="talks") as run:
        for step in range(60):
            run.log({"loss": 1.0}, step=step)
    assert run.folder is not None
    context = open_context(root)
    times = context.store.series(run.id, "loss").time
    run.folder.console.mkdir(exist_ok=True)
    lines = [b"line %d\n" % number for number in range(0, 60, 10)]
    (run.folder.console / "w.log").write_bytes(b"".join(lines))
    stamps = [STAMP.pack(times[10 * number], len(b"".join(lines[:number]))) for number in range(len(lines))]
    (run.folder.console / "w.idx").write_bytes(b"".join(stamps))
    app = opened(root, str(run.id), metric="loss")
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "g", *("l",) * 20)
        text = await press(pilot, "K")
        assert "console of talks" in text
        assert "line 50" in text
        sheet = app.screen.query_one(ConsoleView)
        await until(pilot, lambda: sheet.lines[sheet.cursor].text == "line 20")
        await press(pilot, "l")
        assert sheet.lines[sheet.cursor].text == "line 30"
        await press(pilot, "tab", "j")
        assert sheet.lines[sheet.cursor].text == "line 40"
        assert charts(app)[0].options.crosshair == 40.0
        assert "line 50" not in await press(pilot, "escape")
        assert charts(app)[0].has_focus


async def test_pages_and_ends_move_the_crosshair(root: Path) -> None:
    app = opened(root, record(root, "a"))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "end")
        assert charts(app)[0].options.crosshair == 39.0
        await press(pilot, "pageup")
        leapt = charts(app)[0].options.crosshair
        assert leapt is not None
        assert 25 < leapt < 38
        await press(pilot, "home", "ctrl+d")
        assert 2 < (charts(app)[0].options.crosshair or 0) < 8
