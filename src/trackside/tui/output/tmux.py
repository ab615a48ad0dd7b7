"""tmux around the terminal of the app: the only processes that the app itself starts.

In a browser it starts none at all: whoever looks there is let in to look at runs, and this machine's tmux is not
theirs. (The ssh that reads a store on another machine is started by that store, which whoever serves it named.)
"""

import os
import subprocess

from trackside.tui.terminal import in_browser

_SECONDS = 2.0


def is_inside() -> bool:
    """Whether the app is shown by a tmux that it may speak to."""
    return bool(os.environ.get("TMUX")) and not in_browser()


def tmux(*arguments: str, given: str = "") -> str | None:
    """What it answers; None where there is none, or where it cannot. It is waited for: for a worker thread."""
    if not is_inside():
        return None
    try:
        done = subprocess.run(
            ["tmux", *arguments], input=given.encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def copy_through_tmux(text: str) -> bool:
    """Put `text` on the clipboard by way of tmux, since OSC 52 does not pass a stock one; whether that was possible."""
    return tmux("load-buffer", "-w", "-", given=text) is not None
