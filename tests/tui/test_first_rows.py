"""The Runs screen over a folder of another system of which nothing has been read yet."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from foreign_runs import write_run
from runs_app import home, told
from small_store import record, shown, until
from textual.widgets import Input

from trackside.config.settings import Settings
from trackside.services import edit
from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.services.places.opening import open_places
from trackside.services.project.baseline import baseline_of_project
from trackside.services.run import preview
from trackside.services.table import view
from trackside.services.table.asked import Asked
from trackside.services.table.view import Found
from trackside.store import manifest
from trackside.store.any_store import AnyStore
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.messages import CaughtUp
from trackside.tui.screens import runs
from trackside.tui.screens.help import HelpScreen
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.screens.tags import TagPicker
from trackside.tui.widgets.filter_bar import FilterBar
from trackside.tui.widgets.row_pages import Source
from trackside.tui.widgets.runs_table import RunsTable


def opened(folder: Path) -> Context:
    return Context(open_places([str(folder)]).live(), Settings())


def opened_late(root: Path, may_begin: threading.Event) -> Context:
    """A store whose index is made only then."""

    class Late(LiveStore):
        def follow(self, stop: threading.Event, listener: Listener) -> None:
            may_begin.wait(60)
            super().follow(stop, listener)

    return Context(Late(Store.open(root)), Settings())


async def test_runs_and_the_curve_of_the_newest_are_seen_before_anything_is_sorted_or_counted(tmp_path, monkeypatch):
    write_run(tmp_path / "runs" / "oak.jsonl", [0.5, 0.25, 0.75])
    may_go_on = threading.Event()

    def find(store: AnyStore, asked: Asked, **given: Any) -> Found:
        may_go_on.wait(60)
        return view.find(store, asked, **given)

    monkeypatch.setattr(runs, "find", find)
    context = opened(tmp_path / "runs")
    async with TracksideApp(context).run_test(size=(160, 45), notifications=True) as pilot:
        await until(pilot, lambda: "✓ oak" in shown(pilot.app) and "⣀" in shown(pilot.app))
        may_go_on.set()
        await until(pilot, lambda: "1 run" in shown(pilot.app).splitlines()[0])
    context.store.close()


@pytest.fixture
def unfound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Context, threading.Event]:
    """Three runs, of which the first rows are there; all are not looked at before the event says that they may be."""
    for name in ("ash", "elm", "oak"):
        record(tmp_path / "store", name, tags=["quick"])
    may_go_on = threading.Event()

    def find(store: AnyStore, asked: Asked, **given: Any) -> Found:
        may_go_on.wait(60)
        return view.find(store, asked, **given)

    monkeypatch.setattr(runs, "find", find)
    return opened(tmp_path / "store"), may_go_on


@pytest.mark.parametrize(
    ("keys", "shows"),
    [
        (("t", *"quick", "enter"), "tag:quick"),
        (("tab", "t", *"quick", "enter"), "tag:quick"),
        (("S",), "sort by"),
        (("C",), "columns"),
        (("o",), "group by"),
        (("m",), "metric"),
        (("d",), "no project has a baseline yet"),
        (("e",), "export"),
        (("f",), "following the newest"),
        (("space", "j", "j", "v"), "3 marked"),
    ],
)
async def test_keys_about_all_runs_wait_behind_the_first_rows_until_all_are_looked_at(unfound, keys, shows):
    context, may_go_on = unfound
    async with TracksideApp(context).run_test(size=(160, 45), notifications=True) as pilot:
        await until(pilot, lambda: "✓ oak" in shown(pilot.app))
        await pilot.press(*keys)
        assert pilot.app.screen is home(pilot.app)
        assert not told(pilot.app)
        may_go_on.set()
        await until(pilot, lambda: shows in shown(pilot.app).lower())
    context.store.close()


@pytest.mark.parametrize("key", ["H", "L", "underscore"])
async def test_columns_that_are_arranged_behind_the_first_rows_are_once_all_runs_are_looked_at(unfound, key):
    context, may_go_on = unfound
    async with TracksideApp(context).run_test(size=(160, 45), notifications=True) as pilot:
        await until(pilot, lambda: "✓ oak" in shown(pilot.app))
        await pilot.press("l", "l", key)
        assert not told(pilot.app)
        may_go_on.set()
        await until(pilot, lambda: bool(home(pilot.app).asked.columns))
    context.store.close()


async def test_letters_behind_a_key_about_all_runs_do_nothing_where_these_cannot_be_looked_at(tmp_path, monkeypatch):
    record(tmp_path / "store", "ash")
    may_fail = threading.Event()

    def find(*_: object, **__: object) -> Found:
        may_fail.wait(60)
        raise OSError("the store is away")

    monkeypatch.setattr(runs, "find", find)
    context = opened(tmp_path / "store")
    async with TracksideApp(context).run_test(size=(160, 45), notifications=True) as pilot:
        await until(pilot, lambda: "✓ ash" in shown(pilot.app))
        await pilot.press("t", "x")
        may_fail.set()
        await until(pilot, lambda: any("called off" in line for line in told(pilot.app)))
        await pilot.press("p")
        assert archived(context, ["ash"]) == []
    context.store.close()


async def test_a_q_among_the_letters_that_wait_for_a_box_leaves_nothing(unfound):
    context, may_go_on = unfound
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "✓ oak" in shown(pilot.app))
        await pilot.press("j", "t", "q")
        assert pilot.app.return_code is None
        may_go_on.set()
        await until(pilot, lambda: isinstance(pilot.app.focused, Input) and pilot.app.focused.value == "q")
        assert isinstance(pilot.app.screen, TagPicker)
    context.store.close()


async def test_runs_that_all_went_into_the_trash_behind_the_first_rows_are_shown_no_more(unfound):
    context, may_go_on = unfound
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "✓ oak" in shown(pilot.app))
        edit.trash(context.store, [context.store.ids_matching(name)[0] for name in ("ash", "elm", "oak")])
        await pilot.press("m")
        may_go_on.set()
        await until(pilot, lambda: home(pilot.app).found is not None and "oak" not in shown(pilot.app))
    context.store.close()


async def test_nothing_is_sorted_or_counted_before_the_first_curve_is_drawn_though_all_was_read(tmp_path, monkeypatch):
    write_run(tmp_path / "runs" / "oak.jsonl", [0.5, 0.25, 0.75])
    may_read = threading.Event()
    told: list[str] = []
    load = preview.load

    def read(*given: Any) -> preview.RunPreview:
        may_read.wait(60)
        told.append("curve")
        return load(*given)

    def find(store: AnyStore, asked: Asked, **given: Any) -> Found:
        told.append("found")
        return view.find(store, asked, **given)

    monkeypatch.setattr(preview, "load", read)
    monkeypatch.setattr(runs, "find", find)
    monkeypatch.setattr(RunsScreen, "LIVE", 60.0)
    context = opened(tmp_path / "runs")
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "oak" in shown(pilot.app))
        for _ in range(2):
            home(pilot.app).post_message(CaughtUp())
            await pilot.pause()
        assert told == []
        may_read.set()
        await until(pilot, lambda: "found" in told)
        assert told[0] == "curve"
    context.store.close()


async def test_runs_that_are_seen_stay_when_a_reading_from_before_they_came_arrives(tmp_path, monkeypatch):
    record(tmp_path / "store", "oak")
    has_read, is_seen = threading.Event(), threading.Event()
    counts: list[int] = []
    show = RunsTable.show

    def find(store: AnyStore, asked: Asked, **given: Any) -> Found:
        found = view.find(store, asked, **given)
        if not has_read.is_set():
            has_read.set()
            is_seen.wait(60)
        return found

    def shown_in_table(table: RunsTable, source: Source, columns: Sequence[str]) -> None:
        counts.append(source.count)
        show(table, source, columns)

    monkeypatch.setattr(runs, "find", find)
    monkeypatch.setattr(RunsTable, "show", shown_in_table)
    context = opened_late(tmp_path / "store", has_read)
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "oak" in shown(pilot.app))
        is_seen.set()
        await until(pilot, lambda: "1 run" in shown(pilot.app).splitlines()[0])
    assert counts == sorted(counts)
    context.store.close()


@pytest.fixture
def unread(tmp_path: Path) -> tuple[Context, threading.Event]:
    """Three runs that the app has not read before the event says that it may."""
    for name in ("oak", "elm", "ash"):
        record(tmp_path / "store", name, steps=3)
    may_begin = threading.Event()
    return opened_late(tmp_path / "store", may_begin), may_begin


def baseline(context: Context) -> str | None:
    found = baseline_of_project(context.store, "digits")
    return None if found is None else context.store.run(found.run_id).name


def archived(context: Context, names: Sequence[str] = ("ash", "elm", "oak")) -> list[str]:
    runs = [context.store.run(context.store.ids_matching(name)[0]) for name in names]
    return [run.name for run in runs if run.archived]


async def test_keys_about_runs_that_are_pressed_while_runs_are_read_are_done_in_order_once_they_are_there(unread):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45), notifications=True) as pilot:
        await pilot.press("j", "b", "k", "y", "i")
        assert "reading" in shown(pilot.app).splitlines()[0]
        assert not pilot.app._notifications
        may_begin.set()
        await until(pilot, lambda: baseline(context) == "elm")
        newest = context.store.run(context.store.ids_matching("ash")[0])
        await until(pilot, lambda: pilot.app.clipboard == newest.id)
    context.store.close()


async def test_keys_that_need_no_runs_work_at_once_while_runs_are_read_and_none_waits(unread):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        may_begin.set()
        await until(pilot, lambda: home(pilot.app).table.count == 3)
    context.store.close()


async def test_a_key_that_opens_another_screen_is_done_after_those_that_wait_for_runs(unread):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await pilot.press("x", "question_mark")
        assert pilot.app.screen is home(pilot.app)
        may_begin.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until(pilot, lambda: any("archived ash" in line for line in told(pilot.app)))
        assert archived(context) == ["ash"]
    context.store.close()


async def test_a_filter_that_is_typed_after_a_key_that_waits_for_runs_does_not_change_which_run_that_is_about(unread):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await pilot.press("x", "slash", "o", "a", "k", "enter")
        assert not home(pilot.app).query_one(FilterBar).is_open
        may_begin.set()
        await until(pilot, lambda: home(pilot.app).asked.filter == "oak")
        await until(pilot, lambda: any("archived ash" in line for line in told(pilot.app)))
        assert archived(context) == ["ash"]
    context.store.close()


async def test_escape_calls_off_the_keys_that_wait_for_runs(unread):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45), notifications=True) as pilot:
        await pilot.press("x", "escape")
        await until(pilot, lambda: "called off" in shown(pilot.app))
        await pilot.press("j", "b")
        may_begin.set()
        await until(pilot, lambda: baseline(context) == "elm")
        assert archived(context) == []
    context.store.close()


async def test_runs_are_shown_once_they_are_read_though_pause_was_pressed_before(unread):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await pilot.press("p", "j", "b")
        assert "paused" in shown(pilot.app).splitlines()[0]
        may_begin.set()
        await until(pilot, lambda: baseline(context) == "elm")
        await until(pilot, lambda: "3 runs" in shown(pilot.app).splitlines()[0])
        assert "paused" in shown(pilot.app).splitlines()[0]
    context.store.close()


@pytest.mark.parametrize("keys", [("q",), ("ctrl+c", "ctrl+c")])
async def test_the_app_is_left_at_once_while_runs_are_read(unread, keys):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await pilot.press("j", *keys)
        await until(pilot, lambda: pilot.app.return_code == 0, seconds=30)
        may_begin.set()
    context.store.close()


async def test_keys_that_were_pressed_while_runs_are_read_are_no_part_of_a_filter_that_is_typed_then(unread):
    context, may_begin = unread
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await pilot.press("j", "slash", "a")
        may_begin.set()
        await until(pilot, lambda: "2 of 3 runs" in shown(pilot.app).splitlines()[0])
        assert home(pilot.app).asked.filter == "a"
    context.store.close()


async def test_a_key_about_a_run_says_that_there_is_none_once_that_is_known(tmp_path):
    may_begin = threading.Event()
    manifest.create(tmp_path / "store")
    context = opened_late(tmp_path / "store", may_begin)
    async with TracksideApp(context).run_test(size=(160, 45), notifications=True) as pilot:
        await pilot.press("b")
        assert "reading" in shown(pilot.app).splitlines()[0]
        may_begin.set()
        await until(pilot, lambda: "there is no run under the cursor" in shown(pilot.app))
        assert "no runs yet" in shown(pilot.app)
    context.store.close()


async def test_a_folder_without_runs_is_told_to_have_none(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    context = opened(tmp_path)
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "0 runs" in shown(pilot.app).splitlines()[0])
    context.store.close()


def test_the_first_curve_waits_for_nothing_that_only_counting_needs(tmp_path):
    write_run(tmp_path / "runs" / "oak.jsonl", [0.5, 0.25])
    loads = "\n".join(
        (
            "import sys",
            "from trackside.charts.picture import draw",
            "from trackside.charts.spec import ChartSpec",
            "from trackside.services.places.opening import open_alone",
            "from trackside.services.run import preview",
            "opened = open_alone(sys.argv[1])",
            "opened.catch_up()",
            "(run,) = opened.store.first_page(2)",
            "(curve,) = preview.load(opened.store, [run.id], None).drawn",
            "assert draw(ChartSpec((curve,), 60, 15)).total == 2",
            "print({'polars', 'scipy', 'lark', 'numpy.ma'} & sys.modules.keys())",
        )
    )
    told = subprocess.run(
        [sys.executable, "-c", loads, str(tmp_path / "runs")], check=True, capture_output=True, text=True, timeout=60
    )
    assert told.stdout == "set()\n"
