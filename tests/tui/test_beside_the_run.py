"""The preview, help and the palette, over a real store."""

import sys
from pathlib import Path

import pytest
from small_store import OneScreen, open_context, record, settled, shown, until
from textual.app import ComposeResult
from textual.screen import Screen

import trackside
from trackside.services.project import decisions
from trackside.tui.keys.actions import ACTIONS
from trackside.tui.palette import ActionCommands, RunCommands, commands
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.help import HelpScreen, help_lines, near_actions
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.lines import Lines
from trackside.tui.widgets.preview import Preview

WIDE = (100, 40)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store beside a script that lies in no git repository."""
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "train.py")])
    return tmp_path / "store"


class Beside(Screen[None]):
    """Nothing but a preview."""

    def compose(self) -> ComposeResult:
        yield Preview(self.app.context)  # type: ignore[attr-defined]


class TestPreview:
    async def test_it_shows_the_curve_over_the_baselines_and_what_differs(self, root: Path) -> None:
        baseline = record(root, "steady", params={"lr": 0.1, "depth": 2})
        run_id = record(root, "bold", params={"lr": 0.3, "depth": 2})
        context = open_context(root)
        decisions.set_baseline(context.store, "digits", baseline)
        context.store.refresh()
        app = OneScreen(context, lambda _: Beside())
        async with app.run_test(size=WIDE) as pilot:
            await pilot.pause()
            app.screen.query_one(Preview).show([run_id], "val/accuracy")
            await until(pilot, lambda: "val/accuracy: bold over steady" in shown(app))
            await until(pilot, lambda: "lr 0.1 → 0.3" in shown(app))
            assert "depth" not in shown(app)
            assert [curve.owner for curve in app.screen.query_one(Chart).curves] == [baseline, run_id]

    async def test_only_the_run_on_which_the_cursor_rests_is_loaded(self, root: Path) -> None:
        first, last = record(root, "passed"), record(root, "rested")
        app = OneScreen(open_context(root), lambda _: Beside())
        async with app.run_test(size=WIDE) as pilot:
            await pilot.pause()
            preview = app.screen.query_one(Preview)
            preview.show([first], None)
            preview.show([last], None)
            await until(pilot, lambda: "val/accuracy: rested" in shown(app))
            assert "passed" not in shown(app)

    async def test_a_failed_run_shows_its_last_traceback_line(self, root: Path) -> None:
        run_id = record(root, "burst", fails=True)
        app = OneScreen(open_context(root), lambda _: Beside())
        async with app.run_test(size=WIDE) as pilot:
            await pilot.pause()
            app.screen.query_one(Preview).show([run_id], "train/loss")
            await until(pilot, lambda: "ValueError: loss is not finite" in shown(app))

    @pytest.mark.usefixtures("all_captured")
    async def test_what_was_printed_last_stands_below_as_far_as_there_is_room(self, root: Path) -> None:
        with trackside.init(project="digits", store=root, quiet=True) as run:
            run.log({"loss": 1.0})
            for number in range(20):
                print(f"line {number}.")
        app = OneScreen(open_context(root), lambda _: Beside())
        async with app.run_test(size=(80, 18)) as pilot:
            await pilot.pause()
            app.screen.query_one(Preview).show([run.id], "loss")
            await until(pilot, lambda: "line 19." in shown(app))
            assert "line 13." not in shown(app)

    async def test_a_low_preview_is_the_chart_alone(self, root: Path) -> None:
        run_id = record(root, "burst", fails=True)
        app = OneScreen(open_context(root), lambda _: Beside())
        async with app.run_test(size=(60, 9)) as pilot:
            await pilot.pause()
            app.screen.query_one(Preview).show([run_id], "val/loss")
            await until(pilot, lambda: "val/loss: burst" in shown(app))
            assert not app.screen.query_one(Preview).query_one(Lines).display

    async def test_no_run_is_an_empty_preview(self, root: Path) -> None:
        run_id = record(root, "gone soon")
        app = OneScreen(open_context(root), lambda _: Beside())
        async with app.run_test(size=WIDE) as pilot:
            await pilot.pause()
            preview = app.screen.query_one(Preview)
            preview.show([run_id], None)
            await until(pilot, lambda: "gone soon" in shown(app))
            preview.show([], None)
            await until(pilot, lambda: "gone soon" not in shown(app))
            await until(pilot, lambda: "no run here" in shown(app))


class TestHelp:
    async def test_typing_narrows_the_keys(self, root: Path) -> None:
        record(root, "a")
        app = OneScreen(open_context(root), lambda _: HelpScreen())
        async with app.run_test(size=WIDE) as pilot:
            await pilot.pause()
            await pilot.press(*"zzz")
            await pilot.pause()
            assert "No key does zzz." in shown(app)

    def test_every_action_is_listed_once(self) -> None:
        listed = [line.plain for line in help_lines("", lambda action: action.keys)]
        for action in ACTIONS:
            assert any(action.label in line for line in listed)

    def test_what_an_action_is_called_stands_apart_from_what_it_does(self) -> None:
        listed = [line.plain for line in help_lines("", lambda action: action.keys)]
        for action in ACTIONS:
            assert not action.help or any(f"{action.label} " in line and action.help in line for line in listed), action

    async def test_on_a_chart_its_keys_come_first_and_mean_what_they_do_there(self, root: Path) -> None:
        run_id = record(root, "a")
        app = OneScreen(open_context(root), lambda context: ChartScreen(context, [run_id], "val/loss"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            lines = [line.plain for line in help_lines("", lambda action: action.keys, near_actions(app.screen))]
            assert lines[0] == "On a chart"
            here = lines[: lines.index("Elsewhere")]
            assert any(line.split()[:4] == ["j", "down", "Next", "curve"] for line in here)
            assert any("Back" in line for line in here)
            assert not any("one row down" in line for line in lines)
            assert any("Archive" in line for line in lines[len(here) :])
            nothing_near = help_lines("!", lambda action: action.keys, near_actions(app.screen))
            assert nothing_near[0].plain == "Elsewhere"
            found = [line.plain for line in help_lines("row", lambda action: action.keys, near_actions(app.screen))]
            assert any("one row down" in line for line in found)

    async def test_on_the_runs_screen_its_own_keys_come_first_then_moves_and_what_only_a_chart_does_last(
        self, root: Path
    ) -> None:
        record(root, "a")
        context = open_context(root)
        app = OneScreen(context, lambda context: RunsScreen(context))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            lines = [line.plain for line in help_lines("", lambda action: action.keys, near_actions(app.screen))]
            assert lines[0] == "Open and close"
            assert lines.index("The app") < lines.index("Move") < lines.index("Elsewhere") < lines.index("On a chart")

    async def test_at_80_columns_what_wraps_hangs_under_its_own_column(self, root: Path) -> None:
        record(root, "a")
        app = OneScreen(open_context(root), lambda _: HelpScreen())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.press(*"relative")
            await pilot.pause()
            line = next(line for line in shown(app).splitlines() if "X axis" in line)
            below = shown(app).splitlines()[shown(app).splitlines().index(line) + 1]
            assert len(below) - len(below.lstrip(" │")) == line.index("step, time")

    async def test_what_is_typed_goes_by_ctrl_u(self, root: Path) -> None:
        record(root, "a")
        app = OneScreen(open_context(root), lambda _: HelpScreen())
        async with app.run_test(size=WIDE) as pilot:
            await pilot.press(*"qwx", "ctrl+u", *"yank")
            await pilot.pause()
            assert "Copy" in shown(app)

    def test_a_remapped_key_is_shown_as_it_is_bound_now(self) -> None:
        action = ACTIONS[0]
        listed = help_lines(action.label, lambda each: "f9" if each is action else each.keys)
        assert any("f9" in line.plain for line in listed)


class TestPalette:
    async def test_only_what_the_screen_can_do_is_offered(self, root: Path) -> None:
        run_id = record(root, "a")
        app = OneScreen(open_context(root), lambda context: RunScreen(context, run_id))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            offered = [command.label for command in commands(app.screen)]
            assert "Next tab" in offered
            assert "Tab by number 8" in offered
            assert "Mark" not in offered

    async def test_what_is_chosen_is_done(self, root: Path) -> None:
        run_id = record(root, "a")
        app = OneScreen(open_context(root), lambda context: RunScreen(context, run_id))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            chosen = next(command for command in commands(app.screen) if command.label == "Tab by number 4")
            await chosen.run()
            await settled(pilot)
            assert app.screen.tab.label == "Environment"  # type: ignore[attr-defined]

    async def test_a_run_is_found_by_a_part_of_its_name_and_opened(self, root: Path) -> None:
        record(root, "brisk-heron")
        run_id = record(root, "calm-otter")
        app = OneScreen(open_context(root), lambda context: RunScreen(context, run_id))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            commands = RunCommands(app.screen)
            await commands.startup()
            hits = [hit async for hit in commands.search("heron")]
            assert [hit.text for hit in hits] == ["brisk-heron"]
            hits[0].command()
            await settled(pilot)
            assert "brisk-heron" in shown(app)

    @pytest.mark.parametrize("typed", ["n t", "tab ne"])
    async def test_what_begins_with_all_that_is_typed_comes_before_scattered_letters(
        self, root: Path, typed: str
    ) -> None:
        run_id = record(root, "a")
        app = OneScreen(open_context(root), lambda context: RunScreen(context, run_id))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            hits = [hit async for hit in ActionCommands(app.screen).search(typed)]
            assert max(hits, key=lambda hit: hit.score).text == "Next tab"

    async def test_an_action_is_found_by_the_words_of_its_label(self, root: Path) -> None:
        run_id = record(root, "a")
        app = OneScreen(open_context(root), lambda context: RunScreen(context, run_id))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            hits = [hit async for hit in ActionCommands(app.screen).search("next tab")]
            assert hits
