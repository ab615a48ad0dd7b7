"""Small curves of rows that move and of runs that go on while they are read."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runs_app import app_on, home
from small_store import record, until

from trackside.model.run import Run
from trackside.store.any_store import AnyStore
from trackside.tui.small_curves import SmallCurves

METRIC = "val/accuracy"


class HeldUp:
    """A store whose curves are each handed on only when they may be."""

    def __init__(self, store: AnyStore) -> None:
        self._store = store
        self.runs = store.runs
        self.read, self.may = threading.Semaphore(0), threading.Semaphore(0)

    def series(self, run_id: str, metric: str) -> Any:
        found = self._store.series(run_id, metric)
        self.read.release()
        self.may.acquire()
        return found


class Asked:
    """A store without runs, and of which ones it was asked at once."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def runs(self, wanted: Iterable[str]) -> list[Run]:
        self.asked.append(list(wanted))
        return []


async def test_a_point_that_came_while_a_curve_was_read_has_it_read_again(tmp_path: Path) -> None:
    run = record(tmp_path / "store", "oak")
    async with app_on(tmp_path / "store") as (app, pilot):
        store: Any = HeldUp(app.context.store)
        curves = SmallCurves(home(app), store, lambda: None, ascii_only=False)
        try:
            curves.text(run, METRIC, 1.0)
            await until(pilot, lambda: store.read.acquire(blocking=False))
            curves.text(run, METRIC, 2.0)
            store.may.release()
            await until(pilot, lambda: store.read.acquire(blocking=False), 10)
        finally:
            store.may.release(2)


async def test_the_rows_that_were_scrolled_to_last_have_their_curves_first(tmp_path: Path) -> None:
    record(tmp_path / "store", "oak", steps=2)
    async with app_on(tmp_path / "store") as (app, pilot):
        store: Any = Asked()
        curves = SmallCurves(home(app), store, lambda: None, ascii_only=False)
        rows = [f"row {number}" for number in range(3 * SmallCurves.AT_ONCE)]
        for row in rows:
            curves.text(row, METRIC, 1.0)
        await until(pilot, lambda: sum(map(len, store.asked)) == len(rows))
        assert store.asked[0] == rows[-SmallCurves.AT_ONCE :]
