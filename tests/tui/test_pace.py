"""What is live is read again soon after it changed, and in the long run no oftener than it should be."""

from collections.abc import Callable

import pytest

from trackside.tui import pace
from trackside.tui.pace import Pace


class Clock:
    """A clock that stands still until a timer goes off, and the owner of that timer."""

    def __init__(self) -> None:
        self.now = 100.0
        self._due: tuple[float, Callable[[], None]] | None = None
        self._after: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def after(self, delay: float, _owner: object, callback: Callable[[], None]) -> "Clock":
        self._due = (self.now + delay, callback)
        return self

    def call_next(self, callback: Callable[[], None]) -> None:
        self._due = (self.now, callback)

    def run_worker(self, read: Callable[[], None], **_: object) -> None:
        read()

    def call_later(self, callback: Callable[[], None]) -> None:
        self._after = callback

    def has_read(self) -> None:
        """What was being read has been."""
        self._after()

    def cancel(self) -> None:
        self._due = None

    def go_off(self) -> float:
        """The moment at which the timer went off."""
        assert self._due is not None
        self.now, callback = self._due
        self._due = None
        callback()
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    monkeypatch.setattr(pace, "after", clock.after)
    return clock


def readings(clock: Clock, live: Pace, count: int, *, at_once: bool = False) -> list[float]:
    """When it is read again where it changes all the time, in seconds from now."""
    began, found = clock.now, []
    for _ in range(count):
        live.due(at_once=at_once)
        found.append(round(clock.go_off() - began, 1))
        clock.has_read()
    return found


def test_after_a_quiet_time_two_changes_are_seen_at_once_and_then_one_a_second(clock: Clock) -> None:
    live = Pace(clock, lambda: list, 1.0)
    clock.now += 10
    assert readings(clock, live, 5) == [0.0, 0.0, 1.0, 2.0, 3.0]


def test_at_the_beginning_the_second_reading_waits(clock: Clock) -> None:
    assert readings(clock, Pace(clock, lambda: list, 1.0), 3) == [0.0, 1.0, 2.0]


def test_what_a_person_asks_for_is_read_at_once_and_holds_live_changes_up_for_a_second_alone(clock: Clock) -> None:
    live = Pace(clock, lambda: list, 1.0)
    assert max(readings(clock, live, 20, at_once=True)) < 0.5
    assert readings(clock, live, 2) == [1.0, 2.0]


def test_what_takes_long_is_read_half_of_the_time_unless_a_person_asks(clock: Clock) -> None:
    def takes_long() -> None:
        clock.now += 4

    live = Pace(clock, lambda: takes_long, 1.0)
    clock.now += 10
    began, found = clock.now, []
    for at_once in (False, False, True):
        live.due()
        clock.go_off()
        live.due(at_once=at_once)
        clock.has_read()
        found.append(clock.now - began)
    assert found == [4.0, 12.0, 20.0]
    assert clock.go_off() - began == 24.0
