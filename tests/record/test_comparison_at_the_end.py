"""At a terminal a run that finished is told beside the baseline and the previous run, and nobody waits long for it."""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from terminal_app import TerminalApp

import trackside
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.words import cell_text, verdict_sentence
from trackside.services.lookup import resolve
from trackside.services.project.decisions import set_baseline
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

PREPARED = """
import os, sys, trackside
from trackside.record import comparison
comparison.PATIENCE = float(os.environ.get("PATIENCE", "60"))
"""
BEGIN = """
run = trackside.init(project="seeds", name="tried", params={"lr": 0.3}, seed=3, store=sys.argv[1])
"""
JUDGED = """
run.define_metric("acc", goal="max", primary=True)
run.log({"acc": 0.9304})
"""
END = "run.finish()\nprint('went on')\n"
WHOLE = PREPARED + BEGIN + JUDGED + END
ASKED = "comparison.sentences = lambda run: ['ASKED']\n"
TRACKSIDE = PREPARED + "from trackside.cli.main import main\nmain(sys.argv[1:])\n"


@pytest.fixture
def seeds(store: Path) -> Path:
    """Three seeds of a method, the first of them the baseline, and two of another, of which a third is tried."""
    for lr, count in ((0.1, 3), (0.3, 2)):
        for seed in range(count):
            name = f"lr-{lr}-{seed}"
            with trackside.init(
                project="seeds", name=name, params={"lr": lr}, seed=seed, store=store, quiet=True
            ) as run:
                run.define_metric("acc", goal="max", primary=True)
                run.log({"acc": 0.9 + lr / 10 + seed / 10_000})
    with opened(store) as found:
        set_baseline(found, "seeds", resolve(found, "lr-0.1-0"))
    return store


def opened(root: Path) -> "closing[Store]":
    store = Store.open(root)
    store.refresh()
    return closing(store)


def at_terminal(*words: str, **environment: str) -> TerminalApp:
    """Start Python code in a terminal that is wide enough for a sentence."""
    return TerminalApp([sys.executable, "-c", *words], columns=400, environment=environment)


def said(*words: str, **environment: str) -> list[str]:
    """What code says at a terminal after the line that a run prints when it ends."""
    with at_terminal(*words, **environment) as app:
        assert app.wait_for_end(90) == 0, app.text
        lines = [line.removeprefix("trackside: ") for line in app.text.splitlines() if line.startswith("trackside: ")]
    assert " after " in lines[0], lines
    return lines[1:]


def test_it_is_told_as_compare_says_it(seeds: Path) -> None:
    lines = said(WHOLE, str(seeds))
    with opened(seeds) as store:
        found = compared(store, Asked(("tried",)))
    (against_baseline,) = found.rows[0].cells
    assert against_baseline.sign == "▲"
    value = cell_text(against_baseline, found.baseline)
    assert lines[0].startswith(f"acc mean {value} against the baseline lr-0.1-0 (3 runs): ")
    assert lines[1].startswith("acc 0.9304 +0.032% against the previous run lr-0.3-1, a replicate: Δ 0.0003")
    assert verdict_sentence(against_baseline) in lines[0]
    assert len(lines) == 2


def test_a_command_that_a_script_joined_is_told_of_too(seeds: Path) -> None:
    words = [TRACKSIDE, "run", "--project", "seeds", "--store", str(seeds), "--", sys.executable, "-c"]
    baseline, previous = said(*words, "import sys, trackside\nrun = trackside.init()\n" + JUDGED)
    assert baseline.startswith("acc 0.9304 +2.2% ◇ against the baseline lr-0.1-0 (3 runs): outside")
    assert previous.startswith("acc 0.9304 +0.032% against the previous run lr-0.3-1: untested")


def test_the_first_run_of_a_store_is_not_compared(store: Path) -> None:
    assert said(PREPARED + ASKED + BEGIN + JUDGED + END, str(store)) == []


@pytest.mark.parametrize(
    ("code", "environment", "asked"),
    [
        (BEGIN + JUDGED + END, {}, True),
        (BEGIN + JUDGED, {}, True),
        (BEGIN + "run.log({'acc': 1})\n" + END, {}, False),
        (BEGIN + JUDGED + "run.finish('failed')", {}, False),
        (BEGIN + JUDGED + "run.finish('killed')", {}, False),
        (BEGIN + JUDGED + END, {"TRACKSIDE_CAPTURE": "-comparison"}, False),
        (BEGIN + JUDGED + END, {"TRACKSIDE_CAPTURE": "none"}, False),
        (BEGIN + JUDGED + END, {"TRACKSIDE_NETWORK": "/"}, False),
    ],
    ids=["finish", "last line", "no primary metric", "failed", "killed", "switched off", "nothing", "on a network"],
)
def test_only_a_run_that_finished_and_is_judged_is_compared_unless_switched_off(
    store: Path, code: str, environment: dict[str, str], asked: bool
) -> None:
    trackside.init(project="seeds", store=store, quiet=True).finish()
    assert said(PREPARED + ASKED + code, str(store), **environment) == ["ASKED"] * asked


def test_the_configuration_file_switches_it_off(store: Path, tmp_path: Path) -> None:
    trackside.init(project="seeds", store=store, quiet=True).finish()
    file = tmp_path / "home-config" / "trackside" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[capture]\ncomparison = false\n")
    assert said(PREPARED + ASKED + BEGIN + JUDGED + END, str(store)) == []


def test_where_no_terminal_is_only_a_run_that_took_long_is_compared(store, script) -> None:
    trackside.init(project="seeds", store=store, quiet=True).finish()
    code = PREPARED + ASKED + BEGIN + JUDGED
    assert "ASKED" not in script(code + END).stderr
    assert "ASKED" in script(code + "run._began -= 300\n" + END).stderr


def test_nothing_is_said_where_the_store_cannot_be_read(store: Path) -> None:
    trackside.init(project="seeds", store=store, quiet=True).finish()
    locked = (
        "from trackside.store.layout import StorePaths\n"
        "def refuse(_): raise PermissionError(13, 'Permission denied')\n"
        "StorePaths.run_ids = refuse\n"
    )
    assert said(PREPARED + BEGIN + JUDGED + locked + END, str(store)) == []


def test_a_worker_is_not_compared(store: Path) -> None:
    trackside.init(project="seeds", store=store, quiet=True).finish()
    train = "".join(f"    {line}\n" for line in (BEGIN + JUDGED).splitlines())
    work = f"{PREPARED}{ASKED}import multiprocessing\ndef train():\n{train}    run.finish()\n"
    assert said(f"{work}multiprocessing.get_context('fork').Process(target=train).start()", str(store)) == []


class TestTheProcessThatCompares:
    """A program of the test's own stands in for it."""

    @pytest.fixture
    def stand_in(self, store: Path, tmp_path: Path) -> Callable[[str], str]:
        """Code of a run that is compared by a shell script, in which `$STORE` is its store."""
        trackside.init(project="seeds", store=store, quiet=True).finish()

        def write(shell: str) -> str:
            program = tmp_path / "python-of-the-test"
            program.write_text(f"#!/bin/sh\nSTORE={store}\n{shell}\n")
            program.chmod(0o755)
            return f"{PREPARED}{BEGIN}{JUDGED}sys.executable = {str(program)!r}\n{END}"

        return write

    def test_is_started_once_the_end_is_written(self, stand_in, store, recordings, tmp_path) -> None:
        assert said(stand_in(f'cp -r "$STORE" {tmp_path}/copy'), str(store)) == []
        _, then = recordings(tmp_path / "copy")
        assert (then.status["status"], len(then.closed), then.torn) == ("finished", 1, 0)

    @pytest.mark.parametrize("shell", ["exit 1", "echo nonsense", "echo '[1]'", "kill -SEGV $$", "printf '\\377'"])
    def test_may_fail_without_a_word(self, stand_in, store, shell) -> None:
        assert said(stand_in(shell), str(store)) == []

    def test_need_not_be_there(self, stand_in, store, tmp_path) -> None:
        code = stand_in("exit 0")
        (tmp_path / "python-of-the-test").unlink()
        assert said(code, str(store)) == []

    def test_cannot_write_on_the_terminal(self, stand_in, store) -> None:
        shell = """echo '["odd-\\u001b[31mlynx"]'; echo MESS >&2; echo MESS > /dev/tty"""
        with at_terminal(stand_in(shell), str(store)) as app:
            assert app.wait_for_end(60) == 0
            assert "trackside: odd-␛[31mlynx" in app.text
            assert "MESS" not in app.text

    def test_is_not_waited_for_longer_than_its_time(self, stand_in, store, tmp_path) -> None:
        code = stand_in(f"echo $$ > {tmp_path}/pid; exec sleep 1000")
        (line,) = said(code, str(store), PATIENCE="1")
        assert line.startswith(f"not compared within 1 s; `trackside --store {store} compare ")
        assert is_gone(tmp_path / "pid")

    @pytest.mark.parametrize(("end", "status"), [(END, -signal.SIGINT), ("", 0)], ids=["finish", "last line"])
    def test_is_ended_by_ctrl_c_and_so_is_a_script_that_would_go_on(
        self, stand_in, store, recordings, tmp_path, end, status
    ) -> None:
        pid = tmp_path / "pid"
        code = stand_in(f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 1000").removesuffix(END) + end
        with at_terminal(code, str(store)) as app:
            app.wait_until(pid.exists, "the process that compares")
            app.send("\x03")
            assert app.wait_for_end(60) == status
            assert "went on" not in app.text
            assert ("KeyboardInterrupt" in app.text) == bool(status)
        assert is_gone(pid)
        assert recordings()[-1].status["status"] == "finished"


def is_gone(pid: Path) -> bool:
    """Whether the process is gone, whose number is in a file."""
    return subprocess.run(["kill", "-0", pid.read_text().strip()], capture_output=True, check=False).returncode != 0
