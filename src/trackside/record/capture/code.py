"""The version of the code: what git says of the folder that the script lies in."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from trackside.record.secrets import masked_url

_PATIENCE = 10.0


def capture() -> dict[str, Any]:
    """Commit, branch, whether tracked files differ from the commit, and the remote; empty outside a work tree."""
    folder = _folder()
    said = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if said is None:
        return {}
    heads = dict(line[2:].split(" ", 1) for line in said.splitlines() if line.startswith("# branch."))
    commit, branch = heads.get("branch.oid"), heads.get("branch.head")
    remote = _git(folder, "config", "--get", "remote.origin.url")
    return {
        "commit": None if commit == "(initial)" else commit,
        "branch": None if branch == "(detached)" else branch,
        "dirty": any(not line.startswith("#") for line in said.splitlines()),
        "remote": masked_url(remote.strip()) if remote else None,
    }


def _folder() -> Path:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(script).resolve().parent if script else Path.cwd()


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it is not installed, fails or takes too long."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
