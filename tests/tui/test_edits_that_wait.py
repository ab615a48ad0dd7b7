"""Edits, copies and exports while the disk hangs, is away for a moment, or the screen that asked for them is left."""

import asyncio
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from runs_app import app_on, home, names, press, rested, run_of, told, under_cursor, write
from small_store import record, shown, until
from textual.pilot import Pilot
from textual.widgets import TextArea

from trackside.model.errors import StoreError
from trackside.services import edit
from trackside.services.edit import Undo
from trackside.services.run import preview
from trackside.store.any_store import AnyStore
from trackside.store.store import Store
from trackside.tui import asking
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.widgets.preview import Preview

_HANGING = 20
"""Readers, more than Python has threads for on most machines."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("oak", "elm"):
        record(tmp_path / "store", name, steps=2)
    return tmp_path / "store"


@contextmanager
def every_thread_taken() -> Iterator[None]:
    """In here, of what is begun beside the event loop nothing comes to run."""
    loop, over = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    loop.run_in_executor(None, over.wait)
    try:
        yield
    finally:
        over.set()


async def open_run(pilot: Pilot[Any]) -> None:
    """The run under the cursor, on a screen of its own, which has been read."""
    await press(pilot, "enter")
    screen = pilot.app.screen
    assert isinstance(screen, RunScreen)
    await until(pilot, lambda: screen.overview is not None)


async def test_an_edit_is_made_though_many_readers_hang(root: Path) -> None:
    over = threading.Event()
    async with app_on(root) as (app, pilot):
        name = under_cursor(app)
        for _ in range(_HANGING):
            app.run_worker(lambda: over.wait(), thread=True, group="hanging", exit_on_error=False)
        try:
            await pilot.press("x")
            await until(pilot, lambda: f"archived {name}   u undoes" in told(app), 10)
        finally:
            over.set()


async def test_a_run_that_is_thrown_away_on_its_own_screen_is_in_the_trash_and_comes_back_by_undo(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        name = under_cursor(app)
        run = run_of(app, name)
        await open_run(pilot)
        with every_thread_taken():
            await pilot.press("delete", "y")
            await until(pilot, lambda: app.screen is home(app))
            await pilot.pause()
        await until(pilot, lambda: f"trashed {name}   u undoes" in told(app), 10)
        assert app.context.store.trashed() == [run.id]
        await pilot.press("u")
        await until(pilot, lambda: not app.context.store.trashed())


async def test_marks_stay_where_the_runs_could_not_be_thrown_away(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Undo:
        raise StoreError("the disk is full")

    async with app_on(root) as (app, pilot):
        await press(pilot, "space", "space")
        marked = home(app).marks
        with monkeypatch.context() as patch:
            patch.setattr(edit, "trash", full)
            await pilot.press("delete", "y")
            await until(pilot, lambda: "the disk is full" in told(app))
        assert home(app).marks == marked
        await pilot.press("delete", "y")
        await until(pilot, lambda: not home(app).marks)
        assert set(app.context.store.trashed()) == marked


async def test_what_was_copied_on_a_screen_that_was_left_at_once_is_copied(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        run = run_of(app, under_cursor(app))
        await open_run(pilot)
        with every_thread_taken():
            await pilot.press("y", "i", "escape")
            await until(pilot, lambda: app.screen is home(app))
            await pilot.pause()
        await until(pilot, lambda: app.clipboard == run.id, 10)


async def test_what_was_copied_last_is_on_the_clipboard_though_what_was_copied_before_comes_later(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    run = Store.run

    def hanging(store: Store, run_id: str) -> Any:
        if threading.current_thread() is not threading.main_thread():
            over.wait(60)
        return run(store, run_id)

    async with app_on(root) as (app, pilot):
        with monkeypatch.context() as patch:
            patch.setattr(Store, "run", hanging)
            await pilot.press("y", "x", "y", "r")
            await until(pilot, lambda: "\t" in app.clipboard)
            over.set()
            await until(pilot, lambda: not any(worker.group == "copy" for worker in app.workers))
            await pilot.pause()
        assert "\t" in app.clipboard


async def test_a_file_that_was_asked_for_on_a_screen_that_was_left_at_once_is_written(
    root: Path, tmp_path: Path
) -> None:
    async with app_on(root) as (app, pilot):
        await press(pilot, "z")
        chart = app.screen
        assert isinstance(chart, ChartScreen)
        await until(pilot, lambda: chart.export() is not None)
        await pilot.press("e")
        await write(pilot, str(tmp_path / "loss.svg"))
        with every_thread_taken():
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is chart)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is home(app))
            await pilot.pause()
        await until(pilot, lambda: f"the chart is in {tmp_path / 'loss.svg'}" in told(app), 10)
        assert (tmp_path / "loss.svg").exists()


async def test_an_undo_that_failed_can_be_pressed_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Undo) -> None:
        raise StoreError("the store is away for a moment")

    async with app_on(root) as (app, pilot):
        name = under_cursor(app)
        await pilot.press("x")
        await until(pilot, lambda: f"archived {name}   u undoes" in told(app))
        with monkeypatch.context() as patch:
            patch.setattr(Undo, "__call__", away)
            await pilot.press("u")
            await until(pilot, lambda: "the store is away for a moment" in told(app))
        await pilot.press("u")
        await until(pilot, lambda: f"undone: archived {name}" in told(app), 10)
        assert not run_of(app, name).archived


async def test_edits_that_were_asked_for_are_made_though_the_app_is_left(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    async with app_on(root) as (app, pilot):
        name = under_cursor(app)
        app.context.editing.submit(over.wait)
        await pilot.press("x", "delete", "y")
        shutdown = app.context.editing.shutdown
        monkeypatch.setattr(app.context.editing, "shutdown", lambda: (over.set(), shutdown()))
        await pilot.press("q")
    with closing(Store.open(root)) as store:
        store.refresh()
        (run,) = store.runs(store.trashed())
        assert (run.name, run.archived) == (name, True)


async def test_an_undo_that_never_succeeds_is_let_go_once_it_was_tried_twice(root: Path) -> None:
    async with app_on(root) as (app, pilot):
        first, second = (run_of(app, name) for name in names(app))
        for run in (first, second):
            await pilot.press("x")
            await until(pilot, lambda run=run: f"archived {run.name}   u undoes" in told(app))
            await rested(pilot)
        shutil.rmtree(app.context.store.run_paths(second.id).root)
        for left in (2, 1):
            app.clear_notifications()
            await pilot.press("u")
            await until(pilot, lambda: any("is gone from" in said for said in told(app)))
            assert len(app.context.undos) == left
        await pilot.press("u")
        await until(pilot, lambda: f"undone: archived {first.name}" in told(app))


async def test_edits_and_undos_that_are_pressed_at_once_are_done_in_their_order(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, said = threading.Event(), list[str]()
    monkeypatch.setattr(RunsScreen, "notify", lambda _, text, **__: said.append(text))
    async with app_on(root) as (app, pilot):
        first, second = names(app)
        app.context.editing.submit(over.wait)
        await pilot.press("x", "j", "x", "u", "u", "u")
        assert not said
        over.set()
        await until(pilot, lambda: len(said) == 5, 10)
        archived = [f"archived {name}   u undoes" for name in (first, second)]
        undone = [f"undone: archived {name}" for name in (second, first)]
        assert said == [*archived, *undone, "nothing left to undo"]
        assert not any(run_of(app, name).archived for name in (first, second))


async def test_the_notes_of_many_marked_runs_are_read_beside_the_screen(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by: list[threading.Thread] = []
    runs = Store.runs

    def noticed(store: Store, wanted: Any) -> Any:
        read_by.append(threading.current_thread())
        return runs(store, wanted)

    async with app_on(root) as (app, pilot):
        await press(pilot, "space", "space")
        monkeypatch.setattr(asking, "MOST_AT_ONCE", 1)
        monkeypatch.setattr(Store, "runs", noticed)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen.focused, TextArea), 10)
        assert read_by
        assert threading.main_thread() not in read_by


async def test_previews_that_hang_leave_threads_for_everything_else(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, begun = threading.Event(), []
    load = preview.load

    def hanging(store: AnyStore, runs: Sequence[str], metric: str | None) -> preview.RunPreview:
        begun.append(runs)
        over.wait(60)
        return load(store, runs, metric)

    monkeypatch.setattr(Preview, "REST", 0.01)
    async with app_on(root) as (app, pilot):
        monkeypatch.setattr(preview, "load", hanging)
        for number in range(_HANGING):
            await pilot.press("jk"[number % 2])
            await pilot.pause(2 * Preview.REST)
        over.set()
        assert 0 < len(begun) <= 4
        await until(pilot, lambda: f": {under_cursor(app)}" in shown(app))
