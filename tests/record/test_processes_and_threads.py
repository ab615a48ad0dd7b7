"""One writer a file, whatever threads, forks and kills a training script goes through."""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import threading

import pytest
from waiting import until

import trackside
from trackside.record import log as log_module
from trackside.store.liveness import locked

pytestmark = pytest.mark.usefixtures("all_captured")


def test_threads_share_one_log_and_lose_nothing(run, recorded):
    def work(name: str) -> None:
        for step in range(500):
            run.log({name: float(step)}, step=step)
            run.log({f"{name}/int": step, "text": name}, step=step)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = recorded()
    assert len(found.logs) == 1
    assert found.torn == 0
    for thread in range(4):
        assert found.metrics[f"t{thread}"] == [(step, float(step)) for step in range(500)]
        assert len(found.metrics[f"t{thread}/int"]) == 500
    assert len(found.others["text"]) == 2000


def test_a_log_full_of_rows_is_followed_by_the_next(store, recorded, monkeypatch):
    monkeypatch.setattr(log_module, "ROTATE_BYTES", 100 * log_module.ROW_ROOM)
    with trackside.init(project="tests", store=store, quiet=True, params={"lr": 1}) as run:
        for step in range(350):
            run.log({"x": float(step)}, step=step)
            if step % 100 == 0:
                run.note(f"at {step}")
    found = recorded()
    assert len(found.logs) >= 4
    assert [opened["seq"] for opened in found.opened] == list(range(len(found.logs)))
    assert len({opened["writer"] for opened in found.opened}) == 1
    assert [closed["rotated"] for closed in found.closed] == [True] * (len(found.logs) - 1) + [False]
    assert found.metrics["x"] == [(step, float(step)) for step in range(350)]


def test_a_log_is_locked_while_it_is_written_and_free_afterwards(store):
    run = trackside.init(project="tests", store=store, quiet=True)
    (log,) = store.glob("runs/*/*/w/*.log")
    assert locked(log)
    run.finish()
    assert not locked(log)


def test_nothing_is_left_of_the_temporary_names(store):
    with trackside.init(project="tests", store=store, quiet=True, params={"long": "x" * 400_000}) as run:
        run.log({"x": 1.0})
    assert [path for path in store.rglob("*") if path.name.startswith(".")] == []


KILLED = """
import sys, trackside
run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
step = 0
while True:
    run.log({"x": step * 0.5, "y": 1}, step=step)
    print(step, flush=True)
    step += 1
"""


def test_a_value_logged_before_kill_is_in_the_log(store, recorded):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(store)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(700):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    printed = [line for line in process.stdout.read().split("\n")[:-1] if line]
    process.wait()
    process.stdout.close()
    last = int(printed[-1]) if printed else 699
    found = recorded()
    assert found.metrics["x"][: last + 1] == [(step, step * 0.5) for step in range(last + 1)]
    assert found.status is None
    # A command that was being started at that moment, such as git, holds what it inherited until it runs.
    until(lambda: not locked(found.logs[0]))


FORKED = """
import os, sys, trackside
run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
run.log({"x": 0.0}, step=0)
child = os.fork()
run.log({"x" if child else "y": 1.0}, step=1)
if not child:
    os._exit(0)
os.waitpid(child, 0)
run.log({"x": 2.0}, step=2)
"""


def test_a_forked_child_that_logs_has_a_log_of_its_own(script, recorded):
    done = script(FORKED)
    assert done.stderr == ""
    found = recorded()
    assert sorted(opened["role"] for opened in found.opened) == ["child", "main"]
    assert len({opened["writer"] for opened in found.opened}) == 2
    assert found.metrics == {"x": [(0, 0.0), (1, 1.0), (2, 2.0)], "y": [(1, 1.0)]}
    assert found.status["status"] == "finished"


def test_a_forked_child_that_does_not_log_leaves_nothing(script, recorded):
    done = script(FORKED.replace('run.log({"x" if child else "y": 1.0}, step=1)\n', ""))
    assert done.stderr == ""
    assert [opened["role"] for opened in recorded().opened] == ["main"]


def test_a_child_that_ends_or_fails_does_not_end_the_run(script, recorded):
    code = FORKED.replace("os._exit(0)", "raise ValueError('in the child')")
    script(code)
    found = recorded()
    assert found.status["status"] == "finished"
    assert found.metrics["x"] == [(0, 0.0), (1, 1.0), (2, 2.0)]


def test_finish_in_a_child_ends_only_its_own_log(script, recorded):
    code = FORKED.replace("    os._exit(0)", "    run.finish()\n    os._exit(0)")
    script(code)
    found = recorded()
    assert len(found.closed) == 2
    assert found.metrics["x"] == [(0, 0.0), (1, 1.0), (2, 2.0)]


OUTLIVED = """
import os, sys, trackside
run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
run.log({"x": 0.0})
if os.fork() == 0:
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
sys.stdout.flush()
os._exit(1)
"""


def test_a_worker_that_outlives_a_dead_run_does_not_keep_its_log_locked(store, recorded):
    parent = subprocess.Popen(
        [sys.executable, "-c", OUTLIVED, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "forked\n"
    assert parent.wait(60) == 1
    assert not locked(recorded().logs[0])
    parent.stdin.close()
    parent.stdout.close()


WORKERS = """
import multiprocessing, sys, trackside
def load(batch):
    return batch * 2
if __name__ == "__main__":
    with trackside.init(project="tests", store=sys.argv[1], quiet=True) as run:
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for step, batch in enumerate(pool.imap(load, range(50))):
                run.log({"batch": float(batch)}, step=step)
"""


def test_a_child_that_is_stopped_as_soon_as_it_is_forked_hears_of_it(script):
    done = script(
        "import os, signal, sys, trackside\n"
        "run = trackside.init(project='tests', store=sys.argv[1], quiet=True)\n"
        "for _ in range(20):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        signal.pause()\n"
        "        os._exit(0)\n"
        "    os.kill(child, signal.SIGTERM)\n"
        "    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "run.finish()\n"
    )
    assert done.stdout.split() == [str(-signal.SIGTERM)] * 20


def test_workers_of_a_data_loader_disturb_nothing(script, recorded):
    done = script(WORKERS)
    assert done.stderr == ""
    found = recorded()
    assert found.metrics["batch"] == [(step, step * 2.0) for step in range(50)]
    assert found.status["status"] == "finished"
    assert len(found.logs) == 1


def test_a_fork_while_threads_log_does_not_hang_the_child(script, recorded):
    code = """
import os, sys, threading, trackside
run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
stop = threading.Event()
def work():
    while not stop.is_set():
        run.log({"thread": 1.0})
thread = threading.Thread(target=work)
thread.start()
for n in range(10):
    child = os.fork()
    if not child:
        run.log({"child": float(n)})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
thread.join()
"""
    done = script(code)
    assert done.returncode == 0, done.stderr
    found = recorded()
    assert sorted(value for _, value in found.metrics["child"]) == [float(n) for n in range(10)]


@pytest.mark.parametrize(
    ("environment", "records"),
    [
        ({"RANK": "0", "WORLD_SIZE": "4"}, True),
        ({"RANK": "3", "WORLD_SIZE": "4"}, False),
        ({"RANK": "3"}, True),
        ({"RANK": "1", "WORLD_SIZE": "1"}, True),
        ({"SLURM_PROCID": "1", "SLURM_NTASKS": "2"}, True),
        ({"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "MASTER_ADDR": "gpu1"}, False),
        ({"TRACKSIDE_MODE": "off"}, False),
        ({"TRACKSIDE_MODE": "on"}, True),
    ],
)
def test_only_the_first_process_of_a_job_records_and_none_when_off(
    store, recordings, monkeypatch, environment, records
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with trackside.init(project="tests", store=store, quiet=True) as run:
        run.log({"x": 1.0})
    assert isinstance(run, trackside.Run)
    assert len(recordings()) == int(records)


def test_a_run_that_is_off_takes_every_call_and_touches_no_disk(store, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_MODE", "off")
    public = {name for name in dir(trackside.Run) if not name.startswith("_")}
    run = trackside.init(project="tests", store=store)
    assert public - set(vars(type(run))) == set()
    run.log({"x": 1.0})
    run.log(5)
    run.define_metric("x", goal="max")
    run.tag("a")
    run.note("n")
    run.log_text("t", "text")
    run.log_artifact("/nowhere")
    run.log_examples("e", ids=[1], scores=[1])
    run.log_table("t", [])
    run.log_confusion_matrix("c", [[1]])
    run.log_image("i", "/nowhere")
    run.finish()
    assert not store.exists()


def test_a_heartbeat_tells_that_the_process_is_alive(store, recordings, monkeypatch):
    from trackside.record import background
    from trackside.store import journal
    from trackside.store.journal import Kind

    monkeypatch.setattr(background, "BEAT_SECONDS", 0.01)
    run = trackside.init(project="tests", store=store, quiet=True)
    (log,) = store.glob("runs/*/*/w/*.log")
    deadline = threading.Event()
    for _ in range(1000):
        beats = [frame for frame in journal.frames(log.read_bytes()) if frame.kind == Kind.HEARTBEAT]
        if len(beats) >= 3:
            break
        deadline.wait(0.01)
    run.finish()
    assert len(beats) >= 3


def test_the_lock_is_of_the_open_file_and_not_of_the_process(store):
    run = trackside.init(project="tests", store=store, quiet=True)
    (log,) = store.glob("runs/*/*/w/*.log")
    with log.open("rb+") as stream, pytest.raises(BlockingIOError):
        fcntl.fcntl(stream, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    assert locked(log)
    run.finish()
