"""A run on another machine lives as long as its log grows, by the clock of who looks; clocks elsewhere may be wrong."""

import os
import time
from pathlib import Path

import pytest

from trackside.store import liveness
from trackside.store.journal import heartbeat
from trackside.store.liveness import SILENCE_SECONDS, Growth, alive

ELSEWHERE = {"host": "another-host", "boot": "another-boot"}
THIS_NAME = {"host": os.uname().nodename, "boot": "another-boot"}
HOUR = 3600.0


class Watch:
    """The monotonic clock of the reader."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(liveness.time, "monotonic", watch)
    return watch


@pytest.fixture
def beating(begin, log) -> Path:
    return log(begin(), "w", 0, **ELSEWHERE).path


def beat(path: Path, clock_is_wrong_by: float) -> None:
    with path.open("ab") as stream:
        stream.write(heartbeat(time.time() + clock_is_wrong_by, 0))
    os.utime(path, (time.time() + clock_is_wrong_by,) * 2)


@pytest.mark.parametrize("wrong_by", [-HOUR, 0.0, HOUR])
def test_a_log_that_grows_is_alive_whatever_the_clock_there_says(beating, watch, wrong_by):
    growth = Growth()
    alive(beating, ELSEWHERE, growth)
    for _ in range(10):
        watch.now += 100
        beat(beating, wrong_by)
        assert alive(beating, ELSEWHERE, growth)


@pytest.mark.parametrize("wrong_by", [-HOUR, 0.0, HOUR])
def test_a_log_that_stops_growing_is_dead_two_minutes_later_by_the_reader_s_clock(beating, watch, wrong_by):
    growth = Growth()
    alive(beating, ELSEWHERE, growth)
    beat(beating, wrong_by)
    assert alive(beating, ELSEWHERE, growth)
    watch.now += SILENCE_SECONDS
    assert alive(beating, ELSEWHERE, growth)
    watch.now += 1
    assert not alive(beating, ELSEWHERE, growth)


def test_at_first_sight_a_log_that_was_last_written_long_ago_is_dead(beating, watch):
    beat(beating, -HOUR)
    assert not alive(beating, ELSEWHERE, Growth())


def test_a_log_of_this_machine_from_before_it_was_started_anew_is_dead_at_once(beating, monkeypatch):
    monkeypatch.setattr(liveness.time, "clock_gettime", lambda _clock: 30.0)
    beat(beating, -31.0)
    assert not alive(beating, THIS_NAME, Growth())


def test_a_machine_of_the_same_name_is_another_one_if_it_writes_since_this_one_was_started(beating, monkeypatch):
    monkeypatch.setattr(liveness.time, "clock_gettime", lambda _clock: 30.0)
    beat(beating, -29.0)
    assert alive(beating, THIS_NAME, Growth())
