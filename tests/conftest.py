"""What every test gets: no store, no configuration and no cache of the person who runs them."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, and none of trackside's variables."""
    home = tmp_path_factory.mktemp("home")
    for variable in list(os.environ):
        if variable.startswith(("TRACKSIDE_", "XDG_")) and variable != "TRACKSIDE_KILLS":
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(home))
    return home
