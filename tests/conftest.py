"""What every test gets: no store, no configuration and no cache of the person who runs them."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, and none of trackside's variables."""
    home = tmp_path_factory.mktemp("home")
    for variable in list(os.environ):
        if variable.startswith(("TRACKSIDE_", "XDG_")) and variable != "TRACKSIDE_KILLS":
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(home))
    return home
