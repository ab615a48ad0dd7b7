"""What could not be read while a store was away for a moment is read when it is shown again."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from runs_app import app_on
from small_comparison import comparing, key_of_tab, press, to_tab
from small_store import open_context, settled, shown, until

import trackside
from trackside.model.errors import StoreError
from trackside.services.artifacts import artifact_view
from trackside.services.comparison.provenance import differences
from trackside.services.project import decisions
from trackside.store.store import Store
from trackside.tui.compare_tabs import flips_pane
from trackside.tui.screens.run import RunScreen
from trackside.tui.tabs import system

AWAY = "the store is away for a moment"


def away(*_: object) -> Any:
    raise StoreError(AWAY)


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store with a baseline, and a candidate that kept what it can."""
    root, ids = tmp_path_factory.mktemp("animals") / "store", []
    notes = root.parent / "notes.txt"
    notes.write_text("what was noted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACKSIDE_CAPTURE", "data,environment")
        for name, scores in (("old", [1, 0]), ("new", [0, 1])):
            with trackside.init(project="animals", name=name, params={"x": name}, store=root, quiet=True) as run:
                run.log_artifact(notes)
                run.log({"val/accuracy": 0.5, "system/cpu": 50.0})
                run.log_examples("eval", ids=["ape", "bee"], scores=scores)
                run.log_image("sample", np.zeros((2, 2, 3), np.uint8))
            ids.append(run.id)
    context = open_context(root)
    decisions.set_baseline(context.store, "animals", ids[0])
    context.store.close()
    return root, ids[1]


@pytest.mark.parametrize(
    ("owner", "name", "tab", "says"),
    [
        (Store, "lock", "Environment", "Packages"),
        (artifact_view, "view", "Artifacts", "what was noted"),
        (system, "curves", "System", "mean 50"),
    ],
)
async def test_of_a_run(
    animals: Any, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, tab: str, says: str
) -> None:
    async with app_on(animals[0]) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, away)
            key = key_of_tab(app, tab)
            await pilot.press(key)
            await until(pilot, lambda: AWAY in shown(app))
            assert says not in shown(app)
        await pilot.press("1", key)
        await until(pilot, lambda: says in shown(app))


@pytest.mark.parametrize(
    ("module", "name", "tab", "keys", "says"),
    [
        (differences, "load_sides", "Differs", "", "commit"),
        (flips_pane, "load", "Examples", "", "2 examples, 2 flipped"),
        (artifact_view, "view", "Examples", "m", "▀"),
    ],
)
async def test_of_a_comparison(
    animals: Any, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, tab: str, keys: str, says: str
) -> None:
    root, candidate = animals
    async with comparing(root, [candidate]) as (app, pilot):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, away)
            await to_tab(pilot, tab)
            await pilot.press(*keys)
            await settled(pilot)
            assert says not in shown(app)
        await press(pilot, "1")
        await to_tab(pilot, tab)
        await until(pilot, lambda: says in shown(app))
