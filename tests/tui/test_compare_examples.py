"""The Examples tab of the Compare screen: which flipped, what stands beside them, and how they are looked through."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_comparison import SMALL, WIDE, comparing, line, press, to_tab, write
from small_store import open_context, shown, until

import trackside
from trackside.services.comparison.examples import examples_view
from trackside.services.project import decisions
from trackside.store.store import Store
from trackside.tui.compare_tabs.flips_pane import FlipsPane
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.compare import CompareScreen
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.lines import Lines

LABELS = ["cat", "dog", "eel", "fox"]


def record(root: Path, lr: float, seed: int, tables: dict[str, list[float]], **columns: Any) -> str:
    """A run that logs examples under each of the names; returns its id."""
    params = {"lr": lr, "seed": seed}
    with trackside.init(project="animals", name=f"lr-{lr}", params=params, seed=seed, store=root, quiet=True) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        run.log({"val/accuracy": 0.5, "train/loss": 1.0})
        for name, scores in tables.items():
            run.log_examples(name, ids=range(1, 5), scores=scores, label=LABELS, **columns)
    return str(run.id)


@pytest.fixture
def animals(tmp_path: Path) -> tuple[Path, list[str]]:
    """A baseline and two candidates of one run each, all with examples; the last has a table more and another seed."""
    root = tmp_path / "store"
    ids = [
        record(root, 0.1, 0, {"eval": [1, 0, 1, 0], "train/loss": [0.5, 1, 2, 3]}, answer=["cat", "cat", "eel", "cat"]),
        record(root, 0.2, 0, {"eval": [1, 1, 0, 0]}, answer=["cat", "dog", "\x1b[31mcat", "cat"]),
        record(root, 0.3, 0, {"eval": [1, 0, 1, 1], "train/loss": [0.75, 1, 2, 3]}, answer=LABELS),
    ]
    record(root, 0.3, 1, {"eval": [1, 1, 1, 1]}, answer=LABELS)
    context = open_context(root)
    decisions.set_baseline(context.store, "animals", ids[0])
    context.store.close()
    return root, ids


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_examples_that_flipped_stand_with_both_scores_and_what_was_logged_beside(
    animals: Any, size: tuple[int, int]
) -> None:
    root, ids = animals
    async with comparing(root, [ids[1]], size) as (app, pilot):
        await to_tab(pilot, "Examples")
        assert line(app, "eval:") == "eval: 4 examples, 2 flipped: 1 from 0 to 1, 1 from 1 to 0"
        assert line(app, "★ lr-0.1").split() == ["★", "lr-0.1", "lr-0.2", "Δ", "label", "answer"]
        assert line(app, "2  ").split() == ["2", "0", "1", "+1", "dog", "cat", "→", "dog"]
        assert line(app, "3  ").split()[:5] == ["3", "1", "0", "-1", "eel"]
        assert "lr-0.1 0, lr-0.2 1" in shown(app)
        await press(pilot, "j", "enter")
        assert line(app, "+ ") == "+ ␛[31mcat"
        await press(pilot, "escape", "D")
        assert line(app, "4  ").split() == ["4", "0", "0", "0", "fox", "cat"]


async def test_a_cursor_that_moves_while_its_tab_is_taken_away_breaks_nothing(animals: Any) -> None:
    root, ids = animals
    async with comparing(root, [ids[1]]) as (app, pilot):
        await to_tab(pilot, "Examples")
        pane = app.screen.query_one(FlipsPane)
        await until(pilot, lambda: pane.table.row is not None)
        moved, table = CellsTable.Moved(), pane.table
        await pane.query(Lines).remove()
        await table.remove()
        pane.post_message(moved)
        await until(pilot, lambda: not pane.message_queue_size)
        assert app.is_running


async def test_of_several_seeds_the_mean_stands_and_how_many_flipped(animals: Any) -> None:
    root, ids = animals
    async with comparing(root, [ids[1], ids[2]]) as (app, pilot):
        await press(pilot, *"ll")
        await to_tab(pilot, "Examples")
        assert "eval: 4 examples, 2 differ: 2 higher, 0 lower · means of 2 and 1 run of the baseline" in shown(app)
        assert line(app, "1 run  ").split() == ["1", "run", "2", "runs", "of", "2", "runs"]
        assert line(app, "4  ").split()[:5] == ["4", "0", "1", "+1", "2"]
        assert line(app, "2  ").split()[:5] == ["2", "0", "0.5", "+0.5", "1"]
        assert "flipped in 2 of 2 runs: judged otherwise there than in most of the baseline's" in shown(app)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_slash_filters_by_text_and_escape_ends_that(animals: Any, size: tuple[int, int]) -> None:
    root, ids = animals
    async with comparing(root, [ids[1]], size) as (app, pilot):
        await to_tab(pilot, "Examples")
        await press(pilot, "slash")
        await write(pilot, "EEL")
        assert "1 of them have EEL" in " ".join(shown(app).split())
        assert "dog" not in shown(app)
        await press(pilot, "D")
        await press(pilot, "escape")
        assert isinstance(app.screen, CompareScreen)
        assert line(app, "2  ").split()[4] == "dog"


async def test_slash_means_nothing_on_the_other_tabs(animals: Any) -> None:
    root, ids = animals
    async with comparing(root, [ids[1]]) as (app, pilot):
        await press(pilot, "slash", "4")
        assert "eval: 4 examples" in shown(app)


async def test_the_table_of_the_metric_under_the_cursor_comes_first_and_m_goes_to_the_next(animals: Any) -> None:
    root, ids = animals
    async with comparing(root, [ids[2]]) as (app, pilot):
        await press(pilot, "j")
        await to_tab(pilot, "Examples")
        assert line(app, "train/loss:").startswith("train/loss: 4 examples, 1 differ: 1 higher, 0 lower")
        await press(pilot, "m")
        assert line(app, "eval:")
        await press(pilot, "M")
        assert line(app, "train/loss:")


async def test_where_none_were_logged_a_sentence_says_how(store: Any) -> None:
    root, first = store
    async with comparing(root, [first["better"]]) as (app, pilot):
        await to_tab(pilot, "Examples")
        says = (
            "better (3 runs) and base (3 runs) have no examples, images or tables in common: "
            "run.log_examples('val/accuracy', ids=…, scores=…) or run.log_image(…, step=…) in both keeps them"
        )
        assert says in " ".join(shown(app).split())
        await press(pilot, "m", "D")
        assert says in " ".join(shown(app).split())


async def test_where_nothing_is_compared_a_sentence_says_what_can_be_done(animals: Any) -> None:
    root, ids = animals
    async with comparing(root, [ids[0]]) as (app, pilot):
        await to_tab(pilot, "Examples")
        assert "b makes one of these runs the baseline" in shown(app)


async def test_examples_that_cannot_be_read_are_a_line(animals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root, ids = animals
    async with comparing(root, [ids[1]]) as (app, pilot):
        monkeypatch.setattr(Store, "content", lambda *_: b"{")
        await to_tab(pilot, "Examples")
        assert "lr-0.1's examples of eval cannot be read" in shown(app)


async def test_only_so_many_are_shown_as_can_be_looked_through(animals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root, ids = animals
    monkeypatch.setattr(examples_view, "MOST_ROWS", 2)
    async with comparing(root, [ids[1]]) as (app, pilot):
        await to_tab(pilot, "Examples")
        assert "are shown" not in shown(app)
        await press(pilot, "D")
        assert "the first 2 are shown, / narrows" in shown(app)
        assert "eel" in shown(app)
        assert "fox" not in shown(app)


async def test_examples_that_a_run_logs_at_its_end_come_by_themselves(animals: Any) -> None:
    root, _ = animals
    with trackside.init(project="animals", name="going", params={"lr": 9.0}, store=root, quiet=True) as run:
        run.log({"val/accuracy": 0.5})
        async with comparing(root, [run.id]) as (app, pilot):
            await to_tab(pilot, "Examples")
            assert "have no examples, images or tables in common" in shown(app)
            run.log_examples("eval", ids=range(1, 5), scores=[0, 0, 0, 0])
            run.finish()
            app.context.store.refresh_runs([run.id])
            app.screen.post_message(StoreChanged(frozenset({run.id}), frozenset()))
            await until(pilot, lambda: "eval: 4 examples, 2 flipped: 0 from 0 to 1, 2 from 1 to 0" in shown(app))


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_images_and_tables_that_were_logged_for_an_example_stand_beside_what_is_known_of_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    root, ids = tmp_path / "store", []
    for name, scores in (("old", [1, 0, 0]), ("new", [0, 1, 1])):
        with trackside.init(project="animals", name=name, params={"x": name}, store=root, quiet=True) as run:
            run.log({"val/accuracy": 0.5})
            run.log_examples("eval", ids=["ape", "bee", "cod"], scores=scores)
            run.log_image("eval/ape", np.full((2, 2, 3), 10 if name == "old" else 20, np.uint8))
        ids.append(run.id)
    with trackside.init(resume=ids[0], store=root, quiet=True) as run:
        run.log_table("eval/bee", {"token": ["buzz"]})
    context = open_context(root)
    decisions.set_baseline(context.store, "animals", ids[0])
    context.store.close()
    async with comparing(root, [ids[1]], size) as (app, pilot):
        await to_tab(pilot, "Examples")
        assert "m: " not in line(app, "eval: 3 examples")
        await until(pilot, lambda: "▀" in shown(app))
        assert line(app, "ape   ").split()[-3:] == ["old", "(baseline)", "new"]
        await press(pilot, "j")
        await until(pilot, lambda: "buzz" in shown(app))
        assert "nothing logged here" in shown(app)
        assert "▀" not in shown(app)
        await press(pilot, "enter")
        assert "buzz" in shown(app)
        await press(pilot, "escape", "j")
        assert "(baseline)" not in shown(app)
