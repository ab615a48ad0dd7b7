"""The Runs screen over a small real store: what stands there, and what each key does."""

import os
import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from runs_app import (
    SMALL,
    WIDE,
    app_on,
    filter_by,
    home,
    names,
    pick,
    press,
    rested,
    run_of,
    take,
    told,
    top_line,
    under_cursor,
    write,
)
from small_store import open_context, record, shown, until
from textual.notifications import Notification, Notify
from textual.widgets import Input, TextArea

from trackside.config import paths
from trackside.config.settings import Settings
from trackside.services.places.opening import open_places
from trackside.services.table import facets
from trackside.services.table.rows import title
from trackside.services.table.selecting import View
from trackside.store import manifest
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.pace import READING
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.runs import RunsScreen


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs, the newest last: two of them tagged, one failed."""
    root = tmp_path_factory.mktemp("recorded") / "store"
    record(root, "first-oak", tags=["baseline"], params={"lr": 0.1, "depth": 2})
    record(root, "second-elm", tags=["ablation", "wide"], params={"lr": 0.01, "depth": 2})
    record(root, "third-fir", tags=["ablation"], params={"lr": 0.3, "depth": 4}, notes="is it too deep?")
    record(root, "fourth-ash", params={"lr": 3.0, "depth": 4}, fails=True)
    return root


@pytest.fixture
def root(recorded: Path, tmp_path: Path) -> Path:
    """A copy of them for each test."""
    return shutil.copytree(recorded, tmp_path / "store")


@pytest.fixture(scope="module")
def thirty_recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More runs than fit a small screen."""
    root = tmp_path_factory.mktemp("thirty") / "store"
    for number in range(30):
        record(root, f"run-{number}", steps=1)
    return root


@pytest.fixture
def thirty(thirty_recorded: Path, tmp_path: Path) -> Path:
    """A copy of them for each test."""
    return shutil.copytree(thirty_recorded, tmp_path / "store")


class TestWhatStandsThere:
    async def test_the_newest_run_comes_first_under_the_cursor(self, root: Path) -> None:
        async with app_on(root) as (app, _):
            assert names(app) == ["fourth-ash", "third-fir", "second-elm", "first-oak"]
            assert under_cursor(app) == "fourth-ash"
            assert "4 runs" in top_line(app)

    async def test_a_sign_tells_how_a_run_stands(self, root: Path) -> None:
        async with app_on(root) as (app, _):
            lines = shown(app).splitlines()
            assert any("✗ fourth-ash" in line for line in lines)
            assert any("✓ first-oak" in line for line in lines)

    async def test_columns_are_the_primary_metric_and_the_params_that_vary(self, root: Path) -> None:
        async with app_on(root) as (app, _):
            columns = home(app).table.columns
            assert {"best.val/accuracy", "param.lr", "param.depth"} <= set(columns)
            assert "seed" not in columns

    async def test_facets_count_projects_tags_statuses_and_what_needs_attention(self, root: Path) -> None:
        async with app_on(root) as (app, _):
            text = shown(app)
            for words in ("digits", "ablation", "finished", "NEEDS ATTENTION", "nonfinite"):
                assert words in text

    async def test_a_store_without_runs_says_what_makes_one_until_it_is_there(self, tmp_path: Path) -> None:
        manifest.create(tmp_path / "store")
        async with app_on(tmp_path / "store") as (app, pilot):
            assert "no runs yet" in shown(app)
            assert "trackside demo" in shown(app)
            script = home(app).copied("value")
            assert script is not None
            assert script.splitlines()[0] in shown(app)
            assert f'store="{tmp_path}/store"' in script
            exec(script, {})
            await until(pilot, lambda: len(names(app)) == 1 and "train/loss" in shown(app))
            assert "no runs yet" not in shown(app)

    async def test_a_folder_without_runs_says_what_was_skipped_and_that_it_is_looked_at_again(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "runs" / ".aim").mkdir(parents=True)
        (tmp_path / "runs" / ".aim" / "run_metadata.sqlite").write_bytes(b"")
        context = Context(open_places([str(tmp_path / "runs")]).live(), Settings())
        app = TracksideApp(context)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: "only Aim itself reads its store" in shown(app))
            assert "nothing here is known as a run so far; trackside looks again" in shown(app)
            assert "trackside.init()" not in shown(app)
            (tmp_path / "runs" / "later").mkdir()
            (tmp_path / "runs" / "later" / "metrics.jsonl").write_text('{"step": 0, "loss": 0.5}\n')
            await until(pilot, lambda: "later" in shown(app))
        context.store.close()

    async def test_what_was_skipped_is_told_briefly_and_listed_by_a_key(self, tmp_path: Path) -> None:
        for number in range(9):
            folder = tmp_path / "runs" / f"long-name-of-a-folder-{number}"
            folder.mkdir(parents=True)
            (folder / "mlflow.db").write_bytes(b"")
        (tmp_path / "runs" / "metrics.jsonl").write_text('{"step": 0, "loss": 0.5}\n')
        context = Context(open_places([str(tmp_path / "runs")]).live(), Settings())
        app = TracksideApp(context)
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            await until(pilot, lambda: bool(list(app.screen.query("Toast"))))
            assert all(toast.size.height <= 3 for toast in app.screen.query("Toast"))
            await until(pilot, lambda: "! 9 skipped" in shown(app))
            await pilot.press("!")
            await until(pilot, lambda: "long-name-of-a-folder-8/mlflow.db: is empty" in shown(app))
            await pilot.press("G")
            await until(pilot, lambda: "long-name-of-a-folder-0/mlflow.db: is empty" in shown(app))
            await pilot.press("escape")
            assert app.screen is home(app)
        context.store.close()

    async def test_while_runs_are_still_read_the_cursor_is_on_the_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(RunsScreen, "SETTLE", 60.0)
        for number in range(60):
            path = tmp_path / "runs" / f"run-{number:02}" / "metrics.jsonl"
            path.parent.mkdir(parents=True)
            path.write_text('{"step": 0, "loss": 0.5}\n')
            os.utime(path, (1_700_000_000 - number,) * 2)
        context = Context(open_places([str(tmp_path / "runs")]).live(), Settings())
        app = TracksideApp(context)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: home(app).table.count == 60)
            assert under_cursor(app) == "run-00"
            home(app).table.scroll_to(y=20, animate=False, immediate=True, force=True)
            (tmp_path / "runs" / "late").mkdir()
            (tmp_path / "runs" / "late" / "metrics.jsonl").write_text('{"step": 0, "loss": 0.5}\n')
            await until(pilot, lambda: home(app).table.count == 61)
            assert home(app).table.scroll_offset.y >= 20
        context.store.close()

    async def test_names_with_control_characters_and_markup_are_shown_as_they_are(self, tmp_path: Path) -> None:
        record(tmp_path / "store", "[red]x\x1b[2J")
        async with app_on(tmp_path / "store") as (app, _):
            assert "[red]x␛[2J" in shown(app)


class TestMoving:
    async def test_letters_and_arrows_move_alike(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            for keys, name in (
                (["j", "down"], "second-elm"),
                (["k"], "third-fir"),
                (["G"], "first-oak"),
                (["g"], "fourth-ash"),
                (["ctrl+d"], "first-oak"),
                (["up", "up"], "third-fir"),
            ):
                await press(pilot, *keys)
                assert under_cursor(app) == name

    async def test_arrows_move_the_cursor_also_where_not_all_runs_are_in_sight(self, root: Path) -> None:
        async with app_on(root, (80, 13)) as (app, pilot):
            for key, name in (
                ("down", "third-fir"),
                ("end", "first-oak"),
                ("up", "second-elm"),
                ("home", "fourth-ash"),
            ):
                await press(pilot, key)
                assert under_cursor(app) == name

    async def test_names_stay_while_columns_scroll_sideways(self, root: Path) -> None:
        async with app_on(root, SMALL) as (app, pilot):
            head = shown(app).splitlines()[1]
            await press(pilot, *["l"] * 9)
            after = shown(app).splitlines()[1]
            assert after != head
            assert "name" in after
            assert "fourth-ash" in shown(app)
            await press(pilot, *["h"] * 9)
            assert shown(app).splitlines()[1] == head

    async def test_more_columns_to_the_right_are_told_of_beside_a_scrollbar_too(self, root: Path) -> None:
        async with app_on(root, (80, 12)) as (app, _):
            assert home(app).table.show_vertical_scrollbar
            assert shown(app).splitlines()[1].endswith("›")

    async def test_the_last_column_is_as_far_as_columns_scroll(self, root: Path) -> None:
        async with app_on(root, SMALL) as (app, pilot):
            await press(pilot, *["l"] * 20)
            head = shown(app).splitlines()[1]
            assert head.rstrip().endswith(title(home(app).table.columns[-1]))
            assert "name" in head
            assert "‹" in head

    async def test_a_filter_that_leaves_fewer_columns_scrolls_back_to_them(self, root: Path) -> None:
        record(root, "plain-yew", params={})
        async with app_on(root, SMALL) as (app, pilot):
            await press(pilot, *["l"] * 20)
            await filter_by(pilot, "name:plain*")
            head = shown(app).splitlines()[1].split()
            assert head[-1] == title(home(app).table.columns[-1]).split()[-1]
            assert len(head) > len(["name", "‹", "the last column"])

    async def test_enter_opens_the_run_and_escape_comes_back(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("j", "enter")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            await until(pilot, lambda: "third-fir" in shown(app))
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is home(app))
            assert under_cursor(app) == "third-fir"


class TestFilter:
    async def test_rows_follow_what_is_typed(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "/", *"tag:ablation")
            assert names(app) == ["third-fir", "second-elm"]
            assert "2 of 4 runs" in top_line(app)

    async def test_enter_keeps_it_and_gives_the_keys_back(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await filter_by(pilot, "lr<0.2")
            await press(pilot, "j")
            assert names(app) == ["second-elm", "first-oak"]
            assert under_cursor(app) == "first-oak"
            assert "lr<0.2" in top_line(app)

    async def test_what_a_toast_says_again_while_it_is_on_screen_stands_there_once_and_anew(self, root: Path) -> None:
        async with app_on(root, (30, 24)) as (app, pilot):
            await press(pilot, "escape")
            await until(pilot, lambda: len(app.screen.query("Toast")) == 1)
            first = next(iter(app._notifications))
            await press(pilot, "U", "escape", "escape")
            await until(pilot, lambda: first not in list(app._notifications))
            await until(pilot, lambda: [len(app.screen.query(kind)) for kind in ("Toast", "ToastHolder")] == [2, 2])
            assert {*told(app)} == {
                "nothing is filtered and nothing marked; q quits",
                "no run is marked; space marks",
            }

    @pytest.mark.parametrize("size", [WIDE, (60, 24)])
    async def test_what_a_key_did_is_told_in_the_top_line_up_to_the_next_key(
        self, root: Path, size: tuple[int, int]
    ) -> None:
        async with app_on(root, size) as (app, pilot):
            await press(pilot, "b")
            await until(pilot, lambda: "is the baseline of digits   u undoes" in top_line(app))
            assert not app.screen.query("Toast")
            await press(pilot, "j")
            assert "u undoes" not in shown(app)

    async def test_what_is_told_while_the_app_is_left_goes_with_it(self, root: Path) -> None:
        async with app_on(root) as (app, _):
            pass
        app.on_notify(Notify(Notification("an edit was made")))

    async def test_a_toast_goes_with_the_screen_that_it_was_told_on_and_what_went_wrong_stays(self, root: Path) -> None:
        async with app_on(root, (30, 24)) as (app, pilot):
            app.notify("the store is away", severity="error")
            await press(pilot, "escape")
            await until(pilot, lambda: len(app.screen.query("Toast")) == 2)
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is not home(app))
            await until(pilot, lambda: told(app) == ["the store is away"])
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is home(app))
            assert "nothing is filtered" not in shown(app)

    async def test_escape_restores_the_former_one_and_then_clears_it(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "/", *"lr<0.2", "down")
            await press(pilot, "/", *" depth:9")
            await press(pilot, "escape")
            assert home(app).asked.filter == "lr<0.2"
            await press(pilot, "escape")
            assert len(names(app)) == 4

    async def test_a_mistake_is_pointed_at_and_does_not_empty_the_table(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("slash")
            await write(pilot, "statsu:failed")
            await until(pilot, lambda: "▲" in shown(app))
            assert len(names(app)) > 0
            await press(pilot, "enter")
            assert "mistaken filter statsu:failed" in top_line(app)
            assert "of 4 runs" not in top_line(app)

    async def test_a_mistake_that_was_kept_is_told_first_with_what_was_meant(self, root: Path) -> None:
        async with app_on(root, SMALL) as (app, pilot):
            await filter_by(pilot, "source:trackside status:finshed tag:ablation")
            assert "2 of 4 runs   no status is called 'finshed'; did you mean f" in top_line(app)
            assert top_line(app).endswith("…")

    async def test_a_term_that_is_not_finished_is_completed_and_not_called_a_mistake(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("slash")
            await write(pilot, "tag:")
            await until(pilot, lambda: "tab tag:ablation" in shown(app) or "tab ablation" in shown(app))
            assert "▲" not in shown(app)
            assert "missing" not in shown(app)
            await press(pilot, "enter")
            assert "value is missing" in top_line(app)

    async def test_tab_completes_a_real_value(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("slash")
            await write(pilot, "tag:abl")
            await until(pilot, lambda: "tab tag:ablation" in shown(app) or "tab ablation" in shown(app))
            await press(pilot, "tab")
            assert app.screen.query_one(Input).value.strip() == "tag:ablation"

    async def test_a_filter_that_finds_nothing_says_what_clears_it(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await filter_by(pilot, "tag:ablation lr>5")
            assert "no run matches" in shown(app)
            assert "without lr>5, 2 runs would" in shown(app)
            assert "0 of 4 runs" in top_line(app)

    async def test_rows_are_shown_while_the_facets_are_still_counted(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        count, seen = facets.facets, threading.Event()

        def late(view: View, filter_: str, now: float, *, is_short: bool) -> facets.Facets:
            assert seen.wait(60)
            return count(view, filter_, now, is_short=is_short)

        async with app_on(root) as (app, pilot):
            monkeypatch.setattr(facets, "facets", late)
            home(app).refilter("tag:ablation")
            await until(pilot, lambda: names(app) == ["third-fir", "second-elm"])
            assert re.search(r"finished +3\n", shown(app))
            seen.set()
            await rested(pilot)
            assert re.search(r"finished +2\n", shown(app))

    async def test_a_facet_writes_the_same_text(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "tab")
            facets = home(app).facets
            facets.go_to("tag", "ablation")
            await press(pilot, "enter")
            assert home(app).asked.filter == "tag:ablation"
            assert names(app) == ["third-fir", "second-elm"]
            await press(pilot, "enter")
            assert home(app).asked.filter == ""

    async def test_several_values_are_chosen_and_excluded_in_the_facets_which_still_count_the_others(
        self, root: Path
    ) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "-")
            assert home(app).asked.filter == ""
            await press(pilot, "tab")
            home(app).facets.go_to("tag", "ablation")
            await press(pilot, "enter", "j", "enter")
            assert home(app).asked.filter == "tag:ablation,baseline"
            home(app).facets.go_to("tag", "wide")
            await press(pilot, "-")
            assert home(app).asked.filter == "tag:ablation,baseline -tag:wide"
            await until(pilot, lambda: "− wide" in shown(app))
            assert [name for name in ("● ablation", "● baseline") if name in shown(app)] == ["● ablation", "● baseline"]
            assert names(app) == ["third-fir", "first-oak"]

    async def test_facets_are_narrowed_by_what_is_typed_and_escape_shows_all_again(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("tab", "slash", *"abl", "enter")
            await until(pilot, lambda: "PROJECTS" not in shown(app))
            await press(pilot, "enter")
            assert home(app).asked.filter == "tag:ablation"
            await press(pilot, "escape")
            assert "PROJECTS" in shown(app)

    async def test_n_goes_through_the_values_of_facets_that_were_found(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "n")
            assert "next match, in the facets (tab goes there)" in str(told(app))
            await pilot.press("tab", "slash", *"b", "enter")
            await until(pilot, lambda: "PROJECTS" not in shown(app))
            await press(pilot, *"nNn", "enter")
            assert home(app).asked.filter == "tag:ablation", "the second of two; the first has the cursor before"

    async def test_a_long_list_of_values_is_cut_and_says_how_many_there_are(self, root: Path) -> None:
        store = open_context(root).store
        store.editor().tags(store.ids_matching("first-oak")[0], [f"tag-{number:02}" for number in range(20)], [])
        async with app_on(root) as (app, pilot):
            await until(pilot, lambda: "… 11 more" in shown(app))
            await press(pilot, "tab", "G")
            home(app).facets.go_to("tag")
            await press(pilot, "l")
            assert "tag-19" in shown(app)

    async def test_what_no_curve_was_read_for_is_not_counted_and_the_facet_says_so(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with app_on(root) as (app, pilot):
            await until(pilot, lambda: "PROJECTS" in shown(app))
            assert "curves not read yet" not in shown(app)
            monkeypatch.setattr(Store, "is_short", lambda _: True)
            await filter_by(pilot, "tag:ablation")
            await until(pilot, lambda: "… curves not read yet" in shown(app))

    async def test_facets_fold_and_keep_what_is_chosen(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await filter_by(pilot, "tag:ablation")
            await press(pilot, "tab")
            facets = home(app).facets
            facets.go_to("project", "digits")
            await press(pilot, "h")
            assert "▸ PROJECTS" in shown(app)
            assert "● ablation" in shown(app)
            await press(pilot, "l")
            assert "▾ PROJECTS" in shown(app)


def finding(app: TracksideApp) -> bool:
    return any(worker.group == READING and not worker.is_finished for worker in app.workers)


class TestTagPicker:
    async def test_several_tags_of_which_any_all_or_none_is_wanted(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            for ways, found in (
                ([], ["third-fir", "second-elm"]),
                (["tab"], ["second-elm"]),
                (["tab", "tab"], ["fourth-ash", "first-oak"]),
            ):
                await press(pilot, "escape", "t")
                await pilot.press(*"abl", "space", *"wid", "space", *ways)
                await press(pilot, "enter")
                assert names(app) == found

    @pytest.mark.parametrize(
        ("filter_", "way", "added"),
        [
            ("tag:ablation tag:wide", "all", "tag:ablation tag:baseline tag:wide"),
            ("tag:ablation,wide", "any", "tag:ablation,baseline,wide"),
            ("-tag:ablation -tag:wide", "none", "-tag:ablation -tag:baseline -tag:wide"),
            ("tag:abl*", "any", None),
            ("tag:wide -tag:baseline", "any", None),
        ],
    )
    async def test_tags_are_picked_on_in_the_way_that_the_filter_asks_for(
        self, root: Path, filter_: str, way: str, added: str | None
    ) -> None:
        async with app_on(root) as (app, pilot):
            await filter_by(pilot, filter_)
            await press(pilot, "t")
            assert f"any/all/none: {way} " in shown(app)
            await press(pilot, "enter")
            assert home(app).asked.filter == filter_
            if added is not None:
                await press(pilot, "t", *"basel", "space", "enter")
                assert home(app).asked.filter == added

    async def test_enter_takes_the_tag_under_the_cursor_where_none_was_chosen(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "t", "enter")
            assert home(app).asked.filter == "tag:ablation"
            await press(pilot, "t", "space", "enter")
            assert not home(app).asked.filter, "the last one was left out"

    async def test_a_tag_that_is_spelt_nearly_right_is_found(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "t", *"abaltion", "enter")
            assert home(app).asked.filter == "tag:ablation"

    async def test_tags_are_counted_while_nobody_waits(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        count, counting = View.counted, list[threading.Thread]()

        def counted(view: View, column: str, most: int | None = None) -> list[tuple[str, int]]:
            if column == "tags":
                counting.append(threading.current_thread())
            return count(view, column, most)

        monkeypatch.setattr(View, "counted", counted)
        async with app_on(root) as (app, pilot):
            await until(pilot, lambda: home(app).found is not None and not finding(app))
            await press(pilot, "t")
            assert "○ ablation" in shown(app)
        assert counting
        assert threading.current_thread() not in counting

    async def test_escape_leaves_the_filter_as_it_was(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "t", "space", "escape")
            assert home(app).asked.filter == ""


class TestMarks:
    async def test_space_marks_and_goes_on(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "space", "space")
            assert "2 marked" in top_line(app)
            assert under_cursor(app) == "second-elm"
            await press(pilot, "U")
            assert "marked" not in top_line(app)

    async def test_v_marks_from_the_last_mark_to_here(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "space", "j", "j", "v")
            assert len(home(app).table.marks) == 4

    async def test_hidden_marks_count(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "space", "space", "/", *"lr<1", "enter")
            assert "2 marked, 1 hidden" in top_line(app)


class TestArranging:
    async def test_the_preview_goes_and_comes(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "P")
            assert not app.screen.query_one("#preview").display
            await press(pilot, "P")
            assert app.screen.query_one("#preview").display


class TestEdits:
    async def test_tags_notes_and_names_are_edited_and_undone(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pick(pilot, "T", "+new -ablation")
            await until(pilot, lambda: run_of(app, "fourth-ash").tags == ["new"])
            await pick(pilot, "a", "why")
            await until(pilot, lambda: run_of(app, "fourth-ash").notes == "why")
            await pick(pilot, "r", "renamed")
            await until(pilot, lambda: names(app)[0] == "renamed")
            for _ in range(3):
                undone = len(app.context.undos)
                await pilot.press("u")
                await until(pilot, lambda undone=undone: len(app.context.undos) == undone - 1)
            await until(pilot, lambda: names(app)[0] == "fourth-ash")
            await until(pilot, lambda: not run_of(app, "fourth-ash").notes and not run_of(app, "fourth-ash").tags)

    async def test_notes_that_differ_are_not_all_replaced_by_one_of_them(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "space", "space", "a")
            assert app.screen.query_one(TextArea).text == ""
            assert "they differ" in shown(app)
            await press(pilot, "enter")
            await rested(pilot)
            assert run_of(app, "third-fir").notes == "is it too deep?"
            await pick(pilot, "a", "both")
            await until(pilot, lambda: run_of(app, "third-fir").notes == run_of(app, "fourth-ash").notes == "both")
            await press(pilot, "a")
            assert app.screen.query_one(TextArea).text == "both"

    async def test_an_edit_is_about_all_marked_runs(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "space", "space")
            await pick(pilot, "T", "+good")
            both = "third-fir", "fourth-ash"
            await until(pilot, lambda: all("good" in run_of(app, name).tags for name in both))
            assert "good" not in run_of(app, "second-elm").tags

    async def test_an_archived_run_is_hidden_until_undone(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("x")
            await until(pilot, lambda: "fourth-ash" not in names(app))
            await pilot.press("u")
            await until(pilot, lambda: "fourth-ash" in names(app))

    async def test_archived_runs_are_shown_by_a_filter_and_brought_back_by_the_same_key(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("x")
            await until(pilot, lambda: "fourth-ash" not in names(app))
            await filter_by(pilot, "archived:true")
            assert names(app) == ["fourth-ash"]
            await pilot.press("x")
            await until(pilot, lambda: not names(app))
            await press(pilot, "escape")
            assert "fourth-ash" in names(app)

    async def test_after_an_undo_the_cursor_is_on_the_run_that_came_back(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "j")
            assert under_cursor(app) == "third-fir"
            await pilot.press("x")
            await until(pilot, lambda: under_cursor(app) == "second-elm")
            await pilot.press("u")
            await until(pilot, lambda: under_cursor(app) == "third-fir")

    async def test_when_all_is_undone_u_says_that_nothing_is_left(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("x")
            await until(pilot, lambda: "fourth-ash" not in names(app))
            await pilot.press("u", "u")
            await until(pilot, lambda: "nothing left to undo" in shown(app))

    async def test_a_plain_word_among_tags_is_added(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pick(pilot, "T", "good -first +kept")
            await until(pilot, lambda: set(run_of(app, "fourth-ash").tags) >= {"good", "kept"})

    async def test_why_a_tag_is_refused_is_told_until_it_is_mended(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pick(pilot, "T", "good,")
            await until(pilot, lambda: "a tag is a text without commas" in shown(app))
            await pilot.press("backspace")
            await until(pilot, lambda: "now: " in shown(app))
            assert "without commas" not in shown(app)
            await pilot.press("enter")
            await until(pilot, lambda: "good" in run_of(app, "fourth-ash").tags)

    async def test_of_marked_runs_each_tag_is_told_with_how_many_have_it(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pick(pilot, "T", "one ablation")
            await until(pilot, lambda: len(run_of(app, "fourth-ash").tags) == 2)
            await press(pilot, "space", "space", "T")
            await until(pilot, lambda: "now: ablation (2 of 2) one (1 of 2) " in shown(app))

    async def test_the_trash_asks_by_name_or_by_the_number_of_marked_runs(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "delete", "enter")
            assert "Put fourth-ash into the trash?" in shown(app)
            await press(pilot, "n", "space", "space", "delete")
            assert "Put the 2 marked runs into the trash?" in shown(app)
            await pilot.press("y")
            await until(pilot, lambda: "trashed the 2 marked runs" in shown(app))

    async def test_what_was_edited_is_told_by_name_or_as_the_marked_runs(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pick(pilot, "T", "+one")
            await until(pilot, lambda: "tagged fourth-ash +one" in shown(app))
            await press(pilot, "space", "space")
            await pick(pilot, "T", "+two")
            await until(pilot, lambda: "tagged the 2 marked runs +two" in shown(app))
            await pick(pilot, "a", "why not")
            await until(pilot, lambda: "wrote the notes of the 2 marked runs" in shown(app))
            await pilot.press("x")
            await until(pilot, lambda: "archived the 2 marked runs" in shown(app))
            await pilot.press("u")
            await until(pilot, lambda: "undone: archived the 2 marked runs" in shown(app))

    async def test_the_trash_asks_first(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("delete", "n")
            await rested(pilot)
            assert len(names(app)) == 4
            await pilot.press("delete", "y")
            await until(pilot, lambda: "fourth-ash" not in names(app))
            await pilot.press("u")
            await until(pilot, lambda: "fourth-ash" in names(app))

    async def test_a_baseline_is_starred_and_jumped_to(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("G", "b")
            await until(pilot, lambda: "first-oak is the baseline of digits" in shown(app))
            await until(pilot, lambda: "★ ✓ first-oak" in shown(app))
            await press(pilot, "g", "B")
            assert under_cursor(app) == "first-oak"
            await pilot.press("u")
            await until(pilot, lambda: "★" not in shown(app))

    async def test_a_baseline_in_the_trash_is_told_with_the_way_back_and_the_filter_stays(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("G", "b")
            await until(pilot, lambda: "first-oak is the baseline of digits" in shown(app))
            await pilot.press("delete", "y")
            await until(pilot, lambda: "first-oak" not in names(app))
            await filter_by(pilot, "name:fourth-ash")
            await press(pilot, "B")
            await until(pilot, lambda: "first-oak, is in the trash" in " ".join(shown(app).split()))
            assert names(app) == ["fourth-ash"]

    async def test_an_impossible_edit_is_told_and_changes_nothing(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pick(pilot, "r", "")
            await until(pilot, lambda: "may not be empty" in shown(app))
            assert run_of(app, "fourth-ash").name == "fourth-ash"


class TestCopying:
    @pytest.fixture(autouse=True)
    def _no_tmux(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TMUX", raising=False)

    async def test_y_and_a_letter_copy_and_say_which_way(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("y", "i")
            await until(pilot, lambda: app.clipboard == run_of(app, "fourth-ash").id)
            await until(pilot, lambda: "OSC 52" in shown(app))

    async def test_another_key_after_y_does_nothing(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "y", "d")
            assert len(names(app)) == 4
            assert app.clipboard == ""

    async def test_a_tmux_that_is_not_there_is_gone_round(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMUX", "/nowhere,1,0")
        monkeypatch.setenv("PATH", "/nowhere")
        async with app_on(root) as (app, pilot):
            await pilot.press("y", "r")
            await until(pilot, lambda: app.clipboard.startswith("fourth-ash"))


class TestLive:
    async def test_a_new_run_appears_and_the_cursor_stays_on_its_run(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "j")
            record(root, "fifth-yew")
            await until(pilot, lambda: "fifth-yew" in names(app))
            assert under_cursor(app) == "third-fir"
            assert "5 runs" in top_line(app)

    async def test_at_the_top_of_the_table_new_runs_are_seen(self, thirty: Path) -> None:
        async with app_on(thirty, SMALL) as (app, pilot):
            await press(pilot, "g")
            for name in ("fifth-yew", "sixth-bay"):
                record(thirty, name, steps=1)
                await until(pilot, lambda name=name: name in shown(app))  # type: ignore[misc]
            assert under_cursor(app) == "run-29"
            assert "new above" not in top_line(app)

    async def test_new_runs_above_what_is_read_are_counted_until_the_table_is_at_its_top(self, thirty: Path) -> None:
        async with app_on(thirty, SMALL) as (app, pilot):
            await press(pilot, "G")
            before = shown(app).splitlines()
            line = next(number for number, text in enumerate(before) if "run-0 " in text)
            record(thirty, "late-fir", steps=1)
            await until(pilot, lambda: "1 new above" in top_line(app))
            assert "run-0 " in shown(app).splitlines()[line]
            await press(pilot, "g")
            assert "late-fir" in shown(app)
            assert "new above" not in top_line(app)

    async def test_a_new_run_above_that_goes_again_is_not_counted(self, thirty: Path) -> None:
        async with app_on(thirty, SMALL) as (app, pilot):
            await press(pilot, "G")
            record(thirty, "late-fir", steps=1)
            await until(pilot, lambda: "1 new above" in top_line(app))
            (late,) = app.context.store.ids_matching("late-fir")
            app.context.store.editor().set_fields(late, {"trashed": True})
            await until(pilot, lambda: "30 runs" in top_line(app))
            assert "new above" not in top_line(app)

    async def test_runs_that_a_filter_lets_in_are_not_new(self, tmp_path: Path) -> None:
        for number in range(40):
            record(tmp_path / "store", f"run-{number}", steps=1, tags=["odd"] if number % 2 else [])
        async with app_on(tmp_path / "store", SMALL) as (app, pilot):
            await filter_by(pilot, "tag:odd")
            await press(pilot, "G", "escape")
            assert len(names(app)) == 40
            assert home(app).table.scroll_offset.y > 0
            assert "new above" not in top_line(app)

    async def test_a_live_sort_waits_while_keys_are_pressed(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RunsScreen, "SETTLE", 60.0)
        async with app_on(root) as (app, pilot):
            await pick(pilot, "S", "lr")
            await press(pilot, "j")
            record(root, "fifth-yew", params={"lr": 9.0})
            await until(pilot, lambda: home(app).pace._stale)
            assert home(app).pace._not_before > time.monotonic()
            assert app.context.store.ids_matching("fifth-yew")
            assert "fifth-yew" not in names(app)

    async def test_a_store_that_vanishes_is_a_line_and_no_end(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            home(app).post_message(_failed("the store is gone"))
            await until(pilot, lambda: "the store is gone" in top_line(app))
            assert len(names(app)) == 4


def _failed(why: str) -> Any:
    from trackside.tui.messages import StoreFailed

    return StoreFailed(why)


class TestNextStart:
    async def test_filter_sort_columns_and_marks_are_found_as_they_were_left(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await take(pilot, "C", "param.depth")
            await pick(pilot, "S", "lr")
            await press(pilot, "space")
            await filter_by(pilot, "tag:ablation")
        async with app_on(root) as (app, _):
            assert names(app) == ["third-fir", "second-elm"]
            assert "param.depth" not in home(app).table.columns
            assert "by lr" in top_line(app)
            assert "1 marked, 1 hidden" in top_line(app)

    async def test_the_screens_that_were_open_come_back_with_their_tab(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "j", "enter", "3")
            await until(pilot, lambda: "?tab=console" in "".join(home(app)._over))
        async with app_on(root) as (app, pilot):
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            assert "third-fir" in top_line(app)
            assert app.screen.tab.label == "Console"
            await press(pilot, "q")
            await until(pilot, lambda: not home(app)._over)
        async with app_on(root) as (app, _):
            assert app.screen is home(app)

    async def test_a_restored_filter_is_named_with_the_key_that_clears_it(self, root: Path) -> None:
        async with app_on(root) as (_, pilot):
            await filter_by(pilot, "tag:ablation")
        async with app_on(root) as (app, pilot):
            assert "tag:ablation from last time, esc clears" in top_line(app)
            await press(pilot, "escape")
            assert len(names(app)) == 4

    async def test_restored_marks_are_named_with_the_key_that_clears_them(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await press(pilot, "space")
            assert "1 marked" in top_line(app)
            assert "from last time" not in top_line(app)
        async with app_on(root) as (app, pilot):
            assert "1 marked from last time, U unmarks" in top_line(app)
            await press(pilot, "j", "space")
            assert "2 marked" in top_line(app)
            assert "from last time" not in top_line(app)

    async def test_nothing_is_written_into_the_store(self, root: Path) -> None:
        before = sorted(root.rglob("*"))
        async with app_on(root) as (app, pilot):
            await filter_by(pilot, "tag:ablation")
            file = paths.state_file(app.context.store.uuid)
        assert file.is_file()
        assert not file.is_relative_to(root)
        fresh = set(root.rglob("*")) - set(before)
        assert all("index" in path.relative_to(root).parts for path in fresh)

    async def test_a_damaged_state_file_is_as_none(self, root: Path) -> None:
        context = open_context(root)
        file = paths.state_file(context.store.uuid)
        context.store.close()
        file.parent.mkdir(parents=True)
        file.write_bytes(b"\x00{")
        async with app_on(root) as (app, _):
            assert len(names(app)) == 4


class TestSmallTerminals:
    async def test_the_top_line_leaves_out_what_heads_tell_and_shortens_a_filter_that_is_too_long(
        self, root: Path
    ) -> None:
        async with app_on(root, SMALL) as (app, pilot):
            await press(pilot, "space", "s")
            assert "by name ↓" in top_line(app) or "by name ↑" in top_line(app)
            await filter_by(pilot, "tag:ablation,wide,baseline,first lr<1 depth>1")
            assert "1 marked" in top_line(app)
            assert "filter tag:abl" in top_line(app)
            assert top_line(app).rstrip().endswith("…")
            assert "by name" not in top_line(app)
            await pilot.resize_terminal(160, 45)
            await until(pilot, lambda: "depth>1   by name" in top_line(app))

    async def test_facets_lie_over_the_table_when_asked_for(self, root: Path) -> None:
        async with app_on(root, SMALL) as (app, pilot):
            assert "PROJECTS" not in shown(app)
            width = home(app).table.size.width
            await press(pilot, "tab")
            assert "PROJECTS" in shown(app)
            assert home(app).table.size.width == width
            await press(pilot, "escape")
            assert "PROJECTS" not in shown(app)

    async def test_the_preview_has_seven_rows(self, root: Path) -> None:
        async with app_on(root, SMALL) as (app, _):
            assert app.screen.query_one("#preview").content_size.height == 7

    async def test_the_footer_drops_keys_and_keeps_help(self, root: Path) -> None:
        async with app_on(root, SMALL) as (app, _):
            footer = shown(app).splitlines()[-1]
            assert len(footer) <= SMALL[0]
            assert "Open" in footer
            assert footer.endswith("Help")

    @pytest.mark.parametrize("key", ["enter", "z", "c"])
    async def test_the_footer_keeps_the_way_back_and_help_on_every_screen(self, root: Path, key: str) -> None:
        async with app_on(root, SMALL) as (app, pilot):
            await press(pilot, key)
            await until(pilot, lambda: shown(app).splitlines()[-1].endswith("  esc Back  ? Help"))

    async def test_the_head_says_that_there_are_more_columns(self, root: Path) -> None:
        async with app_on(root, SMALL) as (app, _):
            assert shown(app).splitlines()[1].endswith("›")


class TestQuitting:
    async def test_one_ctrl_c_is_not_enough(self, root: Path) -> None:
        async with app_on(root) as (app, pilot):
            await pilot.press("ctrl+c")
            await until(pilot, lambda: "again quits" in shown(app))
            await pilot.press("ctrl+c")
            assert app.return_code == 0


async def test_the_cursor_the_place_in_the_table_and_folded_facets_come_back_at_the_next_start(root: Path) -> None:
    for number in range(20):
        record(root, f"run-{number:02}", steps=1)
    async with app_on(root, SMALL) as (app, pilot):
        await press(pilot, "tab", "h", "tab", "G", *["k"] * 4)
        left = home(app).table.cursor_id, home(app).table.scroll_offset.y
        assert left[1] > 0
    record(root, "newer", steps=1)
    async with app_on(root, SMALL) as (app, pilot):
        assert (home(app).table.cursor_id, home(app).table.scroll_offset.y) == (left[0], left[1] + 1)
        await press(pilot, "tab")
        assert "▸ PROJECTS" in shown(app)
