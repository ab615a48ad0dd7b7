"""The Why tab of the Compare screen: what it says of the cell under the cursor, and how it is got to."""

from typing import Any

import pytest
from held import Held
from small_comparison import SMALL, WIDE, below, comparing, line, press, to_tab
from small_store import open_context, shown, until

import trackside
from trackside.services.project import decisions
from trackside.tui.app import TracksideApp
from trackside.tui.compare_tabs import why
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.compare import CompareScreen


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_cell_under_the_cursor_is_explained_as_association_with_both_values(
    store: Any, size: tuple[int, int]
) -> None:
    root, first = store
    async with comparing(root, [first["fake"], first["better"]], size) as (app, pilot):
        await press(pilot, *"llW")
        said = " ".join(shown(app).split())
        assert "val/accuracy of better (3 runs) v base (3 runs): 0.88 v 0.8; better" in said
        assert "What could explain it: association, not proof" in said
        assert line(app, "1  param lr").split()[3:] == ["0.1", "→", "0.3"]
        assert "the curves part at step" in said
        assert "it reaches the baseline's best, 0.8, at step 9, the baseline at 9: speed-up 1×" in said


async def test_the_verdict_is_that_of_the_whole_comparison(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["fake"]]) as (app, pilot):
        await press(pilot, *"lW")
        assert "adjusted for 2 tests" in " ".join(shown(app).split())


async def test_from_the_baselines_column_the_first_candidate_is_explained(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["fake"]]) as (app, pilot):
        await press(pilot, "W")
        assert "val/accuracy of better (3 runs)" in shown(app)


async def test_the_next_candidate_and_metric_are_explained_and_the_summarys_cursor_follows(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["fake"]]) as (app, pilot):
        await press(pilot, *"Wl")
        assert "val/accuracy of fake (3 runs)" in shown(app)
        await press(pilot, *"lm")
        assert "train/loss of fake (3 runs)" in shown(app)
        await to_tab(pilot, "Summary")
        assert "train/loss, fake" in below(app)
        await press(pilot, *"WMz")
        assert isinstance(app.screen, ChartScreen)
        await press(pilot, "escape")
        assert "val/accuracy of fake (3 runs)" in shown(app)


async def test_other_eval_data_is_the_first_cause_and_curves_are_not_compared(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["split"]]) as (app, pilot):
        await press(pilot, "W")
        assert line(app, "1  ").startswith("1  eval data")
        assert "where the curves part: the sides are not comparable" in shown(app)


async def test_where_nothing_is_compared_a_sentence_says_why(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["base"]]) as (app, pilot):
        await press(pilot, "W", "l", "m")
        assert "base is the baseline, or one of its replicates: name another run." in shown(app)


async def test_where_there_is_no_baseline_yet_it_is_told_that_b_makes_one(store: Any) -> None:
    root, first = store
    decisions.set_baseline(open_context(root).store, "digits", None)
    async with comparing(root, [first["better"]]) as (app, pilot):
        await press(pilot, "W")
        assert "digits has no baseline yet." in shown(app)
        assert "b makes one of these runs the baseline" in shown(app)


async def test_a_metric_on_one_side_only_is_a_sentence(store: Any) -> None:
    root, first = store
    with trackside.init(project="digits", name="own", params={"lr": 9.0}, store=root, quiet=True) as run:
        run.log({"val/f1": 0.5})
    async with comparing(root, [run.id, first["better"]]) as (app, pilot):
        await press(pilot, *"lW")
        assert "own and base (3 runs) have no metric in common" in shown(app)
        assert "looking for" not in shown(app)
        await press(pilot, "l")
        assert "val/accuracy of better (3 runs)" in shown(app)


async def test_it_says_that_it_is_looking_until_it_has_found(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root, first = store
    async with comparing(root, [first["better"]]) as (app, pilot):
        held = Held(monkeypatch, why, "why_of")
        await pilot.press("W")
        await until(pilot, lambda: "looking for what could explain val/accuracy of better (3 runs) …" in shown(app))
        held.let_go.set()
        await until(pilot, lambda: "What could explain it" in shown(app))


async def test_what_was_found_stays_until_more_is_known_of_a_run_still_going(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _ = store
    with trackside.init(project="digits", name="going", params={"lr": 0.2}, store=root, quiet=True) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        run.log({"val/accuracy": 0.5}, step=0)
        async with comparing(root, [run.id]) as (app, pilot):
            await press(pilot, "W")
            assert "val/accuracy of going v base (3 runs): 0.5 v 0.08" in shown(app)
            held = Held(monkeypatch, why, "why_of")
            run.log({"val/accuracy": 0.72}, step=8)
            app.context.store.refresh_runs([run.id])
            app.screen.post_message(StoreChanged(frozenset({run.id}), frozenset()))
            await until(pilot, held.found.is_set)
            assert "val/accuracy of going v base (3 runs): 0.5 v 0.08" in shown(app)
            held.let_go.set()
            await until(pilot, lambda: "val/accuracy of going v base (3 runs): 0.72 v 0.72" in shown(app))


async def test_capital_w_explains_the_run_under_the_cursor_of_the_table_of_runs(store: Any) -> None:
    root, _ = store
    app = TracksideApp(open_context(root))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "single" in shown(app))
        await pilot.press("W")
        await until(pilot, lambda: "val/accuracy of single v base (3 runs)" in shown(app))
        assert isinstance(app.screen, CompareScreen)
        assert line(app, "1  param depth").split()[3:] == ["2", "→", "4"]
        await pilot.press("1")
        await until(pilot, lambda: "★ base" in shown(app))
        assert line(app, "★ base").split() == ["★", "base", "single"]
