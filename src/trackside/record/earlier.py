"""Runs that the store has already, as their folders tell: what `init(resume=…)` goes on from.

A recording process opens no database. It lists folders, reads the small files, and of logs no more than it must.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from trackside.model import ids
from trackside.model.errors import StoreError, UsageError
from trackside.model.system import is_system
from trackside.store import journal, resumes
from trackside.store.journal import FIRST_RESERVED, Frame, Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.stats import Stats

SHORTEST_PART = 4
_SHOWN = 4
_HEAD_BYTES = 4096
_ATTEMPTS = 3
_LAST = "@last"
_CLOSED = journal.packed(Kind.CLOSE, {"rotated": False})


class Edits(NamedTuple):
    """What was edited of a run, by field, and the greatest stamp among all its edits."""

    values: dict[str, Any]
    stamp: int


class _Manifest(msgspec.Struct):
    """What is relied upon of a manifest, whoever wrote it."""

    format: int = 1
    project: str | None = None
    name: str | None = None
    group: str | None = None
    chosen: list[str] = []


class _Row(msgspec.Struct):
    step: int


class _Edit(msgspec.Struct):
    stamp: int
    set: dict[str, Any] = {}


class Log(NamedTuple):
    """A log, or what is left of one that was sealed, by the first frame of it."""

    path: Path
    opened: dict[str, Any]
    sealed: bool

    @property
    def place(self) -> tuple[str, int]:
        """Its writer, and where it stands among that writer's logs."""
        seq = self.opened.get("seq")
        return (str(self.opened.get("writer", "")), seq if isinstance(seq, int) else 0)


def find(store: StorePaths, text: str, project: str | None, *, around: str | None = None) -> RunPaths:
    """The one run that `text` means: an id, a part of one, a name of a run of that project, or `@last`.

    `around` is the id of a run that is none of those before: `@last` does not mean it.
    UsageError where it is none, several, or one in the trash.
    """
    if ids.is_id(text):
        found = [store.run(text)] if store.run(text).manifest.is_file() else []
    elif text == _LAST:
        found = _last(store, project, around)
    elif text.startswith("@"):
        raise UsageError(f"resume={text!r}: it takes an id, a part of one, a name or @last")
    else:
        found = _named(store, text, project) or _with_part(store, text)
    if not found:
        raise UsageError(f"resume={text!r}: there is no such run in {store.root}; `trackside ls` lists them")
    if len(found) > 1:
        shown = ", ".join(run.id for run in found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
        raise UsageError(f"resume={text!r} is {len(found):,} runs: {shown}; say which by its id")
    if edited(found[0]).values.get("trashed"):
        raise UsageError(f"resume={text!r} is in the trash: `trackside restore {found[0].id}` brings it back")
    return found[0]


def manifest_of(run: RunPaths) -> dict[str, Any] | None:
    """What `run.json` says; None where the folder is not a run. StoreError where this version cannot read it."""
    try:
        said = msgspec.json.decode(run.manifest.read_bytes(), type=dict[str, Any])
        read = msgspec.convert(said, _Manifest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"cannot read {run.manifest}: {error}; `trackside doctor` tells what can be saved") from error
    if read.format > journal.FORMAT:
        raise StoreError(f"{run.manifest} was written by a newer trackside; update this one")
    return said


def edited(run: RunPaths) -> Edits:
    """What was edited of a run: of several values of a field the one with the greatest (stamp, writer)."""
    newest: dict[str, tuple[tuple[int, str], Any]] = {}
    latest = 0
    for log in _files(run.edits, ".log"):
        for frame in journal.frames(log.read_bytes()):
            if frame.kind in (Kind.STATE, Kind.TAGS):
                stamp, fields = _edit(frame)
                latest = max(latest, stamp)
                for field, value in fields.items():
                    if field not in newest or newest[field][0] <= (stamp, log.stem):
                        newest[field] = (stamp, log.stem), value
    return Edits({field: value for field, (_, value) in newest.items()}, latest)


def logs(run: RunPaths) -> list[Log]:
    """Every log of a run. `w/` is listed before `seg/`: one that is sealed in between is seen twice, never missed."""
    hot = [(path, False) for path in _files(run.logs, ".log")]
    sealed = [(path, True) for path in _files(run.segments, ".rest")]
    found = ((path, _opened(path), is_sealed) for path, is_sealed in (*hot, *sealed))
    return [Log(path, opened, is_sealed) for path, opened, is_sealed in found if opened is not None]


def resumed_so_far(written: list[Log], whose: str) -> int | None:
    """How often the series of `whose` logs were resumed; None where there are no logs of them."""
    return max((resumes.number(log.opened) for log in written if resumes.whose(log.opened) == whose), default=None)


def ends_closed(log: Path) -> bool:
    """Whether its last frame says that its writer has ended."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - len(_CLOSED)))
        return stream.read() == _CLOSED


def largest_step(run: RunPaths, whose: str) -> int | None:
    """The largest step that was logged by whichever resume of the run logged one last: of its points all count."""
    for _ in range(_ATTEMPTS):
        try:
            return _largest_step([log for log in logs(run) if resumes.whose(log.opened) == whose])
        except FileNotFoundError:
            continue
    return None


def _largest_step(own: list[Log]) -> int | None:
    for number in sorted({resumes.number(log.opened) for log in own}, reverse=True):
        latest = {log.place[0]: log for log in sorted(own, key=lambda log: log.place[1]) if _is_of(log, number)}
        steps = [step for log in latest.values() for step in _steps(log)]
        if steps:
            return max(steps)
    return None


def _is_of(log: Log, number: int) -> bool:
    return resumes.number(log.opened) == number


def _steps(log: Log) -> Iterator[int]:
    """The largest step of a log's writer before it, and the steps in the log, or the largest of each metric."""
    before = log.opened.get("step")
    if isinstance(before, int):
        yield before
    of_machine = set()
    for frame in journal.frames(log.path.read_bytes()):
        if frame.kind == Kind.SCHEMA:
            schema, keys = msgspec.convert(journal.unpacked(frame.payload), tuple[int, list[str]])
            if all(map(is_system, keys)):
                of_machine.add(schema)
        elif (frame.kind < FIRST_RESERVED and frame.kind not in of_machine) or frame.kind == Kind.SPARSE:
            yield int.from_bytes(frame.payload[:8], "little", signed=True)
        elif frame.kind == Kind.MIXED:
            yield msgspec.msgpack.decode(frame.payload, type=_Row).step
        elif frame.kind == Kind.SUMMARY:
            summaries = msgspec.convert(journal.unpacked(frame.payload), dict[str, Stats])
            trained = (stats for metric, stats in summaries.items() if not is_system(metric))
            yield from (stats.last_step for stats in trained if stats.last_step is not None)


def _last(store: StorePaths, project: str | None, around: str | None) -> list[RunPaths]:
    """The newest run of a project, or of all, that is neither archived nor in the trash."""
    for run, said in _runs(store):
        if run.id != around and project in (None, said.get("project")):
            fields = edited(run).values
            if not fields.get("trashed") and not fields.get("archived"):
                return [run]
    return []


def _named(store: StorePaths, text: str, project: str | None) -> list[RunPaths]:
    found = []
    for run, said in _runs(store):
        if project in (None, said.get("project")):
            fields = edited(run).values
            if fields.get("name", said.get("name")) == text and not fields.get("trashed"):
                found.append(run)
    return found


def _with_part(store: StorePaths, text: str) -> list[RunPaths]:
    part = text.upper()
    if len(part) < SHORTEST_PART:
        return []
    found = [store.run(run_id) for run_id in store.run_ids() if run_id.startswith(part) or run_id.endswith(part)]
    return [run for run in found if run.manifest.is_file()]


def _runs(store: StorePaths) -> Iterator[tuple[RunPaths, dict[str, Any]]]:
    """Runs and their manifests, the newest first; those that cannot be read are left out."""
    for run_id in store.run_ids():
        run = store.run(run_id)
        try:
            said = manifest_of(run)
        except StoreError:
            continue
        if said is not None:
            yield run, said


def _files(folder: Path, suffix: str) -> list[Path]:
    """Whole files of a folder by name, links left out."""
    try:
        found = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path for path in found if path.name.endswith(suffix) and path.name[0] != "." and not path.is_symlink()]


def _opened(path: Path) -> dict[str, Any] | None:
    with path.open("rb") as stream:
        first = next(journal.frames(stream.read(_HEAD_BYTES)), None)
    said: Any = journal.unpacked(first.payload) if first is not None and first.kind == Kind.OPEN else None
    return said if isinstance(said, dict) else None


def _edit(frame: Frame) -> tuple[int, dict[str, Any]]:
    """The stamp of an edit, and the fields that it sets."""
    try:
        said = msgspec.msgpack.decode(frame.payload, type=_Edit)
    except msgspec.MsgspecError:
        return 0, {}
    return said.stamp, said.set
