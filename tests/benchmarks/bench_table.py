"""The table of 100,000 runs and 70 columns: from a key to the table drawn anew, memory, and 50 runs that go on.

The app runs in this process, without a terminal. What is taken is when the table was first drawn after a key, or after
other rows came; what other programs take of the machine is in it, so what the event loop's thread computed until then
stands beside it.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench_app import COLUMNS, FOLLOWING, LINES, MANY_RUNS, Still, beating, key_of, many_runs
from harness import Row, quantile
from msgspec.structs import replace
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from trackside.config.settings import Settings
from trackside.services import loading
from trackside.services.places.listener import Listener
from trackside.services.table.rows import CURVE
from trackside.store.changes import Changes
from trackside.store.store import Store
from trackside.store.watch import Watcher
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.widgets.row_pages import Source
from trackside.tui.widgets.runs_table import RunsTable
from trackside.tui.widgets.table_columns import Columns

WIDE = 70
TYPED = "optimizer:adam lr<0.1 status:finished"
PAGES = 40
SETTLED = 0.3
LIVE_RUNS, VALUES_A_SECOND, LIVE_SECONDS = 50, 10, 20.0
_MEBIBYTE = 1 << 20


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        loading.begin()
        store = many_runs(Path(folder) / "many")
        found = [*asyncio.run(_keys(store)), *asyncio.run(_live(store))]
        store.close()
    return found


class _Grown(Still):
    """What is written is noticed, but runs that are in the index alone stay there."""

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        listener.changes(Changes())
        while not stop.is_set():
            for changes in Watcher(self._store).changes(stop):
                listener.changes(changes)


@dataclass
class _Drawn:
    """When the table was first drawn since it was awaited, and what this thread had computed by then."""

    awaited: bool = False
    at: float = 0.0
    computed: float = 0.0

    def note(self) -> None:
        """It was drawn."""
        if self.awaited:
            self.awaited, self.at, self.computed = False, time.perf_counter(), time.thread_time()


@contextmanager
def _drawn() -> Iterator[_Drawn]:
    """Note it for as long as this lasts."""
    drawn, render_lines, show = _Drawn(), RunsTable.render_lines, RunsTable.show

    def noting(table: RunsTable, crop: Region) -> list[Strip]:
        strips = render_lines(table, crop)
        drawn.note()
        return strips

    def other_rows(table: RunsTable, source: Source, columns: Columns) -> None:
        show(table, source, columns)
        drawn.awaited = True

    RunsTable.render_lines, RunsTable.show = noting, other_rows  # type: ignore[method-assign]
    yield drawn
    RunsTable.render_lines, RunsTable.show = render_lines, show  # type: ignore[method-assign]


async def _keys(store: Store) -> list[Row]:
    app = TracksideApp(Context(Still(store), Settings()))
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        await _widen(app, pilot)
        with _drawn() as drawn:
            scrolled = [await _pressed(pilot, "pagedown", drawn, at_once=True) for _ in range(PAGES)]
            await pilot.press("slash")
            typed = [await _pressed(pilot, key_of(letter), drawn, at_once=False) for letter in TYPED]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    what = f"{MANY_RUNS:,} runs × {WIDE} columns"
    return [
        _row(f"scrolling a page of {what}, p95", scrolled, 30),
        _row(f"a letter of a filter → table of {what}, p95", typed, 60),
        Row(f"memory of the app with {what}", peak / _MEBIBYTE, 600, "MiB", "none", "peak, the benchmark included"),
    ]


def _row(what: str, taken: Sequence[tuple[float, float]], target: float) -> Row:
    walls, computed = zip(*taken, strict=True)
    middle = f"median {median(walls) * 1e3:.0f} ms"
    note = f"{middle}; computed {median(computed) * 1e3:.0f} ms, at most {max(computed) * 1e3:.0f} ms"
    return Row(what, quantile(list(walls), 0.95) * 1e3, target, "ms", "none", note)


async def _pressed(pilot: Pilot[Any], key: str, drawn: _Drawn, *, at_once: bool) -> tuple[float, float]:
    """Seconds until the table was drawn after a key, and of these computed by the event loop.

    What the key does to the table it does `at_once`, else when other rows came.
    """
    began, computed = time.perf_counter(), time.thread_time()
    drawn.awaited, drawn.at, drawn.computed = at_once, began, computed
    await pilot.press(key)
    await asyncio.sleep(SETTLED)
    return drawn.at - began, drawn.computed - computed


async def _widen(app: TracksideApp, pilot: Pilot[Any]) -> None:
    await _settled(app, pilot)
    home = app.screen_stack[0]
    assert isinstance(home, RunsScreen)
    assert home.found is not None
    known = [name for name in home.found.known_columns if "." in name and not name.startswith(CURVE)]
    home.ask(replace(home.asked, columns=("name", *known[: WIDE - 1])))
    await _settled(app, pilot)
    await asyncio.sleep(RunsScreen.LOADED)


async def _settled(app: TracksideApp, pilot: Pilot[Any]) -> None:
    await pilot.pause(SETTLED)
    while any(not worker.is_finished and worker.group not in FOLLOWING for worker in app.workers):
        await asyncio.sleep(0.05)
    await pilot.pause(SETTLED)


async def _live(store: Store) -> list[Row]:
    """What an app costs that shows 50 runs while they go on, above the rest of the 100,000."""
    app = TracksideApp(Context(_Grown(store), Settings()))
    with _logging(store.root):
        async with app.run_test(size=(COLUMNS, LINES)) as pilot:
            await _widen(app, pilot)
            await asyncio.sleep(3.0)
            began, computed, looped = time.perf_counter(), time.process_time(), time.thread_time()
            async with beating() as heart:
                await asyncio.sleep(LIVE_SECONDS)
            wall = time.perf_counter() - began
            share, loop = (time.process_time() - computed) / wall, (time.thread_time() - looped) / wall
    what = f"{LIVE_RUNS} runs at {VALUES_A_SECOND} values a second among {MANY_RUNS:,}"
    note = f"of which the event loop {loop:.1%}"
    blocked = f"of which {heart.computed * 1e3:.0f} ms computing"
    return [
        Row(f"app's share of a core, {what}", share * 100, 25, "%", "none", note),
        Row(f"event loop blocked, {what}", heart.wall * 1e3, 50, "ms", "none", blocked),
    ]


@contextmanager
def _logging(root: Path) -> Iterator[None]:
    command = [sys.executable, str(Path(__file__).with_name("live_runs.py")), str(root)]
    command += [str(LIVE_RUNS), str(VALUES_A_SECOND)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()
        process.wait(30)
