"""A signal that comes in the middle of a write: what its handler says is whole, in its place, and there once."""

import errno
import os
import signal
import threading
from collections.abc import Callable

import pytest

import trackside
from trackside.record import command, unheard
from trackside.record import log as log_module
from trackside.record.ends import Ending
from trackside.store import journal
from trackside.store.journal import Kind

pytestmark = pytest.mark.usefixtures("all_captured")

Put = Callable[[int, bytes], int]


@pytest.fixture
def handled():
    """The handler that the script had for SIGTERM: by itself it does nothing."""
    calls: list[Callable[[], object]] = []

    def handler(*_: object) -> None:
        for call in calls:
            call()

    before = signal.signal(signal.SIGTERM, handler)
    yield calls
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def begun(store, handled, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "none")
    run = trackside.init(project="tests", store=store, quiet=True)
    yield run
    run.finish()


def interrupted(run: trackside.Run, put: Put = os.write, when: Callable[[bytes], bool] = lambda _: True) -> None:
    """Let a signal come right after the next write of a frame that `when` knows, which `put` does."""
    writer = run._writer

    def write(descriptor: int, frame: bytes) -> int:
        if not when(frame):
            return os.write(descriptor, frame)
        writer._put = os.write
        written = put(descriptor, frame)
        signal.raise_signal(signal.SIGTERM)
        return written

    writer._put = write


def half(descriptor: int, frame: bytes) -> int:
    return os.write(descriptor, frame[: len(frame) // 2])


def is_closing(frame: bytes) -> bool:
    return any(found.kind == Kind.CLOSE for found in journal.frames(frame))


def test_what_was_being_written_is_written_once(begun, recorded):
    interrupted(begun)
    begun.note("once", step=1)
    assert sorted(mark["text"] for mark in recorded().marks) == ["SIGTERM", "once"]


def test_a_row_of_which_a_part_was_written_becomes_whole(begun, recorded):
    begun.log({"x": 0.0})
    interrupted(begun, half)
    begun.log({"x": 1.0})
    interrupted(begun, half)
    begun.log({"x": 2.0, "new": 1.0, "text": "careful"})
    begun.log({"x": 3.0})
    found = recorded()
    assert found.metrics["x"] == [(step, float(step)) for step in range(4)]
    assert [mark["text"] for mark in found.marks] == ["SIGTERM"] * 2
    assert found.torn == 0


def test_a_row_that_the_disk_does_not_take_whole_is_lost_without_the_signal(begun, recorded, monkeypatch, capsys):
    begun.log({"x": 0.0})
    interrupted(begun, half)
    real = os.write
    refusals = [OSError(errno.ENOSPC, "No space left on device")]

    def full(descriptor: int, data: bytes) -> int:
        if refusals and len(list(journal.frames(data))) == 2:  # the row, and behind it what the handler wrote
            raise refusals.pop()
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    begun.log({"x": 1.0})
    assert not refusals
    begun.log({"x": 2.0})
    begun.finish()
    found = recorded()
    assert found.metrics["x"] == [(0, 0.0), (2, 2.0)]
    assert [mark["text"] for mark in found.marks] == ["SIGTERM"]
    assert (found.dropped, found.torn) == (1, 0)
    assert "1 rows were not written" in capsys.readouterr().err


def test_a_full_log_ends_with_its_last_word(begun, recorded, monkeypatch):
    interrupted(begun, when=is_closing)
    monkeypatch.setattr(begun._writer, "_room", 0)
    begun.log({"x": 0.0})
    found = recorded()
    full, following = (list(journal.frames(log.read_bytes())) for log in found.logs)
    assert full[-1].kind == Kind.CLOSE
    assert [frame.kind for frame in following] == [Kind.OPEN, Kind.MARK]


def test_a_run_that_is_ending_ends(begun, recorded, capsys):
    interrupted(begun, when=is_closing)
    begun.finish()
    (log,) = recorded().logs
    assert list(journal.frames(log.read_bytes()))[-1].kind == Kind.CLOSE
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("values", [{"x": 1.0}, {"x": 1.0, "new": 2.0}, {"x": 1.0, "text": "careful"}])
def test_what_the_script_s_handler_logs_is_kept_and_the_end_it_asks_for_comes(begun, recorded, handled, values):
    begun.log({"x": 0.0})
    handled += [
        lambda: begun.log({"x": 2.0, "saved": 1.0}, step=5),
        lambda: begun.note("stopping"),
        lambda: begun.finish("killed"),
    ]
    interrupted(begun)
    begun.log(values)
    found = recorded()
    assert found.metrics["x"] == [(0, 0.0), (1, 1.0), (5, 2.0)]
    assert found.metrics["saved"] == [(5, 1.0)]
    assert [mark["text"] for mark in found.marks] == ["SIGTERM", "stopping"]
    assert found.status["status"] == "killed"
    assert (len(found.closed), found.torn) == (1, 0)


def test_what_a_handler_asked_for_is_done_where_it_raises(begun, recorded, handled):
    def leave() -> None:
        begun.finish("killed")
        raise SystemExit(3)

    handled.append(leave)
    interrupted(begun)
    with pytest.raises(SystemExit):
        begun.note("saving")
    found = recorded()
    assert found.status["status"] == "killed"
    assert len(found.closed) == 1


@pytest.mark.parametrize("line", ['run.log({"x": 1.0})', 'run.log({"x": 1.0, "text": "a"})', 'run.note("a")'])
def test_the_signal_that_ends_the_process_at_once_is_written_down(script, recorded, line):
    done = script(
        "import os, signal, sys, trackside\n"
        "run = trackside.init(project='tests', store=sys.argv[1], quiet=True)\n"
        "run.log({'x': 0.0})\n"
        "def write(descriptor, frame):\n"
        "    written = os.write(descriptor, frame)\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    return written\n"
        f"run._writer._put = write\n{line}\n"
    )
    assert done.returncode == -signal.SIGTERM
    found = recorded()
    assert "SIGTERM" in [mark["text"] for mark in found.marks]
    assert found.torn == 0


def test_a_full_log_that_cannot_be_closed_is_told_of_and_the_next_one_goes_on(begun, recorded, monkeypatch, capsys):
    real, full = os.close, [begun._writer._descriptor]

    def close(descriptor: int) -> None:
        real(descriptor)
        if descriptor in full:
            full.clear()
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "close", close)
    monkeypatch.setattr(log_module, "ROTATE_BYTES", 10 * log_module.ROW_ROOM)
    begun._writer._room = 0
    for step in range(30):
        begun.log({"x": float(step)})
    begun.finish()
    found = recorded()
    assert [step for step, _ in found.metrics["x"]] == list(range(30))
    assert "Disk quota exceeded; training goes on" in capsys.readouterr().err
    assert found.status["status"] == "finished"


def test_of_two_signals_that_were_heard_none_counts_for_who_has_them_later(monkeypatch):
    going_on, stepped_in = threading.Event(), []
    monkeypatch.setattr(unheard.time, "sleep", lambda _: going_on.wait(30))
    listening = unheard.Unheard({signal.SIGUSR2}, stepped_in.append)
    before = signal.signal(signal.SIGUSR2, lambda number, _: listening.heard(number))
    others = threading.enumerate()
    listening.start()
    (thread,) = [thread for thread in threading.enumerate() if thread not in others]
    signal.raise_signal(signal.SIGUSR2)
    signal.raise_signal(signal.SIGUSR2)
    listening.stop()
    signal.signal(signal.SIGUSR2, before)
    going_on.set()
    thread.join(30)
    assert not thread.is_alive()
    assert stepped_in == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_a_command_has_ended_a_signal_ends_the_wait_for_the_end_of_its_run(handled, number):
    class Waiting:
        def end(self, _: Ending) -> None:
            signal.raise_signal(number)
            raise AssertionError("it waited on")

    before = signal.getsignal(number)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    command._end(Waiting(), Ending("finished", 0), mask)
    assert signal.getsignal(number) == before
    assert number not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
