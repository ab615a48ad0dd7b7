"""What is done to runs elsewhere, by another process, is followed by a comparison and a chart that are open."""

from typing import Any

from small_comparison import comparing, train
from small_store import OneScreen, open_context, settled, shown, until

from trackside.services import edit
from trackside.services.project import decisions
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.chart import ChartScreen


def tell(app: OneScreen, *runs: str, project: str = "") -> None:
    """Let the screen know of it, as the app does that follows the store."""
    app.context.store.refresh()
    app.screen.post_message(StoreChanged(frozenset(runs), frozenset({project} - {""})))


async def test_a_seed_that_comes_back_from_the_trash_is_compared_again(store: Any) -> None:
    root, first = store
    other = open_context(root).store
    seed = next(run for run in other.ids_matching("better") if run != first["better"])
    async with comparing(root, [first["better"]]) as (app, pilot):
        assert shown(app).count("3 runs") == 2
        take_back = edit.trash(other, [seed], called="better")
        tell(app, seed)
        await until(pilot, lambda: "2 runs" in shown(app))
        take_back()
        tell(app, seed)
        await until(pilot, lambda: "2 runs" not in shown(app))
        assert shown(app).count("3 runs") == 2
    other.close()


async def test_a_chart_of_means_takes_new_seeds_in_and_stands_over_the_baseline_of_now(store: Any) -> None:
    root, first = store
    context = open_context(root)
    runs, metric = [first["better"]], "val/accuracy"
    app = OneScreen(context, lambda context: ChartScreen(context, runs, metric, over_baseline=True, means=True))
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        assert "better (3 runs)" in shown(app)
        new = train(root, "better", 3, 0.881, params={"lr": 0.3, "depth": 2})
        tell(app, new)
        await until(pilot, lambda: "better (4 runs)" in shown(app))
        decisions.set_baseline(context.store, "digits", first["single"])
        tell(app, project="digits")
        await until(pilot, lambda: "over single" in shown(app))
    context.store.close()
