"""A Comet run read: from archives that are whole, or from the folder of one that goes on or died."""

import math
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from trackside.model.counting import counted
from trackside.model.foreign import Cursor, File, Found, Item, Printed, Remark, Restart, Texts
from trackside.sources.comet.boxes import MESSAGES, NOTHING, Archive, Leftover
from trackside.sources.comet.known import Known
from trackside.sources.comet.members import UnfinishedError
from trackside.sources.comet.messages import Message, read, text
from trackside.sources.comet.patches import patch_in
from trackside.sources.lines import Lines
from trackside.sources.numbers import moment_of, of_cell, of_json, step_of
from trackside.sources.opening import stamp_of
from trackside.sources.protocol import SourceError
from trackside.sources.recent import heard, is_recent
from trackside.sources.rows import Rows

_EMPTY = (
    "{} is empty, as Comet leaves it when a run dies; what was logged may be in a folder tmp… of the temporary "
    "directory of its machine: open that"
)
_KINDS = {"asset": "file", "visualization": "image", "source_code": "code", "model-element": "model"}
_ONE_A_STEP = frozenset({
    "visualization", "confusion-matrix", "histogram3d", "curve", "text-sample", "audio", "video", "3d-image",
})  # fmt: skip
_LARGEST_PATCH = 16 << 20
_LONGEST_NAME = 200
_LONGEST_STATE = 256 << 10


def follow_archives(run: Found, since: Any) -> Iterator[Item]:
    """What stands in archives that were not read yet; those that are not whole are waited for."""
    done: list[Any] = since["done"] if since else []
    stamps = [stamp_of([path], path.parent) for path in run.paths]
    anew = done != stamps[: len(done)]
    if anew:
        since, done = None, []
    known = _known(run, since)
    yield known.facts(running=False)
    if anew:
        yield Restart(None, time.time())
    running = False
    for path, stamp in zip(run.paths[len(done) :], stamps[len(done) :], strict=True):
        running = _is_fresh(path) and not _is_whole(path, run.tree)
        if running:
            break
        if path.stat().st_size <= len(NOTHING):
            yield Remark(_EMPTY.format(path.name))
            continue
        try:
            yield from _archive(path, run.tree, known)
        except SourceError as error:
            if len(run.paths) == 1:
                raise
            yield Remark(f"{error}; what the run's other archives hold was read")
        done = [*done, stamp]
    yield known.facts(running=running)
    yield Cursor({"done": done, "known": _small(known)})


def follow_folder(run: Found, since: Any) -> Iterator[Item]:
    """What came since into the messages of a folder."""
    path = run.paths[0]
    changed = (path / MESSAGES).stat().st_mtime
    with Lines(path / MESSAGES, run.tree, since and since["lines"]) as lines:
        known = _known(run, None if lines.anew else since)
        yield known.facts(running=is_recent(heard(changed, known.heard)))
        if lines.anew:
            yield Restart(None, time.time())
        reading = _Reading(known, Leftover(path))
        yield from reading.all(None if line is None else line.encode() for line in lines)
        running = is_recent(heard(changed, known.heard))
        if lines.torn and not running:
            yield Remark(f"{MESSAGES} ends within a message, which is left out", current=True)
        yield known.facts(running=running)
        yield Cursor({"lines": lines.state(), "known": _small(known)})


def _archive(path: Path, root: Path, known: Known) -> Iterator[Item]:
    cut = None
    try:
        archive = Archive(path, root)
    except UnfinishedError as error:
        cut, archive = error, Archive(path, root, cut=True)
    with archive:
        if cut is not None:
            if not archive.has_messages:
                raise SourceError(f"{cut}; copy it again from where it was made") from cut
            yield Remark(f"{path.name} is cut off; what is whole in it was read: copy it again for the rest")
        known.began(archive.experiment())
        yield from _Reading(known, archive).all(archive.lines())


class _Reading:
    """The messages of one box, heard one after the other."""

    def __init__(self, known: Known, box: Archive | Leftover) -> None:
        self._known = known
        self._box = box
        self._rows = Rows()
        self._last = 0
        self._said: dict[tuple[str, str], int] = {}

    def all(self, lines: Iterable[bytes | None]) -> Iterator[Item]:
        """All of them; what is no message is passed over, and told at the end."""
        number = 0
        for line in lines:
            if line is not None and not line.strip():
                continue
            message = None if line is None else read(line)
            if message is None:
                self._count("line", "without a message, passed over")
                continue
            given = message.fields.get("message_id")
            if isinstance(given, int) and number and given > number + 1:
                self._count("message", "missing from it", given - number - 1)
            number = given if isinstance(given, int) else number
            yield from self._one(message)
            if self._rows.full:
                yield from self._rows.take()
        yield from self._rows.take()
        for (what, why), times in self._said.items():
            yield Remark(f"{MESSAGES}: {counted(times, what)} {why}")

    def _one(self, message: Message) -> Iterator[Item]:
        at = moment_of(message.fields.get("local_timestamp"))
        moment = math.nan if at is None else at
        self._known.heard = max(self._known.heard or 0.0, at or 0.0) or None
        if message.kind == "metric_msg":
            yield from self._metric(message, moment)
        elif message.kind == "standard_output":
            said = text(message.fields.get("output"), 16 << 20)
            if said is not None:
                yield Printed(moment, said.encode())
        elif message.kind == "file_upload":
            yield from self._upload(message, moment)
        else:
            logged = self._known.hear(message)
            if logged:
                yield Texts(self._last, self._known.created if at is None else at, logged)

    def _metric(self, message: Message, moment: float) -> Iterator[Item]:
        said = message.inner("metric")
        plain = text(said.get("metricName"))
        if plain is None:
            self._count("value", "of metrics without a name, left out")
            return
        name = _metric_name(plain, text(message.fields.get("context")))
        given, value = said.get("step"), said.get("metricValue")
        step = step_of(given)
        row: dict[str, float] = {}
        if step is None:
            step = self._known.next_step.get(name, 0)
            odd = of_json(given) if given is not None else None
            if odd is not None:
                row["step"] = odd
        self._known.next_step[name] = min(step + 1, (1 << 63) - 1)
        self._last = step
        number = _number(value)
        if number is not None:
            self._rows.add(step, {**row, name: number}, moment)
        elif isinstance(value, str):
            yield Texts(step, self._known.created if math.isnan(moment) else moment, {name: text(value) or ""})
        else:
            self._count("value", "of metrics that are neither numbers nor text, left out")

    def _upload(self, message: Message, moment: float) -> Iterator[Item]:
        place = message.fields.get("file_path")
        content = self._box.content(PurePosixPath(place).name) if isinstance(place, str) and place else None
        if content is None or not isinstance(place, str):
            self._count("file", "not in it, or not to be taken out of it")
            return
        kind = text(message.fields.get("upload_type"), _LONGEST_NAME) or "file"
        if kind == "git-patch":
            packed = self._box.read(PurePosixPath(place).name, _LARGEST_PATCH)
            self._known.patch = patch_in(packed) if packed is not None else None
            return
        more = message.inner("additional_params")
        step = step_of(more.get("step"))
        label, inner = self._label(kind, more, step)
        when = self._known.created if math.isnan(moment) else moment
        yield File(label, _KINDS.get(kind, kind), {inner: content}, when, step)

    def _label(self, kind: str, more: dict[str, Any], step: int | None) -> tuple[str, str]:
        """The name of an upload, which no other of the run has, and the name of its file."""
        given = text(more.get("fileName")) or text(more.get("figName")) or kind
        path = PurePosixPath(given.replace("\\", "/"))
        inner = path.name if path.is_absolute() else "/".join(part for part in path.parts if part not in ("..", "."))
        inner = inner[-_LONGEST_NAME:].lstrip("/") or kind
        if given == "auto-generated-in-the-backend":
            inner = f"{kind}.txt"
        suffix = text(more.get("extension"), 20)
        if kind in _ONE_A_STEP and suffix and not PurePosixPath(inner).suffix:
            inner = f"{inner}.{suffix.strip('./')}"
        group = text(more.get("groupingName"), _LONGEST_NAME)
        label = f"{group}/{inner}" if group else inner
        if kind in _ONE_A_STEP and step is not None:
            label = f"{label}@{step}"
        used = self._known.uploads.get(label, 0) + 1
        self._known.uploads[label] = used
        return (label if used == 1 else f"{label} ({used})"), inner

    def _count(self, what: str, why: str, times: int = 1) -> None:
        self._said[what, why] = self._said.get((what, why), 0) + times


def _small(known: Known) -> Any:
    """What is known, as JSON; None where that is so long that it is better found out again."""
    found = msgspec.to_builtins(known)
    return found if len(msgspec.json.encode(found)) <= _LONGEST_STATE else None


def _known(run: Found, since: Any) -> Known:
    if since is not None and since["known"] is not None:
        return msgspec.convert(since["known"], Known)
    path = run.paths[0]
    if run.extra["leftover"]:
        known = Known(key=path.name, created=_first_time(path / MESSAGES, run.tree))
    else:
        known = Known(key=run.identity, created=run.extra["start"])
    if since is not None:
        deque(_again(run, since, known), maxlen=0)
    return known


def _again(run: Found, since: Any, known: Known) -> Iterator[Item]:
    """All that was passed on before."""
    if not run.extra["leftover"]:
        for path in run.paths[: len(since["done"])]:
            with suppress(SourceError):
                yield from _archive(path, run.tree, known)
        return
    path, end = run.paths[0], since["lines"]["offset"]
    with Lines(path / MESSAGES, run.tree) as lines:
        before = takewhile(lambda _: lines.offset <= end, lines)
        yield from _Reading(known, Leftover(path)).all(None if line is None else line.encode() for line in before)


def _first_time(path: Path, root: Path) -> float:
    with Lines(path, root) as lines:
        for line in lines:
            message = read(line.encode()) if line else None
            moment = None if message is None else moment_of(message.fields.get("local_timestamp"))
            if moment is not None:
                return moment
    raise SourceError(f"{path}: holds no message that says when it was sent; it is no run of Comet's")


def _is_fresh(path: Path) -> bool:
    return is_recent(path.stat().st_mtime)


def _is_whole(path: Path, root: Path) -> bool:
    if path.stat().st_size <= len(NOTHING):
        return False
    try:
        with Archive(path, root):
            return True
    except UnfinishedError:
        return False


def _metric_name(name: str, context: str | None) -> str:
    if name.startswith("sys."):
        return f"system/{name.removeprefix('sys.')}"
    if name == "process duration":
        return f"system/{name}"
    return name if context is None else f"{context}/{name}"


def _number(value: Any) -> float | None:
    """A value that the client may have made text of: `"NaN"`, `"0.25"`, `"True"`."""
    if isinstance(value, bool) or value in ("True", "False"):
        return float(value in (True, "True"))
    number = of_json(value)
    return of_cell(value) if number is None and isinstance(value, str) else number
