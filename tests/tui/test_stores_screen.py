"""Several stores in one table: where each run is, one store alone, and the doctor."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from runs_app import WIDE, home, names, press, rested
from small_store import record, shown, until
from textual.pilot import Pilot

from trackside.config.settings import Settings
from trackside.services.places.opening import open_places
from trackside.store.doctor import run as of_run
from trackside.store.layout import RunPaths
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    """Two stores of one run each, and a folder with a run of another system."""
    for name in ("oak", "elm"):
        record(tmp_path / name / ".trackside", f"{name}-run", steps=2)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "metrics.jsonl").write_text('{"step": 0, "loss": 0.5}\n')
    return [tmp_path / "oak" / ".trackside", tmp_path / "elm" / ".trackside", tmp_path / "logs"]


@asynccontextmanager
async def app_on(places: list[Path]) -> AsyncIterator[tuple[TracksideApp, Pilot[Any]]]:
    context = Context(open_places([str(place) for place in places]).live(), Settings())
    app = TracksideApp(context)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: home(app).found is not None and len(names(app)) == len(places))
        await rested(pilot)
        yield app, pilot
    context.store.close()


async def test_a_column_and_a_facet_say_which_store_a_run_is_in_and_one_is_shown_alone(places: list[Path]) -> None:
    async with app_on(places) as (app, pilot):
        assert "store" in home(app).table.columns
        assert "STORES" in shown(app)
        await press(pilot, "O")
        await until(pilot, lambda: "3 stores" in shown(app))
        assert f"elm   trackside         1        0  followed  {places[1]}" in shown(app)
        assert "logs  other systems" in shown(app)
        await press(pilot, "j", "enter")
        await until(pilot, lambda: names(app) == ["elm-run"])
        assert home(app).asked.filter == "store:elm"


async def test_a_store_that_is_gone_is_told_of(places: list[Path]) -> None:
    async with app_on(places[:2]) as (app, pilot):
        places[0].rename(places[0].with_name("elsewhere"))
        await press(pilot, "O")
        await until(pilot, lambda: "gone" in shown(app))


async def test_the_doctor_lists_what_is_damaged_and_repairs_it_once_it_is_told_to(places: list[Path]) -> None:
    async with app_on(places) as (app, pilot):
        await press(pilot, "O", "D")
        await until(pilot, lambda: "nothing is damaged" in shown(app))
        await pilot.press("R")
        await until(pilot, lambda: any("nothing to repair" in note.message for note in app._notifications))
        await pilot.press("escape")
        (log,) = (places[0] / "runs").glob("*/*/w/*.log")
        content = bytearray(log.read_bytes())
        content[len(content) // 2] ^= 0x55
        log.write_bytes(content)
        await press(pilot, "D")
        await until(pilot, lambda: "bytes cannot be read" in shown(app))
        assert "(R does it)" in shown(app)
        await pilot.press("R")
        await until(pilot, lambda: "kept in folders named aside" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: "(R does it)" not in shown(app))
        assert log.read_bytes() != content


async def test_a_doctor_that_is_left_looks_no_further(places: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    examined: list[RunPaths] = []
    over = threading.Event()
    examine = of_run.examine

    def held(run: RunPaths, *given: Any) -> Any:
        examined.append(run)
        over.wait()
        return examine(run, *given)

    monkeypatch.setattr(of_run, "examine", held)
    record(places[0], "other-run", steps=2)
    app = TracksideApp(Context(open_places([str(places[0])]).live(), Settings()))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: home(app).found is not None)
        try:
            await press(pilot, "O", "D")
            await until(pilot, lambda: bool(examined))
            worker = next(worker for worker in app.workers if worker.name == "_examine")
            await pilot.press("escape")
            await until(pilot, lambda: worker.is_cancelled)
        finally:
            over.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert len(examined) == 1
