"""The stores that several tests look at: one of methods to compare, and one of which every time and name is written."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import fixed_runs
import pytest
from idle_waits import short_waits
from small_comparison import method, train
from small_store import open_context
from style_sheets import parsed_once

from trackside.model import clock
from trackside.services.project import decisions
from trackside.store import liveness, manifest
from trackside.tui.keeper import Keeper
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.runs import RunsScreen
from trackside.tui.small_curves import SmallCurves
from trackside.tui.widgets.preview import Preview


@pytest.fixture(scope="session", autouse=True)
def no_longer_than_it_takes() -> Iterator[None]:
    """After each key a test waits until the app has done what there is to do, and no style sheet is parsed twice."""
    with short_waits(), parsed_once():
        yield


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A baseline with three seeds, and the first run of each candidate by its name."""
    root = tmp_path_factory.mktemp("recorded") / "store"
    params = {"lr": 0.1, "depth": 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACKSIDE_CAPTURE", "data,environment")
        first = {
            "base": method(root, "base", 0.80)[0],
            "better": method(root, "better", 0.88, params=params | {"lr": 0.3})[0],
            "fake": method(root, "fake", 0.802, params=params | {"dropout": 1e-9})[0],
            "split": method(root, "split", 0.95, eval_data="other")[0],
            "single": train(root, "single", 0, 0.808, params=params | {"depth": 4}),
        }
    context = open_context(root)
    decisions.set_baseline(context.store, "digits", first["base"])
    context.store.close()
    return root, first


@pytest.fixture
def store(recorded: tuple[Path, dict[str, str]], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A copy of them for each test."""
    return shutil.copytree(recorded[0], tmp_path / "store"), recorded[1]


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder of a store in which all is written, of an empty one, and of files that nobody can read.

    And the ids of that store's runs by name.
    """
    folder = tmp_path_factory.mktemp("fixed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: fixed_runs.NOW)
        patch.chdir(folder)
        fixed_runs.write_unreadable(Path(fixed_runs.UNREADABLE))
        manifest.create(Path(fixed_runs.EMPTY), known_as="00000000-0000-4000-8000-000000000001")
        return folder, fixed_runs.write(Path(fixed_runs.NAME))


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is always the same moment, in UTC, and nothing waits longer than it must."""
    monkeypatch.setattr(time, "time", lambda: fixed_runs.NOW)
    monkeypatch.setattr(liveness, "SILENCE_SECONDS", float("inf"))
    for kind, pause in (
        (Preview, "REST"),
        (Preview, "LIVE"),
        (RunsScreen, "LIVE"),
        (RunScreen, "LIVE"),
        (Keeper, "REST"),
        (SmallCurves, "REST"),
    ):
        monkeypatch.setattr(kind, pause, 0.001)
    yield
    clock.tell_by("local")
