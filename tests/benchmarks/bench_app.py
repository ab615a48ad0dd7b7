"""The app: how soon it shows rows, how long it is ever busy, how soon a value is seen, how little it writes.

The app runs in a real pseudo-terminal, but for the row that says how long its event loop is blocked: there it runs in
this process, and a task beside it measures.
"""

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from statistics import median

from harness import Row, paired, quantile
from logging_process import logging
from make_store import make_store, metric_names

from trackside.config.settings import Settings
from trackside.model import ids
from trackside.model.run import MetricSummary, Run
from trackside.services import loading
from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.store.changes import Changes
from trackside.store.index import Folded
from trackside.store.store import Store
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.screens.runs import RunsScreen

sys.path.append(str(Path(__file__).parents[1] / "tui"))
from terminal_app import TerminalApp

RUNS, PARAMS, METRICS = 10_000, 20, 10
PAIRS = 11
MANY_RUNS = 100_000
WITH_FILES = 300
MOVES = 200
TYPED = "status:finished optimizer:adam lr<1e-2"
SORTED_BY = ("val/accuracy", "lr", "name")
POINTS = 50
QUIET_SECONDS = 10.0
COLUMNS, LINES = 160, 45
FOLLOWING = ("follow", "settings")
"""Groups of workers that go on until the app ends."""

EMPTY_APP = """
from textual.app import App
from textual.widgets import Header
class Empty(App):
    TITLE = "nothing but this"
    def compose(self):
        yield Header()
Empty().run()
"""


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = make_store(root / "store", runs=RUNS, params=PARAMS, metrics=METRICS, rows=5)
        _index(store)
        os.environ["HOME"] = str(root)
        many = many_runs(root / "many")
        return [
            first_paint(store, root, RUNS),
            first_paint(many.root, root, MANY_RUNS),
            silence(store, root),
            *blocked(many),
            seen(root),
        ]


def first_paint(store: Path, home: Path, runs: int) -> Row:
    """Process start until the first rows of so many runs have arrived, against an empty app's header.

    It is ended at once: of many runs it would find that they are in the index alone.
    """

    def ours() -> None:
        with _app(store, home) as app:
            app.wait_until(lambda: app.raw.count(b"run-0") >= PARAMS, "rows of runs")

    def floor() -> None:
        with _terminal([sys.executable, "-c", EMPTY_APP], home) as app:
            app.wait_until(lambda: b"nothing but this" in app.raw, "a header")

    ours()
    floor()
    both = paired(ours, floor, PAIRS)
    note = f"{both.ours * 1e3:.0f} ms against {both.floor * 1e3:.0f} ms, process start included"
    with closing(Store.open(store)) as found:
        assert found.count() == runs, "the app was ended too late"
    return Row(f"first painted rows of {runs:,} runs", both.ratio, 1.5, "×", "an empty Textual app's header", note)


def silence(store: Path, home: Path) -> Row:
    """What an app writes to its terminal once it has settled, while no run runs."""
    with _app(store, home) as app:
        app.wait_for("run-0")
        app.wait_for_quiet(3, 120)
        written = app.written_in(QUIET_SECONDS)
    return Row("written in 10 s, no run running", len(written), 0, "bytes", "nothing", f"{RUNS:,} runs")


def seen(home: Path) -> Row:
    """From the return of `log()` in one process to the value on the app's screen in another."""
    store = home / "watched"
    with logging(store) as log:
        log(0.0)
        waits = _waits(log, store, home)
    note = f"median {median(waits) * 1e3:.0f} ms, longest {max(waits) * 1e3:.0f} ms of {POINTS}"
    return Row("log() → seen on the app's screen, p95", quantile(waits, 0.95) * 1e3, 500, "ms", "none", note)


def _waits(log: Callable[[float], float], store: Path, home: Path) -> list[float]:
    waits = []
    with _app(store, home) as app:
        app.wait_for("logging")
        app.written_in(3)
        for point in range(1, POINTS + 1):
            value = 10_000 + 137 * point
            returned = log(float(value))
            waits.append(app.wait_for(f"{value}") - returned)
            app.written_in(1.3 + point * 0.007)
    return waits


def blocked(many: Store) -> list[Row]:
    """The longest time for which the event loop did nothing else, at 100,000 runs."""
    loading.begin()
    context = Context(Still(many), Settings())
    longest = asyncio.run(_blocked(context))
    context.store.close()
    floor = "an idle loop's longest"
    return [
        Row(f"event loop blocked, {what}", wall * 1e3, 50, "ms", f"{idle * 1e3:.1f} ms: {floor}", note)
        for what, wall, idle, note in longest
    ]


class Still(LiveStore):
    """A store that nobody writes to: its runs are in the index alone, where a look at the disk would not leave them."""

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        listener.changes(Changes())
        stop.wait()


class Heartbeat:
    """The longest time between two turns of the event loop, and how much of it this thread computed."""

    EVERY = 0.002

    def __init__(self) -> None:
        self.wall = self.computed = 0.0

    async def beat(self) -> None:
        """Until cancelled."""
        while True:
            wall, computed = time.perf_counter(), time.thread_time()
            await asyncio.sleep(self.EVERY)
            self.wall = max(self.wall, time.perf_counter() - wall - self.EVERY)
            self.computed = max(self.computed, time.thread_time() - computed)


@asynccontextmanager
async def beating() -> AsyncIterator[Heartbeat]:
    heart = Heartbeat()
    task = asyncio.create_task(heart.beat())
    yield heart
    await asyncio.sleep(heart.EVERY)
    task.cancel()


async def _blocked(context: Context) -> list[tuple[str, float, float, str]]:
    app = TracksideApp(context)
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:

        async def settled() -> None:
            await pilot.pause(0.3)
            while any(not worker.is_finished and worker.group not in FOLLOWING for worker in app.workers):
                await asyncio.sleep(0.05)
            await pilot.pause(0.3)

        async def press(keys: Sequence[str]) -> None:
            for key in keys:
                await pilot.press(key)
                await asyncio.sleep(0.02)
            await settled()

        async def sort() -> None:
            for column in SORTED_BY:
                await press(["S", *map(key_of, column), "enter"])

        async def measured(what: str, act: Callable[[], object]) -> tuple[str, float, float, str]:
            async with beating() as idle:
                await asyncio.sleep(1.0)
            async with beating() as busy:
                await act()  # type: ignore[misc]
            return what, busy.wall, idle.wall, f"of which {busy.computed * 1e3:.0f} ms computing; {MANY_RUNS:,} runs"

        await settled()
        await press(["j"] * 20)
        await asyncio.sleep(RunsScreen.LOADED)
        return [
            await measured("moving the cursor", lambda: press(["j"] * MOVES)),
            await measured("typing a filter", lambda: press(["slash", *map(key_of, TYPED), "enter"])),
            await measured("sorting", sort),
        ]


def key_of(letter: str) -> str:
    return {":": "colon", " ": "space", "<": "less_than_sign", "-": "minus", "/": "slash"}.get(letter, letter)


def many_runs(root: Path) -> Store:
    """100,000 runs in an index; the newest of them have their files, so that a preview has something to draw."""
    store = Store.open(make_store(root, runs=WITH_FILES, params=PARAMS, metrics=METRICS, rows=200))
    store.reindex()
    store.index.put(Folded(_run(number), b"", 0) for number in range(MANY_RUNS - WITH_FILES))
    return store


def _run(number: int) -> Run:
    at = 1_600_000_000.0 + number * 60
    return Run(
        id=ids.new_id(at),
        name=f"older-{number}",
        project=("digits", "retrieval", "speech")[number % 3],
        group=f"sweep-{number // 50}",
        created=at,
        ended=at + 50,
        status="failed" if number % 20 == 0 else "finished",
        tags=("baseline", "paper", "debug")[: number % 4],
        params={"lr": number % 997 / 997, "optimizer": "adam" if number % 2 else "sgd"}
        | {f"model.option{place}": (number * place) % 8 for place in range(PARAMS - 2)},
        metrics={
            name: MetricSummary(last=number % 101 / 101, min=0.0, max=1.0, count=200) for name in metric_names(METRICS)
        },
    )


def _index(root: Path) -> None:
    store = Store.open(root)
    store.reindex()
    store.close()


def _app(store: Path, home: Path) -> TerminalApp:
    return _terminal([sys.executable, "-m", "trackside", "--store", str(store)], home)


def _terminal(command: list[str], home: Path) -> TerminalApp:
    return TerminalApp(command, columns=COLUMNS, rows=LINES, environment={**_installed(home), "HOME": str(home)})


def _installed(home: Path) -> dict[str, str]:
    """Both programs find their modules compiled, as pip leaves them."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(home / "compiled")}
