"""A run's facts, from what its log says and from the documents in its folder."""

import fnmatch
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.foreign import Facts
from trackside.model.run import Code, DataRef, Environment, Param
from trackside.model.status import CRASHED, FAILED, FINISHED, KILLED, Status
from trackside.sources import opening
from trackside.sources.protocol import SourceError
from trackside.sources.wandb import values
from trackside.sources.wandb.state import State

_LARGEST = 4 << 20
_OWN = "_wandb"
_NO_PROJECT = "uncategorized"
_INTERRUPTED = 255
_GIB = 1 << 30


class Documents(msgspec.Struct):
    """What stands beside a log: `metadata` is `wandb-metadata.json`, the others are texts."""

    metadata: dict[str, Any] = {}
    lock: str | None = None
    patch: str | None = None


def documents(folders: Sequence[Path], root: Path) -> Documents:
    """Those in the run's folders; of each the newest. One that cannot be read is as one that is not there."""
    found = Documents()
    for folder in folders:
        metadata = _text(folder, "wandb-metadata.json", root)
        if metadata:
            try:
                told = values.decoded(metadata)
            except values.NotReadError:
                told = None
            found.metadata = told if isinstance(told, dict) else found.metadata
        found.lock = _text(folder, "requirements.txt", root) or found.lock
        found.patch = _text(folder, "diff.patch", root) or found.patch
    return found


def _text(folder: Path, name: str, root: Path) -> str | None:
    try:
        return opening.whole(folder / "files" / name, _LARGEST, root).decode(errors="replace")
    except SourceError:
        return None


def facts(state: State, beside: Documents, *, running: bool) -> Facts:
    """The facts as far as they are known."""
    told = beside.metadata | state.environment
    params = _params(state)
    ended = None if running else max((moment for moment in (state.ended, state.last_time) if moment), default=None)
    seed = params.get("seed")
    return Facts(
        name=_line(state.name) or _line(state.run_id) or "unnamed",
        project=_line(state.project) or _NO_PROJECT,
        created=state.started or 0.0,
        ended=ended,
        status=_status(state),
        running=running,
        exit_code=state.exit_code,
        traceback=_traceback(state),
        group=_line(state.group) or _line(state.sweep) or None,
        tags=[values.text_of(tag) for tag in state.tags],
        notes=values.text_of(state.notes),
        user=_word(told, "username") or state.entity or None,
        host=_word(told, "host") or state.host or None,
        command=_command(told),
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        params=params,
        metrics=_metrics(state),
        job={f"slurm_{key}": str(value) for key, value in _dict(told, "slurm").items()},
        data={name: DataRef(**told) for name, told in state.data.items()},
        code=_code(state, told, beside),
        environment=_environment(told, beside),
        patch=beside.patch,
        lock=beside.lock,
    )


def _params(state: State) -> dict[str, Param]:
    found: dict[str, Param] = {}
    for key, text in state.config.items():
        if key == _OWN or key.startswith(f"{_OWN}."):
            continue
        try:
            value = values.decoded(text)
        except values.NotReadError:
            value = text
        for name, leaf in values.flat({key: value}):
            found[name] = json.dumps(leaf) if isinstance(leaf, dict) else values.plain(leaf)
    if state.job_type:
        found.setdefault("job_type", state.job_type)
    return found


def _status(state: State) -> Status:
    if state.exit_code is None:
        return KILLED if state.preempted else CRASHED
    return FINISHED if state.exit_code == 0 else KILLED if state.exit_code == _INTERRUPTED else FAILED


def _traceback(state: State) -> str | None:
    """The last traceback that was printed, where the run failed."""
    at = state.errors.rfind("Traceback (most recent call last)")
    return state.errors[at:].rstrip() if at >= 0 and _status(state) == FAILED else None


def _metrics(state: State) -> dict[str, dict[str, Any]]:
    """Goals by metric; one for a pattern such as `val/*` is that of all metrics that it fits."""
    found: dict[str, dict[str, Any]] = {}
    for name, goal in state.goals.items():
        fitting = [name] if "*" not in name else fnmatch.filter(state.logged, name)
        for metric in fitting:
            if metric == name or metric not in state.goals:
                found[metric] = {"goal": goal}
    return found


def _command(told: dict[str, Any]) -> list[str]:
    program = _word(told, "program")
    if not program:
        return []
    args = told.get("args")
    words = [_word(told, "executable") or "python", program]
    return words + ([values.text_of(str(word)) for word in args] if isinstance(args, list) else [])


def _code(state: State, told: dict[str, Any], beside: Documents) -> Code:
    git = _dict(told, "git")
    commit = state.commit or _word(git, "commit")
    remote = state.remote or _word(git, "remote")
    return Code(commit=commit or None, remote=remote or None, dirty=True if beside.patch else None)


def _environment(told: dict[str, Any], beside: Documents) -> Environment:
    python = _word(told, "python") or _word(told, "telemetry_python")
    packages = sum("==" in line for line in beside.lock.splitlines()) if beside.lock else None
    return Environment(
        python=re.sub(r"^CPython ", "", python) or None,
        platform=_word(told, "os") or None,
        packages=packages,
        gpu=_cards(told),
        cpu=_word(told, "cpu_name") or _word(_dict(told, "apple"), "name") or None,
        memory=_memory(_dict(told, "memory").get("total")),
        cuda=_word(told, "cuda") or _word(told, "cudaVersion") or None,
        container=_word(told, "docker") or None,
    )


def _cards(told: dict[str, Any]) -> list[str]:
    for key in ("gpu_nvidia", "gpuNvidia", "gpu_devices"):
        cards = told.get(key)
        if isinstance(cards, list):
            names = [_word(card, "name") for card in cards if isinstance(card, dict)]
            if any(names):
                return names
    count = told.get("gpu_count", 1)
    name = _word(told, "gpu")
    return [name] * (count if isinstance(count, int) and 0 < count <= 1024 else 1) if name else []


def _memory(total: Any) -> int | None:
    """Bytes, which older clients gave in GiB, newer ones as text."""
    try:
        size = float(total)
    except (TypeError, ValueError):
        return None
    size = size * _GIB if 0 < size < 1 << 20 else size
    return int(size) if 0 < size < 1 << 53 else None


def _dict(told: dict[str, Any], key: str) -> dict[str, Any]:
    value = told.get(key)
    return value if isinstance(value, dict) else {}


def _word(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    return values.text_of(value) if isinstance(value, str) else ""


def _line(text: str) -> str:
    return values.text_of(text).strip()
