"""Asking git about a work tree, so that nothing which the repository brings along is run.

A repository may name programs in its configuration: a file system monitor, filters, external diffs, hooks, transports.
All of them are switched off; filters of the user's own configuration stay. Each question is bounded in time and length.
"""

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from trackside.record import program

_PATIENCE = 10.0
_MOST_BYTES = 1 << 20
_GUARDS = (
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.quotePath=false",
)
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none"}
_LEFT_BEHIND = frozenset({
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
})  # fmt: skip
"""Variables of a git that runs this process, as in a hook: they are about another folder than the script's."""


class Repository:
    """The work tree at `top`. `inside` is where in it the script lies, such as `src/`; empty at the top."""

    def __init__(self, top: Path, inside: str, guards: tuple[str, ...]) -> None:
        self.top = top
        self.inside = inside
        self._guards = guards

    def ask(self, *arguments: str, most: int = _MOST_BYTES) -> bytes | None:
        """What git prints, at most the first `most` bytes; None where it fails or takes too long."""
        return ask(self.top, *arguments, guards=self._guards, most=most)

    def line(self, *arguments: str) -> str | None:
        """What git prints as one line of text; None where it fails, takes too long or says nothing."""
        said = self.ask(*arguments)
        return said.decode(errors="replace").strip() or None if said else None


def find_repository() -> Repository | None:
    """The work tree of the script, else of the working directory; None where neither lies in one, or without git."""
    for folder in _folders():
        said = ask(folder, "rev-parse", "--show-toplevel", "--show-prefix")
        filters = _own_filters(folder) if said else []
        if said and not any("=" in name for name in filters):
            emptied = [f"{name}={'false' if name.endswith('.required') else ''}" for name in filters]
            guards = (*_GUARDS, *(word for switch in emptied for word in ("-c", switch)))
            top, _, inside = os.fsdecode(said).removesuffix("\n").partition("\n")
            return Repository(Path(top), inside, guards)
    return None


def _folders() -> list[Path]:
    script = program.script()
    folders = [] if script is None else [script.resolve().parent]
    try:
        return [*folders, Path.cwd()]
    except FileNotFoundError:
        return folders


def _own_filters(folder: Path) -> list[str]:
    """Names of the settings of filters that the repository, and not the user, configures."""
    names: list[str] = []
    for scope in ("--local", "--worktree"):
        said = ask(folder, "config", scope, "--includes", "--name-only", "-z", "--get-regexp", r"^filter\.")
        names += os.fsdecode(said or b"").split("\0")
    return list(dict.fromkeys(filter(None, names)))


def ask(
    folder: Path,
    *arguments: str,
    guards: tuple[str, ...] = _GUARDS,
    variables: Mapping[str, str] = {},
    patience: float = _PATIENCE,
    most: int = _MOST_BYTES,
) -> bytes | None:
    """What git prints in `folder`, at most the first `most` bytes; None where it fails, or takes `patience` seconds."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEFT_BEHIND}
    try:
        git = subprocess.Popen(
            ["git", *guards, *arguments],
            cwd=folder,
            env={**kept, **_ENVIRONMENT, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
    assert git.stdout is not None
    timer = threading.Timer(patience, git.kill)
    timer.daemon = True
    try:
        timer.start()
        said = git.stdout.read(most)
        if len(said) == most:
            return said
        return said if git.wait() == 0 else None
    finally:
        timer.cancel()
        git.kill()
        git.stdout.close()
        git.wait()
