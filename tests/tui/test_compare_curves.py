"""The Curves tab of the Compare screen: sides as means with a band, and how a candidate differs along an axis."""

from pathlib import Path
from typing import Any

import pytest
from small_comparison import SMALL, STEPS, WIDE, below, comparing, press, to_tab
from small_store import open_context, shown, until

import trackside
from trackside.services.project import decisions
from trackside.tui.compare_tabs.curves import CurvesTab
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.widgets.chart import Chart


def overlaid(app: Any) -> Chart:
    """The chart of all sides."""
    return app.screen.query_one("#overlay", Chart)


def difference(app: Any) -> Chart:
    """The chart of the difference."""
    return app.screen.query_one("#difference", Chart)


def told(app: Any) -> str:
    """What the screen says, as one line."""
    return " ".join(shown(app).split())


async def test_a_side_is_the_mean_of_its_seeds_with_a_band_and_one_run_is_a_line(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["single"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        assert "val/accuracy: means of seeds, bands of one SD" in shown(app)
        base, better, single = overlaid(app).curves
        assert [curve.label for curve in (base, better, single)] == ["base (3 runs)", "better (3 runs)", "single"]
        assert better.y[-1] == pytest.approx(0.88)
        assert better.half is not None
        assert better.half[-1] == pytest.approx(0.004)
        assert single.half is None
        for name in ("base (3 runs)", "better (3 runs)", "single"):
            assert f"━━ {name}" in shown(app)


@pytest.fixture
def one_diverged(tmp_path: Path) -> tuple[Path, list[str]]:
    """A baseline whose loss falls, and a run whose loss grows beyond all bounds."""
    root = tmp_path / "diverged" / "store"
    ids = []
    for name, factor in (("calm", 0.5), ("wild", 1e30)):
        with trackside.init(project="digits", name=name, params={"f": factor}, store=root, quiet=True) as run:
            for step in range(STEPS):
                run.log({"val/loss": factor**step}, step=step)
        ids.append(str(run.id))
    decisions.set_baseline(open_context(root).store, "digits", ids[0])
    return root, ids


async def test_a_curve_that_would_squash_the_others_is_cut_off_and_named_until_the_axis_is_logarithmic(
    one_diverged: tuple[Path, list[str]],
) -> None:
    root, ids = one_diverged
    async with comparing(root, ids[1:], metric="val/loss") as (app, pilot):
        await to_tab(pilot, "Curves")
        await until(pilot, lambda: "val/loss   off the axis: wild" in shown(app))
        assert overlaid(app).options.y_range == (0.5 ** (STEPS - 1), 1.0)
        await press(pilot, "Y")
        await until(pilot, lambda: "log y" in shown(app))
        assert "off the axis" not in shown(app)
        assert overlaid(app).options.y_range == (None, None)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_key_turns_the_curves_logarithmic_and_they_stay_so_for_the_next_metric(
    one_diverged: tuple[Path, list[str]], size: tuple[int, int]
) -> None:
    root, ids = one_diverged
    async with comparing(root, ids[1:], size, metric="val/loss") as (app, pilot):
        await to_tab(pilot, "Curves")
        assert "log y" not in shown(app)
        await press(pilot, "Y")
        await until(pilot, lambda: "log y" in shown(app))
        await press(pilot, "m")
        await until(pilot, lambda: "log y" in shown(app))
        await press(pilot, "Y")
        await until(pilot, lambda: "log y" not in shown(app))


async def test_where_the_difference_is_alone_the_key_says_that_it_has_no_such_axis(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"]], SMALL) as (app, pilot):
        await to_tab(pilot, "Curves")
        await press(pilot, "d", "Y")
        assert "a difference has no logarithmic axis" in shown(app)


async def test_a_key_shows_each_run_in_the_colour_of_its_side_and_the_means_again(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        await press(pilot, "D")
        assert "val/accuracy: each run" in shown(app)
        curves = overlaid(app).curves
        assert len(curves) == 6
        assert [curve.owner for curve in curves] == [first["base"]] * 3 + [first["better"]] * 3
        await press(pilot, "D")
        assert "val/accuracy: means of seeds, bands of one SD" in shown(app)


@pytest.mark.parametrize("keys", [(), ("d",)], ids=["at once", "by a key"])
async def test_the_difference_stands_below_with_its_band_over_a_line_at_zero(store: Any, keys: tuple[str, ...]) -> None:
    root, first = store
    size = SMALL if keys else WIDE
    async with comparing(root, [first["better"]], size) as (app, pilot):
        await to_tab(pilot, "Curves")
        await press(pilot, *keys)
        assert "val/accuracy: better (3 runs) − base (3 runs), 95 % band" in shown(app)
        (curve,) = difference(app).curves
        assert curve.y[-1] == pytest.approx(0.08)
        assert curve.half is not None
        picture = difference(app).picture
        assert picture is not None
        assert "┈┈┈" in picture.text
        assert difference(app).options.level == 0.0


async def test_where_there_is_little_height_the_difference_takes_the_place_of_the_curves(store: Any) -> None:
    root, first = store
    for size, at_first, then in ((SMALL, (True, False), (False, True)), (WIDE, (True, True), (True, False))):
        async with comparing(root, [first["better"]], size) as (app, pilot):
            await to_tab(pilot, "Curves")
            assert (overlaid(app).display, difference(app).display) == at_first
            await press(pilot, "d")
            assert (overlaid(app).display, difference(app).display) == then
            for chart in (overlaid(app), difference(app)):
                assert not chart.display or chart.size.height >= 8


async def test_without_three_seeds_there_is_a_difference_and_no_band(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["single"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        await press(pilot, "l")
        assert "val/accuracy: single − base (3 runs), no band" in shown(app)
        assert "where the curves part: replicates needed: 3 seeds on each side" in told(app)
        (curve,) = difference(app).curves
        assert curve.half is None
        assert len(curve.x) == STEPS
        await press(pilot, "1")
        assert "val/accuracy, single" in below(app)


async def test_it_is_told_where_the_curves_part_and_how_soon_the_best_is_reached(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        assert (
            "better (3 runs): it reaches the baseline's best, 0.8, at step 9, the baseline at 9: speed-up 1×"
            in told(app)
        )
        assert "the curves part at step" in told(app)


async def test_nothing_is_claimed_of_curves_on_other_eval_data(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["split"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        assert "split (3 runs) − base (3 runs), no band" in shown(app)
        assert "where the curves part: the sides are not comparable" in told(app)
        assert "how soon it gets to the baseline's best: the sides are not comparable" in told(app)


async def test_curves_are_aligned_along_another_metric_by_one_key_and_the_title_says_so(tmp_path: Path) -> None:
    root = tmp_path / "store"
    ids = [record(root, name, seed, pace) for name, pace in (("base", 1.0), ("new", 1.5)) for seed in range(3)]
    context = open_context(root)
    decisions.set_baseline(context.store, "p", ids[0])
    async with comparing(root, [ids[3]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        assert "by " not in shown(app).split("means of seeds, bands of one SD")[1].splitlines()[0]
        await press(pilot, "i", *"epoch", "enter")
        base, new = overlaid(app).curves
        assert (base.x[-1], new.x[-1]) == (9.0, 13.5)
        head = shown(app).split("val/accuracy: means of seeds, bands of one SD")[1].splitlines()[0]
        assert head.strip().startswith("by epoch")
        (curve,) = difference(app).curves
        assert curve.x.max() == 9.0
        assert "values are interpolated between two points, in the range of all curves" in told(app)


async def test_by_relative_time_means_are_interpolated_and_the_title_says_so(tmp_path: Path) -> None:
    root = tmp_path / "store"
    ids = [record(root, name, seed, 1.0) for name in ("base", "new") for seed in range(3)]
    context = open_context(root)
    decisions.set_baseline(context.store, "p", ids[0])
    async with comparing(root, [ids[3]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        await press(pilot, "i", *"clock", "enter")
        assert "val/accuracy: means of seeds, bands of one SD, interpolated" in shown(app)


def record(root: Path, name: str, seed: int, pace: float) -> str:
    """A run that comes `pace` epochs further in a step; its clock is its own."""
    with trackside.init(
        project="p", name=name, seed=seed, params={"pace": pace, "name": name}, store=root, quiet=True
    ) as run:
        run.define_metric("val/accuracy", goal="max", primary=True)
        for step in range(10):
            value = 0.5 + 0.04 * step * pace + 0.01 * seed
            run.log({"val/accuracy": value, "epoch": pace * step, "clock": step + 0.1 * seed}, step=step)
    return str(run.id)


async def test_the_next_metric_is_drawn_and_the_summarys_cursor_follows(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["single"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        await press(pilot, "m")
        assert "train/loss: better (3 runs) − base (3 runs)" in shown(app)
        await press(pilot, "M", "1")
        assert "val/accuracy, base" in below(app)


async def test_runs_are_overlaid_where_nothing_can_be_compared(store: Any) -> None:
    root, first = store
    context = open_context(root)
    decisions.set_baseline(context.store, "digits", None)
    async with comparing(root, [first["better"], first["base"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        assert len(overlaid(app).curves) == 2
        assert "digits has no baseline yet. b makes one of these runs the baseline" in shown(app)
        await press(pilot, "l")
        assert len(overlaid(app).curves) == 2


async def test_the_machine_is_no_next_metric(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with trackside.init(project="digits", store=root, quiet=True) as run:
        run.log({"loss": 1.0, "system/cpu": 50.0})
    async with comparing(root, [run.id]) as (app, pilot):
        await to_tab(pilot, "Curves")
        for _ in range(2):
            assert app.screen.query_one(CurvesTab).metric == "loss"
            await press(pilot, "m")


async def test_what_is_measured_of_the_machine_is_drawn_and_not_compared(store: Any) -> None:
    root, _ = store
    with trackside.init(project="digits", name="hot", params={"lr": 0.2}, store=root, quiet=True) as run:
        run.log({"val/accuracy": 0.5, "system/cpu": 50.0})
    async with comparing(root, [run.id], metric="system/cpu") as (app, pilot):
        await press(pilot, "G")
        await to_tab(pilot, "Curves")
        await until(pilot, lambda: "what is measured of the machine is not compared" in told(app))
        assert [curve.owner for curve in overlaid(app).curves] == [run.id]


async def test_a_point_that_is_logged_meanwhile_is_drawn(store: Any) -> None:
    root, _ = store
    with trackside.init(project="digits", name="going", params={"lr": 0.2}, store=root, quiet=True) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        run.log({"val/accuracy": 0.5}, step=0)
        async with comparing(root, [run.id]) as (app, pilot):
            await to_tab(pilot, "Curves")
            assert len(overlaid(app).curves[1].x) == 1
            run.log({"val/accuracy": 0.72}, step=8)
            app.context.store.refresh_runs([run.id])
            app.screen.post_message(StoreChanged(frozenset({run.id}), frozenset()))
            await until(pilot, lambda: len(overlaid(app).curves[1].x) == 2)
            await until(pilot, lambda: "where the curves part: a run is still going" in told(app))
            assert "how soon it gets to the baseline's best: a run is still going" in told(app)


async def test_a_run_without_a_metric_says_so(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with trackside.init(project="digits", store=root, quiet=True) as run:
        pass
    async with comparing(root, [run.id]) as (app, pilot):
        await to_tab(pilot, "Curves")
        assert "these runs have no metric yet" in shown(app)
        await press(pilot, "m", "l", "D", "d", "z")
        assert not isinstance(app.screen, ChartScreen)


async def test_the_difference_stands_below_the_curves_place_by_place(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["fake"], first["single"]]) as (app, pilot):
        await to_tab(pilot, "Curves")
        above, under = overlaid(app).picture, difference(app).picture
        assert above is not None
        assert under is not None
        assert above.plot is not None
        assert under.plot is not None
        assert (above.plot.x, above.plot.columns) == (under.plot.x, under.plot.columns)
