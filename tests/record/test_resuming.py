"""A run that ended, however it did, goes on in another process: one run, one curve, the newest word."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

import trackside
from trackside.model.errors import StoreError, UsageError
from trackside.model.run import Run
from trackside.record import log as log_module
from trackside.record import resume, still_written
from trackside.store import journal, logfile, seal
from trackside.store.journal import Kind
from trackside.store.liveness import locked
from trackside.store.store import Store

LIFE = """
import os, signal, sys, trackside
_, store, resume, first, last, ending = sys.argv
given = {"lr": int(first), first: 1}
run = trackside.init(project="tests", store=store, resume=resume or None, params=given, quiet=True)
for step in range(int(first), int(last)):
    run.log({"loss": float(step) + int(first) / 1000}, step=step)
if ending == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if ending == "fail":
    raise ValueError("no")
"""


@pytest.fixture
def life(store, tmp_path):
    """One life of a run, in a process of its own."""

    def live(resume: str, first: int, last: int, ending: str) -> subprocess.CompletedProcess[str]:
        arguments = [str(store), resume, str(first), str(last), ending]
        done = subprocess.run(
            [sys.executable, "-c", LIFE, *arguments],
            capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert "Error" not in done.stderr.replace("ValueError: no", "")
        return done

    return live


@pytest.fixture
def read(store):
    """The only run of the store as readers see it."""

    def found() -> Run:
        with trackside.attach(store) as reader:
            assert reader.runs().height == 1
            return reader.run("@last")

    return found


def points(store, metric: str, **asked) -> list[tuple[int, float]]:
    with trackside.attach(store) as reader:
        frame = reader.curve(metric, "@last", **asked)
        return list(zip(frame["step"].to_list(), frame["value"].to_list(), strict=True))


def test_a_run_that_is_killed_and_resumed_several_times_is_one_curve(store, life, read):
    life("", 0, 50, "kill")
    assert read().status == "crashed"
    life("@last", 40, 60, "kill")
    life("@last", 55, 80, "fail")
    assert read().status == "failed"
    life("@last", 70, 100, "end")
    found = read()
    assert found.status == "finished"
    lives = [(0, 40), (40, 55), (55, 70), (70, 100)]
    assert points(store, "loss") == [
        (step, step + first / 1000) for first, last in lives for step in range(first, last)
    ]
    assert len(points(store, "loss", superseded=True)) == 50 + 20 + 25 + 30
    assert found.metrics["loss"].count == 100
    assert [(mark.kind, mark.step) for mark in found.marks] == [("resume", 40), ("resume", 55), ("resume", 70)]
    assert found.params == {"lr": 70, "0": 1, "40": 1, "55": 1, "70": 1}


def test_a_step_that_is_left_out_follows_the_largest_so_far(store, read, life):
    life("", 0, 30, "kill")
    with trackside.init(resume="@last", store=store, quiet=True) as run:
        run.log({"loss": 1.0})
        run.log({"loss": 2.0})
    assert points(store, "loss")[-2:] == [(30, 1.0), (31, 2.0)]
    life("@last", 10, 12, "kill")
    with trackside.init(resume="@last", store=store, quiet=True) as run:
        run.log({"words": "only text"})
        run.log({"loss": 3.0})
    assert points(store, "loss")[-2:] == [(11, 11.01), (13, 3.0)]


def test_the_first_step_may_be_told_by_a_text(store, life, read):
    life("", 0, 30, "kill")
    with trackside.init(resume="@last", store=store, quiet=True) as run:
        run.log({"words": "anew"}, step=20)
    assert len(points(store, "loss")) == 20
    assert read().texts == {"words": "anew"}


def test_what_is_given_anew_holds(store, read):
    with trackside.init(
        project="tests", name="old", group="g", tags=["a"], notes="why", params={"lr": 1, "depth": 2}, seed=3,
        total_steps=10, store=store, quiet=True,
    ) as run:  # fmt: skip
        run.tag("b")
    with trackside.init(
        resume="old", name="new", tags=["c"], notes="on", params={"lr": 5}, seed=4, total_steps=20, store=store,
        quiet=True,
    ) as run:  # fmt: skip
        run.tag(remove=["b"])
        assert run.name == "new"
    found = read()
    assert (found.name, found.notes, found.group) == ("new", "on", "g")
    assert sorted(found.tags) == ["a", "c"]
    assert found.params == {"lr": 5, "depth": 2}
    assert (found.seed, found.progress.total_steps) == (4, 20)


def test_what_is_not_given_stays(store, read):
    trackside.init(project="tests", name="old", notes="why", params={"lr": 1}, seed=3, store=store, quiet=True).finish()
    trackside.init(resume="@last", store=store, quiet=True).finish()
    found = read()
    assert (found.name, found.project, found.notes, found.seed) == ("old", "tests", "why", 3)
    assert found.params == {"lr": 1}


def test_a_name_that_was_given_later_is_found_and_kept(store, read):
    trackside.init(project="tests", name="old", store=store, quiet=True).finish()
    with trackside.attach(store) as reader:
        reader._store.editor().set_fields(reader.run("old").id, {"name": "new"})
    with pytest.raises(UsageError, match="there is no such run"):
        trackside.init(resume="old", store=store, quiet=True)
    with trackside.init(resume="new", store=store, quiet=True) as run:
        assert run.name == "new"
    assert read().name == "new"


def test_a_run_is_named_by_its_id_a_part_of_it_its_name_or_as_the_last(store):
    ids = []
    for name, project in (("calm-otter", "one"), ("calm-otter", "two"), ("brisk-heron", "two")):
        with trackside.init(project=project, name=name, store=store, quiet=True) as run:
            ids.append(run.id)

    def resumed(text: str, project: str | None = None) -> str:
        with trackside.init(project, resume=text, store=store, quiet=True) as run:
            return run.id

    assert resumed(ids[0]) == ids[0]
    assert resumed(ids[1][-8:].lower()) == ids[1]
    assert resumed("brisk-heron") == ids[2]
    assert resumed("calm-otter", "two") == ids[1]
    assert resumed("@last") == ids[2]
    assert resumed("@last", "one") == ids[0]


def test_inside_trackside_run_the_last_run_is_the_one_before_it(script, store, recordings):
    trackside.init(project="tests", name="before", store=store, quiet=True).finish()
    with trackside.init(project="tests", name="around", store=store, quiet=True) as around:
        code = "import sys, trackside\nprint(trackside.init(resume='@last', store=sys.argv[1], quiet=True).name)\n"
        done = script(code, TRACKSIDE_RUN=around.id, TRACKSIDE_STORE=str(store))
    assert (done.stdout, done.stderr) == ("before\n", "")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"resume": "nobody"}, "there is no such run"),
        ({"resume": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "there is no such run"),
        ({"resume": "@best:loss"}, "an id, a part of one, a name or @last"),
        ({"resume": "twin"}, "is 2 runs: .*say which by its id"),
        ({"resume": 5}, "resume=5: it takes a run"),
        ({"resume": True}, "goes with id="),
        ({"resume": "twin", "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "one of them"),
        ({"id": "mine"}, "trackside.new_id()"),
    ],
)
def test_a_mistake_is_told_in_a_line(store, recordings, given, says):
    for _ in range(2):
        trackside.init(project="tests", name="twin", store=store, quiet=True).finish()
    before = [recording.opened for recording in recordings()]
    with pytest.raises(UsageError, match=says) as told:
        trackside.init(store=store, quiet=True, **given)
    assert "\n" not in str(told.value)
    assert [recording.opened for recording in recordings()] == before


def test_a_run_in_the_trash_is_not_resumed(store):
    trackside.init(project="tests", name="old", store=store, quiet=True).finish()
    with trackside.attach(store) as reader:
        run_id = reader.run("old").id
        reader._store.editor().set_fields(run_id, {"trashed": True})
    with pytest.raises(UsageError, match=f"trackside restore {run_id}"):
        trackside.init(resume=run_id, store=store, quiet=True)


def test_a_run_that_still_runs_is_not_resumed_until_its_process_is_gone(store, read):
    code = LIFE + "print('ready', flush=True)\nsys.stdin.read()\n"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(store), "", "0", "5", "stay"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(UsageError, match=f"still runs: process {process.pid} on "):
        trackside.init(resume="@last", store=store, quiet=True)
    process.kill()
    process.communicate()
    trackside.init(resume="@last", store=store, quiet=True).finish()
    assert read().status == "finished"


def test_a_run_that_is_open_in_this_process_is_not_resumed(store):
    with trackside.init(project="tests", store=store, quiet=True) as run, pytest.raises(UsageError, match="still runs"):
        trackside.init(resume=run.id, store=store, quiet=True)


@pytest.fixture
def of_another_machine(store, recorded):
    """A run that was killed a moment ago on another machine: its log, its id."""
    run = trackside.init(project="tests", store=store, quiet=True)
    run.finish()
    (log,) = recorded().logs
    data = log.read_bytes()
    frames = list(journal.frames(data))
    opened = journal.unpacked(frames[0].payload) | {"boot": "theirs", "host": "elsewhere"}
    kept = [data[frame.start : frame.end] for frame in frames[1:] if frame.kind not in (Kind.STATUS, Kind.CLOSE)]
    log.write_bytes(b"".join([journal.packed(Kind.OPEN, opened), *kept]))
    return log, run.id


@pytest.fixture
def watching(monkeypatch):
    """What happens while a log is watched, in a time of its own."""
    now, meanwhile = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds
        for happens in meanwhile:
            happens(now[0])

    monkeypatch.setattr(still_written, "clock", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now, meanwhile


def test_a_job_that_was_killed_on_another_machine_goes_on_here_at_once(
    store, recorded, of_another_machine, watching, capsys
):
    _, run_id = of_another_machine
    now, _ = watching
    trackside.init(id=run_id, resume=True, store=store, quiet=True).finish()
    assert 15 <= now[0] < 20
    assert "a process on elsewhere still writes this run" in capsys.readouterr().err
    assert sorted(opened["resume"] for opened in recorded().opened) == [0, 1]


def test_a_run_that_grows_on_another_machine_is_not_resumed(store, of_another_machine, watching):
    log, run_id = of_another_machine
    _, meanwhile = watching

    def beat(time: float) -> None:
        if time >= 5:
            with log.open("ab") as stream:
                stream.write(journal.heartbeat(time, 0))

    meanwhile.append(beat)
    with pytest.raises(UsageError, match=r"still runs: process .* on elsewhere"):
        trackside.init(resume=run_id, store=store, quiet=True)


def test_a_run_that_was_silent_for_long_is_not_watched(store, of_another_machine, watching):
    log, run_id = of_another_machine
    now, _ = watching
    os.utime(log, (0, 0))
    trackside.init(resume=run_id, store=store, quiet=True).finish()
    assert now == [0.0]


def test_whoever_was_stopped_while_becoming_the_writer_is_not_waited_for_without_end(store, monkeypatch):
    run = trackside.init(project="tests", store=store, quiet=True)
    run.finish()
    monkeypatch.setattr(resume, "LOCK_SECONDS", 0.0)
    held = os.open(run.folder.root, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(UsageError, match="another process has been about to write"):
        trackside.init(resume=run.id, store=store, quiet=True)
    os.close(held)
    trackside.init(resume=run.id, store=store, quiet=True).finish()


def test_a_resume_that_fails_leaves_no_writer_behind(store, monkeypatch):
    run = trackside.init(project="tests", store=store, quiet=True)
    run.finish()

    def refuse(*_: object) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    with monkeypatch.context() as full:
        full.setattr(resume, "say_anew", refuse)
        with pytest.raises(StoreError, match="Disk quota exceeded"):
            trackside.init(resume=run.id, store=store, quiet=True)
    assert not any(locked(log) for log in run.folder.logs.glob("*.log"))
    trackside.init(resume=run.id, store=store, quiet=True).finish()


def test_inside_trackside_run_a_full_disk_stops_no_script(store, monkeypatch, capsys, recordings, tmp_path):
    real = logfile.create

    def full(folder, *given):
        if folder.is_relative_to(store):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(folder, *given)

    with trackside.init(project="tests", store=store, quiet=True) as around:
        monkeypatch.setenv("TRACKSIDE_RUN", around.id)
        monkeypatch.setenv("TRACKSIDE_STORE", str(store))
        monkeypatch.setattr(logfile, "create", full)
        with trackside.init(quiet=True) as run:
            run.log({"x": 1.0})
    assert f"cannot join run {around.id} in {store}: No space left on device" in capsys.readouterr().err
    (elsewhere,) = recordings(tmp_path / "home-data" / "trackside")
    assert elsewhere.metrics["x"] == [(0, 1.0)]


def test_a_run_that_cannot_be_written_is_a_store_error(store):
    with trackside.init(project="tests", store=store, quiet=True) as run:
        pass
    logs = next(store.glob("runs/*/*/w"))
    logs.rename(logs.with_name("elsewhere"))
    logs.write_text("no folder")
    with pytest.raises(StoreError, match=f"cannot write to run {run.id}"):
        trackside.init(resume=run.id, store=store, quiet=True)


def test_of_two_processes_that_resume_at_once_one_does(store, recorded):
    with trackside.init(project="tests", store=store, quiet=True) as run:
        run.log({"x": 1.0})
    code = (
        "import sys, trackside\n"
        "from trackside.model.errors import UsageError\n"
        "print('ready', flush=True)\nsys.stdin.readline()\n"
        "try:\n    run = trackside.init(resume='@last', store=sys.argv[1], quiet=True)\n"
        "except UsageError:\n    print('refused', flush=True)\n"
        "else:\n    print('resumed', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(store)]
    pair = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in pair:
        process.stdout.readline()
    for process in pair:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = sorted(process.stdout.readline().strip() for process in pair)
    for process in pair:
        process.communicate()
    assert said == ["refused", "resumed"]
    assert [opened["resume"] for opened in recorded().opened].count(1) == 1


def test_a_rotated_log_remembers_the_largest_step(store, monkeypatch, recorded):
    monkeypatch.setattr(log_module, "ROTATE_BYTES", 50 * log_module.ROW_ROOM)
    with trackside.init(project="tests", store=store, quiet=True) as run:
        for step in range(200, 0, -1):
            run.log({"x": float(step)}, step=step)
    assert len(recorded().logs) > 2
    with trackside.init(resume="@last", store=store, quiet=True) as run:
        run.log({"x": -1.0})
    assert points(store, "x")[-1] == (201, -1.0)


def test_a_sealed_run_is_resumed_as_any_other(store, life, read):
    life("", 0, 5_000, "kill")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "SMALLEST", 100)
        with trackside.attach(store) as reader:
            assert reader._store.seal() == 1
    with trackside.init(resume="@last", store=store, quiet=True) as run:
        run.log({"loss": 1.0})
    assert points(store, "loss")[-1] == (5_000, 1.0)
    life("@last", 100, 200, "end")
    assert len(points(store, "loss")) == read().metrics["loss"].count == 200


def test_a_child_that_is_forked_before_the_first_step_marks_no_resume(script, store, recorded):
    trackside.init(project="tests", store=store, quiet=True).finish()
    code = """
import os, sys, trackside
run = trackside.init(resume="@last", store=sys.argv[1], quiet=True)
child = os.fork()
if not child:
    run.log({"child": 1.0}, step=3)
    os._exit(0)
os.waitpid(child, 0)
run.log({"x": 1.0}, step=7)
run.finish()
"""
    assert script(code).stderr == ""
    found = recorded()
    assert [(mark["kind"], mark["step"]) for mark in found.marks] == [("resume", 7)]
    assert [(opened["role"], opened["resume"]) for opened in sorted(found.opened, key=lambda one: one["time"])] == [
        ("main", 0),
        ("main", 1),
        ("child", 1),
    ]


def test_a_reader_with_the_store_open_sees_the_run_go_on(store, life):
    life("", 0, 50, "kill")
    reader = Store.open(store)
    reader.refresh()
    (run_id,) = reader.index.ids()
    assert reader.run(run_id).status == "crashed"
    run = trackside.init(resume="@last", store=store, quiet=True)
    reader.refresh()
    assert reader.run(run_id).status == "running"
    run.log({"loss": 1.0}, step=20)
    waiting = threading.Event()
    for _ in range(500):
        reader.refresh_running()
        if reader.run(run_id).metrics["loss"].count == 21:
            break
        waiting.wait(0.01)
    assert reader.run(run_id).metrics["loss"].count == 21
    assert reader.series(run_id, "loss").step.tolist() == list(range(21))
    run.finish()
    reader.close()
