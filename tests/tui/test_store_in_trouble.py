"""The store is moved, removed or replaced while the app is open: a line says so, and the rest keeps working."""

import shutil
import sys
from pathlib import Path

import pytest
from terminal_app import TerminalApp

import trackside

GONE = "is gone (No such file or directory)"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    record(tmp_path / "store", "tall-oak")
    return tmp_path / "store"


def record(root: Path, name: str) -> None:
    with trackside.init(project="digits", name=name, store=root, quiet=True) as run:
        for step in range(5):
            run.log({"accuracy": step / 10}, step=step)


def app_on(store: Path) -> TerminalApp:
    return TerminalApp([sys.executable, "-m", "trackside", "--store", str(store)], columns=190)


def status(app: TerminalApp) -> str:
    return app.text.split("\n")[0]


def quit_app(app: TerminalApp) -> None:
    app.send("q")
    assert app.wait_for_end() == 0


def test_a_store_that_is_moved_away_is_missed_and_followed_again_once_it_is_back(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("tall-oak")
        store.rename(store.with_name("elsewhere"))
        app.wait_until(lambda: GONE in status(app), "the loss in the top line")
        assert "tall-oak" in app.text
        store.with_name("elsewhere").rename(store)
        app.wait_until(lambda: GONE not in status(app), "nothing in the top line")
        record(store, "late-fir")
        app.wait_for("late-fir")
        quit_app(app)


def test_a_store_that_is_removed_is_not_made_again_and_keys_go_on_working(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("tall-oak")
        shutil.rmtree(store)
        app.wait_until(lambda: GONE in status(app), "the loss in the top line")
        app.send("/oak\r")
        app.send("\r")
        app.send("T")
        app.send("\x1b")
        app.send("?")
        app.wait_for("Open and close")
        app.send("\x1b")
        app.wait_until(lambda: "Overview" in app.text and "Open and close" not in app.text, "the run behind help")
        app.send("\x1b")
        app.wait_until(lambda: GONE in status(app), "the loss in the top line")
        assert not store.exists()
        quit_app(app)


def test_another_store_in_its_place_is_not_taken_for_it(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("tall-oak")
        store.rename(store.with_name("elsewhere"))
        record(store, "strange-elm")
        app.wait_until(lambda: "another store lies at" in status(app), "the other store in the top line")
        assert "tall-oak" in app.text
        assert "strange-elm" not in app.text
        quit_app(app)


def test_runs_that_begin_are_noticed_after_the_folder_of_changes_was_removed(store: Path) -> None:
    with app_on(store) as app:
        app.wait_for("1 run")
        shutil.rmtree(store / "changed")
        record(store, "late-fir")
        app.wait_for("late-fir")
        record(store, "later-ash")
        app.wait_for("later-ash")
        quit_app(app)
