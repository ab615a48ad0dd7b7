"""Histograms on the Artifacts tab: a strip over steps, and what the one under the cursor says."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from small_store import OneScreen, open_context, settled, shown, until

import trackside
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.run import RunScreen
from trackside.tui.widgets.lines import Line, Lines


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


async def test_a_reader_keeps_the_line_and_never_loses_the_reading_while_histograms_come(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    show = Lines.show

    def noted(lines: Lines, wanted: Iterable[Line], fixed: int = 0) -> None:
        wanted = tuple(wanted)
        said.append("\n".join(line.plain for line in wanted))
        show(lines, wanted, fixed)

    run = trackside.init(store=root, project="digits", quiet=True)
    with run:
        run.log_histogram("weights", [7.0], step=0)
        run.log_histogram("weights", [7.0], step=1)
        context = open_context(root)
        app = OneScreen(context, lambda context: RunScreen(context, str(run.id)))
        async with app.run_test(size=(120, 30)) as pilot:
            await settled(pilot)
            await pilot.press("7")
            await until(pilot, lambda: "step 1: 1 value, 7 to 7" in shown(app))
            await pilot.press("enter", "j")
            monkeypatch.setattr(Lines, "show", noted)
            run.log_histogram("weights", [8.0, 9.0], step=2)
            context.store.refresh_runs([str(run.id)])
            app.screen.post_message(StoreChanged(frozenset({str(run.id)}), frozenset()))
            await until(pilot, lambda: "step 2: 2 values" in shown(app))
            await settled(pilot)
            assert [text for text in said if "histograms, steps" in text and "step 2:" not in text] == []
            assert app.screen.query_one("FileView > Lines", Lines).cursor == 1
