"""What a process prints is kept, and goes where it went before, byte for byte."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from printing import BEGIN, NOT_CAPTURED, in_terminal, kept, on_terminal, piped
from terminal_app import TerminalApp
from waiting import until

import trackside
from trackside.services.console.lines import ConsoleReader
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

PROGRESS = """
for step in range(40):
    sys.stderr.write(f"\\r{step * 10 // 4:3d}%|{'#' * (step // 4):<10}| {step}/40")
    sys.stderr.flush()
print("\\ndone", flush=True)
run.finish()
"""

RICH = """
from rich.console import Console
from rich.progress import Progress
console = Console(force_terminal=sys.stdout.isatty())
console.print("[bold red]loss[/] 0.5", ":rocket:", "x" * 200)
with Progress(console=console, auto_refresh=False, transient=False) as progress:
    task = progress.add_task("training", total=3)
    for _ in range(3):
        progress.advance(task)
        progress.refresh()
run.finish()
"""

PDB = """
import pdb
run.log({"x": 1.0})
answer = 42
pdb.Pdb(nosigint=True, readrc=False).set_trace()
print("after the debugger")
run.finish()
"""


def test_errors_and_output_stay_apart_and_are_kept_as_one(store: Path) -> None:
    done = piped(BEGIN + "print('out', flush=True)\nprint('err', file=sys.stderr)\nrun.finish()", store)
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 0)
    assert sorted(kept(store).splitlines()) == [b"err", b"out"]
    opened = Store.open(store)
    opened.refresh()
    (run,) = opened.first_page(2)
    found = ConsoleReader(opened, run.id).read()
    assert found is not None
    assert sorted((line.text, line.is_error) for line in found.lines) == [("err", True), ("out", False)]


def test_what_a_subprocess_and_a_c_library_print_is_kept(store: Path) -> None:
    code = """
import ctypes, subprocess
subprocess.run(["sh", "-c", "echo from a shell; echo its errors >&2"])
os.write(1, b"past python\\n")
libc = ctypes.CDLL(None)
libc.puts(b"from c")
libc.fflush(None)
run.finish()
"""
    done = piped(BEGIN + code, store)
    assert done.stdout == b"from a shell\npast python\nfrom c\n"
    for said in (b"from a shell\n", b"its errors\n", b"past python\n", b"from c\n"):
        assert said in kept(store)


def test_a_library_that_prints_much_while_it_holds_the_interpreter_does_not_hang(store: Path) -> None:
    code = """
import ctypes
libc = ctypes.PyDLL(None)
libc.puts(b"x" * 199_999)
libc.fflush(None)
run.finish()
"""
    done = piped(BEGIN + code, store)
    assert (len(done.stdout), done.returncode) == (200_000, 0)
    assert kept(store) == done.stdout


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
def test_the_last_words_of_a_process_that_dies_are_kept(store: Path, number: signal.Signals) -> None:
    done = piped(BEGIN + f"os.write(2, b'last words')\nos.kill(os.getpid(), {int(number)})", store)
    assert (done.stderr, done.returncode) == (b"last words", -number)
    assert kept(store) == b"last words"


def test_the_traceback_of_a_run_that_fails_is_kept(store: Path) -> None:
    for code in ("raise ValueError('bad')", "with run:\n    raise ValueError('bad')"):
        done = piped(BEGIN + code, store)
        assert done.stderr.endswith(b"ValueError: bad\n")
        assert kept(store) == done.stderr


def test_what_is_printed_after_a_run_is_not_its_console(store: Path) -> None:
    done = piped(BEGIN + "print('during')\nrun.finish()\nprint('after')", store)
    assert done.stdout == b"during\nafter\n"
    assert kept(store) == b"during\n"


def test_the_run_that_was_opened_last_has_the_console(store: Path) -> None:
    code = """
print("first")
second = trackside.init(project="console", store=sys.argv[1], quiet=True)
print("second")
second.finish()
print("nobody's")
run.finish()
"""
    done = piped(BEGIN + code, store)
    assert done.stdout == b"first\nsecond\nnobody's\n"
    consoles = [
        b"".join(log.read_bytes() for log in one.glob("console/*.log")) for one in sorted(store.glob("runs/*/*"))
    ]
    assert consoles == [b"first\n", b"second\n"]


def test_descriptors_are_given_back(store: Path) -> None:
    code = """
before = [os.readlink(f"/proc/self/fd/{n}") for n in (0, 1, 2)]
opened = set(os.listdir("/proc/self/fd"))
import trackside
run = trackside.init(project="console", store=sys.argv[1], quiet=True)
assert [os.readlink(f"/proc/self/fd/{n}") for n in (1, 2)] != before[1:]
assert os.readlink("/proc/self/fd/0") == before[0]
run.finish()
assert [os.readlink(f"/proc/self/fd/{n}") for n in (0, 1, 2)] == before
"""
    done = piped("import os, sys\n" + code, store)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_descriptor_that_the_script_replaced_is_left_alone(store: Path) -> None:
    code = """
os.dup2(os.open("mine", os.O_WRONLY | os.O_CREAT), 1)
run.finish()
print("to my file", flush=True)
"""
    done = piped(BEGIN + code, store)
    assert (done.returncode, done.stdout) == (0, b"")
    assert (store.parent / "mine").read_bytes() == b"to my file\n"


@pytest.mark.parametrize("listening", [True, False])
def test_a_script_that_closes_all_descriptors_is_left_its_own(store: Path, *, listening: bool) -> None:
    code = """
import os, sys, threading
import trackside
reached, replaced = threading.Event(), threading.Event()
wait = os.waitpid
def waitpid(*arguments):
    ended = wait(*arguments)
    reached.set()
    replaced.wait()
    return ended
if not LISTENING:
    os.waitpid = waitpid
run = trackside.init(project="console", store=sys.argv[1], quiet=True)
if not LISTENING:
    reached.wait()
print("before", flush=True)
pipes = [int(n) for n in os.listdir("/proc/self/fd") if int(n) > 2 and os.path.exists(f"/proc/self/fd/{n}")]
pipes = [n for n in pipes if os.readlink(f"/proc/self/fd/{n}").startswith("pipe:")]
assert len(pipes) > 5
own = os.open("own", os.O_WRONLY | os.O_CREAT)
for descriptor in pipes:
    os.dup2(own, descriptor)
replaced.set()
print("after", flush=True)
run.log({"x": 1.0})
run.finish()
assert all(os.fstat(descriptor) for descriptor in pipes)
for thread in threading.enumerate():
    if thread.name == "trackside-console":
        thread.join()
assert all(os.fstat(descriptor) for descriptor in pipes)
""".replace("LISTENING", str(listening))
    done = piped(code, store, {"TRACKSIDE_CAPTURE": "console"})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"before\nafter\n", b"")
    assert (store.parent / "own").read_bytes() == b""


@pytest.mark.parametrize("redirected", [">&-", "2>&-", ">&- 2>&-", ">file", ">/dev/null 2>&1", "</dev/null"])
def test_output_may_be_closed_or_go_to_a_file(store: Path, redirected: str) -> None:
    code = BEGIN + "try:\n    print('out')\nexcept Exception:\n    pass\nrun.log({'x': 1.0})\nrun.finish()\n"
    command = [sys.executable, "-c", code, str(store)]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {redirected}', "sh", *command],
        cwd=store.parent,
        timeout=60,
        stdout=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 0
    if redirected == ">file":
        assert (store.parent / "file").read_bytes() == b"out\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_what_is_printed_where_output_is_closed_lands_in_no_log(
    store: Path, recorded: Callable[[], Any], closed: str
) -> None:
    code = BEGIN + "os.system('echo out; echo err >&2')\nrun.log({'x': 1.0})\nrun.finish()\n"
    command = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-c", code, str(store)]
    subprocess.run(command, cwd=store.parent, timeout=60, capture_output=True, check=True)
    run = recorded()
    assert (run.metrics["x"], run.torn) == ([(0, 1.0)], 0)


def test_a_script_whose_reader_has_gone_is_told_so(store: Path) -> None:
    code = """
import signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
while True:
    print("line", flush=True)
"""
    command = [sys.executable, "-c", BEGIN + code, str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=store.parent) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.wait(60) == -signal.SIGPIPE


def test_a_process_that_is_left_behind_holds_nothing_up_and_prints_on(store: Path) -> None:
    code = """
import subprocess
subprocess.Popen(["sh", "-c", "read line <go; echo from the one left behind"])
print("ready", flush=True)
run.finish()
"""
    os.mkfifo(store.parent / "go")
    command = [sys.executable, "-c", BEGIN + code, str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=store.parent) as process:
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        (store.parent / "go").write_text("go\n")
        assert process.stdout.read() == b"from the one left behind\n"
    assert kept(store) == b"ready\nfrom the one left behind\n"


def test_a_forked_child_s_words_are_kept_too(store: Path) -> None:
    code = """
pid = os.fork()
if not pid:
    print("child", flush=True)
    os._exit(0)
os.waitpid(pid, 0)
print("parent")
run.finish()
"""
    done = piped(BEGIN + code, store)
    assert done.stdout == b"child\nparent\n"
    assert kept(store) == done.stdout


def test_a_helper_that_is_killed_takes_nothing_with_it(store: Path) -> None:
    code = """
print("before", flush=True)
input()
for number in range(20_000):
    print("after", number)
run.log({"x": 1.0})
run.finish()
"""
    command = [sys.executable, "-c", BEGIN + code, str(store)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=store.parent
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"before\n"
        (helper,) = helpers_of(store)
        os.kill(helper, signal.SIGKILL)
        assert b"no longer kept" in process.stderr.readline()
        out, err = process.communicate(b"\n", timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert out.splitlines() == [b"after %d" % number for number in range(20_000)]


def test_signals_that_end_the_script_do_not_end_the_helper(store: Path) -> None:
    command = [sys.executable, "-c", BEGIN + "print('ready', flush=True)\nsys.stdin.read()", str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=store.parent) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        (helper,) = helpers_of(store)
        assert os.getsid(helper) == helper
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            os.kill(helper, number)
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGTERM
    until(lambda: not helpers_of(store))


class TestOnATerminal:
    """Compared with the same script that keeps no console."""

    @pytest.mark.parametrize("code", [PROGRESS, RICH])
    def test_progress_bars_and_colours_are_the_same_byte_for_byte(self, store: Path, code: str) -> None:
        plain, _ = on_terminal(BEGIN + code, store, NOT_CAPTURED)
        captured, status = on_terminal(BEGIN + code, store)
        assert status == 0
        assert captured == plain
        assert kept(store).replace(b"\n", b"\r\n") == plain

    def test_the_debugger_works_with_its_line_editing(self, store: Path) -> None:
        shown = []
        for environment in (NOT_CAPTURED, None):
            with in_terminal(BEGIN + PDB, store, environment) as app:
                for keys in ("p answe\x7fer\n", "p 6 *\x017\x7f\x05 7\n", "continue\n"):
                    app.wait_until(lambda app=app: app.raw.endswith(b"(Pdb) "), "the debugger's prompt")
                    at_prompt = len(app.raw)
                    app.send(keys)
                    app.wait_until(lambda app=app, n=at_prompt: app.raw[n:].count(b"\n") > 1, "an answer")
                assert app.wait_for_end() == 0
                assert app.settings == app.before
                shown.append(bytes(app.raw))
        assert shown[0] == shown[1]
        assert b"42\r\n" in shown[0]
        assert b"after the debugger" in kept(store)

    def test_a_terminal_is_still_one_of_the_same_size_that_follows_the_window(self, store: Path) -> None:
        code = """
import time
print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), *os.get_terminal_size(1), flush=True)
while os.get_terminal_size(1) != (100, 30):
    time.sleep(0.01)
print("resized", flush=True)
run.finish()
"""
        with in_terminal(BEGIN + code, store) as app:
            app.wait_for("True True True 80 24")
            app.resize(100, 30)
            app.wait_for("resized")
            assert app.wait_for_end() == 0

    def test_settings_made_through_output_reach_the_terminal(self, store: Path) -> None:
        code = """
import termios, tty
before = termios.tcgetattr(1)
tty.setcbreak(1)
print("press a key", flush=True)
key = os.read(0, 1)
termios.tcsetattr(1, termios.TCSADRAIN, before)
print("pressed", key.decode(), flush=True)
run.finish()
"""
        with in_terminal(BEGIN + code, store) as app:
            app.wait_for("press a key")
            app.wait_until(lambda: app.settings != app.before, "other settings")
            app.send("k")
            app.wait_for("pressed k")
            assert app.wait_for_end() == 0
            assert app.settings == app.before

    def test_errors_alone_may_be_on_the_terminal(self, store: Path) -> None:
        code = BEGIN + "print(sys.stdout.isatty(), sys.stderr.isatty(), file=sys.stderr)\nrun.finish()"
        command = ["sh", "-c", '"$@" >"$0"', str(store.parent / "file"), sys.executable, "-c", code, str(store)]
        with TerminalApp(command) as app:
            assert app.wait_for_end() == 0
            assert app.raw == b"False True\r\n"

    def test_ctrl_c_reaches_the_script_and_its_traceback_is_kept(self, store: Path) -> None:
        with in_terminal(BEGIN + "print('ready', flush=True)\nsys.stdin.readline()", store) as app:
            app.wait_for("ready")
            app.send("\x03")
            app.wait_for("^C")
            app.send("\n")
            assert app.wait_for_end() == -signal.SIGINT
        assert kept(store).endswith(b"KeyboardInterrupt\n")


def test_in_a_notebook_the_descriptors_are_the_kernel_s(store: Path) -> None:
    code = """
import os, sys, types
shell = types.SimpleNamespace(kernel="one")
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
import trackside
before = sys.stdout, os.readlink("/proc/self/fd/1")
first = trackside.init(project="console", store=sys.argv[1], quiet=True)
print("first")
second = trackside.init(project="console", store=sys.argv[1], quiet=True)
sys.stdout.writelines(["sec", "ond\\n"])
os.write(1, b"")
assert os.readlink("/proc/self/fd/1") == before[1]
assert sys.stdout.encoding == before[0].encoding
second.finish()
assert sys.stdout is before[0]
"""
    done = piped(code, store)
    assert (done.stdout, done.stderr) == (b"first\nsecond\n", b"")
    assert kept(store) == b"second\n"


class TestInsideOfPytest:
    def test_python_s_two_streams_are_kept_and_put_back(self, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = (sys.stdout, sys.stderr)
        with trackside.init(project="console", store=store, quiet=True):
            print("out")
            print("err", file=sys.stderr)
        assert (sys.stdout, sys.stderr) == before
        assert kept(store) == b"out\nerr\n"
        assert capsys.readouterr() == ("out\n", "err\n")


def helpers_of(store: Path) -> list[int]:
    """The processes that keep a console in this store and are not about to leave another one behind."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes()
            session = int((process / "stat").read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if re.search(rb"helper\.py\0" + re.escape(os.fsencode(store)), said) and session == int(process.name):
            found.append(int(process.name))
    return found
