"""Copying and ringing through the tmux around a terminal; in a browser no process is started, whatever is around it."""

import os
from pathlib import Path

import pytest
from textual import constants
from textual.app import App

from trackside.tui.output.ringing import ring
from trackside.tui.output.tmux import copy_through_tmux


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that has what a tmux was given that the app is in, once it was started."""
    file = tmp_path / "given"
    tmux = tmp_path / "tmux"
    tmux.write_text(f'#!/bin/sh\necho "$@" >> {file}\n[ "$1" = display-message ] || cat >> {file}\n')
    tmux.chmod(0o755)
    monkeypatch.setenv("TMUX", "/nowhere,1,0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return file


def test_text_goes_to_the_clipboard_through_tmux(started: Path) -> None:
    assert copy_through_tmux("text\n")
    assert started.read_text() == "load-buffer -w -\ntext\n"


def test_without_tmux_nothing_is_started(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX")
    assert not copy_through_tmux("text")
    assert not started.exists()


def test_a_tmux_that_cannot_be_started_is_told(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not copy_through_tmux("text")
    assert not started.exists()


async def test_in_a_browser_nothing_is_started_though_the_server_is_in_tmux(
    started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App[int]()
    async with app.run_test():
        ring(app, "it ended", ["bell", "osc9", "tmux"])
        assert "it ended" in started.read_text()
        started.unlink()
        monkeypatch.setattr(constants, "DRIVER", "textual.drivers.web_driver:WebDriver")
        ring(app, "it ended", ["bell", "osc9", "tmux"])
        assert not copy_through_tmux("text")
        assert not started.exists()
