"""Worker processes and threads that log into one run: nothing is lost, and none of them ends it."""

import copy
import pickle
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import trackside

pytestmark = pytest.mark.usefixtures("all_captured")

POOL = """
import concurrent.futures, multiprocessing, sys, trackside

def work(run, number):
    for step in range(50):
        run.log({f"task{number}": float(step)}, step=step)
    return number

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    with trackside.init(project="tests", store=sys.argv[1], quiet=True) as run:
        run.log({"x": 1.0})
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
            done = list(pool.map(work, [run] * 8, range(8)))
        run.log({"x": 2.0})
    assert done == list(range(8))
"""


@pytest.fixture
def workers(tmp_path, store):
    """Run a script that starts processes, which spawned ones import again."""

    def run(code: str, *arguments: str) -> str:
        (tmp_path / "train.py").write_text(code)
        done = subprocess.run(
            [sys.executable, "train.py", str(store), *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes_that_all_log_loses_nothing(workers, recorded, how):
    assert workers(POOL, how) == ""
    found = recorded()
    for number in range(8):
        assert found.metrics[f"task{number}"] == [(step, float(step)) for step in range(50)]
    assert found.metrics["x"] == [(0, 1.0), (1, 2.0)]
    assert found.status["status"] == "finished"
    roles = [opened["role"] for opened in found.opened]
    assert roles.count("main") == 1
    assert 1 <= roles.count("child") <= 2


def test_a_process_that_is_spawned_with_the_run_writes_a_log_of_its_own(workers, recorded):
    code = """
import multiprocessing, sys, trackside
def work(run):
    run.log({"y": 1.0}, step=3)
    run.note("from the child")
    run.finish()
if __name__ == "__main__":
    with trackside.init(project="tests", store=sys.argv[1], quiet=True) as run:
        child = multiprocessing.get_context("spawn").Process(target=work, args=(run,))
        child.start()
        child.join()
        run.log({"x": 1.0})
    assert child.exitcode == 0
"""
    assert workers(code) == ""
    found = recorded()
    assert (found.metrics["x"], found.metrics["y"]) == ([(0, 1.0)], [(3, 1.0)])
    assert found.status["status"] == "finished"
    assert [mark["text"] for mark in found.marks] == ["from the child"]


def test_terminating_a_pool_does_not_mark_the_run(workers, recorded):
    code = """
import multiprocessing, signal, sys, trackside
def work(number):
    signal.pause()
if __name__ == "__main__":
    with trackside.init(project="tests", store=sys.argv[1], quiet=True) as run:
        pool = multiprocessing.get_context("fork").Pool(3)
        pool.map_async(work, range(3))
        run.log({"x": 1.0})
        pool.terminate()
        pool.join()
"""
    assert workers(code) == ""
    found = recorded()
    assert found.status["status"] == "finished"
    assert not found.marks


def test_a_worker_that_is_killed_does_not_end_the_run(workers, recorded):
    code = """
import multiprocessing, os, sys, trackside
def work(run, how):
    run.log({how: 1.0}, step=0)
    os.kill(os.getpid(), {"kill": 9, "term": 15}[how])
if __name__ == "__main__":
    with trackside.init(project="tests", store=sys.argv[1], quiet=True) as run:
        for method in ("fork", "spawn"):
            for how in ("kill", "term"):
                child = multiprocessing.get_context(method).Process(target=work, args=(run, how))
                child.start()
                child.join()
        run.log({"x": 1.0})
"""
    assert workers(code) == ""
    found = recorded()
    assert found.metrics["kill"] == found.metrics["term"] == [(0, 1.0)] * 2
    assert found.metrics["x"] == [(0, 1.0)]
    assert found.status["status"] == "finished"
    assert not found.marks


def test_a_worker_s_own_run_is_its_own(workers, recordings):
    code = """
import multiprocessing, sys, trackside
def work(number):
    with trackside.init(project="tests", name=f"worker-{number}", store=sys.argv[1], quiet=True) as run:
        run.log({"x": float(number)})
    if number:
        raise SystemExit(number)
if __name__ == "__main__":
    with trackside.init(project="tests", name="main", store=sys.argv[1], quiet=True) as run:
        children = [multiprocessing.get_context("fork").Process(target=work, args=(n,)) for n in range(3)]
        [child.start() for child in children]
        [child.join() for child in children]
"""
    workers(code)
    found = {one.manifest["name"]: one for one in recordings()}
    assert set(found) == {"main", "worker-0", "worker-1", "worker-2"}
    assert {one.status["status"] for one in found.values()} == {"finished"}
    assert found["worker-2"].metrics["x"] == [(0, 2.0)]


@pytest.mark.parametrize("how", ["fork", "spawn"])
@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [("return", "finished", 0), ("raise ValueError('no')", "failed", 1), ("sys.exit(3)", "failed", 3)],
)
def test_a_run_that_a_worker_leaves_open_ends_with_the_worker(workers, recorded, how, ending, status, code):
    script = f"""
import multiprocessing, sys, trackside
def work():
    run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
    run.log({{"x": 1.0}})
    {ending}
if __name__ == "__main__":
    child = multiprocessing.get_context(sys.argv[2]).Process(target=work)
    child.start()
    child.join()
"""
    workers(script, how)
    found = recorded().status
    assert (found["status"], found["exit_code"]) == (status, code)
    assert ("ValueError: no" in (found["traceback"] or "")) == (code == 1)


def test_signals_do_in_a_worker_what_they_did_before(workers, recorded):
    code = """
import multiprocessing, os, signal, sys, trackside
def work():
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert sys.excepthook is sys.__excepthook__
    assert type(sys.exit).__name__ == "builtin_function_or_method"
if __name__ == "__main__":
    with trackside.init(project="tests", store=sys.argv[1], quiet=True) as run:
        run.log({"x": 1.0})
        child = multiprocessing.get_context("fork").Process(target=work)
        child.start()
        child.join()
        assert child.exitcode == 0
        assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
"""
    assert workers(code) == ""
    assert recorded().status["status"] == "finished"


def test_a_pool_of_threads_loses_nothing(run, recorded):
    def work(number: int) -> None:
        for step in range(100):
            run.log({f"task{number}": float(step)}, step=step)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(20)))
    assert all(len(recorded().metrics[f"task{number}"]) == 100 for number in range(20))


def test_a_copy_of_a_run_in_its_own_process_is_the_run(run):
    assert copy.deepcopy({"logger": run})["logger"] is run
    assert pickle.loads(pickle.dumps(run)) is run


def test_a_run_that_is_off_stays_off_in_a_worker(monkeypatch, store):
    monkeypatch.setenv("TRACKSIDE_MODE", "off")
    run = pickle.loads(pickle.dumps(trackside.init(name="nothing", store=store)))
    run.log({"x": 1.0})
    assert run.name == "nothing"
    assert not store.exists()


OUTLIVING = """
import os, sys, trackside
run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
run.log({"x": 0.0})
worker = os.fork()
if not worker:
    run.log({"worker": 1.0})
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
os.waitpid(worker, 0)
"""


def test_a_worker_that_logs_and_outlives_a_killed_run_does_not_keep_it_running(store):
    parent = subprocess.Popen(
        [sys.executable, "-c", OUTLIVING, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout.readline() == "forked\n"
    with trackside.attach(store) as reader:
        assert reader.run("@last").status == "running"
        parent.send_signal(signal.SIGKILL)
        parent.wait(60)
        found = reader.run("@last")
    parent.stdin.close()
    parent.stdout.close()
    assert found.status == "crashed"
    assert found.metrics["worker"].count == 1


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_on_a_network_file_system_a_worker_that_ends_normally_has_written_all(
    workers, recorded, store, monkeypatch, how
):
    monkeypatch.setenv("TRACKSIDE_NETWORK", str(store))
    assert workers(POOL, how) == ""
    found = recorded()
    for number in range(8):
        assert found.metrics[f"task{number}"] == [(step, float(step)) for step in range(50)]
    assert len(found.closed) == len(found.opened)


def test_on_a_network_file_system_a_process_that_was_forked_by_hand_has_written_all(
    workers, recorded, store, monkeypatch
):
    monkeypatch.setenv("TRACKSIDE_NETWORK", str(store))
    code = """
import os, sys, trackside
run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
if not (child := os.fork()):
    run.log({"child": 1.0}, step=0)
    sys.exit()
os.waitpid(child, 0)
run.finish()
"""
    assert workers(code) == ""
    assert recorded().metrics["child"] == [(0, 1.0)]
