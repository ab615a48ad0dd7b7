"""Any keys, in any order, in a window of any size: nothing breaks, and the app answers. `just monkey` presses more."""

import shutil
from pathlib import Path

import monkey
import pytest

KEYS = 250


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_pressed_the_app_goes_on(
    seed: int, recorded: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("TMUX", raising=False)
    store = shutil.copytree(recorded[0], tmp_path / "store")
    found = monkey.Found()
    await monkey.play(str(store), seed, KEYS, found)
    assert found.errors == []
    assert len(found.pressed) == KEYS
