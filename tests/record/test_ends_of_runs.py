"""How a run ends with its script: cleanly, by an exception, by `sys.exit`, by a signal."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import trackside
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

BEGIN = """
import sys, trackside
from sys import exit as leave
run = trackside.init(project="ends", store=sys.argv[1], quiet=True)
run.log({"x": 1.0}, step=5)
"""

WAIT = """
print("ready", flush=True)
sys.stdin.read()
"""


def test_the_end_of_the_block_is_finished(store, recorded):
    with trackside.init(project="ends", store=store, quiet=True) as run:
        run.log({"x": 1.0})
    found = recorded()
    assert found.status is not None
    assert (found.status["status"], found.status["exit_code"], found.status["traceback"]) == ("finished", 0, None)
    assert found.closed == [{"rotated": False}]


def test_an_exception_that_leaves_the_block_is_failed_with_its_traceback(store, recorded):
    with pytest.raises(ZeroDivisionError), trackside.init(project="ends", store=store, quiet=True):
        1 / 0  # noqa: B018
    status = recorded().status
    assert (status["status"], status["exit_code"]) == ("failed", 1)
    assert status["traceback"].endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (SystemExit(), "finished", 0),
        (SystemExit(0), "finished", 0),
        (SystemExit(3), "failed", 3),
        (SystemExit("no data"), "failed", 1),
        (SystemExit(143), "failed", 143),
        (KeyboardInterrupt(), "killed", 130),
        (MemoryError(), "failed", 1),
    ],
)
def test_what_leaves_the_block_says_how_the_run_ended(store, recorded, error, status, code):
    with pytest.raises(type(error)), trackside.init(project="ends", store=store, quiet=True):
        raise error
    found = recorded().status
    assert (found["status"], found["exit_code"]) == (status, code)


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [
        ("", "finished", 0),
        ("raise ValueError('bad')", "failed", 1),
        ("sys.exit(3)", "failed", 3),
        ("sys.exit('no data')", "failed", 1),
        ("sys.exit()", "finished", 0),
        ("raise KeyboardInterrupt", "killed", 130),
    ],
)
def test_without_a_block_the_end_of_the_script_ends_the_run(script, recorded, ending, status, code):
    script(BEGIN + ending)
    found = recorded()
    assert (found.status["status"], found.status["exit_code"]) == (status, code)
    assert found.metrics["x"] == [(5, 1.0)]


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [
        ("raise SystemExit", "finished", 0),
        ("raise SystemExit(0)", "finished", 0),
        ("raise SystemExit(3)", "failed", 3),
        ("raise SystemExit('no data')", "failed", 1),
        ("code = 4\nraise SystemExit(code)", "failed", 4),
        ("def main():\n    return 0\nraise SystemExit(main())", "finished", 0),
        ("def main():\n    raise SystemExit('no data')\nmain()", "failed", None),
        ("exit(5)", "failed", 5),
        ("quit()", "finished", 0),
        ("def main():\n    leave(0)\nmain()", "finished", 0),
        ("def main():\n    leave(6)\nmain()", "failed", 6),
        ("try:\n    sys.exit(3)\nexcept SystemExit:\n    run.log({'x': 2.0})", "finished", 0),
        ("try:\n    sys.exit(3)\nfinally:\n    run.log({'x': 2.0})", "failed", 3),
    ],
)
def test_a_system_exit_is_told_however_it_was_raised(script, recorded, ending, status, code):
    script(BEGIN + ending)
    found = recorded().status
    assert (found["status"], found["exit_code"]) == (status, code)


def test_a_script_that_is_run_as_a_module_is_told_as_well(tmp_path, store, recorded):
    (tmp_path / "training.py").write_text(BEGIN + "def main():\n    sys.exit(7)\nmain()\n")
    command = [sys.executable, "-m", "training", str(store)]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 7
    assert (recorded().status["status"], recorded().status["exit_code"]) == ("failed", 7)


def test_an_exception_in_a_thread_does_not_fail_a_run_whose_script_goes_on(script, recorded):
    code = """
import threading
def work():
    run.log({"x": 2.0}, step=6)
    raise ValueError("in the thread")
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
    done = script(BEGIN + code)
    assert "ValueError: in the thread" in done.stderr
    assert recorded().status["status"] == "finished"
    assert recorded().metrics["x"] == [(5, 1.0), (6, 2.0)]


def test_threads_that_outlive_the_script_s_last_line_are_waited_for(script, recorded):
    code = """
import threading
go = threading.Event()
def work():
    go.wait()
    for step in range(6, 106):
        run.log({"x": 2.0}, step=step)
threading.Thread(target=work).start()
go.set()
"""
    assert script(BEGIN + code).stderr == ""
    assert len(recorded().metrics["x"]) == 101
    assert recorded().status["status"] == "finished"


def test_daemon_threads_that_log_while_the_interpreter_ends_disturb_nothing(script, recorded):
    code = """
import threading
begun = threading.Event()
def work():
    while True:
        run.log({"x": 2.0})
        begun.set()
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
begun.wait()
"""
    done = script(BEGIN + code)
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) <= 1
    found = recorded()
    assert (found.status["status"], found.torn) == ("finished", 0)


def test_finish_may_be_called_twice_and_in_a_signal_s_handler(signalled, recorded):
    handler = """
import signal
stopped = []
def stop(number, frame):
    run.finish("killed")
    run.finish()
    stopped.append(number)
signal.signal(signal.SIGUSR1, stop)
print("ready", flush=True)
for step in range(6, 10_000_000):
    run.log({"x": 1.0}, step=step)
    if stopped:
        break
run.log({"x": 1.0})
run.finish()
"""
    done = signalled(BEGIN + handler, signal.SIGUSR1)
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) <= 1
    found = recorded()
    assert (found.status["status"], found.torn) == ("killed", 0)
    assert len(found.closed) == 1


def test_an_exception_is_still_printed_and_gives_the_same_exit_status(script, recorded):
    done = script(BEGIN + "raise ValueError('bad')")
    assert done.returncode == 1
    assert "ValueError: bad" in done.stderr
    assert recorded().status["traceback"].endswith("ValueError: bad\n")


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT), (signal.SIGHUP, -signal.SIGHUP)],
)
def test_a_signal_is_marked_and_then_does_what_it_did_before(signalled, recorded, number, code):
    done = signalled(BEGIN + WAIT, number)
    assert done.returncode == code
    found = recorded()
    assert [(mark["kind"], mark["text"], mark["step"]) for mark in found.marks] == [("signal", number.name, 5)]
    assert found.status is None or found.status["status"] == "killed"


def test_a_signal_ends_a_script_that_is_deep_in_a_library(signalled, store, recorded):
    computing = "import hashlib\nprint('ready', flush=True)\nhashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)\n"
    done = signalled(BEGIN + computing, signal.SIGTERM)
    assert done.returncode == -signal.SIGKILL
    assert [mark["text"] for mark in recorded().marks] == ["SIGTERM"]
    assert status_in(store).status == "killed"


def test_a_caught_ctrl_c_with_a_clean_end_is_finished(signalled, recorded):
    caught = "try:\n" + textwrap.indent(WAIT, "    ") + "except KeyboardInterrupt:\n    pass\n"
    done = signalled(BEGIN + caught, signal.SIGINT)
    assert done.returncode == 0
    found = recorded()
    assert found.status["status"] == "finished"
    assert [mark["kind"] for mark in found.marks] == ["signal"]


def test_a_handler_of_the_script_is_called_as_before_and_its_exit_is_killed(signalled, recorded):
    handler = "import signal\nsignal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))\n"
    done = signalled(handler + BEGIN + WAIT, signal.SIGTERM)
    assert done.returncode == 143
    found = recorded()
    assert found.status["status"] == "killed"
    assert found.status["exit_code"] == 143


def test_an_ignored_signal_stays_ignored(signalled, recorded):
    ignoring = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    done = signalled(ignoring + BEGIN + WAIT + "run.log({'x': 2.0})\n", signal.SIGINT)
    assert done.returncode == 0
    found = recorded()
    assert found.status["status"] == "finished"
    assert not found.marks
    assert len(found.metrics["x"]) == 2


def test_a_signal_in_the_middle_of_fast_logging_tears_nothing(signalled, recorded):
    spinning = "print('ready', flush=True)\nstep = 6\nwhile True:\n    run.log({'x': 1.0}, step=step)\n    step += 1\n"
    signalled(BEGIN + spinning, signal.SIGTERM)
    found = recorded()
    assert found.torn == 0
    assert [mark["kind"] for mark in found.marks] == ["signal"]
    steps = [step for step, _ in found.metrics["x"]]
    assert steps == list(range(5, 5 + len(steps)))


def test_init_in_another_thread_leaves_signals_alone(script, recorded):
    code = """
import signal, sys, threading, trackside
before = signal.getsignal(signal.SIGTERM)
def record():
    with trackside.init(project="ends", store=sys.argv[1], quiet=True) as run:
        run.log({"x": 1.0})
        assert signal.getsignal(signal.SIGTERM) == before
thread = threading.Thread(target=record)
thread.start()
thread.join()
"""
    done = script(code)
    assert done.stderr == ""
    assert recorded().status["status"] == "finished"


def test_everything_is_put_back_when_no_run_is_open(store, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "leave", sys.exit, raising=False)
    before = (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT))
    first = trackside.init(project="ends", store=store, quiet=True)
    second = trackside.init(project="ends", store=store, quiet=True)
    assert sys.excepthook != before[0]
    first.finish()
    assert sys.excepthook != before[0]
    second.finish()
    assert (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    assert sys.modules["__main__"].leave is sys.exit


def test_several_runs_of_one_process_end_apart(script, recordings):
    code = """
import sys, trackside
runs = [trackside.init(project="ends", name=f"run-{n}", store=sys.argv[1], quiet=True) for n in range(3)]
for n, run in enumerate(runs):
    run.log({"x": float(n)})
runs[1].finish()
raise ValueError("bad")
"""
    script(code)
    found = {recording.manifest["name"]: recording for recording in recordings()}
    assert {name: one.status["status"] for name, one in found.items()} == {
        "run-0": "failed",
        "run-1": "finished",
        "run-2": "failed",
    }
    assert [one.metrics["x"] for _, one in sorted(found.items())] == [[(0, 0.0)], [(0, 1.0)], [(0, 2.0)]]


def status_in(store):
    """What a reader says of the only run."""
    with trackside.attach(store) as reader:
        return reader.run("@last")


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("import os\nos._exit(0)", "crashed"),
        ("import os\nos._exit(1)", "crashed"),
        ("import os\nos.abort()", "crashed"),
        ("import faulthandler\nfaulthandler.enable()\nfaulthandler._sigsegv()", "crashed"),
        ("import os, sys\nos.execv('/bin/true', ['true'])", "crashed"),
        ("run.finish()\nimport os\nos._exit(1)", "finished"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGHUP)", "killed"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", "killed"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGQUIT)", "crashed"),
    ],
)
def test_a_process_that_ends_without_a_word_is_told_apart_from_one_that_finished(script, store, ending, status):
    script("import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n" + BEGIN + ending)
    found = status_in(store)
    assert found.status == status
    assert found.metrics["x"].count == 1


def waiting(store):
    """A process that has begun a run, and waits."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + WAIT, str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=store.parent,
    )


def test_a_reader_sees_within_ten_seconds_that_a_run_was_killed(store):
    process = waiting(store)
    assert process.stdout.readline() == "ready\n"
    reader = Store.open(store)
    reader.refresh()
    (run_id,) = reader.index.ids()
    assert reader.run(run_id).status == "running"
    process.kill()
    process.communicate()
    killed, shortly = time.monotonic(), threading.Event()
    while reader.run(run_id).status == "running" and time.monotonic() - killed < 10:
        shortly.wait(0.05)
        reader.refresh_running()
    assert reader.run(run_id).status == "crashed"
    reader.close()


def test_a_log_that_was_opened_before_the_machine_was_started_again_is_crashed(store, script, recorded, monkeypatch):
    process = waiting(store)
    assert process.stdout.readline() == "ready\n"
    process.kill()
    process.communicate()
    monkeypatch.setattr("trackside.store.liveness.boot_id", lambda: "another-boot")
    monkeypatch.setattr("trackside.store.liveness.time.clock_gettime", lambda _clock: 0.0)
    found = status_in(store)
    assert found.status == "crashed"


def test_a_run_that_readers_took_for_dead_is_read_on_when_it_comes_back(store, monkeypatch):
    run = trackside.init(project="ends", store=store, quiet=True)
    reader = Store.open(store)
    with monkeypatch.context() as unseen:
        unseen.setattr("trackside.store.compose.alive", lambda *_: False)
        reader.refresh()
    assert reader.run(run.id).status == "crashed"
    run.log({"x": 1.0}, step=0)
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    monkeypatch.setattr(time, "clock_gettime", lambda _clock: now + 100)
    run._writer.beat()
    reader.refresh()
    found = reader.run(run.id)
    assert (found.status, found.metrics["x"].count) == ("running", 1)
    run.finish()
    reader.close()


def test_in_a_notebook_the_next_run_finishes_the_one_before(script, store, recordings):
    code = """
import sys, types
shell = types.SimpleNamespace(kernel="one")
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
import trackside
for n in range(3):
    run = trackside.init(project="ends", name=f"cell-{n}", store=sys.argv[1], quiet=True)
    run.log({"x": float(n)})
import os
os._exit(0)
"""
    script(code)
    ends = {one.manifest["name"]: one.status and one.status["status"] for one in recordings()}
    assert ends == {"cell-0": "finished", "cell-1": "finished", "cell-2": None}


def test_a_script_whose_libraries_import_the_kernel_of_notebooks_is_none(script, recordings):
    code = """
import sys, types
sys.modules["ipykernel"] = types.ModuleType("ipykernel")
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: None)
import trackside
runs = [trackside.init(project="ends", store=sys.argv[1], quiet=True) for _ in range(2)]
import os
os._exit(0)
"""
    script(code)
    assert [one.status for one in recordings()] == [None, None]


def test_a_test_that_fails_inside_a_run_makes_it_failed(tmp_path, store, recordings):
    (tmp_path / "test_training.py").write_text(
        "import pytest, trackside\n"
        "def run(name):\n"
        f"    return trackside.init(project='ends', name=name, store={str(store)!r}, quiet=True)\n"
        "def test_passes():\n    with run('passes') as one:\n        one.log({'x': 1.0})\n"
        "def test_asserts():\n    with run('asserts'):\n        assert 1 == 2\n"
        "def test_gives_up():\n    with run('gives up'):\n        pytest.fail('no')\n"
        "def test_leaves_it_open():\n    run('left open').log({'x': 1.0})\n"
    )
    alone = ["-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", "-q", *alone, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "2 failed, 2 passed" in done.stdout
    ends = {one.manifest["name"]: one.status["status"] for one in recordings()}
    assert ends == {"passes": "finished", "asserts": "failed", "gives up": "failed", "left open": "finished"}


class TestTextsThatAreOdd:
    TOKEN = "gh" + "p_" + "abcdefghijklmnopqrstuvwxyz0123456789"

    @pytest.mark.parametrize(
        "error",
        [
            ValueError("bad file \udcff"),
            ValueError("x" * 2_000_000),
            SystemExit("bad file \udcff"),
            SystemExit("x" * 2_000_000),
            SystemExit("€" * 200_000),
            SystemExit(1 << 70),
        ],
    )
    def test_an_exception_reaches_training_whatever_it_says_and_the_run_is_failed(self, store, recorded, error):
        with pytest.raises(type(error)) as raised, trackside.init(project="ends", store=store, quiet=True):
            raise error
        assert raised.value is error
        assert recorded().status["status"] == "failed"

    def test_an_exception_that_cannot_say_what_it_is_reaches_training_too(self, store, recorded):
        class MuteError(Exception):
            def __str__(self):
                raise RuntimeError("no words")

            @property
            def __notes__(self):
                raise RuntimeError("no notes")

        with pytest.raises(MuteError), trackside.init(project="ends", store=store, quiet=True):
            raise MuteError
        assert recorded().status["status"] == "failed"
        assert "MuteError" in recorded().status["traceback"]

    def test_secrets_are_masked_in_what_sys_exit_says(self, store, recorded):
        with pytest.raises(SystemExit), trackside.init(project="ends", store=store, quiet=True):
            raise SystemExit(f"no access with {self.TOKEN}")
        assert recorded().status["traceback"] == "SystemExit: no access with ***"

    def test_the_end_of_a_long_text_is_kept_and_its_secrets_masked(self, store, recorded):
        with pytest.raises(SystemExit), trackside.init(project="ends", store=store, quiet=True):
            raise SystemExit(f"{'x ' * 1_000_000}{self.TOKEN} end")
        assert recorded().status["traceback"].endswith("x *** end")


def test_ctrl_c_while_a_run_waits_for_its_captures_leaves_its_status(store, recorded, monkeypatch):
    def interrupted(self, patience):
        raise KeyboardInterrupt

    run = trackside.init(project="ends", store=store, quiet=True)
    monkeypatch.setattr("trackside.record.capture.around.Around.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.finish()
    assert recorded().status["status"] == "finished"
    assert recorded().closed == [{"rotated": False}]


def test_calls_take_whatever_they_are_given_and_say_so_once(store, capsys):
    class Mute:
        def __str__(self):
            raise RuntimeError("no words")

    run = trackside.init(project="ends", store=store)
    calls = [
        lambda: run.note(Mute()),
        lambda: run.tag(Mute()),
        lambda: run.tag(remove=7),
        lambda: run.define_metric(Mute()),
        lambda: run.define_metric("x", eval_data=Mute()),
        lambda: run.log_text("x", Mute()),
        lambda: run.log_artifact(None),
        lambda: run.log_table(Mute(), [{"a": 1}]),
        lambda: run.log({Mute(): 1.0}),
    ]
    for call in (*calls, *calls):
        call()
    said = capsys.readouterr().err.splitlines()
    run.log({"x": 1.0})
    run.finish()
    assert all(line.startswith("trackside: ") for line in said)
    assert len(said) == len(set(said))
    assert "trackside: note() could not be kept whole: RuntimeError('no words')" in said


def test_an_exception_s_traceback_is_shown_before_what_the_run_has_left_to_do(script, recorded):
    code = "import trackside, sys\nrun = trackside.init(store=sys.argv[1])\n1 / 0\n"
    lines = script(code).stderr.splitlines()
    assert lines.index("ZeroDivisionError: division by zero") < len(lines) - 1
    assert lines[-1].startswith("trackside: ")
    assert recorded().status["status"] == "failed"


def test_a_run_is_ended_also_where_another_hook_fails(script, recorded):
    script("import sys\nsys.excepthook = lambda *_: sys.nothing\n" + BEGIN + "1 / 0")
    assert recorded().status["status"] == "failed"
    assert "ZeroDivisionError" in recorded().status["traceback"]
