"""The line that a run prints when it ends: how, how long, how good, what was different the last time, what to type."""

import hashlib
import shlex
import threading
import time as clock
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from trackside.model.errors import StoreError, UsageError
from trackside.model.params import param_text
from trackside.record import earlier
from trackside.record.values import Value
from trackside.store import files, journal, locate, resumes
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths

_NEWEST = 50
_PATIENCE = 0.3
_READ_BYTES = 1 << 20
_SHOWN = 3
_LONGEST_VALUE = 30
_HASH_LETTERS = 7
_SECTIONS = ("params", "code")
_ABSENT = "none"


class Closing(NamedTuple):
    """What a run that ended has to say: `seconds` it took, its primary metric and that metric's last value."""

    name: str
    status: str
    seconds: float
    primary: str | None
    value: Value | None


def line(store: StorePaths, run: RunPaths, said: Closing, *, may_stall: bool) -> str:
    """The line. What it says of the run before is left out where that would take longer than 0.3 s.

    `may_stall` says that reading from the store may take any time, as on a network file system.
    """
    value = f"{said.value:.6g}" if isinstance(said.value, float) else said.value
    primary = "" if value is None else f", {said.primary} {value}"
    compare = partial(_since_last_time, store, run, clock.monotonic() + _PATIENCE)
    since = _in_time(compare) if may_stall else _if_it_can_be_told(compare)
    shown = command("show", run)
    return f"{said.name} {said.status} after {_duration(said.seconds)}{primary}{since} · {shown}"


def command(verb: str, run: RunPaths) -> str:
    """What to type for a verb on this run."""
    return f"trackside{_store_option(run.store)} {verb} {run.id}"


def _in_time(compare: Callable[[], str]) -> str:
    """What `compare` gives, if it does in time, and if there is a thread to be had."""
    given: list[str] = []
    thread = threading.Thread(
        target=lambda: given.append(_if_it_can_be_told(compare)), name="trackside-closing", daemon=True
    )
    try:
        thread.start()
    except RuntimeError:
        return ""
    thread.join(_PATIENCE)
    return given[0] if given else ""


def _if_it_can_be_told(compare: Callable[[], str]) -> str:
    """What `compare` gives. The run before may be anybody's, and hold anything: where it cannot be read, nothing."""
    try:
        return compare()
    except Exception:  # noqa: BLE001  as said
        return ""


def _since_last_time(store: StorePaths, run: RunPaths, until: float) -> str:
    """What is different from the run of the same command and project before; nothing where none is found in time."""
    own = earlier.manifest_of(run) or {}
    before = _before(store, run.id, own, until)
    if before is None:
        return ""
    previous, manifest = before
    changes = list(_changes(_said(previous, manifest), _said(run, own)))
    name = earlier.edited(previous).values.get("name") or manifest.get("name")
    if clock.monotonic() > until:
        return ""
    if not changes:
        return f"; params and code as in {name}"
    more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return f"; since {name}: {', '.join(changes[:_SHOWN])}{more}"


def _before(
    store: StorePaths, run_id: str, own: Mapping[str, Any], until: float
) -> tuple[RunPaths, Mapping[str, Any]] | None:
    for other in islice(store.run_ids(), _NEWEST):
        if clock.monotonic() > until:
            return None
        if other < run_id:
            manifest = _manifest(store.run(other))
            if all(manifest.get(key) == own.get(key) for key in ("command", "project")):
                return store.run(other), manifest
    return None


def _manifest(run: RunPaths) -> Mapping[str, Any]:
    try:
        return earlier.manifest_of(run) or {}
    except StoreError:  # one that cannot be read is none of those before
        return {}


def _said(run: RunPaths, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Params, seed, commit and patch of a run, as its logs say them at their beginning."""
    found: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    for log in sorted(earlier.logs(run), key=lambda log: resumes.number(log.opened)):
        with log.path.open("rb") as stream:
            beginning = stream.read(_READ_BYTES)
        for frame in journal.frames(beginning):
            if frame.kind == Kind.STATE:
                for section, values in _state(frame.payload).items():
                    if section in found and isinstance(values, dict):
                        found[section].update(values)
    words = {key: _short(value) for key, value in found["params"].items()}
    if manifest.get("seed") is not None:
        words.setdefault("seed", str(manifest["seed"]))
    commit = found["code"].get("commit")
    if commit:
        words["commit"] = str(commit)[:_HASH_LETTERS]
    patch = files.named(run.root, found["code"].get("patch_file"))
    if patch is not None:
        words["patch"] = hashlib.blake2b(files.read_plain(patch)).hexdigest()[:_HASH_LETTERS]
    return words


def _state(payload: bytes) -> dict[str, Any]:
    try:
        return msgspec.msgpack.decode(payload, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for key in {**before, **now}:
        if before.get(key) != now.get(key):
            yield f"{key} {before.get(key, _ABSENT)} → {now.get(key, _ABSENT)}"


def _short(value: Any) -> str:
    text = param_text(value) or repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _store_option(root: Path) -> str:
    """What the command line must be told of the store; nothing where it is the one that is meant anyway."""
    try:
        return "" if locate.find_store() == root else f" --store {shlex.quote(str(root))}"
    except UsageError:
        return f" --store {shlex.quote(str(root))}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest:.0f} s" if minutes else f"{rest:.1f} s"
