"""The Run screen over a real store."""

import math
import shutil
import sys
import threading
from pathlib import Path

import pytest
from small_store import OneScreen, open_context, record, settled, shown, until

import trackside
from trackside.config.settings import Settings
from trackside.services import edit
from trackside.services.places.opening import open_places
from trackside.services.project import decisions
from trackside.tui.context import Context
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.run import RunScreen
from trackside.tui.tabs import code, environment, overview

WIDE = (120, 40)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store beside a script that lies in no git repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "train.py")])
    return tmp_path / "store"


def opened(root: Path, run_id: str) -> OneScreen:
    return OneScreen(open_context(root), lambda context: RunScreen(context, run_id))


class TestOverview:
    async def test_it_says_why_the_run_was_made_and_how_it_stands(self, root: Path) -> None:
        run_id = record(root, "brisk-heron", notes="Does dropout help?", params={"lr": 0.1, "model": {"depth": 4}})
        app = opened(root, run_id)
        async with app.run_test(size=(120, 60)) as pilot:
            await settled(pilot)
            text = shown(app)
            assert "Does dropout help?" in text
            assert "step 39 of 40 (100%)" in text
            assert "model.depth  4" in text
            assert "val/accuracy (primary)" in text

    async def test_health_is_told_in_sentences_with_the_step(self, root: Path) -> None:
        app = opened(root, record(root, "burst", fails=True))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            text = shown(app)
            assert "train/loss is not finite since step 40: 1 point is NaN or infinite." in text
            assert "ValueError: loss is not finite" in text

    async def test_lines_of_params_and_notes_are_not_made_again_while_its_run_goes_on(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with trackside.init(store=root, params={"lr": 0.1, "quick": True}, notes="Why?", quiet=True) as run:
            run.log({"loss": 0.5})
            app = opened(root, run.id)
            async with app.run_test(size=WIDE) as pilot:
                await settled(pilot)
                made, param_text = [], overview.param_text
                monkeypatch.setattr(overview, "param_text", lambda value: made.append(value) or param_text(value))
                run.log({"loss": 0.125})
                app.context.store.refresh_runs([run.id])
                app.screen.post_message(StoreChanged(frozenset({run.id}), frozenset()))
                await until(pilot, lambda: "0.125" in shown(app))
                assert "quick       true" in shown(app)
                assert not made

    async def test_of_a_long_text_the_beginning_is_shown(self, root: Path) -> None:
        with trackside.init(store=root, quiet=True) as run:
            run.log_text("story", "Once upon a time " * 10_000)
        app = opened(root, run.id)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            text = shown(app)
            assert "story: Once upon a time" in text
            assert text.count("Once upon a time") < 40

    async def test_the_run_of_the_same_command_before_is_named_with_what_changed(self, root: Path) -> None:
        record(root, "elder", params={"lr": 0.1})
        app = opened(root, record(root, "younger", params={"lr": 0.2}))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            text = shown(app)
            assert "elder, the same command" in text
            assert "lr 0.1 → 0.2" in text

    async def test_data_that_another_run_made_leads_to_it(self, root: Path, tmp_path: Path) -> None:
        model = tmp_path / "model.pt"
        model.write_bytes(b"weights")
        with trackside.init(store=root, name="pretrain", quiet=True) as first:
            first.log_artifact(model, step=5)
        with trackside.init(store=root, name="finetune", quiet=True, data={"init": str(model)}) as run:
            run.log({"loss": 1.0})
        app = opened(root, run.id)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: "data.init   ← model.pt of pretrain (step 5)" in shown(app))
            while "pretrain" not in (app.screen.tab.copied() or ""):  # type: ignore[attr-defined]
                await pilot.press("j")
            await pilot.press("enter")
            await until(pilot, lambda: "model.pt    used by finetune as data.init" in shown(app))

    async def test_enter_on_a_concern_opens_the_chart_of_its_metric(self, root: Path) -> None:
        app = opened(root, record(root, "burst", fails=True))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            while app.screen.tab.metric is None:  # type: ignore[attr-defined]
                await pilot.press("j")
            await pilot.press("enter")
            await settled(pilot)
            assert type(app.screen).__name__ == "ChartScreen"

    async def test_a_run_that_is_not_there_is_one_line_and_no_crash(self, root: Path) -> None:
        record(root, "some")
        app = opened(root, "01M84ZVE1T9APV3DT6VH04PFP0")
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: "no run 01M84ZVE1T9APV3DT6VH04PFP0" in shown(app))

    async def test_the_arrows_move_the_cursor_as_j_and_k_do(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await pilot.press("down", "j", "down", "k")
            assert app.screen.tab.sheet.cursor == 2  # type: ignore[attr-defined]
            await pilot.press("end")
            assert app.screen.tab.sheet.cursor == len(app.screen.tab.sheet.lines) - 1  # type: ignore[attr-defined]

    async def test_it_says_how_often_a_run_was_resumed_and_what_it_kept(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "weights.bin").write_bytes(b"w")
        run_id = record(root, "a")
        with trackside.init(store=root, resume=run_id, quiet=True) as run:
            run.log({"train/loss": 1.0}, step=20)
            run.log_artifact(tmp_path / "weights.bin", kind="checkpoint")
        app = opened(root, run_id)
        async with app.run_test(size=(120, 60)) as pilot:
            await until(pilot, lambda: "resumed     once at step 20" in shown(app))
            assert "artifacts   1 checkpoint" in shown(app)

    async def test_a_key_that_can_do_nothing_says_why(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: "this line leads nowhere" in shown(app))
            await pilot.press("n")
            await until(pilot, lambda: "nothing was searched for yet: / does" in shown(app))


class TestEdits:
    async def test_tags_are_added_and_removed_and_u_takes_it_back(self, root: Path) -> None:
        run_id = record(root, "a", tags=["old"])
        app = opened(root, run_id)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("T", *"+new", "space", "minus", *"old", "enter")
            await until(pilot, lambda: app.context.store.run(run_id).tags == ["new"])
            await until(pilot, lambda: "#new" in shown(app))
            await pilot.press("u")
            await until(pilot, lambda: app.context.store.run(run_id).tags == ["old"])
            await until(pilot, lambda: "#old" in shown(app))

    async def test_notes_of_several_lines_are_edited_as_they_are(self, root: Path) -> None:
        run_id = record(root, "a", notes="first\nsecond")
        app = opened(root, run_id)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("a", "end", *"!", "enter")
            await until(pilot, lambda: app.context.store.run(run_id).notes == "first\nsecond!")

    async def test_a_name_is_changed_and_the_title_follows(self, root: Path) -> None:
        run_id = record(root, "a")
        app = opened(root, run_id)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("r", "end", *"bc", "enter")
            await until(pilot, lambda: shown(app).startswith(" abc"))


class TestTabs:
    async def test_brackets_and_numbers_change_tabs(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("right_square_bracket")
            assert app.screen.tab.label == "Charts"  # type: ignore[attr-defined]
            await pilot.press("left_square_bracket", "left_square_bracket")
            assert app.screen.tab.label == "System"  # type: ignore[attr-defined]
            await pilot.press("4")
            assert app.screen.tab.label == "Environment"  # type: ignore[attr-defined]

    async def test_all_names_of_tabs_fit_eighty_columns(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            assert "1 Overview 2 Charts 3 Console 4 Environment 5 Code 6 Data 7 Artifacts 8 System" in shown(app)

    async def test_a_tab_without_anything_says_so(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / "train.py"), raising=False)
        app = opened(root, record(root, "bare"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            for key, says in {
                "3": "No console was captured for this run.",
                "5": "This run was not started from a git repository.",
                "6": "This run named no data.",
                "7": "This run kept no artifacts.",
                "8": "No system metrics were recorded for this run.",
            }.items():
                await pilot.press(key)
                await until(pilot, lambda says=says: says in shown(app))  # type: ignore[misc]

    async def test_of_another_systems_run_nobody_is_told_what_to_call(self, tmp_path: Path) -> None:
        (tmp_path / "runs" / "digits").mkdir(parents=True)
        (tmp_path / "runs" / "digits" / "metrics.jsonl").write_text('{"step": 0, "loss": 0.5}\n')
        place = open_places([str(tmp_path / "runs")])
        place.catch_up()
        (run,) = place.store.first_page(1)
        app = OneScreen(Context(place.live(), Settings()), lambda context: RunScreen(context, run.id))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            for key, says in {
                "5": "Its JSON Lines file says nothing of this run's code.",
                "6": "Its JSON Lines file says nothing of this run's data.",
                "4": "Its JSON Lines file says nothing of this run's environment.",
                "8": "Its JSON Lines file says nothing of the machine that this run was on.",
            }.items():
                await pilot.press(key)
                await until(pilot, lambda says=says: says in shown(app))  # type: ignore[misc]
                assert "trackside.init" not in shown(app)
                assert not any(word in shown(app) for word in ("every 15 s", "recorded", "named no data", " git "))
        place.store.close()


class TestCharts:
    async def test_training_and_validation_share_a_chart_and_the_primary_is_first(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("2")
            await settled(pilot)
            text = shown(app)
            assert "1 of 3: val/accuracy" in text
            assert text.index("val/accuracy ") < text.index(" loss ")

    async def test_a_regular_expression_narrows_the_wall_and_escape_shows_all(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("2", "slash", *"loss")
            await settled(pilot)
            assert "1 of 1 matching loss: train/loss, val/loss" in shown(app)
            await pilot.press("enter", "escape")
            await settled(pilot)
            assert "2 of 3: train/loss, val/loss" in shown(app)

    async def test_a_broken_expression_is_told_and_the_wall_stays(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("2", "slash", "left_parenthesis")
            await settled(pilot)
            assert "not a regular expression" in shown(app)
            assert "1 of 3: val/accuracy" in shown(app)

    async def test_z_opens_the_chart_under_the_cursor(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("2")
            await settled(pilot)
            await pilot.press("l", "z")
            await settled(pilot)
            assert type(app.screen).__name__ == "ChartScreen"
            await pilot.press("escape")
            assert isinstance(app.screen, RunScreen)

    async def test_z_again_puts_the_chart_back_among_the_others(self, root: Path) -> None:
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("2", "z")
            await settled(pilot)
            assert type(app.screen).__name__ == "ChartScreen"
            await pilot.press("z")
            assert isinstance(app.screen, RunScreen)

    async def test_a_wall_of_many_metrics_has_only_the_charts_on_screen(self, root: Path) -> None:
        run = trackside.init(store=root, project="digits", quiet=True)
        with run:
            run.log({f"grad/layer{number}": 1.0 for number in range(300)})
        app = opened(root, str(run.id))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("2")
            await settled(pilot)
            assert len(app.screen.query("Chart")) <= 12
            await pilot.press("G")
            await settled(pilot)
            assert "300 of 300: grad/layer299" in shown(app)


@pytest.mark.usefixtures("all_captured")
class TestEnvironment:
    async def test_packages_of_the_lock_are_listed_and_searched(self, root: Path) -> None:
        app = opened(root, record(root, "a", seed=7))
        async with app.run_test(size=(120, 60)) as pilot:
            await settled(pilot)
            await pilot.press("4")
            await until(pilot, lambda: "Packages" in shown(app))
            assert "Repeatable by" in shown(app)
            await pilot.press("slash", *"plotext", "enter")
            await settled(pilot)
            assert "1 line has plotext" in shown(app)

    async def test_packages_are_laid_out_in_another_thread(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        threads, table = [], environment.table
        monkeypatch.setattr(
            environment, "table", lambda rows: threads.append(threading.current_thread()) or table(rows)
        )
        app = opened(root, record(root, "a"))
        async with app.run_test(size=(120, 60)) as pilot:
            await settled(pilot)
            await pilot.press("4")
            await until(pilot, lambda: "Packages" in shown(app))
            assert len(threads) == 1
            assert threads[0] is not threading.main_thread()


@pytest.mark.usefixtures("all_captured")
class TestCode:
    async def test_the_patch_is_shown_in_the_colours_of_its_lines(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = b"@@ -1 +1 @@\n-old \x1b[2J\n+new\n"
        monkeypatch.setattr("trackside.record.capture.patch.capture", lambda *_: content)
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("5")
            sheet = app.screen.tab.sheet  # type: ignore[attr-defined]
            await until(pilot, lambda: sheet.lines[-1].plain == "+new")
            await pilot.press("G")
            await until(pilot, lambda: "+new" in shown(app))
            assert "\x1b" not in shown(app)
            styles = {line.plain[:1]: line.parts[0][1] for line in sheet.lines}
            assert (styles["@"], styles["-"], styles["+"]) == ("hunk", "remove", "add")

    async def test_files_of_the_patch_fold_and_n_goes_from_hunk_to_hunk(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = b"".join(
            b"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -1 +1,2 @@\n-old %s\n+new\n+more\n@@ -9 +9 @@\n-x\n+y\n"
            % ((name,) * 5)
            for name in (b"train.py", b"model.py")
        )
        monkeypatch.setattr("trackside.record.capture.patch.capture", lambda *_: content)
        monkeypatch.setattr("trackside.record.capture.imported.find_repository", lambda: None)
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("5")
            await until(pilot, lambda: "▾ train.py  +3  -2" in shown(app))
            sheet = app.screen.tab.sheet  # type: ignore[attr-defined]
            await pilot.press("n", "n", "n")
            assert sheet.lines[sheet.cursor].plain == "@@ -9 +9 @@"
            await pilot.press("h")
            await until(pilot, lambda: "▸ train.py" in shown(app))
            assert "old train.py" not in shown(app)
            assert "old model.py" in shown(app)
            await pilot.press("n")
            assert sheet.lines[sheet.cursor].plain.startswith("▾ model.py")
            await pilot.press("slash", *"old", "space", *"train", "enter")
            await until(pilot, lambda: "1 line has old train" in shown(app))
            assert "old train.py" in shown(app)

    async def test_lines_of_a_patch_are_not_made_again_while_its_run_goes_on(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -0,0 +1 @@\n+new\n"
        monkeypatch.setattr("trackside.record.capture.patch.capture", lambda *_: content)
        run_id = record(root, "a")
        app = opened(root, run_id)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("5")
            await until(pilot, lambda: "+new" in shown(app))
            made, patch_line = [], code.patch_line
            monkeypatch.setattr(code, "patch_line", lambda line: (made.append(line), patch_line(line))[1])
            edit.rename(app.context.store, [run_id], "another name")
            app.screen.after_edit()  # type: ignore[attr-defined]
            await until(pilot, lambda: "another name" in shown(app))
            assert "+new" in shown(app)
            assert not made

    async def test_the_files_that_were_imported_stand_above_the_patch(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = ["train.py", "lib\x1b[2J.py", *(f"part_{number}.py" for number in range(60))]
        files = [root.parent / "code" / name for name in names]
        files[0].parent.mkdir()
        for file in files:
            file.write_text("x = 1\n")
        monkeypatch.setattr("trackside.record.capture.patch.capture", lambda *_: b"@@ -1 +1 @@\n-old\n+new\n")
        monkeypatch.setattr("trackside.record.capture.imported.find_repository", lambda: None)
        monkeypatch.setattr("trackside.record.program.script", lambda: files[0])
        monkeypatch.setattr("trackside.record.capture.loaded.callers", lambda: [str(files[0])])
        monkeypatch.setattr("trackside.record.capture.loaded.modules", lambda: map(str, files))
        monkeypatch.setattr("trackside.record.capture.loaded.began", lambda: math.inf)
        app = opened(root, record(root, "a"))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("5")
            await until(pilot, lambda: "Imported, 62 files" in shown(app))
            lines = [line.plain for line in app.screen.tab.sheet.lines]  # type: ignore[attr-defined]
            assert "\x1b" not in shown(app)
            assert "7d4290a1  code/train.py" in lines
            assert "7d4290a1  code/part_47.py" in lines
            assert lines.index("… and 12 more") < lines.index("Patch") < lines.index("+new")


class TestData:
    async def test_a_fingerprint_of_sizes_and_times_says_that_it_is_one(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trackside.record.capture.data.MOST_BYTES", 0)
        (root.parent / "set.bin").write_bytes(bytes(3 << 20))
        app = opened(root, record(root, "a", data={"eval": root.parent / "set.bin", "else": "s3://bucket/x"}))
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("6")
            await until(pilot, lambda: "stat:" in shown(app))
            assert "of names, sizes and times" in shown(app)
            assert "3.0 MiB, 3,145,728 bytes" in shown(app)
            assert "none: its content was not read" in shown(app)


class TestSystem:
    async def test_series_of_the_machine_have_numbers_with_units_and_small_curves(self, root: Path) -> None:
        run = trackside.init(store=root, project="digits", quiet=True)
        with run:
            for number in range(20):
                run.log({"system/cpu": 100.0 * (number > 9), "system/process.memory_mib": 300.0}, step=number)
        app = opened(root, str(run.id))
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await pilot.press("8")
            await until(pilot, lambda: "▁" in shown(app) and "█" in shown(app))
            assert "cpu" in shown(app)
            assert "50 %" in shown(app)
            assert "300 MiB" in shown(app)
            await until(pilot, lambda: "cpu: mean 50 %, peak 100 %" in shown(app))
            await pilot.press("j", "j")
            await until(pilot, lambda: "process.memory: mean 300 MiB, peak 300 MiB" in shown(app))
            await pilot.press("enter")
            await settled(pilot)
            assert type(app.screen).__name__ == "ChartScreen"
            assert "relative" in shown(app)

    async def test_a_calm_machine_looks_calm_on_its_chart(self, root: Path) -> None:
        run = trackside.init(store=root, project="digits", quiet=True)
        with run:
            for number in range(20):
                run.log({"system/cpu": 99.98 + number / 1000}, step=number)
        app = opened(root, str(run.id))
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await pilot.press("8")
            await until(pilot, lambda: "100┤" in shown(app) and "  0┤" in shown(app))


class TestLive:
    async def test_a_value_logged_while_the_screen_is_open_appears(self, root: Path) -> None:
        run = trackside.init(store=root, project="digits", name="going", quiet=True)
        with run:
            run.log({"loss": 1.0})
            context = open_context(root)
            app = OneScreen(context, lambda context: RunScreen(context, str(run.id)))
            async with app.run_test(size=WIDE) as pilot:
                await settled(pilot)
                run.log({"loss": 0.125})
                context.store.refresh_runs([str(run.id)])
                app.screen.post_message(StoreChanged(frozenset({str(run.id)}), frozenset()))
                await until(pilot, lambda: "0.125" in shown(app))


class TestDeciding:
    async def test_baseline_archive_and_trash_are_done_from_the_runs_own_screen(self, root: Path) -> None:
        first, second = record(root, "first"), record(root, "second")
        app = opened(root, second)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("B")
            await until(pilot, lambda: "digits has no baseline yet; b makes this run one" in shown(app))
            await pilot.press("b")
            await until(pilot, lambda: "baseline    this run" in shown(app))
            await pilot.press("x")
            await until(pilot, lambda: "finished  archived" in shown(app))
            await pilot.press("u")
            await until(pilot, lambda: "finished  archived" not in shown(app))
            await pilot.press("9")
            await until(pilot, lambda: "there are 8 tabs" in shown(app))
            await pilot.press("delete")
            await until(pilot, lambda: "Put second into the trash?" in shown(app))
            await pilot.press("y")
            await until(pilot, lambda: not isinstance(app.screen, RunScreen))
            await settled(pilot)
            store = app.context.store
            store.refresh(thorough=True)
            assert (store.run(second).trashed, store.run(first).trashed) == (True, False)

    async def test_of_a_baseline_that_is_gone_it_is_told_which_one_it_was(self, root: Path) -> None:
        first, second = record(root, "first"), record(root, "second")
        decisions.set_baseline(open_context(root).store, "digits", first)
        shutil.rmtree(next(root.rglob(first)))
        app = opened(root, second)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("B")
            told = f"the baseline of digits, {first}, is not in the store any more"
            await until(pilot, lambda: told in " ".join(shown(app).split()))

    async def test_a_run_is_compared_with_the_baseline_and_that_is_opened_from_it(self, root: Path) -> None:
        first, second = record(root, "first"), record(root, "second")
        context = open_context(root)
        decisions.set_baseline(context.store, "digits", first)
        app = opened(root, second)
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("W")
            await until(pilot, lambda: "Compare 1 run" in shown(app))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            await pilot.press("c")
            await until(pilot, lambda: "Compare 1 run" in shown(app))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            await pilot.press("B")
            await until(pilot, lambda: " first  ✓ finished" in shown(app))
            await pilot.press("B")
            await until(pilot, lambda: "this run is the baseline" in shown(app))
