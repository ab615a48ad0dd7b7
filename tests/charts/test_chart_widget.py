"""The chart in an app: what keys do to what is on the screen, and that it follows the runs."""

import asyncio
import time

import numpy as np
import pytest
from textual.app import App
from textual.events import MouseScrollUp

import trackside
from trackside.charts.spec import ChartOptions, Curve, Mark
from trackside.services.places.live import LiveStore
from trackside.store.store import Store
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.picker import Picker
from trackside.tui.widgets.chart import Chart

X = np.arange(0.0, 1000.0)
CURVES = (
    Curve("falling", X, 2 - X / 500, key="1", rising=True, marks=(Mark(300.0, "note", "lr dropped"),)),
    Curve("rising", X, X / 500, key="2"),
)


class ChartApp(App[None]):
    def __init__(self):
        super().__init__()
        self.heard = []

    def compose(self):
        yield Chart(title="loss")

    def on_told(self, message):
        self.heard.append(message.text)


def text(app):
    chart = app.screen.query_one(Chart)
    return "\n".join(chart.render_line(row).text for row in range(chart.size.height))


async def drawn(pilot, until=lambda: True):
    """Wait until nothing is being loaded or drawn, and `until` holds."""
    deadline = time.monotonic() + 60
    while True:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        if not list(pilot.app.workers) and until():
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0)


@pytest.fixture
async def charted():
    app = ChartApp()
    async with app.run_test(size=(80, 24)) as pilot:
        chart = app.query_one(Chart)
        chart.focus()
        chart.plot(CURVES)
        await drawn(pilot)
        yield pilot, chart


async def press(pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await drawn(pilot)


async def test_of_an_outline_more_points_are_read_where_it_is_zoomed_into_and_all_to_smooth_it(charted):
    pilot, chart = charted
    asked = []

    def closer(low, high):
        asked.append((low, high))
        return Curve("long", X, 2 - X / 500, key="1", of=1_000_000, closer=closer)

    chart.plot([Curve("long", X[::10], 2 - X[::10] / 500, key="1", of=1_000_000, closer=closer)])
    await drawn(pilot)
    assert asked == []
    assert "of 1,000,000 points" in text(pilot.app)
    await press(pilot, "+")
    assert asked == [chart.options.x_range]
    assert len(chart.spec().curves[0].x) == len(X)
    await press(pilot, "l", "X")
    assert len(asked) == 1, "the same part is read once"
    await press(pilot, "s")
    assert asked[1:] == [(None, None)]


async def test_the_curves_fill_the_widget(charted):
    pilot, _ = charted
    lines = text(pilot.app).splitlines()
    assert len(lines) == 24
    assert {len(line) for line in lines} == {80}
    assert "loss" in lines[0]
    assert "falling" in lines[-1]


async def test_the_crosshair_reads_every_curve(charted):
    pilot, chart = charted
    await press(pilot, "l")
    assert "step" in text(pilot.app).splitlines()[0]
    at = chart.options.crosshair
    await press(pilot, "right", "l", "h")
    assert chart.options.crosshair > at


async def test_zoom_pan_and_reset(charted):
    pilot, chart = charted
    await press(pilot, "plus")
    low, high = chart.options.x_range
    assert high - low < 600
    await press(pilot, "H")
    assert chart.options.x_range[0] < low
    await press(pilot, "0")
    assert chart.options.x_range == (None, None)


async def test_keys_faster_than_pictures_all_count(charted):
    pilot, chart = charted
    await pilot.press("plus", "plus", "plus")
    await drawn(pilot)
    low, high = chart.options.x_range
    assert high - low == pytest.approx(999 / 8, rel=0.01)


async def test_a_curve_is_chosen_hidden_shown_alone_and_lifted(charted):
    pilot, chart = charted
    await press(pilot, "j", "j", "space")
    assert chart.options.hidden == {"2"}
    assert "hidden" in text(pilot.app)
    await press(pilot, "space", "k", "o")
    assert (chart.options.hidden, chart.options.solo) == (frozenset(), "1")
    await press(pilot, "o", "O")
    assert (chart.options.solo, chart.options.lifted) == (None, "1")


async def test_log_axes_and_smoothing_are_named_in_the_title(charted):
    pilot, _ = charted
    await press(pilot, "Y", "X", "s")
    title = text(pilot.app).splitlines()[0]
    assert "log y" in title
    assert "log x" in title
    assert "smoothed" in title


async def test_marks_are_visited(charted):
    pilot, chart = charted
    await press(pilot, "n")
    assert chart.options.crosshair == 300.0
    assert "lr dropped" in text(pilot.app).splitlines()[0]


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("space", "choose a curve first: j and k do"),
        ("o", "choose a curve first: j and k do"),
        ("O", "choose a curve first: j and k do"),
        ("0", "all of it is in sight"),
        ("minus", "all of it is in sight"),
        ("L", "nothing lies further right"),
    ],
)
async def test_a_key_that_can_do_nothing_says_why(charted, key, why):
    pilot, chart = charted
    before = chart.options
    await press(pilot, key)
    assert (chart.options, pilot.app.heard) == (before, [why])


async def test_no_mark_beyond_the_last_one_is_told(charted):
    pilot, chart = charted
    await press(pilot, "n", "n")
    assert chart.options.crosshair == 300.0
    assert pilot.app.heard[0].startswith("no mark there")


async def test_the_wheel_zooms(charted):
    pilot, chart = charted
    await pilot._post_mouse_events([MouseScrollUp], Chart, offset=(40, 10), button=0)
    await drawn(pilot)
    low, high = chart.options.x_range
    assert high - low == pytest.approx(500, abs=10)


async def test_a_long_title_leaves_room_for_what_the_crosshair_is_on(charted):
    pilot, chart = charted
    chart.plot(CURVES, title="a name that goes on " * 5)
    await press(pilot, "n")
    assert "step 300 · lr dropped" in text(pilot.app).splitlines()[0]


async def test_a_click_puts_the_crosshair(charted):
    pilot, chart = charted
    await pilot.click(Chart, offset=(40, 10))
    await drawn(pilot)
    assert chart.options.crosshair == pytest.approx(480, abs=20)


async def test_a_label_with_control_characters_cannot_reach_the_terminal(charted):
    pilot, chart = charted
    chart.plot((Curve("evil\x1b[31m[red]", X, X), CURVES[0]), title="\x07bell")
    await drawn(pilot)
    assert "\x1b" not in text(pilot.app)
    assert "\x07" not in text(pilot.app)
    assert "[red]" in text(pilot.app)


async def test_a_resize_draws_for_the_new_size(charted):
    pilot, chart = charted
    await pilot.resize_terminal(50, 12)
    await drawn(pilot, lambda: len(chart.picture.rows) == 12)
    assert {len(line) for line in text(pilot.app).splitlines()} == {50}


async def test_the_same_curves_again_change_no_cell(charted):
    pilot, chart = charted
    before = chart.picture.rows
    chart.plot(CURVES, ChartOptions())
    await drawn(pilot)
    assert chart.picture.rows == before


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = trackside.init(project="p", name="brisk-heron", store=tmp_path / "store", quiet=True)
    for step in range(50):
        run.log({"train/loss": 50.0 - step, "val/loss": 60.0 - step, "lr": 0.1 / (step + 1)}, step=step)
    store = Store.open(tmp_path / "store")
    store.refresh()
    yield run, store
    run.finish()
    store.close()


class StoreApp(App[None]):
    """As much of the app as a chart screen needs."""

    def __init__(self, store, run_id, metric):
        super().__init__()
        self._opens = ChartScreen(context_of(store), [run_id], metric)

    def on_mount(self):
        self.push_screen(self._opens)


def context_of(store):
    from trackside.config.settings import Settings
    from trackside.tui.context import Context

    return Context(LiveStore(store), Settings())


async def test_the_screen_shows_a_metric_with_the_one_it_is_paired_with(recorded):
    run, store = recorded
    app = StoreApp(store, run.id, "train/loss")
    async with app.run_test(size=(100, 30)) as pilot:
        await drawn(pilot, lambda: app.screen.query_one(Chart).picture is not None)
        await drawn(pilot)
        assert "train/loss, val/loss of brisk-heron" in text(app)


async def test_a_point_logged_is_drawn_once_the_store_says_so(recorded):
    run, store = recorded
    app = StoreApp(store, run.id, "train/loss")
    async with app.run_test(size=(100, 30)) as pilot:
        app.screen.LIVE = 0.0
        await drawn(pilot, lambda: len(app.screen.query_one(Chart).curves) == 2)
        run.log({"train/loss": 0.5}, step=50)
        changes = store.refresh()
        app.screen.post_message(StoreChanged(changes.runs, changes.projects))
        await drawn(pilot, lambda: len(app.screen.query_one(Chart).curves[0].x) == 51)


async def test_a_metric_and_an_x_axis_are_picked_by_typing(recorded):
    run, store = recorded
    app = StoreApp(store, run.id, "train/loss")
    async with app.run_test(size=(100, 30)) as pilot:
        await drawn(pilot, lambda: len(app.screen.query_one(Chart).curves) == 2)
        await pilot.press("m")
        await drawn(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("l", "r", "enter")
        await drawn(pilot, lambda: not isinstance(app.screen, Picker))
        await drawn(pilot, lambda: "lr of brisk-heron" in text(app))
        await pilot.press("i")
        await drawn(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("r", "e", "l", "enter")
        await drawn(pilot, lambda: not isinstance(app.screen, Picker))
        await drawn(pilot, lambda: "by relative" in text(app))


async def test_ranges_are_typed_and_mistakes_are_told(recorded):
    run, store = recorded
    app = StoreApp(store, run.id, "train/loss")
    async with app.run_test(size=(100, 30)) as pilot:
        chart = app.screen.query_one(Chart)
        await drawn(pilot, lambda: len(app.screen.query_one(Chart).curves) == 2)
        chart = app.screen.query_one(Chart)
        await pilot.press("equals_sign", *"x=9:1", "enter")
        await drawn(pilot)
        assert chart.options.x_range == (None, None)
        assert app.screen.query_one("#says").display
        await pilot.press("home", "shift+end", "delete", *"x=1:9", "enter")
        await drawn(pilot)
        assert chart.options.x_range == (1.0, 9.0)
        assert chart.has_focus


async def test_escape_takes_the_crosshair_first_then_the_screen(recorded):
    run, store = recorded
    app = StoreApp(store, run.id, "train/loss")
    async with app.run_test(size=(100, 30)) as pilot:
        await drawn(pilot, lambda: len(app.screen.query_one(Chart).curves) == 2)
        await press(pilot, "l", "escape")
        assert app.screen.query_one(Chart).options.crosshair is None
        await press(pilot, "escape")
        assert not isinstance(app.screen, ChartScreen)


async def test_curves_that_cannot_be_read_are_told_of_and_the_app_goes_on(recorded):
    _, store = recorded
    app = StoreApp(store, "no such run", "train/loss")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await drawn(pilot, lambda: app.screen.query_one("#says").display)
        assert app.is_running
