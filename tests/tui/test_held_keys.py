"""Keys that arrive in one burst, as over a slow link: each goes to what the ones before it have opened."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from held import Held
from runs_app import app_on, home, names, press, run_of, told, write
from small_store import record, shown, until
from textual.app import ComposeResult
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from trackside.config import paths, state
from trackside.model.run import Run
from trackside.query import complete
from trackside.services.pivot.view import PivotView
from trackside.tui import asking
from trackside.tui.app import TracksideApp
from trackside.tui.screens import compare, pivot
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.compare import CompareScreen
from trackside.tui.screens.picker import Picker
from trackside.tui.screens.pivot import PivotScreen
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.targets import MetricTarget
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.filter_bar import FilterBar
from trackside.tui.widgets.lines import Lines


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recorded") / "store"
    record(root, "oak", params={"lr": 0.1}, steps=3)
    return root


@pytest.fixture
def root(recorded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(recorded, tmp_path / "store")


def burst(pilot: Pilot[Any], text: str, *after: str) -> None:
    """All that is typed is there before any of it is looked at."""
    for letter in text:
        pilot.app.post_message(Key(_character_to_key(letter), letter))
    for key in after:
        pilot.app.post_message(Key(key, None))


async def test_what_is_typed_on_after_a_key_that_opens_a_box_is_in_the_box(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        burst(pilot, "T+again2", "enter")
        await until(pilot, lambda: run_of(app, "oak").tags == ["again2"])
        burst(pilot, "amy note", "enter")
        await until(pilot, lambda: run_of(app, "oak").notes == "my note")
        burst(pilot, "rxxb", "enter")
        await until(pilot, lambda: names(app) == ["xxb"])
        assert not run_of(app, "xxb").archived
        burst(pilot, "'nquick", "enter")
        await until(pilot, lambda: "quick" in state.load_views(paths.views_file(app.context.store.uuid)))


async def test_tab_completes_what_was_typed_in_the_same_burst_and_the_keys_after_it_go_on_from_there(
    root: Path,
) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "slash")
        burst(pilot, "status:fini", "tab")
        burst(pilot, "lr>0", "enter")
        await until(pilot, lambda: home(app).asked.filter == "status:finished lr>0")
        await until(pilot, lambda: app.focused is home(app).table)


async def test_tab_completes_where_the_cursor_is_now(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "slash", *"status:fini lr", *["left"] * 3, "tab", "enter")
        await until(pilot, lambda: home(app).asked.filter == "status:finished lr")


async def test_escape_leaves_the_filter_while_what_tab_completes_is_still_looked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_on(root) as (app, pilot):
        looked_for = Held(monkeypatch, complete, "complete")
        await pilot.press("slash", "t", "tab", "o", "escape")
        bar = app.screen.query_one(FilterBar)
        assert not bar.is_open
        assert not bar.is_completing
        looked_for.let_go.set()
        await press(pilot, "slash", *"oak", "enter")
        assert home(app).asked.filter == "oak"


async def test_a_filter_of_several_lines_is_typed_on_in_one(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        home(app).refilter('name:"a\nb"\nor oak')
        await press(pilot, "slash", "enter")
        assert home(app).asked.filter == r'name:"a\nb" or oak'
        assert run_of(app, "oak").name in shown(app)


async def test_what_is_to_be_copied_may_be_said_in_one_burst(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        burst(pilot, "yi")
        await until(pilot, lambda: app.clipboard == run_of(app, "oak").id)


async def test_a_rule_that_is_typed_in_one_go_is_added_and_none_is_removed(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "w")
        burst(pilot, "aend", "enter")
        await until(pilot, lambda: "of which runs" in shown(app))
        burst(pilot, "lr<1", "enter")
        await until(pilot, lambda: "end of runs that match lr<1" in shown(app))
        await press(pilot, "enter")
        assert "● end of runs that match lr<1" in shown(app)
        await press(pilot, "space")
        assert "○ end of runs that match lr<1" in shown(app)


async def test_of_two_enters_in_one_burst_the_first_takes_a_column_and_the_second_applies(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        burst(pilot, "C=lr * 2", "enter", "enter")
        await until(pilot, lambda: home(app).table.column == "=lr * 2")


async def test_a_space_in_a_burst_chooses_the_tag_that_was_typed_before_it(root: Path) -> None:
    for tag in ("alpha", "beta", "gamma"):
        record(root, tag, steps=1, tags=[tag])
    async with app_on(root) as (app, pilot):
        await until(pilot, lambda: len(names(app)) == 4)
        burst(pilot, "tgam bet ", "tab", "tab", "enter")
        await until(pilot, lambda: names(app) == ["alpha", "oak"])


async def test_keys_in_a_burst_act_on_the_column_that_was_typed_before_them(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        burst(pilot, "Cstat", "tab", "shift+up", "enter")
        await until(pilot, lambda: list(home(app).table.columns[:2]) == ["status", "name"])
        assert home(app).asked.pinned == 2
        await pilot.press("C")
        burst(pilot, "=val/loss - tr", "tab", "enter", "enter")
        await until(pilot, lambda: home(app).table.column == "=val/loss - train/loss")


async def test_the_cursor_moves_in_what_the_letters_before_it_in_a_burst_have_left(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        burst(pilot, "mloss", "down", "enter")
        await until(pilot, lambda: home(app).metric == "val/loss")


async def test_keys_after_one_that_opens_a_run_or_a_chart_go_there(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        burst(pilot, "", "enter")
        burst(pilot, "3")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.tab.label == "Console")
        await pilot.press("2")
        await until(pilot, lambda: len(app.screen.query(Chart)) > 0 and app.screen.query(Chart).first().curves != ())
        burst(pilot, "", "enter")
        burst(pilot, "m")
        await until(pilot, lambda: isinstance(app.screen, Picker) and isinstance(app.screen_stack[-2], ChartScreen))


async def test_keys_for_a_screen_that_opens_another_at_once_go_to_the_other(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        app.push_screen(RunScreen(app.context, run_of(app, "oak").id))
        await app.on_event(Key("3", "3"))
        front = RunScreen(app.context, run_of(app, "oak").id)
        app.push_screen(front)
        await until(pilot, lambda: front.is_mounted and front.tab.label == "Console")


async def test_keys_after_one_that_opens_a_line_of_a_run_or_a_cell_of_a_comparison_go_to_the_chart(root: Path) -> None:
    record(root, "elm", steps=3, params={"lr": 0.2})
    async with app_on(root) as (app, pilot):
        await press(pilot, "enter")
        await until(pilot, lambda: "val/accuracy" in shown(app))
        lines = app.screen.query_one(Lines)
        lines.to_line(next(at for at, line in enumerate(lines.lines) if line.target == MetricTarget("val/accuracy")))
        burst(pilot, "", "enter")
        burst(pilot, "m")
        await until(pilot, lambda: isinstance(app.screen, Picker) and isinstance(app.screen_stack[-2], ChartScreen))
        await press(pilot, "escape", "escape", "escape", "b", "j", "c")
        await until(pilot, lambda: "val/accuracy" in shown(app))
        burst(pilot, "", "enter")
        burst(pilot, "m")
        await until(pilot, lambda: isinstance(app.screen, Picker) and isinstance(app.screen_stack[-2], ChartScreen))


async def test_keys_after_one_that_shows_a_store_alone_go_to_its_runs(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "O")
        await until(pilot, lambda: "1 store" in shown(app) and "followed" in shown(app))
        burst(pilot, "", "enter")
        burst(pilot, "P")
        await until(pilot, lambda: app.screen is home(app) and not home(app).preview_on)


async def test_a_box_that_is_left_twice_in_one_burst_takes_no_other_screen_with_it(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "enter")
        run = app.screen
        await pilot.press("colon")
        palette = app.screen
        assert palette is not run

        def leave() -> None:
            palette.dismiss()

        palette.call_later(leave)
        palette.call_later(leave)
        await until(pilot, lambda: not palette.is_attached)
        assert app.screen is run


@pytest.mark.parametrize(("opens", "is_kept"), [("r", lambda run: run.name), ("a", lambda run: run.notes)])
async def test_a_key_behind_the_enter_that_closes_a_box_goes_to_what_lies_below(
    root: Path, opens: str, is_kept: Callable[[Run], str]
) -> None:
    async with app_on(root) as (app, pilot):
        assert app.screen.query_one("#preview").display
        await pilot.press(opens)
        await write(pilot, "")
        burst(pilot, "new", "enter")
        burst(pilot, "P")
        await until(pilot, lambda: not home(app).query_one("#preview").display)
        (run_id,) = app.context.store.ids_matching("")
        await until(pilot, lambda: is_kept(app.context.store.run(run_id)) == "new")
        burst(pilot, opens, "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_a_key_behind_an_enter_that_is_refused_is_typed_on(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        burst(pilot, "T+", "enter")
        burst(pilot, "good", "enter")
        await until(pilot, lambda: run_of(app, "oak").tags == ["good"])


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[TracksideApp], Held]:
    """Has a store take its time to tell of a run."""

    def answers_late(app: TracksideApp) -> Held:
        monkeypatch.setattr(asking, "MOST_AT_ONCE", 0)
        return Held(monkeypatch, app.context.store, "run")

    return answers_late


async def test_what_is_typed_behind_a_key_that_asks_a_slow_store_is_in_the_box_that_it_opens(
    root: Path, slow: Callable[[TracksideApp], Held]
) -> None:
    async with app_on(root) as (app, pilot):
        asked = slow(app)
        burst(pilot, "ax marks it", "enter")
        await until(pilot, asked.found.is_set)
        await pilot.pause()
        asked.let_go.set()
        await until(pilot, lambda: run_of(app, "oak").notes == "x marks it")
        assert not run_of(app, "oak").archived


async def test_escape_calls_off_what_a_slow_store_is_asked_and_what_was_typed_behind_it(
    root: Path, slow: Callable[[TracksideApp], Held]
) -> None:
    async with app_on(root) as (app, pilot):
        asked = slow(app)
        burst(pilot, "ax", "escape")
        await until(pilot, lambda: "called off" in shown(app))
        asked.let_go.set()
        await press(pilot, "P")
        assert not home(app).query_one("#preview").display
        assert app.screen is home(app)
        assert not run_of(app, "oak").archived


async def test_ctrl_c_twice_leaves_the_app_while_a_slow_store_is_asked(
    root: Path, slow: Callable[[TracksideApp], Held]
) -> None:
    async with app_on(root) as (app, pilot):
        asked = slow(app)
        burst(pilot, "ax", "ctrl+c", "ctrl+c")
        await until(pilot, lambda: app.return_code == 0, 30)
        asked.let_go.set()


async def test_what_is_typed_behind_a_key_that_a_slow_store_cannot_answer_is_called_off(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_on(root) as (app, pilot):
        monkeypatch.setattr(asking, "MOST_AT_ONCE", 0)
        may_fail = threading.Event()

        def fails(run_id: str) -> Run:
            may_fail.wait(60)
            raise OSError("the store is away")

        with monkeypatch.context() as patch:
            patch.setattr(app.context.store, "run", fails)
            burst(pilot, "ax")
            await pilot.pause()
            may_fail.set()
            await until(pilot, lambda: any("the store is away" in line for line in told(app)))
            await until(pilot, lambda: any("called off" in line for line in told(app)))
        await press(pilot, "P")
        assert not home(app).query_one("#preview").display
        assert not run_of(app, "oak").archived


async def test_a_key_that_comes_before_the_screen_is_made_is_done_once_it_is(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose, keys = RunsScreen.compose, (Key("escape", None), Key("P", "P"))

    def composed(screen: RunsScreen) -> ComposeResult:
        for key in keys:
            screen.app.post_message(key)
        yield from compose(screen)

    monkeypatch.setattr(RunsScreen, "compose", composed)
    async with app_on(root) as (app, _):
        assert not home(app).query_one("#preview").display


async def test_what_is_typed_over_a_pivot_that_is_being_read_is_about_the_pivot(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Held(monkeypatch, pivot, "load")
    async with app_on(root) as (app, pilot):
        burst(pilot, "Vrseq")
        await until(pilot, read.found.is_set)
        await pilot.pause()
        assert isinstance(app.screen, PivotScreen)
        read.let_go.set()
        await until(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == "seq")
        assert isinstance(app.screen, Picker)


async def test_keys_about_a_comparison_that_is_being_read_are_done_once_it_is(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Held(monkeypatch, compare, "load")
    async with app_on(root) as (app, pilot):
        burst(pilot, "cVr")
        await until(pilot, read.found.is_set)
        await pilot.pause()
        assert isinstance(app.screen, CompareScreen)
        read.let_go.set()
        await until(pilot, lambda: isinstance(app.screen, Picker))
        assert isinstance(app.screen_stack[-2], PivotScreen)


@pytest.mark.parametrize("way", ["escape", "fails"])
async def test_a_pivot_that_is_being_read_is_left_by_escape_and_where_it_cannot_be_keys_say_why(
    root: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    may_go_on = threading.Event()

    def fails(*_: object) -> PivotView:
        may_go_on.wait(60)
        raise OSError("the store is away")

    monkeypatch.setattr(pivot, "load", fails)
    async with app_on(root) as (app, pilot):
        burst(pilot, "Vrx")
        await until(pilot, lambda: isinstance(app.screen, PivotScreen))
        await pilot.pause()
        if way == "escape":
            await pilot.press("escape", "escape")
            await until(pilot, lambda: app.screen is home(app))
            may_go_on.set()
        else:
            may_go_on.set()
            await until(pilot, lambda: any("the store is away" in line for line in told(app)))
            await pilot.press("r")
            assert isinstance(app.screen, PivotScreen)
        assert not run_of(app, "oak").archived
