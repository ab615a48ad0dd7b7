"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds; a machine that is busy with other work is slow, and no test is about that."""


def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.005)
