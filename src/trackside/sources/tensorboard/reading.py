"""One run of event files: all that they say, and how far they were read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from trackside.model.bounds import LATEST
from trackside.model.foreign import (
    Content,
    Cursor,
    Facts,
    File,
    Found,
    Histograms,
    Item,
    Points,
    Remark,
    Restart,
    Texts,
)
from trackside.model.status import FAILED, FINISHED
from trackside.model.visible import visible
from trackside.sources import histograms, trainer_output
from trackside.sources.opening import opened, seen
from trackside.sources.protobuf import Message, ProtobufError, walk
from trackside.sources.protocol import SourceError
from trackside.sources.recent import heard, is_recent
from trackside.sources.tensorboard import places
from trackside.sources.tensorboard.hparams import Session, beside, together
from trackside.sources.tensorboard.parts import Part
from trackside.sources.tensorboard.places import PARAMS, Called, Kind
from trackside.sources.tensorboard.records import LONGEST, Batch, Records, Trouble
from trackside.sources.tensorboard.scalars import Scalars
from trackside.sources.tensorboard.values import Images, Number, Summed, Text, Unread, named, read_value

_BATCHES_A_CURSOR = 32
_STEP, _SUMMARY, _SESSION_LOG, _START = 2, 5, 7, 1
_MOST_TOLD = 100
_WITH_PARAMS = "hparam/"
"""What the name of a final value begins with that was given with the params, and has the name of a curve."""
_IMAGES = {b"\x89PNG": "png", b"GIF8": "gif", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}


class State(msgspec.Struct):
    """How far a run was read, and what has to be known of what was: what a cursor holds.

    `files` is where reading each file goes on, and a checksum of what is before that. `params` is JSON, since a param
    may be NaN. `top` is the largest step so far, `metrics` those of the run's own files; `senseless` is how
    many histograms made no sense.
    """

    files: dict[str, list[int]] = {}
    ended: float | None = None
    params: str = "{}"
    group: str | None = None
    failed: bool = False
    plugins: dict[str, str] = {}
    metrics: list[str] = []
    top: int | None = None
    told: list[str] = []
    senseless: int = 0


class Where(NamedTuple):
    """Which record of a batch is read, of which file."""

    path: Path
    batch: Batch
    record: int


def follow(run: Found, since: Any) -> Iterator[Item]:
    """What a run has since the state of a cursor."""
    reading = _Reading(run)
    files = [(part, path) for part in reading.parts for path in places.event_files(part.path, reading.root)]
    if not files:
        raise SourceError(f"{run.address}: has no event files any more")
    state = State() if since is None else msgspec.convert(since, State)
    anew = not _continues(reading, state, [path for _, path in files])
    reading.begin(State() if anew else state, [path for _, path in files])
    yield reading.facts()
    if anew:
        yield Restart(None, run.extra["created"])
        yield reading.facts()
    yield from reading.first_remarks()
    for part, path in files:
        try:
            yield from reading.file(part, path)
        except SourceError as error:
            yield Remark(str(error))
    yield from reading.end()


def _continues(reading: "_Reading", state: State, files: list[Path]) -> bool:
    """Whether the files are those that were read, longer."""
    names = {reading.name_of(path): path for path in files}
    for name, (offset, checksum) in state.files.items():
        if name not in names:
            return False
        with opened(names[name], reading.root) as file:
            if file.seek(0, 2) < offset or seen(file, offset) != checksum:
                return False
    return True


class _Reading:
    """One round of reading a run."""

    def __init__(self, run: Found) -> None:
        self.root = run.tree
        own = Path(run.address)
        self.parts = [Part(path, *names) for path, names in zip(run.paths, run.extra["names"], strict=True)]
        self._run = run
        self._own = own
        self._trainer = trainer_output.around(own, self.root)
        self._called = places.called(own) if self._trainer is None else Called(*trainer_output.called(self._trainer))
        self._state = State()
        self._params: dict[str, Any] = {}
        self._in_file: dict[str, Any] = {}
        self._metrics: dict[str, None] = {}
        self._remarks: list[str] = []
        self._changed = 0.0
        self._troubled: list[tuple[Path, Records]] = []
        self._running = False
        self._said: Facts | None = None

    def name_of(self, path: Path) -> str:
        """A file by its path in the run."""
        return str(path.relative_to(self._own))

    def begin(self, state: State, files: list[Path]) -> None:
        """Go on from a state."""
        self._state = state
        self._params = json.loads(state.params)
        self._metrics = dict.fromkeys(state.metrics)
        self._changed = max((path.stat().st_mtime for path in files if path.exists()), default=0.0)
        self._running = self._is_heard_of()
        try:
            self._in_file = beside(self._own / PARAMS, self.root)
        except SourceError as error:
            self._remarks.append(str(error))
        if self._trainer is not None:
            remarks: list[Remark] = []
            self._in_file |= trainer_output.params(self._trainer, self.root, remarks)
            self._remarks += [remark.sentence for remark in remarks]

    def first_remarks(self) -> Iterator[Remark]:
        """What was to be said before any file was read."""
        for sentence in self._remarks:
            yield from self._tell(sentence)

    def facts(self) -> Facts:
        """All that is known by now; params not before the first file said which of those beside it are objects."""
        created = self._run.extra["created"]
        self._said = Facts(
            name=self._called.name,
            project=self._called.project,
            group=self._state.group or self._called.group,
            created=created,
            ended=None if self._running else max(created, self._state.ended or created),
            status=FAILED if self._state.failed else FINISHED,
            running=self._running,
            end_known=self._state.failed,
            host=self._run.extra["host"],
            params=together(self._params, self._in_file) if self._state.files else {},
        )
        return self._said

    def end(self) -> Iterator[Item]:
        """Whether the run goes on, now that the times of all its records are known, and what was not read."""
        self._running = self._is_heard_of()
        for path, records in self._troubled:
            yield from self._troubles(path, records)
        if self._state.senseless:
            yield Remark(histograms.left_out(self._state.senseless), current=True)
        yield from self.cursor()

    def cursor(self) -> Iterator[Item]:
        """Facts where they changed, and how far all was read."""
        before = self._said
        facts = self.facts()
        if facts != before:
            yield facts
        self._state.params = json.dumps(self._params)
        self._state.metrics = list(self._metrics)
        yield Cursor(msgspec.to_builtins(self._state))

    def file(self, part: Part, path: Path) -> Iterator[Item]:
        """What a file has that was not read yet."""
        name = self.name_of(path)
        offset, _ = self._state.files.get(name, [0, 0])
        with Records(path, self.root, offset) as records:
            scalars = Scalars(part.before, part.after)
            for number, batch in enumerate(records, start=1):
                yield from self._batch(part, path, batch, scalars)
                if number % _BATCHES_A_CURSOR == 0:
                    self._state.files[name] = [records.offset, records.seen()]
                    yield from self.cursor()
            self._state.files[name] = [records.offset, records.seen()]
            if records.torn or records.trouble != Trouble():
                self._troubled.append((path, records))

    def _batch(self, part: Part, path: Path, batch: Batch, scalars: Scalars) -> Iterator[Item]:
        unread = 0
        for record in scalars.add_common(batch).tolist():
            try:
                yield from self._event(part, Where(path, batch, record), scalars)
            except ProtobufError:
                unread += 1
        yield from self._points(part, scalars)
        if unread:
            yield Remark(f"{visible(path.name)}: {unread} of its records could not be read")

    def _event(self, part: Part, where: Where, scalars: Scalars) -> Iterator[Item]:
        event = Message(where.batch[where.record])
        moment, step = event.double(1), event.signed(_STEP)
        self._heard(moment)
        if event.message(_SESSION_LOG).unsigned(1) == _START:
            yield from self._points(part, scalars, before=where.record)
            if self._state.top is not None and step <= self._state.top:
                yield Restart(step, moment)
        for number, _, value in walk(event.raw(_SUMMARY)):
            if number == 1 and isinstance(value, bytes):
                yield from self._value(part, where, scalars, step, moment, value)

    def _value(
        self, part: Part, where: Where, scalars: Scalars, step: int, moment: float, data: bytes
    ) -> Iterator[Item]:
        value = Message(data)
        tag = value.raw(1)
        name = part.before + named(tag.decode(errors="replace")) + part.after
        match read_value(value, self._state.plugins):
            case Number(number):
                scalars.add(where.record, tag, step, moment, number)
            case Summed(by_name, histogram):
                for what, sum_up in by_name.items():
                    scalars.add(where.record, tag + f"/{what}".encode(), step, moment, sum_up)
                if histogram is None:
                    self._state.senseless += 1
                else:
                    yield Histograms(step, moment, {name: histogram})
            case Text(text):
                yield Texts(step, moment, {name: text})
            case Images(encoded):
                yield File(f"{name}/{step}", "image", _places(where, encoded), moment, step)
            case Session(params, group, failed):
                self._params |= params
                self._state.group = group or self._state.group
                self._state.failed |= failed
            case Unread(kind):
                if kind:
                    yield from self._tell(f"Its event files also hold {kind}, which is not shown", incomplete=False)

    def _points(self, part: Part, scalars: Scalars, before: int | None = None) -> Iterator[Item]:
        for points in scalars.take(before):
            self._heard(float(points.time.max(initial=0.0, where=np.isfinite(points.time))))
            self._state.top = max(int(points.step.max()), -(1 << 63) if self._state.top is None else self._state.top)
            if part.path == self._own or part.before or part.after:
                self._metrics.update(dict.fromkeys(points.keys))
                yield points
            else:
                keys = tuple(f"{_WITH_PARAMS}{key}" if key in self._metrics else key for key in points.keys)
                yield Points(keys, points.step, points.time, points.value)

    def _is_heard_of(self) -> bool:
        return is_recent(heard(self._changed, self._state.ended))

    def _heard(self, moment: float) -> None:
        if 0 < moment < LATEST:
            self._state.ended = max(moment, self._state.ended or 0.0)

    def _troubles(self, path: Path, records: Records) -> Iterator[Remark]:
        trouble, shown = records.trouble, visible(path.name)
        if trouble.damaged:
            yield Remark(f"{shown}: {trouble.damaged} of its records are damaged and were passed over")
        if trouble.too_long:
            yield Remark(
                f"{shown}: {trouble.too_long} of its records are longer than {LONGEST >> 20} MiB, and not read"
            )
        if not records.torn or self._running:
            return
        kind = places.beginning(path, self.root).kind if records.offset == 0 else Kind.TORN
        if kind is not Kind.TORN:
            yield Remark(f"{shown}: {kind.value}", current=True)
        elif trouble.lost:
            sentence = f"{shown}: what follows byte {records.offset:,} is no record, and is not read"
            yield Remark(sentence, current=True)
        else:
            yield Remark(f"{shown}: its last record is not whole; what is before it was read", current=True)

    def _tell(self, sentence: str, *, incomplete: bool = True) -> Iterator[Remark]:
        """Say something once."""
        if sentence not in self._state.told and len(self._state.told) < _MOST_TOLD:
            self._state.told.append(sentence)
            yield Remark(sentence, incomplete)


def _places(where: Where, images: list[bytes]) -> dict[str, Content]:
    """Where images lie in the event file, by a name for each."""
    batch, record = where.batch, where.record
    begin, end = int(batch.starts[record]), int(batch.starts[record] + batch.sizes[record])
    found: dict[str, Content] = {}
    for number, image in enumerate(images):
        kind = next((kind for magic, kind in _IMAGES.items() if image.startswith(magic)), "bin")
        name = f"image-{number}.{kind}" if len(images) > 1 else f"image.{kind}"
        found[name] = Content(where.path.resolve(), len(image), batch.start + batch.data.find(image, begin, end))
    return found
