"""How a run ends with its script: cleanly, by an exception, by `sys.exit`, by a signal."""

import signal
import sys
import textwrap

import pytest

import trackside

BEGIN = """
import sys, trackside
run = trackside.init(project="ends", store=sys.argv[1], quiet=True)
run.log({"x": 1.0}, step=5)
"""

WAIT = """
import time
print("ready", flush=True)
[time.sleep(0.05) for _ in range(1200)]
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


def test_an_exception_is_still_printed_and_gives_the_same_exit_status(script, recorded):
    done = script(BEGIN + "raise ValueError('bad')")
    assert done.returncode == 1
    assert "ValueError: bad" in done.stderr
    assert recorded().status["traceback"].endswith("ValueError: bad\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_is_marked_and_then_does_what_it_did_before(signalled, recorded, number, code):
    done = signalled(BEGIN + WAIT, number)
    assert done.returncode == code
    found = recorded()
    assert [(mark["kind"], mark["text"], mark["step"]) for mark in found.marks] == [("signal", number.name, 5)]
    assert found.status is None or found.status["status"] == "killed"


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
    waiting = "import threading\nprint('ready', flush=True)\nthreading.Event().wait(0.5)\nrun.log({'x': 2.0})\n"
    done = signalled(ignoring + BEGIN + waiting, signal.SIGINT)
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


def test_everything_is_put_back_when_no_run_is_open(store):
    before = (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT))
    first = trackside.init(project="ends", store=store, quiet=True)
    second = trackside.init(project="ends", store=store, quiet=True)
    assert sys.excepthook != before[0]
    first.finish()
    assert sys.excepthook != before[0]
    second.finish()
    assert (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


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


def test_the_last_line_says_status_primary_metric_and_what_to_type(store, capsys):
    with trackside.init(project="ends", name="calm-heron-1", store=store) as run:
        run.define_metric("acc", primary=True)
        run.log({"acc": 0.5, "loss": 3.0})
        run.log({"acc": 0.75})
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trackside: calm-heron-1 finished after ")
    assert line.endswith(f", acc 0.75 · trackside --store {store} show {run.id}")


def test_the_last_line_names_no_store_where_the_usual_one_is_meant(store, capsys, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_STORE", str(store))
    with trackside.init(project="ends") as run:
        pass
    assert capsys.readouterr().err.endswith(f" · trackside show {run.id}\n")


def test_a_quiet_run_says_nothing(store, capsys):
    with trackside.init(project="ends", store=store, quiet=True) as run:
        run.log({"acc": 0.5})
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
