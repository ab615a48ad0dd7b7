"""The app as a person has it: started by the command, in a real terminal, on a store that was recorded by the SDK."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from terminal_app import TerminalApp

import trackside

APP = [sys.executable, "-m", "trackside", "--store"]
SETTLED = 1.5
SILENCE = 2.0

LOGGING = """
import sys, trackside
run = trackside.init(project="digits", name="live-run", store=sys.argv[1], quiet=True)
run.define_metric("accuracy", goal="max", primary=True)
run.log({"accuracy": 4.0})
print("begun", flush=True)
for line in sys.stdin:
    run.log({"accuracy": float(line)})
"""

TURNED, AS_WRITTEN = b"\x1b[8h", b"\x1b[8l"
"""Whether the terminal turns writing from right to left around: columns beside it would change places."""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two runs that have ended."""
    root = tmp_path / "store"
    record(root, "tall-oak", tags=["baseline"])
    record(root, "small-elm", tags=["debug"])
    return root


def record(root: Path, name: str, **given: object) -> None:
    with trackside.init(project="digits", name=name, store=root, quiet=True, **given) as run:
        run.define_metric("accuracy", goal="max", primary=True)
        for step in range(5):
            run.log({"accuracy": step / 10}, step=step)


def app_on(store: Path, *, answers: bool = True) -> TerminalApp:
    return TerminalApp([*APP, str(store)], answers=answers)


@contextmanager
def training(store: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process whose run has begun and that logs each line it is given."""
    command = [sys.executable, "-c", LOGGING, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            yield process
        finally:
            process.kill()


def tell(process: "subprocess.Popen[str]", value: float) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{value}\n")
    process.stdin.flush()


def test_a_store_opens_on_its_runs(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("tall-oak")
        app.wait_for("small-elm")
        app.wait_for("2 runs")


def test_signs_are_ascii_where_the_locale_lacks_utf_8(store: Path) -> None:
    """Also where Python writes UTF-8 all the same, as it does in the locale C."""
    record(store, "wide-fir", params={"width": 8})
    with TerminalApp([*APP, str(store)], columns=160, environment={"LC_ALL": "C"}) as app:
        app.wait_for("+ wide-fir")
        app.send("jb")
        app.wait_for("B + small-elm")
        app.send("kc")
        app.wait_for("B small-elm")


def test_q_leaves_with_status_0_and_the_terminal_as_it_was(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("tall-oak")
        assert app.in_alternate_screen
        assert AS_WRITTEN in app.raw
        assert TURNED not in app.raw
        app.send("q")
        assert app.wait_for_end() == 0
        assert not app.in_alternate_screen
        assert app.raw.rfind(TURNED) > app.raw.rfind(AS_WRITTEN)
        assert app.settings == app.before


def test_a_value_that_another_process_logs_appears(store: Path) -> None:
    with training(store) as process, app_on(store) as app:
        app.wait_for("live-run")
        for value in ("3.125", "2.625"):
            tell(process, float(value))
            app.wait_for(value)


def test_a_value_appears_in_every_app_that_is_open(store: Path) -> None:
    with training(store) as process, app_on(store) as one, app_on(store) as other:
        one.wait_for("live-run")
        other.wait_for("live-run")
        for value in ("3.125", "2.625", "2.375"):
            tell(process, float(value))
            one.wait_for(value)
            other.wait_for(value)


def test_a_run_that_begins_while_the_app_is_open_appears(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("2 runs")
        record(store, "late-fir")
        app.wait_for("late-fir")


def test_what_another_system_logs_appears_and_nothing_goes_on_once_the_app_is_left(tmp_path: Path) -> None:
    logged = tmp_path / "elsewhere" / "metrics.jsonl"
    logged.parent.mkdir()
    logged.write_text('{"step": 0, "loss": 3.125}\n')
    with app_on(logged.parent) as app:
        app.wait_for("3.125")
        with logged.open("a") as lines:
            lines.write('{"step": 1, "loss": 2.625}\n')
        app.wait_for("2.625")
        beside = [pid for pid in processes_of(app) if pid != app.pid]
        assert len(beside) == 1
        app.send("q")
        assert app.wait_for_end() == 0
        assert not Path(f"/proc/{beside[0]}").exists()


def processes_of(app: TerminalApp) -> list[int]:
    """All processes of the app's session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(folder.name)) == app.pid:
                found.append(int(folder.name))
    return found


def test_what_is_typed_after_a_slash_filters(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("2 runs")
        app.send("/tag:debug")
        app.wait_until(lambda: "tall-oak" not in app.text and "small-elm" in app.text, "the other run gone")
        app.send("\r")
        app.send("\x1b")
        app.wait_for("tall-oak")


def test_keys_typed_on_after_enter_are_those_of_the_list_and_no_letters_of_the_filter(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("2 runs")
        app.wait_for_quiet(SETTLED)
        app.send("/a\rj\r")
        app.wait_for("1 Overview")
        app.wait_until(lambda: "tall-oak" in app.text.split("\n")[0], "the run that j led to")


def test_a_run_opened_through_the_palette_leaves_nothing_of_the_runs_screen(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("2 runs")
        app.send(":")
        app.wait_for("Search")
        app.send("small-elm")
        app.wait_for("run, finished")
        app.send("\r")
        app.wait_for("1 Overview")
        app.wait_for_quiet(SETTLED)
        through_the_palette = app.text
        app.send("\x1b")
        app.wait_for("2 runs")
        app.wait_for_quiet(SETTLED)
        app.send("\r")
        app.wait_for("1 Overview")
        app.wait_for_quiet(SETTLED)
        assert through_the_palette == app.text


def test_a_window_of_another_size_is_filled_anew(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("2 runs")
        app.resize(80, 24)
        app.wait_until(lambda: "tall-oak" in app.text and max(map(len, app.text.split("\n"))) <= 80, "80 columns")


def test_what_others_wrote_over_the_screen_goes_when_it_is_redrawn(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("tall-oak")
        app.wait_for_quiet(SETTLED)
        app.scribble("\x1b[2;1Hbuild finished")
        app.wait_for("build finished")
        app.send("\x0c")
        app.wait_until(lambda: "build finished" not in app.text, "the screen without it")
        app.wait_for("tall-oak")


def test_names_with_escape_sequences_do_not_steer_the_terminal(tmp_path: Path) -> None:
    root = tmp_path / "store"
    hostile = "evil\x1b]0;owned\x07\x1b[2J[red]name"
    record(root, hostile, notes="\x1b[31mnote", tags=["\x1b[5mtag"])
    with app_on(root) as app:
        app.wait_for("evil␛]0;owned␇␛[2J[red]name")
        app.wait_for_quiet(SETTLED)
        assert b"\x1b]0;owned" not in app.raw
        assert b"\x1b[5mtag" not in app.raw
        assert b"\x1b[31mnote" not in app.raw


def test_an_app_in_which_nothing_happens_writes_nothing(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("2 runs")
        app.wait_for_quiet(SETTLED)
        assert app.written_in(SILENCE) == b""


def test_a_terminal_that_never_tells_its_cursor_is_painted_all_the_same(store: Path) -> None:
    with app_on(store, answers=False) as app:
        app.wait_for("tall-oak")
        app.send("?")
        app.wait_for("Open and close")
        app.send("\x1b")
        app.send("/tag:debug")
        app.wait_until(lambda: "tall-oak" not in app.text, "the other run gone")


def test_a_folder_that_is_no_store_is_told_of_in_one_line(tmp_path: Path) -> None:
    with app_on(tmp_path / "nothing") as app:
        assert app.wait_for_end() == 1
        assert "there is no" in app.text
        assert "Traceback" not in app.text


def test_ctrl_z_gives_the_terminal_back_and_fg_the_app(store: Path) -> None:
    shell = f"set -m; {shlex.join([*APP, str(store)])}; echo here is the shell; read; fg"
    with TerminalApp(["bash", "-c", shell]) as app:
        app.wait_for("tall-oak")
        app.send("\x1a")
        app.wait_for("here is the shell")
        assert not app.in_alternate_screen
        assert app.settings == app.before
        app.send("\r")
        app.wait_until(lambda: app.in_alternate_screen and "here is the shell" not in app.text, "all of the app")
        app.send("?")
        app.wait_for("type to narrow")
        app.send("\x1b")
        app.wait_until(lambda: "type to narrow" not in app.text, "help closed")
        app.send("q")
        assert app.wait_for_end() == 0
        assert not app.in_alternate_screen
