"""Scripts that print, each a process of its own, and what was kept of that."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from terminal_app import TerminalApp

BEGIN = """
import os, sys
import trackside
run = trackside.init(project="console", store=sys.argv[1], quiet=True)
"""
NOT_CAPTURED = {"TRACKSIDE_CAPTURE": "-console"}


def kept(store: Path) -> bytes:
    """The console of the newest run of a store."""
    newest = max(store.glob("runs/*/*/run.json"))
    return b"".join(path.read_bytes() for path in sorted(newest.parent.glob("console/*.log")))


def piped(code: str, store: Path, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Run code that prints into pipes."""
    return subprocess.run(
        [sys.executable, "-c", code, str(store)],
        capture_output=True,
        timeout=60,
        check=False,
        cwd=store.parent,
        env={**os.environ, **(environment or {})},
    )


def in_terminal(code: str, store: Path, environment: Mapping[str, str] | None = None) -> TerminalApp:
    """Start code that prints onto a terminal."""
    return TerminalApp([sys.executable, "-c", code, str(store)], columns=80, rows=24, environment=environment)


def on_terminal(code: str, store: Path, environment: Mapping[str, str] | None = None) -> tuple[bytes, int]:
    """Every byte that code writes to a terminal, and its exit status."""
    with in_terminal(code, store, environment) as app:
        status = app.wait_for_end()
        return bytes(app.raw), status
