"""Watch rules in the app: made by keys, told by a toast and a ring, each thing once."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs_app import app_on, press
from small_store import open_context, record, shown, until

from trackside.config import paths, state
from trackside.config.settings import Settings, WatchRule
from trackside.services.places.live import LiveStore
from trackside.services.watching.watch import Watch
from trackside.tui.app import TracksideApp
from trackside.tui.once import after
from trackside.tui.output.ringing import osc9, plain_for_tmux
from trackside.tui.screens.run import RunScreen
from trackside.tui.screens.watch import WatchScreen
from trackside.tui.watching import Watching


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Watching, "gather", 0.3)
    record(tmp_path / "store", "before")
    return tmp_path / "store"


@pytest.fixture
def tmux_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What tmux was asked, a word a line; it answers nothing."""
    said = tmp_path / "tmux-said"
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "tmux").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {said}\n')
    (folder / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    return said


def toasts(app: TracksideApp) -> list[tuple[str, str]]:
    return [(toast.title, toast.message) for toast in app._notifications]


def rules_shown(app: TracksideApp) -> list[str]:
    assert isinstance(app.screen, WatchScreen)
    options = app.screen.query_one("OptionList")
    return [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]


async def test_a_rule_is_made_by_keys_and_a_run_that_ends_then_is_told_of_and_gone_to(root, tmux_said):
    async with app_on(root) as (app, pilot):
        await press(pilot, "w")
        assert rules_shown(app) == ["Nothing is watched for. a adds a rule: what, and for which runs."]
        await press(pilot, "a", "ctrl+a", "ctrl+k")
        await pilot.press(*"fial", "enter")
        await until(pilot, lambda: "did you mean fail?" in str(app.screen.query_one("Static").render()))
        await pilot.press("ctrl+u", *"end", "enter")
        await pilot.press(*"name:odd*", "enter")
        await until(pilot, lambda: isinstance(app.screen, WatchScreen))
        assert rules_shown(app) == ["● end of runs that match name:odd*  bell osc9 tmux"]
        await until(pilot, lambda: bool(app.watching._watches))
        await press(pilot, "escape", ".")
        assert toasts(app)[-1][1] == "nothing was told yet; w says when to be told"
        record(root, "other")
        told = record(root, "odd-#(touch hacked)\x1b[31m")
        await until(pilot, lambda: any("finished" in title for title, _ in toasts(app)))
        ((title, message),) = [toast for toast in toasts(app) if "finished" in toast[0]]
        assert title == "odd-#(touch hacked)␛[31m: finished"
        assert message.endswith("[.] goes there")
        await until(pilot, lambda: tmux_said.exists() and "finished" in tmux_said.read_text())
        assert "odd-＃(touch hacked)␛[31m (digits): finished" in tmux_said.read_text()
        await pilot.press(".")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await until(pilot, lambda: told in shown(app))


async def test_runs_that_end_at_once_are_one_toast(root):
    state.save(paths.watched_file(), state.Watched((WatchRule("ends", on=("end",)),)))
    async with app_on(root) as (app, pilot):
        await until(pilot, lambda: bool(app.watching._watches))
        for number in range(12):
            record(root, f"run-{number}", steps=2)
        await until(pilot, lambda: bool(toasts(app)))
        titles = [title for title, _ in toasts(app)]
        assert len(titles) == 1
        assert "finished" in titles[0]


async def test_a_rule_of_the_settings_is_switched_off_here_and_removed_there(root, monkeypatch):
    rule = WatchRule("mine", "tag:mine", ("fail", "val/loss<0.1"), ("bell",))
    async with app_on(root) as (app, pilot):
        app.context.settings = Settings(watch=(rule,))
        await press(pilot, "w")
        line = "mine: fail, val/loss<0.1 of runs that match tag:mine  bell  config.toml"
        assert rules_shown(app) == [f"● {line}"]
        await press(pilot, "x")
        assert "stands in config.toml" in toasts(app)[-1][1]
        await press(pilot, "space")
        assert rules_shown(app) == [f"○ {line}"]
        await until(pilot, lambda: state.load_watched(paths.watched_file()).off == {"mine"})


class Written:
    """What watch rules ask of an app: `said` has what it was to notify of, `due` what waits for its time."""

    def __init__(self, root: Path, *rules: WatchRule) -> None:
        self.context = open_context(root)
        self.context.settings = Settings(watch=rules)
        self.said: list[str] = []
        self.due: list[Callable[[], None]] = []
        self._driver = None

    def call_later(self, call: Callable[..., None], *given: Any) -> None:
        if call is after:
            self.due.append(given[-1])
        else:
            call(*given)

    def notify(self, said: str, **_: object) -> None:
        self.said.append(said)

    def run_worker(self, work: Callable[[], None], **_: object) -> None:
        work()


ENDS = WatchRule("ends", on=("end",), notify=())


def seen_to_end(root: Path, *rules: WatchRule) -> tuple[Written, Watching, str]:
    """An app with these rules, what watches for it, and the run `late` that it saw end."""
    app = Written(root, *rules)
    watching = Watching(app)
    watching.look(())
    run = record(root, "late")
    app.context.store.refresh()
    watching.look([run])
    return app, watching, run


def test_a_rule_that_cannot_be_followed_is_told_of_once_and_the_others_go_on(root):
    app, _, _ = seen_to_end(root, WatchRule("typo", on=("fial",)), ENDS)
    (said,) = app.said
    assert said.startswith("typo cannot be watched for: nothing is called 'fial'")
    app.due.pop()()
    assert "late (digits): finished" in app.said[-1]


def test_rules_made_in_two_apps_are_all_kept(root):
    ends, fails = WatchRule("ends", on=("end",)), WatchRule("fails", on=("fail",))
    first, second = Watching(Written(root)), Watching(Written(root))
    first.add(ends)
    second.add(fails)
    first.switch(ends)
    assert state.load_watched(paths.watched_file()) == state.Watched((ends, fails), frozenset({"ends"}))
    assert first.rules == (ends,)


def test_a_timer_that_finds_everything_told_already_tells_nothing(root):
    app, _, _ = seen_to_end(root, ENDS)
    (tell,) = app.due
    tell()
    tell()
    assert len(app.said) == 1


def test_what_was_found_is_told_while_the_store_takes_its_time(root, monkeypatch):
    app, watching, run = seen_to_end(root, ENDS)
    reading, over = threading.Event(), threading.Event()

    def hang(*_: object) -> tuple[()]:
        reading.set()
        over.wait()
        return ()

    monkeypatch.setattr(Watch, "look", hang)
    follower = threading.Thread(target=watching.look, args=([run],))
    follower.start()
    teller = threading.Thread(target=app.due.pop())
    try:
        assert reading.wait(60)
        teller.start()
        teller.join(10)
        assert "late (digits): finished" in app.said[-1]
    finally:
        over.set()
        follower.join()


def test_of_a_rule_that_was_removed_and_made_again_nothing_is_told_from_in_between(root):
    app = Written(root)
    watching, ends = Watching(app), WatchRule("ends", on=("end",), notify=())
    watching.add(ends)
    watching.remove(ends)
    run = record(root, "in-between")
    app.context.store.refresh()
    watching.add(ends)
    watching.look([run])
    assert app.due == []


async def test_a_store_that_is_not_followed_any_more_is_told(root, monkeypatch):
    monkeypatch.setattr(LiveStore, "follow", lambda *_: 1 / 0)
    async with app_on(root) as (app, pilot):
        await until(pilot, lambda: bool(toasts(app)))
        assert "not followed any more (ZeroDivisionError: division by zero)" in toasts(app)[0][1]


def test_what_is_told_outside_of_the_app_steers_neither_terminal_nor_tmux():
    assert osc9("done", in_tmux=False) == "\x1b]9;done\x07"
    assert osc9("done", in_tmux=True) == "\x1bPtmux;\x1b\x1b]9;done\x07\x1b\\"
    assert "#" not in plain_for_tmux("#{pane_id} #(touch hacked)")
