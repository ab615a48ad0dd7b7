"""What is followed far away is tried again and again, and every reason why it is not followed is told."""

import threading
from types import SimpleNamespace
from typing import Any

from trackside.model.errors import UsageError
from trackside.services.patience import Patience
from trackside.services.places.listener import Listener
from trackside.services.remote.near.live import LiveRemote


class Waits(threading.Event):
    """A `stop` that nobody waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return self.is_set()


def test_each_wait_is_longer_until_it_comes_about() -> None:
    patience, stop = Patience(), Waits()
    for _ in range(8):
        patience.wait(stop)
    patience.renew()
    patience.wait(stop)
    assert stop.seconds == [0.5, 1, 2, 4, 8, 16, 30, 30, 0.5]


def test_an_agent_that_knows_no_way_to_follow_is_told_of_and_asked_again() -> None:
    stop, told = Waits(), list[str]()

    def refuse(name: str) -> None:
        raise UsageError(f"nothing is known here of {name!r}")

    def trouble(why: str) -> None:
        told.append(why)
        if len(told) == 2:
            stop.set()

    there: Any = SimpleNamespace(opened=SimpleNamespace(first=[]), lost_at=None, call=refuse, stale=str)
    LiveRemote(there).follow(stop, Listener(lambda _: None, trouble=trouble))
    assert told == ["nothing is known here of 'follow'"] * 2
    assert stop.seconds == [0.5, 1]
