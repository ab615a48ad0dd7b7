"""A disk that is full, a store that cannot be written, a mount that does not answer: training goes on."""

import errno
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

import trackside
from trackside.record import buffer as buffer_module
from trackside.record.buffer import Buffer

pytestmark = pytest.mark.usefixtures("all_captured")

FULL_DISK = """
import resource, sys, trackside
run = trackside.init(project="full", store=sys.argv[1], quiet=True)
run.log({"x": 0.0}, step=0)
run._captures.wait(60)
size = next(__import__("pathlib").Path(sys.argv[1]).glob("runs/*/*/w/*.log")).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))
for step in range(1, 100):
    run.log({"x": float(step)}, step=step)
run.note("said while the disk was full")
run.log({"new": 1.0}, step=100)
run.log({"text": "also lost"}, step=100)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for step in range(200, 205):
    run.log({"x": float(step)}, step=step)
    run.log({"new": float(step)}, step=step)
"""


def test_a_full_disk_is_told_once_counted_and_gone_on_from(script, recorded):
    done = script(FULL_DISK)
    while_it_ran, at_the_end = done.stderr.splitlines()
    assert while_it_ran.startswith("trackside: cannot write to ")
    assert while_it_ran.endswith("training goes on, lost rows are counted")
    assert at_the_end.startswith("trackside: 100 rows were not written to ")
    found = recorded()
    assert found.torn == 0
    kept = [step for step, _ in found.metrics["x"]]
    assert kept == [0, 1, 200, 201, 202, 203, 204]
    assert [step for step, _ in found.metrics["new"]] == [200, 201, 202, 203, 204]
    assert [mark["text"] for mark in found.marks] == ["said while the disk was full"]
    assert found.dropped == 98 + 2
    assert found.status["status"] == "finished"


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 10, 256 << 10))
import trackside
with trackside.init(project="limited", store=sys.argv[1], quiet=True) as run:
    for step in range(20_000):
        run.log({"x": float(step), "y": -float(step)}, step=step)
"""


def test_a_run_whose_files_may_not_grow_far_goes_on_in_further_ones(script, recorded):
    done = script(LIMITED)
    assert (done.returncode, done.stderr) == (0, "")
    found = recorded()
    assert (found.status["status"], found.dropped) == ("finished", 0)
    assert found.metrics["x"] == [(step, float(step)) for step in range(20_000)]
    assert len(found.logs) > 4


def test_a_store_that_cannot_be_written_gives_way_to_the_user_s_own(store, recordings, tmp_path, capsys, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    trackside.init(project="tests", store=store, quiet=True).finish()
    real = Path.mkdir

    def mkdir(path: Path, *arguments: object, **options: object) -> None:
        if path.is_relative_to(store):
            refuse()
        real(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with trackside.init(project="tests", store=store, quiet=True) as run:
        run.log({"x": 1.0})
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "cannot" in line]
    assert str(store) in line
    assert len(recordings(store)) <= 1
    (elsewhere,) = recordings(tmp_path / "home-data" / "trackside")
    assert elsewhere.metrics["x"] == [(0, 1.0)]


def test_a_store_of_a_newer_format_gives_way_too(store, recordings, tmp_path, capsys):
    store.mkdir()
    (store / "store.json").write_text('{"format": 99, "uuid": "x"}')
    trackside.init(project="tests", store=store, quiet=True).finish()
    assert "is a store of format 99; update trackside" in capsys.readouterr().err
    assert len(recordings(tmp_path / "home-data" / "trackside")) == 1


def test_where_nothing_can_be_written_training_goes_on_unrecorded(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with trackside.init(project="tests", store=tmp_path / "file" / "store", quiet=True) as run:
        run.log({"x": 1.0})
    assert capsys.readouterr().err.splitlines()[-1] == "trackside: this run is not recorded; training goes on"


def test_standard_error_that_is_closed_does_not_stop_training(script, recorded):
    done = script(
        "import sys, trackside\n"
        "sys.stderr.close()\n"
        "with trackside.init(project='tests', store=sys.argv[1]) as run:\n"
        "    run.log(5)\n"
        "    run.log({'x': 1.0})\n"
    )
    assert done.returncode == 0
    assert recorded().metrics["x"] == [(0, 1.0)]


@pytest.fixture
def opened(tmp_path):
    path = tmp_path / "log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    yield path, descriptor
    os.close(descriptor)


def test_a_buffer_writes_all_it_took_in_its_order(opened):
    path, descriptor = opened
    buffer = Buffer(lambda error: None)
    file = buffer.adopt(descriptor)
    frames = [f"frame {place};".encode() for place in range(1000)]
    for frame in frames:
        assert buffer.put(file, frame) == len(frame)
    assert buffer.end(10) == 0
    assert path.read_bytes() == b"".join(frames)


def test_a_buffer_is_empty_soon_without_being_asked(opened, monkeypatch):
    path, descriptor = opened
    monkeypatch.setattr(buffer_module, "FLUSH_SECONDS", 0.01)
    buffer = Buffer(lambda error: None)
    buffer.put(buffer.adopt(descriptor), b"frame")
    waited = threading.Event()
    for _ in range(1000):
        if path.stat().st_size:
            break
        waited.wait(0.01)
    assert path.read_bytes() == b"frame"
    buffer.end(10)


def test_a_mount_that_does_not_answer_fills_the_buffer_and_then_refuses(opened, monkeypatch):
    path, descriptor = opened
    answers, asked = threading.Event(), threading.Event()
    real = os.write

    def stalled(to: int, data: bytes) -> int:
        if to == descriptor:
            asked.set()
            answers.wait(30)
        return real(to, data)

    monkeypatch.setattr(os, "write", stalled)
    monkeypatch.setattr(buffer_module, "FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(buffer_module, "MOST_BYTES", 1000)
    buffer = Buffer(lambda error: None)
    file = buffer.adopt(descriptor)
    buffer.put(file, b"first")
    assert asked.wait(30)
    taken = [buffer.put(file, b"x" * 100) for _ in range(15)]
    assert taken == [100] * 10 + [0] * 5
    answers.set()
    assert buffer.end(30) == 0
    assert path.read_bytes() == b"first" + b"x" * 1000


def test_what_a_full_network_disk_refuses_is_tried_again_and_not_doubled(opened, monkeypatch):
    path, descriptor = opened
    real = os.write
    refusals = [errno.ENOSPC, errno.ENOSPC, errno.EIO, errno.EIO]
    told = []

    def full(to: int, data: bytes) -> int:
        if to == descriptor and refusals:
            real(to, data[:3])
            os.ftruncate(to, os.fstat(to).st_size - 3)
            raise OSError(refusals.pop(), "refused")
        return real(to, data)

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(buffer_module, "FLUSH_SECONDS", 0.01)
    buffer = Buffer(told.append)
    file = buffer.adopt(descriptor)
    for place in range(100):
        buffer.put(file, b"%02d;" % place)
    for _ in range(3):
        buffer.drain(10)
    assert buffer.end(10) == 0
    assert path.read_bytes() == b"".join(b"%02d;" % place for place in range(100))
    assert len(told) == 2


def test_a_buffer_makes_writes_and_closes_files_in_the_order_in_which_it_was_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(buffer_module, "FLUSH_SECONDS", 0.01)
    places = iter([tmp_path / "missing" / "a", tmp_path / "a", tmp_path / "b"])
    told = []

    def create() -> int:
        return os.open(next(places), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    buffer = Buffer(told.append)
    first = buffer.open(create)
    buffer.put(first, b"one")
    second = buffer.open(create)
    buffer.put(first, b"two")
    buffer.close(first)
    buffer.put(second, b"three")
    buffer.later(lambda: told.append("after it"))
    assert buffer.drain(10)
    assert buffer.end(10) == 0
    assert (tmp_path / "a").read_bytes() == b"onetwo"
    assert (tmp_path / "b").read_bytes() == b"three"
    assert [type(thing) for thing in told] == [FileNotFoundError, str]
    os.close(buffer.descriptor(second))


def test_a_run_on_a_network_file_system_keeps_everything(store, recorded, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_NETWORK", f"/elsewhere:{store}")
    monkeypatch.setattr("trackside.record.log.ROTATE_BYTES", 30_000)
    with trackside.init(project="tests", store=store, quiet=True) as run:
        for step in range(2000):
            run.log({"x": float(step)}, step=step)
        run.note("the end")
    found = recorded()
    assert len(found.logs) > 2
    assert found.metrics["x"] == [(step, float(step)) for step in range(2000)]
    assert found.marks[0]["text"] == "the end"
    assert found.status["status"] == "finished"
    assert found.dropped == 0


def test_a_network_disk_that_takes_back_its_word_when_a_log_is_closed_is_told_of_and_counted(
    store, recorded, monkeypatch, capsys
):
    monkeypatch.setenv("TRACKSIDE_NETWORK", str(store))
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "none")
    monkeypatch.setattr(buffer_module, "FSYNC_SECONDS", 1e9)
    real, refused = os.close, []

    def close(descriptor: int) -> None:
        name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)
        if "/w/" in name and not refused:
            refused.append(name)
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "close", close)
    monkeypatch.setattr("trackside.record.log.ROTATE_BYTES", 4000)
    with trackside.init(project="tests", store=store, quiet=True) as run:
        for step in range(400):
            run.log({"a": float(step)}, step=step)
    assert recorded().metrics["a"] == [(step, float(step)) for step in range(400)]
    assert recorded().status["status"] == "finished"
    told = capsys.readouterr().err
    assert "Disk quota exceeded; training goes on" in told
    assert "rows were not written" in told


def test_a_buffer_outlives_what_it_cannot_do_at_all(opened):
    path, descriptor = opened
    told = []
    buffer = Buffer(told.append)
    file = buffer.adopt(descriptor)
    buffer.later(lambda: {}["missing"])
    buffer.put(file + 1, b"for nobody")
    buffer.put(file, b"frame")
    assert buffer.end(10) == 1
    assert path.read_bytes() == b"frame"
    assert len(told) == 2


def test_what_cannot_be_synced_counts_as_lost(opened, monkeypatch):
    _, descriptor = opened
    monkeypatch.setattr(buffer_module, "FSYNC_SECONDS", 0.0)

    def fsync(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    told = []
    buffer = Buffer(told.append)
    buffer.put(buffer.adopt(descriptor), b"frame")
    assert buffer.drain(10)
    assert buffer.end(10) == 1
    assert [error.errno for error in told] == [errno.EIO]


def test_a_machine_without_a_thread_to_give_is_asked_again(opened, monkeypatch):
    path, descriptor = opened
    start, now = threading.Thread.start, [0.0]
    refusals = [RuntimeError("can't start new thread")] * 2

    def refuse(thread: threading.Thread) -> None:
        if refusals:
            raise refusals.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(buffer_module, "clock", SimpleNamespace(monotonic=lambda: now[0]))
    told = []
    buffer = Buffer(told.append)
    file = buffer.adopt(descriptor)
    for number in range(4):
        buffer.put(file, b"%d;" % number)
        now[0] += 3.0
    assert not refusals
    monkeypatch.undo()
    buffer.put(file, b"4;")
    assert buffer.end(10) == 0
    assert path.read_bytes() == b"0;1;2;3;4;"
    assert {error.strerror for error in told} == {"can't start new thread"}
