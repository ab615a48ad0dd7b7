"""A log that takes nothing more: what it lost and how the run ended is seen all the same, and nothing counts twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trackside.model.run import Run
from trackside.services.run.overview import concerns
from trackside.store import journal, locate
from trackside.store.journal import Kind
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

TRAINING = """
import os, resource, sys, trackside
run = trackside.init(project="tests", store=sys.argv[1], quiet=True)
run._captures.wait(60)
writer = run._writer
step = 0

def train(rows):
    global step
    for _ in range(int(rows)):
        run.log({"loss": float(step)}, step=step)
        step += 1

def full(_):
    writer._files.drain(10)
    size = os.fstat(writer._files.descriptor(writer._descriptor)).st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))

def room(_):
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

def beat(_):
    writer.beat()
    writer._aside.wait()

def worker(rows):
    if not os.fork():
        train(1)
        full(0)
        train(rows)
        beat(0)
        os._exit(0)
    os.wait()

def fail(_):
    raise ValueError("training diverged")

print(run.id, flush=True)
for line in sys.stdin:
    what, _, how = line.strip().partition(" ")
    if what == "end":
        break
    {"train": train, "full": full, "room": room, "beat": beat, "worker": worker, "fail": fail}[what](how)
    print("done", flush=True)
"""


class Training:
    """A script that trains, has a disk that is full or not, and ends as it is told; and a reader who looks at it."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAINING, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.id = self.process.stdout.readline().strip()
        self.root = root
        self.store = Store.open(root)

    def do(self, *what: str) -> None:
        for line in what:
            self._tell(line)
            assert self.process.stdout.readline() == "done\n"

    def end(self, how: str = "end") -> str:
        """Let it end; what it said on standard error."""
        self._tell(how)
        return self.process.communicate(timeout=60)[1]

    def seen(self) -> Run:
        """The run as who has looked at it all the while sees it now."""
        self.store.refresh_running()
        return self.store.run(self.id)

    def seen_anew(self) -> Run:
        """The run as who reads all of it sees it."""
        opened = Store.open(self.root)
        opened.reindex()
        return opened.run(self.id)

    @property
    def log(self) -> Path:
        (log,) = self.root.glob("runs/*/*/w/*.log")
        return log

    @property
    def own(self) -> Path:
        return locate.own_edits(self.store.uuid)

    def _tell(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


@pytest.fixture
def training(store) -> Iterator[Callable[..., Training]]:
    """Start a script."""
    started: list[Training] = []

    def start(**environment: str) -> Training:
        started.append(Training(store, **environment))
        started[-1].store.refresh()
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize(("how", "status", "code"), [("end", "finished", 0), ("fail", "failed", 1)])
def test_what_is_lost_is_counted_while_the_run_goes_on_and_how_it_ended_is_seen(training, how, status, code):
    script = training()
    script.do("train 100", "full", "train 50", "beat")
    found = script.seen()
    assert (found.status, found.dropped, found.health) == ("running", 50, ["dropped"])
    script.do("train 25", "beat")
    assert script.seen().dropped == 75
    script.do("train 5")
    assert "trackside: 80 rows were not written" in script.end(how)
    for found in (script.seen(), script.seen_anew()):
        assert (found.status, found.exit_code, found.dropped) == (status, code, 80)
        assert found.metrics["loss"].count == 100
        assert concerns(found)[-1].sentence.startswith("80 rows could not be written (File too large)")
    assert (found.traceback or "").endswith("ValueError: training diverged\n" if how == "fail" else "")


def test_on_a_network_disk_that_stays_full_too(training, store):
    script = training(TRACKSIDE_NETWORK=str(store))
    script.do("train 100", "full", "train 50")
    said = script.end()
    found = script.seen()
    assert found.status == "finished"
    assert found.dropped >= 50
    assert f"trackside: {found.dropped} rows were not written" in said
    assert script.seen_anew().dropped == found.dropped


def test_a_disk_that_has_room_again_is_told_all_and_nothing_counts_twice(training):
    script = training()
    script.do("train 100", "full", "train 50", "beat", "room", "train 10")
    assert script.seen().dropped == 50
    script.do("beat", "train 10")
    found = script.seen()
    assert (found.status, found.dropped, found.metrics["loss"].count) == ("running", 50, 120)
    assert script.own.exists()
    script.end()
    for found in (script.seen(), script.seen_anew()):
        assert (found.status, found.dropped, found.dropped_why) == ("finished", 50, None)
    assert not script.own.exists()


def test_a_log_that_was_ended_after_all_has_the_last_word(training):
    script = training()
    script.do("train 100", "full", "train 50")
    script.end("fail")
    assert script.seen().dropped == 50
    with script.log.open("ab") as log:
        log.write(journal.heartbeat(2000.0, 7))
        log.write(journal.packed(Kind.STATUS, {"status": "finished", "time": 2000.0, "exit_code": 0}))
        log.write(journal.packed(Kind.CLOSE, {"rotated": False}))
    found = script.seen_anew()
    assert (found.status, found.exit_code, found.dropped, found.dropped_why) == ("finished", 0, 7, None)


def test_of_a_log_that_the_disk_lost_altogether_the_end_is_known(training):
    script = training()
    script.do("train 100", "full", "train 50")
    script.end("fail")
    os.truncate(script.log, 0)
    found = script.seen_anew()
    assert (found.status, found.exit_code, found.dropped) == ("failed", 1, 50)


def test_a_run_that_is_killed_meanwhile_is_crashed_and_its_losses_are_counted(training):
    script = training()
    script.do("train 100", "full", "train 50", "beat")
    script.process.kill()
    script.process.wait()
    found = script.seen()
    assert (found.status, found.dropped) == ("crashed", 50)


def test_a_run_that_is_asked_to_stop_meanwhile_is_killed(training):
    script = training()
    script.do("train 100", "full", "train 50", "beat")
    script.process.send_signal(signal.SIGTERM)
    assert script.process.wait(60) == -signal.SIGTERM
    found = script.seen()
    assert (found.status, found.dropped) == ("killed", 50)


def test_what_a_worker_loses_is_counted_beside_what_the_run_loses(training):
    script = training()
    script.do("train 10", "worker 30", "train 10", "full", "train 20", "beat")
    found = script.seen()
    assert (found.status, found.dropped) == ("running", 50)
    script.end()
    assert script.seen().dropped == 50


def test_a_script_inside_trackside_run_whose_log_takes_nothing_more_did_not_crash(store, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(TRAINING)
    done = subprocess.run(
        [sys.executable, "-m", "trackside", "--store", store, "run", "--", sys.executable, script, store],
        input="train 10\nfull\ntrain 40\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "40 rows were not written" in done.stderr
    opened = Store.open(store)
    opened.refresh()
    found = opened.run(done.stdout.split()[0])
    assert (found.status, found.dropped) == ("finished", 40)


def test_where_nothing_can_be_said_aside_either_training_goes_on_and_ends(training, tmp_path):
    (tmp_path / "file").write_text("in the way")
    script = training(XDG_STATE_HOME=str(tmp_path / "file"))
    script.do("train 100", "full", "train 50", "beat", "train 50")
    said = script.end().splitlines()
    assert [line.partition(" to ")[0] for line in said] == [
        "trackside: cannot write",
        "trackside: 100 rows were not written",
    ]
