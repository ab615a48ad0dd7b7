"""Edits, copies and exports while the disk hangs, is away for a moment, or the screen that asked for them is left."""

import threading
from pathlib import Path
from typing import Any

import pytest
from runs_app import app_on, press
from small_store import record, until
from textual.widgets import Input

from trackside.store.store import Store
from trackside.tui import asking


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("oak", "elm"):
        record(tmp_path / "store", name, steps=2)
    return tmp_path / "store"


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
        await until(pilot, lambda: isinstance(app.screen.focused, Input), 10)
        assert read_by
        assert threading.main_thread() not in read_by
