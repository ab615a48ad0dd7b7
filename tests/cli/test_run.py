"""`trackside run`: a command is recorded, and is as it is without."""

import json
import os
import signal
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from terminal_app import TerminalApp

from trackside.model.run import Run
from trackside.model.system import is_system
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

TRACKSIDE = [sys.executable, "-m", "trackside", "run"]
QUIETLY = [*TRACKSIDE, "--quiet"]
PYTHON = [sys.executable, "-c"]
WAIT = "signal.pause()\n"
"""Waits for a signal that Python has no handler for: one that comes right before would not be heard."""


@pytest.fixture(autouse=True)
def into_a_store_of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKSIDE_STORE", str(tmp_path / "recorded"))


@pytest.fixture
def runs(tmp_path: Path) -> Callable[[], list[Run]]:
    """What the store has, the oldest first."""

    def read() -> list[Run]:
        store = Store.open(tmp_path / "recorded")
        store.refresh()
        found = sorted(store.first_page(100), key=lambda run: run.id)
        whole = [store.run(run.id) for run in found]
        store.close()
        return whole

    return read


@pytest.fixture
def one(runs: Callable[[], list[Run]]) -> Callable[[], Run]:
    def read() -> Run:
        (run,) = runs()
        return run

    return read


def called(*words: str, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        words, capture_output=True, timeout=60, check=False, env={**os.environ, **(environment or {})}
    )


def console(folder: Path) -> bytes:
    """All that was kept of consoles below a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("console/*.log")))


def test_an_unchanged_script_has_console_code_environment_and_curves(
    tmp_path: Path, one: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text("for step in range(5):\n    print(f'step {step} loss: {1 / (step + 1)}')\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "train.py"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    with Path("train.py").open("a") as script:
        script.write("print('done')\n")
    options = ["--project", "digits", "--tag", "a", "--tag", "b", "--notes", "why", "--name", "heron", "--group", "g"]
    rules = ["--metric", "step {step} loss: {train/loss}", "--seed", "7", "--data", "eval=train.py"]
    done = called(*TRACKSIDE, *options, *rules, "--", sys.executable, "train.py")
    assert done.returncode == 0
    assert done.stdout == b"".join(b"step %d loss: %s\n" % (n, str(1 / (n + 1)).encode()) for n in range(5)) + b"done\n"
    assert done.stderr.startswith(b"trackside: heron finished after ")
    assert b"no line matched" not in done.stderr
    run = one()
    assert (run.status, run.exit_code, run.command) == ("finished", 0, [sys.executable, "train.py"])
    assert (run.project, run.name, run.group, run.notes, run.tags) == ("digits", "heron", "g", "why", ["a", "b"])
    assert (run.seed, run.data["eval"].uri, run.cwd) == (7, "train.py", str(tmp_path))
    assert run.data["eval"].fingerprint is not None
    assert run.metrics["train/loss"].count == 5
    assert (run.metrics["train/loss"].last, run.metrics["train/loss"].last_step) == (0.2, 4)
    assert run.code.dirty
    assert (run.code.patch_bytes or 0) > 0
    assert run.environment.packages
    assert console(tmp_path / "recorded") == done.stdout


def test_a_rule_that_no_line_matched_is_said_at_the_end() -> None:
    command = ["--", *PYTHON, "print('step 1 acc 0.5')"]
    rules = ["--metric", "acc {acc}", "--metric", "loss {loss}", "--metric", "lr {lr}"]
    closing, *said = called(*TRACKSIDE, *rules, *command).stderr.decode().splitlines()
    assert " finished after " in closing
    assert said == ["trackside: no line matched 'loss {loss}'", "trackside: no line matched 'lr {lr}'"]
    assert called(*QUIETLY, *rules, *command).stderr == b""


@pytest.mark.parametrize("words", [["{python}", "-c", "pass"], ["{script}"], ["PATH={bin}:$PATH; {script}"]])
def test_the_packages_are_those_of_the_python_that_the_command_runs_in(
    tmp_path: Path, one: Callable[[], Run], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    site = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    (site / "mine-1.5.dist-info").mkdir()
    python = tmp_path / "venv/bin/python"
    script = tmp_path / "script"
    script.write_text(f"#!{python}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{python.parent}:{os.environ['PATH']}")
    called(*QUIETLY, *(word.format(python=python, script=script, bin=python.parent) for word in words))
    assert one().environment.packages == 1
    (lock,) = tmp_path.glob("recorded/runs/*/*/environment.lock")
    assert "mine==1.5" in lock.read_text()


class TestEnds:
    @pytest.mark.parametrize(
        ("code", "status", "exit_code"),
        [
            ("", "finished", 0),
            ("import sys\nsys.exit(3)", "failed", 3),
            ("raise ValueError('bad')", "failed", 1),
            ("import os\nos._exit(4)", "failed", 4),
            ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "crashed", 139),
            ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "crashed", 137),
            ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", "killed", 143),
            ("import os, trackside\ntrackside.init().log({'a': 1})\nos._exit(0)", "crashed", 0),
            ("import trackside\ntrackside.init().log({'a': 1})", "finished", 0),
        ],
    )
    def test_every_end_is_told_apart(self, one: Callable[[], Run], code: str, status: str, exit_code: int) -> None:
        done = called(*QUIETLY, *PYTHON, code)
        assert done.returncode == exit_code
        run = one()
        assert (run.status, run.exit_code) == (status, exit_code)

    def test_ctrl_c_is_killed(self, one: Callable[[], Run]) -> None:
        with TerminalApp([*QUIETLY, *PYTHON, "print('ready', flush=True)\ninput()"]) as app:
            app.wait_for("ready")
            app.send("\x03")
            app.wait_for("^C")
            app.send("\n")
            assert app.wait_for_end() == 130
        assert (one().status, one().exit_code) == ("killed", 130)

    def test_a_caught_ctrl_c_comes_once_and_a_clean_end_is_finished(
        self, one: Callable[[], Run], tmp_path: Path
    ) -> None:
        code = """
import signal
came = []
signal.signal(signal.SIGINT, lambda *_: came.append(1))
print("ready", flush=True)
import sys
sys.stdin.readline()
print("came", len(came))
"""
        with TerminalApp([*QUIETLY, *PYTHON, code]) as app:
            app.wait_for("ready")
            app.send("\x03")
            app.wait_for("^C")
            app.send("\n")
            assert app.wait_for_end() == 0
            assert "came 1" in app.text
        assert one().status == "finished"
        assert [mark.text for mark in one().marks] == ["SIGINT"]

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_a_signal_that_others_send_is_passed_on(self, one: Callable[[], Run], number: signal.Signals) -> None:
        code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nprint('ready', flush=True)\n" + WAIT
        with subprocess.Popen([*QUIETLY, *PYTHON, code], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(number)
            assert process.wait(60) == 128 + number
        assert (one().status, one().exit_code) == ("killed", 128 + number)

    def test_when_all_of_it_is_killed_it_has_crashed(self, one: Callable[[], Run]) -> None:
        command = [*QUIETLY, *PYTHON, f"import signal\nprint('ready', flush=True)\n{WAIT}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            assert one().status == "running"
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)
        assert one().status == "crashed"

    def test_a_pipeline_of_the_shell_ends_as_the_shell_says(self, one: Callable[[], Run], tmp_path: Path) -> None:
        done = called(*QUIETLY, f"echo loss: 0.5 | tee {tmp_path}/copy; exit 7")
        assert (done.stdout, done.returncode) == (b"loss: 0.5\n", 7)
        assert (one().status, one().command[:2]) == ("failed", ["sh", "-c"])
        assert (tmp_path / "copy").read_bytes() == done.stdout

    def test_a_command_that_is_not_there_is_told_and_is_no_run(self, tmp_path: Path) -> None:
        done = called(*TRACKSIDE, "--", "no-such-command", "--lr", "3")
        assert done.returncode == 127
        assert done.stderr == b"trackside: there is no command 'no-such-command' to run\n"
        assert not (tmp_path / "recorded").exists()

    def test_a_file_that_is_not_executable_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "train.py").touch()
        done = called(*TRACKSIDE, f"{tmp_path}/train.py")
        assert done.returncode == 126
        assert b"train.py: it is not executable" in done.stderr

    def test_a_file_that_no_system_can_execute_is_told_and_is_a_run_that_failed(
        self, one: Callable[[], Run], tmp_path: Path
    ) -> None:
        (tmp_path / "script").write_text("echo no first line\n")
        (tmp_path / "script").chmod(0o755)
        done = called(*QUIETLY, f"{tmp_path}/script")
        assert done.returncode == 126
        assert b"script: Exec format error" in done.stderr
        assert (one().status, one().exit_code) == ("failed", 126)

    def test_where_output_cannot_be_read_the_command_runs_all_the_same(self, one: Callable[[], Run]) -> None:
        code = """
from trackside.cli.main import main
from trackside.record.console import child
def refused(*_):
    raise OSError(28, "no terminals are left")
child.open_channels = refused
main(["run", "--quiet", "echo hi; exit 3"])
"""
        done = called(*PYTHON, code)
        assert (done.stdout, done.returncode) == (b"hi\n", 3)
        assert b"is not kept: [Errno 28] no terminals are left" in done.stderr
        assert one().status == "failed"

    @pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
    def test_output_may_be_closed(self, one: Callable[[], Run], tmp_path: Path, closed: str) -> None:
        command = [*TRACKSIDE, "--", "sh", "-c", "echo out; echo err >&2; exit 3"]
        assert called("sh", "-c", f'"$@" {closed}', "sh", *command).returncode == 3
        assert (one().status, one().exit_code, one().health) == ("failed", 3, ["failed"])
        assert console(tmp_path / "recorded") == b"out\nerr\n"

    def test_a_process_left_behind_holds_nothing_up_and_prints_on(self, one: Callable[[], Run], tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "go")
        command = f"(read line <{tmp_path}/go; echo 'step 7 loss 0.5'; echo left behind) & echo ready"
        with subprocess.Popen([*QUIETLY, command], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.wait(60) == 0
            assert one().status == "finished"
            (tmp_path / "go").write_text("go\n")
            assert process.stdout.read() == b"ready\nstep 7 loss 0.5\nleft behind\n"
        assert "loss" not in one().metrics

    def test_what_it_printed_can_be_printed_again(self, one: Callable[[], Run]) -> None:
        called(*QUIETLY, "printf '\\033[31mred\\033[0m\\n1/2\\r2/2\\n'")
        shown = called(sys.executable, "-m", "trackside", "show", one().id, "--console")
        assert shown.stdout == b"red\n2/2\n"
        document = called(sys.executable, "-m", "trackside", "show", one().id, "--console", "--json")
        lines = json.loads(document.stdout)
        assert [line["text"] for line in lines] == ["red", "2/2"]
        assert all(one().created <= line["time"] <= one().ended for line in lines)  # type: ignore[operator]


class TestScriptsThatUseTheSDK:
    def test_the_first_one_joins_the_run_and_later_ones_are_of_its_group(self, runs: Callable[[], list[Run]]) -> None:
        code = """
import os, trackside
with trackside.init(project="inside", name="mine", tags=["t"], notes="why", params={"lr": 0.1}, total_steps=9) as run:
    assert "TRACKSIDE_RUN" not in os.environ
    run.define_metric("acc", goal="max", primary=True)
    run.log({"acc": 0.5}, step=3)
with trackside.init(project="inside", name="second", quiet=True) as run:
    run.log({"acc": 0.25}, step=1)
print("{'loss': 0.5, 'epoch': 1.0}")
"""
        words = [*QUIETLY, "--group", "sweep", "--tag", "outer", *PYTHON, code]
        done = called(*words, environment={"TRACKSIDE_CAPTURE": "-system"})
        assert (done.returncode, done.stderr) == (0, b"")
        first, second = runs()
        assert (first.name, first.project, first.group, first.notes) == ("mine", "inside", "sweep", "why")
        assert (first.tags, first.params, first.progress.total_steps) == (["outer", "t"], {"lr": 0.1}, 9)
        trained = {metric for metric in first.metrics if not is_system(metric)}
        assert (first.status, first.primary, trained) == ("finished", "acc", {"acc"})
        assert (second.name, second.group, second.status) == ("second", "sweep", "finished")

    def test_what_the_command_line_says_holds(self, one: Callable[[], Run]) -> None:
        code = "import trackside\ntrackside.init(project='inside', name='mine', notes='other').log({'a': 1})"
        called(*QUIETLY, "--project", "outer", "--name", "given", "--notes", "why", *PYTHON, code)
        assert (one().project, one().name, one().notes) == ("outer", "given", "why")

    def test_its_traceback_is_the_run_s(self, one: Callable[[], Run]) -> None:
        code = "import trackside\nwith trackside.init():\n    raise ValueError('bad')"
        assert called(*QUIETLY, *PYTHON, code).returncode == 1
        assert one().status == "failed"
        assert (one().traceback or "").endswith("ValueError: bad\n")

    def test_one_that_leaves_without_a_word_has_crashed_and_the_closing_line_says_so(
        self, one: Callable[[], Run]
    ) -> None:
        code = "import os, trackside\ntrackside.init().log({'a': 1})\nos._exit(0)"
        done = called(*TRACKSIDE, *PYTHON, code)
        assert (done.returncode, one().status, one().exit_code) == (0, "crashed", 0)
        assert f"{one().name} crashed after " in done.stderr.decode()

    def test_one_that_leaves_while_it_starts_another_program_has_crashed_as_well(self, one: Callable[[], Run]) -> None:
        code = """
import ctypes, os, trackside
trackside.init().log({'a': 1})
libc = ctypes.PyDLL(None)
if libc.fork() == 0:  # unseen by Python, as a child of vfork() is until it executes
    libc.poll(None, 0, 500)
os._exit(0)
"""
        done = called(*TRACKSIDE, *PYTHON, code)
        assert f"{one().name} crashed after " in done.stderr.decode()

    def test_of_two_scripts_in_a_pipeline_one_joins(self, runs: Callable[[], list[Run]], tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text("import trackside\ntrackside.init(quiet=True).log({'a': 1})\n")
        called(*QUIETLY, "--group", "g", f"{sys.executable} {tmp_path}/a.py; {sys.executable} {tmp_path}/a.py")
        assert [(run.group, run.status, run.metrics["a"].count) for run in runs()] == [("g", "finished", 1)] * 2

    def test_a_variable_that_names_no_run_is_told(self, one: Callable[[], Run]) -> None:
        code = "import trackside\ntrackside.init(quiet=True).log({'a': 1})"
        done = called(*PYTHON, code, environment={"TRACKSIDE_RUN": "gone"})
        assert b"TRACKSIDE_RUN=gone is no run" in done.stderr
        assert one().status == "finished"

    def test_where_init_does_nothing_the_command_runs_alone(self, tmp_path: Path) -> None:
        for environment in ({"TRACKSIDE_MODE": "off"}, {"RANK": "1", "WORLD_SIZE": "2"}):
            done = called(*TRACKSIDE, "--", "sh", "-c", "echo alone; exit 3", environment=environment)
            assert (done.stdout, done.stderr, done.returncode) == (b"alone\n", b"", 3)
        assert not (tmp_path / "recorded").exists()


class TestOnATerminal:
    """Compared with the same command alone."""

    @pytest.mark.parametrize("name", ["progress", "rich"])
    def test_progress_bars_and_colours_are_the_same_byte_for_byte(self, name: str) -> None:
        shown = []
        for before in ([], QUIETLY):
            with TerminalApp([*before, *PYTHON, PRINTS[name]], columns=80, rows=24) as app:
                assert app.wait_for_end() == 0
                shown.append(bytes(app.raw))
        assert shown[0]
        assert shown[0] == shown[1]

    def test_the_debugger_works_with_its_line_editing(self, tmp_path: Path) -> None:
        shown = []
        for before in ([], QUIETLY):
            with TerminalApp([*before, *PYTHON, PRINTS["pdb"]], columns=80, rows=24) as app:
                for keys in ("p answe\x7fer\n", "p 6 *\x017\x7f\x05 7\n", "continue\n"):
                    app.wait_until(lambda app=app: app.raw.endswith(b"(Pdb) "), "the debugger's prompt")
                    at_prompt = len(app.raw)
                    app.send(keys)
                    app.wait_until(lambda app=app, n=at_prompt: app.raw[n:].count(b"\n") > 1, "an answer")
                assert app.wait_for_end() == 0
                assert app.settings == app.before
                shown.append(bytes(app.raw))
        assert shown[0] == shown[1]
        assert b"after the debugger" in console(tmp_path / "recorded")

    def test_a_resized_window_reaches_the_command_with_its_signal(self) -> None:
        code = """
import os, signal, sys
signal.signal(signal.SIGWINCH, lambda *_: print(*os.get_terminal_size(1), flush=True))
print("ready", flush=True)
sys.stdin.readline()
"""
        with TerminalApp([*QUIETLY, *PYTHON, code], columns=80, rows=24) as app:
            app.wait_for("ready")
            app.resize(100, 30)
            app.wait_for("100 30")
            app.send("\n")
            assert app.wait_for_end() == 0

    def test_ctrl_z_stops_the_command_and_fg_goes_on(self, tmp_path: Path) -> None:
        shell = ["bash", "--norc", "--noprofile", "-i"]
        script = tmp_path / "reads.py"
        script.write_text("print('ready', flush=True)\nprint('read', input(), flush=True)\n")
        with TerminalApp(shell, environment={"PS1": "prompt> "}) as app:
            app.wait_for("prompt>")
            app.send(f"{' '.join(QUIETLY)} {sys.executable} {script}\n")
            app.wait_for("ready")
            app.send("\x1a")
            app.wait_for("Stopped")
            app.send("fg\n")
            app.send("word\n")
            app.wait_for("read word")
            app.send("exit\n")
            app.wait_for_end()


PRINTS = {
    "progress": """
import sys
for step in range(40):
    sys.stderr.write(f"\\r{step * 10 // 4:3d}%|{'#' * (step // 4):<10}| {step}/40")
    sys.stderr.flush()
print("\\ndone", flush=True)
""",
    "rich": """
from rich.console import Console
from rich.progress import Progress
console = Console()
console.print("[bold red]loss[/] 0.5", ":rocket:", "x" * 200)
with Progress(console=console, auto_refresh=False) as progress:
    task = progress.add_task("training", total=3)
    for _ in range(3):
        progress.advance(task)
        progress.refresh()
""",
    "pdb": """
import pdb
answer = 42
pdb.Pdb(nosigint=True, readrc=False).set_trace()
print("after the debugger")
""",
}


RULE_THAT_FAILS = """
import sys
from trackside.record import command
from trackside.record.given import Given
from trackside.record.voice import Voice
def rule(line):
    raise RuntimeError("no rule")
voice = Voice()
sys.exit(command.record(sys.argv[1:], Given(voice), None, [rule], voice, quiet=True))
"""


def test_a_number_beyond_all_floats_ends_neither_the_command_nor_its_metrics(one: Callable[[], Run]) -> None:
    printing = "print('{\"step\": 1, \"x\": 1' + '0' * 400 + '}'); print('{\"step\": 2, \"y\": 3}'); print('end')"
    done = called(*QUIETLY, *PYTHON, printing)
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, b"end", b"")
    assert one().status == "finished"
    assert one().metrics["y"].last == 3.0


def test_a_rule_that_fails_ends_nothing_and_is_told_once(one: Callable[[], Run]) -> None:
    done = called(*PYTHON, RULE_THAT_FAILS, *PYTHON, "print('a', flush=True); print('b', flush=True)")
    assert (done.returncode, done.stdout) == (0, b"a\nb\n")
    assert done.stderr == b"trackside: not all metrics that the command prints can be read: RuntimeError('no rule')\n"
    assert one().status == "finished"
