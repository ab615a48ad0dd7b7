"""What these tests need: root, leave to mount, and to have been asked for (`just storage`)."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

ASKED = "TRACKSIDE_MOUNTS" in os.environ


@pytest.fixture(autouse=True)
def asked_for(all_captured: None) -> None:
    if not ASKED:
        pytest.skip("mounts file systems: `just storage` runs it")
    if os.geteuid() != 0:
        pytest.skip("only root can mount file systems")


class Training:
    """A script in a process of its own that does one thing a line, and answers each with what it has done."""

    def __init__(self, code: str, *arguments: object, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **variables},
        )
        self.first = self._line()

    def do(self, what: object) -> str:
        """Tell it something; what it answers."""
        self.tell(what)
        return self._line()

    def tell(self, what: object) -> None:
        """Tell it something that it may take its time for."""
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """What it answers to what it was told."""
        return self._line()

    def end(self) -> list[str]:
        """Let it end; what it said on standard error."""
        _, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        return err.splitlines()

    def _line(self) -> str:
        return self.process.stdout.readline().rstrip("\n")


@pytest.fixture
def training() -> Iterator[Callable[..., Training]]:
    """Start a script."""
    started: list[Training] = []

    def start(code: str, *arguments: object, **variables: str) -> Training:
        started.append(Training(code, *arguments, **variables))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()
