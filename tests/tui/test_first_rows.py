"""The Runs screen over a folder of another system of which nothing has been read yet."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foreign_runs import write_run
from small_store import record, shown, until

from trackside.config.settings import Settings
from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.services.places.opening import open_places
from trackside.services.table import view
from trackside.services.table.asked import Asked
from trackside.services.table.view import Found
from trackside.store.any_store import AnyStore
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.screens import runs
from trackside.tui.widgets.row_pages import Source
from trackside.tui.widgets.runs_table import RunsTable


def opened(folder: Path) -> Context:
    return Context(open_places([str(folder)]).live(), Settings())


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
        for key in "tSCdom":
            pilot.app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: "the runs are still being read" in shown(pilot.app))
        may_go_on.set()
        await until(pilot, lambda: "1 run" in shown(pilot.app).splitlines()[0])
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

    class Late(LiveStore):
        def follow(self, stop: threading.Event, listener: Listener) -> None:
            has_read.wait(60)
            super().follow(stop, listener)

    monkeypatch.setattr(runs, "find", find)
    monkeypatch.setattr(RunsTable, "show", shown_in_table)
    context = Context(Late(Store.open(tmp_path / "store")), Settings())
    async with TracksideApp(context).run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "oak" in shown(pilot.app))
        is_seen.set()
        await until(pilot, lambda: "1 run" in shown(pilot.app).splitlines()[0])
    assert counts == sorted(counts)
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
            "from trackside.services.places.opening import open_alone",
            "from trackside.services.run import preview",
            "opened = open_alone(sys.argv[1])",
            "opened.catch_up()",
            "(run,) = opened.store.first_page(2)",
            "(curve,) = preview.load(opened.store, [run.id], None).drawn",
            "assert len(curve.x) == 2",
            "print({'polars', 'scipy', 'lark'} & sys.modules.keys())",
        )
    )
    told = subprocess.run(
        [sys.executable, "-c", loads, str(tmp_path / "runs")], check=True, capture_output=True, text=True, timeout=60
    )
    assert told.stdout == "set()\n"
