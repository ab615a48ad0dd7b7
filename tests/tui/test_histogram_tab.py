"""Histograms on the Artifacts tab: a strip over steps, and what the one under the cursor says."""

from pathlib import Path

import pytest
from small_store import OneScreen, open_context, settled, shown, until

import trackside
from trackside.tui.screens.run import RunScreen


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "none")
    return tmp_path / "store"


async def test_a_strip_over_steps_reads_what_is_under_the_cursor(root: Path) -> None:
    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        for step in range(40):
            run.log_histogram("weights", [step, step + 1, step + 2], step=step)
        run.log_histogram("last", ([3, 5], [0.0, 1.0, 2.0]))
    app = OneScreen(open_context(root), lambda context: RunScreen(context, str(run.id)))
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await until(pilot, lambda: "40 histograms, steps 0 to 39" in shown(app))
        assert "step 39: 3 values, 39 to 41, median about 40.25" in shown(app)
        assert "share of a step:" in shown(app)
        await pilot.press("enter", "h", "h")
        await until(pilot, lambda: "step 37: 3 values, 37 to 39" in shown(app))
        await pilot.press("escape", "j")
        await until(pilot, lambda: "A histogram at step 39" in shown(app))
        assert "1 to 2 " in shown(app)
