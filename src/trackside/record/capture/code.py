"""The version of the code: what git says of the work tree that the script lies in."""

from typing import Any

from trackside.record.capture.git import find_repository
from trackside.record.secrets import masked_url
from trackside.record.values import encodable


def capture() -> dict[str, Any]:
    """Where the work tree is, commit, branch, remote, and whether tracked files differ; empty outside a work tree."""
    repository = find_repository()
    if repository is None:
        return {}
    changed = repository.ask("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty")
    remote = repository.line("config", "--get", "remote.origin.url")
    return {
        "commit": repository.line("rev-parse", "--verify", "--quiet", "HEAD"),
        "branch": repository.line("symbolic-ref", "--quiet", "--short", "HEAD"),
        "dirty": None if changed is None else bool(changed),
        "remote": None if remote is None else masked_url(remote),
        "root": encodable(str(repository.top)),
    }
