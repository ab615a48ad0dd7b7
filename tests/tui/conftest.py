"""The store of methods that the tabs of the Compare screen are tried on."""

import shutil
from pathlib import Path

import pytest
from small_comparison import method, train
from small_store import open_context

from trackside.services.project import decisions


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
