"""Parallel coordinates in an app: what keys do to what is on the screen, and what the owner is told."""

import asyncio
import threading
import time

import numpy as np
import pytest
from textual.app import App

from trackside.charts.parallel.axis import asked_for, axis_of
from trackside.charts.parallel.spec import Picked, Span
from trackside.tui.widgets.parallel import Parallel

RNG = np.random.default_rng(11)
RATE = (10 ** np.linspace(-5, -1, 41)).tolist()
LOSS = RNG.uniform(0.2, 2.0, 41).tolist()
AXES = (
    axis_of("lr", RATE),
    axis_of("optimizer", [("adam", "sgd", "lion")[number % 3] for number in range(41)]),
    axis_of("val/loss", LOSS, "min"),
)


class ParallelApp(App[None]):
    def __init__(self):
        super().__init__()
        self.told = []

    def compose(self):
        yield Parallel()

    def on_parallel_brushed(self, event):
        self.told.append(event.axes)


def text(app):
    widget = app.query_one(Parallel)
    return "\n".join(widget.render_line(row).text for row in range(widget.size.height))


async def drawn(pilot):
    """Wait until nothing is being drawn."""
    deadline = time.monotonic() + 60
    while True:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        if not list(pilot.app.workers):
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0)


@pytest.fixture
async def shown():
    app = ParallelApp()
    async with app.run_test(size=(80, 24)) as pilot:
        widget = app.query_one(Parallel)
        widget.focus()
        widget.show(AXES, "val/loss", title="sweep")
        await drawn(pilot)
        yield pilot, widget


async def press(pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await drawn(pilot)


def titles(pilot):
    return text(pilot.app).splitlines()[1].split()


async def test_the_axes_fill_the_widget(shown):
    pilot, _ = shown
    lines = text(pilot.app).splitlines()
    assert {len(line) for line in lines} == {80}
    assert len(lines) == 24
    assert lines[0].startswith("sweep  41 runs")
    assert titles(pilot) == ["▸lr", "optimizer", "val/loss"]


async def test_keys_choose_an_axis_as_far_as_there_are_any(shown):
    pilot, widget = shown
    await press(pilot, "l")
    assert titles(pilot) == ["lr", "▸optimizer", "val/loss"]
    await press(pilot, "right", "right", "h")
    assert widget.chosen == "optimizer"


async def test_keys_move_the_chosen_axis(shown):
    pilot, _ = shown
    await press(pilot, "L")
    assert titles(pilot) == ["optimizer", "▸lr", "val/loss"]
    await press(pilot, "L", "L", "H")
    assert titles(pilot) == ["optimizer", "▸lr", "val/loss"]
    assert pilot.app.told == []


async def test_a_brush_begins_moves_grows_and_goes_and_the_owner_is_told(shown):
    pilot, widget = shown
    await press(pilot, "space")
    assert widget.axes[0].brush == Span(0.01, 0.1)
    assert "11 of 41 runs" in text(pilot.app)
    await press(pilot, "j", "j", "+", "+", "-", "k")
    assert widget.axes[0].brush == Span(0.00398, 0.0631)
    assert pilot.app.told[-1] == widget.axes
    assert len(pilot.app.told) == 7
    await press(pilot, "space")
    assert widget.axes[0].brush is None
    assert "41 runs" in text(pilot.app)


async def test_categories_are_brushed_by_the_same_keys(shown):
    pilot, widget = shown
    await press(pilot, "l", "down", "+", "j")
    assert widget.axes[1].brush == Picked(frozenset({"lion", "sgd"}))
    await press(pilot, "0")
    assert all(axis.brush is None for axis in widget.axes)


async def test_new_values_of_the_same_axes_keep_their_places_and_brushes(shown):
    pilot, widget = shown
    await press(pilot, "space", "L", "L")
    widget.show([axis_of("width", RATE), *(axis_of(axis.key, LOSS) for axis in AXES)], "val/loss")
    await drawn(pilot)
    assert titles(pilot) == ["optimizer", "val/loss", "▸lr", "width"]
    assert asked_for(widget.axes[2]).sum() < 41


async def test_a_brush_of_numbers_goes_when_the_axis_has_words(shown):
    pilot, widget = shown
    await press(pilot, "space")
    widget.show([axis_of("lr", ["high", "low"] * 20 + ["auto"]), *AXES[1:]], "val/loss")
    assert widget.axes[0].brush is None


async def test_without_axes_keys_do_nothing_and_it_is_said(shown):
    pilot, widget = shown
    widget.show([])
    await press(pilot, "l", "L", "space", "j", "0")
    assert "no run to draw" in text(pilot.app)
    assert pilot.app.told == []


async def test_nothing_is_drawn_on_the_apps_own_thread(shown, monkeypatch):
    pilot, widget = shown
    painted = []
    paint = widget.paint
    monkeypatch.setattr(widget, "paint", lambda spec: painted.append(threading.current_thread()) or paint(spec))
    await press(pilot, "space", "l")
    assert len(painted) == 2
    assert threading.current_thread() not in painted
