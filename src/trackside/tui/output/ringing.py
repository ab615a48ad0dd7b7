"""Ways to be told outside of the app's own window: the bell, OSC 9 of the terminal, a message of tmux.

What is told may come from a run: nothing in it may steer the terminal, or be a format or a command to tmux.
"""

from collections.abc import Collection

from textual.app import App

from trackside.config.settings import Notifier
from trackside.tui.output.pacing import TerminalDriver
from trackside.tui.output.tmux import is_inside, tmux
from trackside.tui.terminal import one_line

_SHOWN_MS = "5000"
_LONGEST = 200


def ring(app: App[int], text: str, ways: Collection[Notifier]) -> None:
    """Tell by these ways, as far as there are any where the app is shown. Waits for tmux: for a worker thread."""
    driver = app._driver  # noqa: SLF001  Textual has no public way to write what is no part of the screen
    told = one_line(text)[:_LONGEST]
    in_tmux = is_inside()
    if "bell" in ways:
        app.call_later(app.bell)
    if "osc9" in ways and isinstance(driver, TerminalDriver) and (not in_tmux or _passes_through()):
        app.call_later(driver.write, osc9(told, in_tmux=in_tmux))
    if "tmux" in ways and in_tmux:
        tmux("display-message", "-d", _SHOWN_MS, "--", plain_for_tmux(told))


def osc9(text: str, *, in_tmux: bool) -> str:
    """The sequence that makes a terminal notify; wrapped so that tmux hands it on."""
    sequence = f"\x1b]9;{text}\x07"
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\" if in_tmux else sequence


def plain_for_tmux(text: str) -> str:
    """Text in which tmux finds no format: `#(…)` in one would run a command."""
    return text.replace("#", "\N{FULLWIDTH NUMBER SIGN}").replace("%", "%%")


def _passes_through() -> bool:
    return tmux("show-options", "-gv", "allow-passthrough") in ("on", "all")
