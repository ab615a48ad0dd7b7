"""What was asked for last is what is shown, however late an answer comes that was asked for before."""

from pathlib import Path
from typing import Any

import pytest
from held import Held, arrivals
from runs_app import WIDE, app_on, pick, write
from small_comparison import comparing, line, press, to_tab
from small_store import OneScreen, open_context, record, settled, shown, until
from textual.widgets import OptionList

import trackside
from trackside.config import state
from trackside.services.artifacts import artifact_view
from trackside.services.comparison.comparing import Asked
from trackside.services.comparison.provenance import differences
from trackside.services.pivot.pivot import Asked as PivotAsked
from trackside.services.project import decisions
from trackside.services.run import preview
from trackside.tui.compare_tabs import examples, scatter
from trackside.tui.messages import StoreChanged
from trackside.tui.screens import pivot
from trackside.tui.screens.pivot import PivotScreen
from trackside.tui.screens.run import RunScreen
from trackside.tui.tabs.artifacts import ArtifactsTab
from trackside.tui.widgets.preview import Preview


def record_examples(root: Path, seed: int, lr: float, *names: str) -> str:
    params = {"lr": lr, "seed": seed}
    with trackside.init(project="animals", name=f"lr-{lr}", params=params, seed=seed, store=root, quiet=True) as run:
        run.log({"val/accuracy": 0.5})
        for name in names:
            run.log_examples(name, ids=["ape", "bee"], scores=[seed, lr])
    return str(run.id)


async def test_m_goes_on_in_examples_while_the_sides_are_being_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "store"
    ids = [record_examples(root, 0, lr, "eval", "test") for lr in (0.25, 0.5)]
    context = open_context(root)
    decisions.set_baseline(context.store, "animals", ids[0])
    context.store.close()
    async with comparing(root, ids[1:]) as (app, pilot):
        await to_tab(pilot, "Examples")
        assert line(app, "eval: 2 examples")
        another_seed = record_examples(root, 1, 0.5, "eval", "test")
        held = Held(monkeypatch, examples, "names")
        app.context.store.refresh()
        app.screen.post_message(StoreChanged(frozenset({another_seed}), frozenset()))
        await until(pilot, held.found.is_set)
        await pilot.press("m")
        await until(pilot, lambda: "test: 2 examples" in shown(app))
        held.let_go.set()
        await until(pilot, lambda: "means of 2" in shown(app))
        assert line(app, "test: 2 examples")


class TestDiffers:
    async def test_all_is_shown_while_a_side_that_came_is_being_read(
        self, store: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await to_tab(pilot, "Differs")
            held = Held(monkeypatch, differences, "load_sides")
            app.screen.compare(Asked((first["better"], first["single"])))
            await until(pilot, held.found.is_set)
            await pilot.press("D")
            await until(pilot, lambda: "python" in shown(app))
            held.let_go.set()
            await until(pilot, lambda: "single" in line(app, "★ base"))

    async def test_nothing_is_listed_any_more_when_the_baseline_is_taken_away(self, store: Any) -> None:
        root, first = store
        async with comparing(root, [first["better"]]) as (app, pilot):
            await to_tab(pilot, "Differs")
            assert line(app, "lr")
            app.context.store.editor().set_project("digits", {"baseline": None})
            app.context.store.refresh()
            app.screen.post_message(StoreChanged(frozenset(), frozenset({"digits"})))
            await until(pilot, lambda: "digits has no baseline yet." in shown(app))
            await press(pilot, "j", "D")
            assert "digits has no baseline yet." in shown(app)
            assert "★ base" not in shown(app)


async def test_what_a_person_chose_for_a_pivot_is_not_taken_back_by_a_table_that_was_being_read(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, first = store
    context = open_context(root)
    asked = PivotAsked(runs=(first["better"], first["single"]))
    app = OneScreen(context, lambda context: PivotScreen(context, asked))
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        held = Held(monkeypatch, pivot, "load")
        app.screen.post_message(StoreChanged(frozenset(), frozenset()))
        await until(pilot, held.found.is_set)
        await pilot.press("r")
        await write(pilot, "status")
        await pilot.press("enter")
        held.let_go.set()
        await until(pilot, lambda: "status" in line(app, "Pivot"))
    context.store.close()


async def test_the_preview_is_of_the_metric_that_was_chosen_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "store", "oak", steps=5)
    async with app_on(tmp_path / "store") as (app, pilot):
        await until(pilot, lambda: "val/accuracy: oak" in shown(app))
        brought = arrivals(monkeypatch, Preview)
        held = Held(monkeypatch, preview, "load", lambda *asked: "train/loss" in asked)
        await pick(pilot, "m", "train/loss")
        await until(pilot, held.found.is_set)
        await pick(pilot, "m", "val/loss")
        await until(pilot, lambda: "val/loss: oak" in shown(app))
        held.let_go.set()
        await until(pilot, lambda: held.is_among(brought))
        await pilot.pause()
        assert "val/loss: oak" in shown(app)


async def test_views_that_are_kept_one_right_after_the_other_are_all_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "store", "oak", steps=3)
    async with app_on(tmp_path / "store") as (app, pilot):
        held = Held(monkeypatch, state, "change_views")
        await pilot.press("apostrophe", "n", "x", "enter")
        await until(pilot, held.found.is_set)
        await pilot.press("n", "y", "enter")
        held.let_go.set()
        await until(pilot, lambda: not any(worker.group == "views" for worker in app.workers))
        await pilot.pause()
        assert app.screen.query_one(OptionList).option_count == 2


async def test_a_scatter_is_drawn_along_the_axis_that_was_chosen_last(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, first = store
    async with comparing(root, [first["better"], first["single"]]) as (app, pilot):
        await to_tab(pilot, "Scatter")
        await until(pilot, lambda: "val/accuracy against" in shown(app))
        held = Held(monkeypatch, scatter, "scatter", lambda *asked: "param.depth" in asked)
        for name in ("depth", "lr"):
            await pilot.press("i")
            await write(pilot, name)
            await pilot.press("enter")
            await until(pilot, held.found.is_set)
        held.let_go.set()
        await settled(pilot)
        await until(pilot, lambda: "val/accuracy against lr" in shown(app))


async def test_new_content_of_an_artifact_is_not_replaced_by_what_it_held_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, notes = tmp_path / "store", tmp_path / "notes.txt"
    with trackside.init(project="digits", name="going", store=root, quiet=True) as run:
        notes.write_text("the first draft")
        run.log_artifact(notes, name="notes")
        async with app_on(root) as (app, pilot):
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
            brought = arrivals(monkeypatch, ArtifactsTab)
            held = Held(monkeypatch, artifact_view, "view")
            app.screen.to_pane(ArtifactsTab)
            await until(pilot, held.found.is_set)
            notes.write_text("the second draft")
            run.log_artifact(notes, name="notes")
            app.context.store.refresh_runs([run.id])
            app.screen.post_message(StoreChanged(frozenset({run.id}), frozenset()))
            await until(pilot, lambda: "the second draft" in shown(app))
            held.let_go.set()
            await until(pilot, lambda: held.is_among(brought))
            await pilot.pause()
            assert "the second draft" in shown(app)
