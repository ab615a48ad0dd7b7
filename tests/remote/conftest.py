"""One box for all tests of a process, and an ssh on the PATH that knows it."""

import os
from collections.abc import Iterator

import pytest
import sshd


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Box]:
    with sshd.box(tmp_path_factory.mktemp("ssh") / "box") as started:
        yield started


@pytest.fixture
def known(box: sshd.Box, monkeypatch: pytest.MonkeyPatch) -> sshd.Box:
    """The box, and `ssh box` reaches it."""
    monkeypatch.setenv("PATH", f"{sshd.ssh_for(box.folder)}:{os.environ['PATH']}")
    return box
