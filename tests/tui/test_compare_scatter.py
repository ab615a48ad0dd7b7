"""The Scatter tab: the compared runs as points, walked to by keys, and how params go together with the metric."""

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from small_comparison import SMALL, WIDE, comparing, line, press, to_tab, train, write
from small_store import open_context, shown, until

from trackside.cli.main import main
from trackside.services.comparison import scatter as service
from trackside.services.project import decisions
from trackside.tui.compare_tabs import scatter
from trackside.tui.screens.run import RunScreen
from trackside.tui.widgets.scatter import Scatter

LRS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Two seeds at each of six learning rates, the better the smaller; the first run is the baseline."""
    root = tmp_path_factory.mktemp("sweep") / "store"
    ids = [
        train(root, f"lr-{lr}", seed, 0.9 - lr / 2 + seed / 1000, params={"lr": lr, "net": f"n{seed}"})
        for lr in LRS
        for seed in (0, 1)
    ]
    context = open_context(root)
    decisions.set_baseline(context.store, "digits", ids[0])
    context.store.close()
    return root, ids


class TestPoints:
    @pytest.mark.parametrize("size", [WIDE, SMALL])
    async def test_the_metric_lies_against_the_param_that_goes_together_with_it_most_by_its_logarithm(
        self, sweep: Any, size: tuple[int, int]
    ) -> None:
        async with comparing(*sweep, size) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "val/accuracy against lr  logarithmic x · 12 runs" in shown(app))

    async def test_why_a_chart_cannot_be_drawn_is_told_in_words_that_steer_no_terminal(
        self, sweep: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def paint(*_: object) -> None:
            raise OSError("no room: \x1b[2J")

        monkeypatch.setattr(Scatter, "paint", paint)
        async with comparing(*sweep) as (app, pilot):
            await to_tab(pilot, "Scatter")
            told = "The chart cannot be drawn: no room: ␛[2J"
            await until(pilot, lambda: told in [toast.message for toast in app._notifications])

    async def test_keys_walk_from_run_to_run_and_enter_opens_the_one(self, sweep: Any) -> None:
        root, ids = sweep
        async with comparing(root, ids) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "against lr" in shown(app))
            await press(pilot, "enter")
            assert "h and l walk from run to run" in shown(app)
            await press(pilot, "l")
            await until(pilot, lambda: "▸" in shown(app))
            assert "lr 0.001 · val/accuracy 0.9" in line(app, "▸")
            await press(pilot, "l", "l")
            await until(pilot, lambda: "lr 0.003" in line(app, "▸"))
            await press(pilot, "k", "k", "k")
            await until(pilot, lambda: "lr 0.001" in line(app, "▸"))
            await press(pilot, "j", "j", "j", "j")
            await until(pilot, lambda: "lr 0.01" in line(app, "▸"))
            name = line(app, "▸").split()[1]
            await press(pilot, "enter")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            assert name in shown(app)

    async def test_another_param_or_metric_is_laid_across_and_another_metric_up(self, sweep: Any) -> None:
        async with comparing(*sweep) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "against lr" in shown(app))
            await press(pilot, "i")
            assert "ρ -0." in shown(app)
            await write(pilot, "net")
            await until(pilot, lambda: "val/accuracy against net" in shown(app))
            await press(pilot, "m")
            await until(pilot, lambda: "train/loss against net" in shown(app))
            await press(pilot, "M", "i")
            await write(pilot, "train/loss")
            await until(pilot, lambda: "val/accuracy against train/loss" in shown(app))

    async def test_an_axis_is_turned_logarithmic_and_back(self, sweep: Any) -> None:
        async with comparing(*sweep) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "logarithmic x" in shown(app))
            await press(pilot, "X", "Y")
            await until(pilot, lambda: "logarithmic y" in shown(app) and "logarithmic x" not in shown(app))

    async def test_what_is_shown_is_worked_out_in_another_thread(
        self, sweep: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        threads = []

        def found(*asked: Any) -> Any:
            threads.append(threading.current_thread())
            return service.scatter(*asked)

        monkeypatch.setattr(scatter, "scatter", found)
        async with comparing(*sweep) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "against lr" in shown(app))
            assert threads
            assert threading.main_thread() not in threads


class TestCorrelations:
    async def test_they_are_those_of_the_command_line_with_their_intervals(
        self, sweep: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root, ids = sweep
        with pytest.raises(SystemExit):
            main(["--store", str(root), "correlate", "--json"])
        found = {one["param"]: one for one in json.loads(capsys.readouterr().out)["associations"]}
        async with comparing(root, ids) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "rank correlations with val/accuracy" in shown(app))
            low, high = found["lr"]["ci"]
            assert f"lr   ρ {found['lr']['estimate']:+.2f}   {low:+.2f} … {high:+.2f}" in shown(app)
            assert "Association, not proof" in shown(app)

    async def test_under_ten_runs_there_are_none_and_it_says_how_many_it_takes(self, sweep: Any) -> None:
        root, ids = sweep
        async with comparing(root, ids[:4]) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "no rank correlations" in shown(app))
            assert "4 runs with val/accuracy: a rank" in shown(app)
            assert "ρ" not in shown(app)

    async def test_over_unlike_eval_data_there_are_none_and_it_says_what_can_be_done(
        self, sweep: Any, tmp_path: Path
    ) -> None:
        root = shutil.copytree(sweep[0], tmp_path / "store")
        other = train(root, "other", 0, 0.5, params={"lr": 1.0}, eval_data="other")
        async with comparing(root, [*sweep[1], other]) as (app, pilot):
            await to_tab(pilot, "Scatter")
            await until(pilot, lambda: "no rank correlations" in shown(app))
            beside = " ".join(" ".join(line[-44:] for line in shown(app).splitlines()).split())
            assert "accept it in the summary as the same" in beside
            assert "--mix-eval-data" in beside
