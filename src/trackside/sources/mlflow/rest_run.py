"""One run of a tracking server: what it says, its histories, and the list of its artifacts, whose content stays there.

Its cursor remembers of each metric where the history stands, and which point was the latest by then: a metric is asked
for where that is another, and all of them once when the run has ended.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

import msgspec

from trackside.model.foreign import Cursor, Facts, File, Item, Remark, Restart, Texts
from trackside.model.visible import visible
from trackside.sources.mlflow import facts as words
from trackside.sources.mlflow.answers import Run
from trackside.sources.mlflow.histories import Histories
from trackside.sources.mlflow.rest_artifacts import listed
from trackside.sources.mlflow.rest_bulk import Short
from trackside.sources.mlflow.rest_client import Client, ServerError
from trackside.sources.mlflow.rest_history import ChangedError, Part, Position, Told, parts, told
from trackside.sources.mlflow.rest_server import OVER, Server


class _Standing(msgspec.Struct):
    """How far a metric is read, and its latest point when all of it was."""

    position: Position | None = None
    latest: Told | None = None


class _State(msgspec.Struct, forbid_unknown_fields=True):
    """How far a run is read. `files` and `texts` tell of what was listed whether it is another now."""

    metrics: dict[str, _Standing] = {}
    files: dict[str, int] = {}
    texts: int = 0
    listed: bool = False
    over: bool = False


def followed(server: Server, run_id: str, since: Any) -> Iterator[Item]:
    """What a run has since a cursor. ServerError where the server does not answer; what is before a cursor is whole."""
    run, short = server.run(run_id, first=since is None)
    known = _facts(server, run)
    yield known
    state = _state_of(since)
    reader = _Reader(server.client, run, short, state or _State())
    if state is not None:
        try:
            yield from reader.points()
        except ChangedError:
            state = None
    if state is None:
        yield from (Restart(None, known.created), known)
        reader = _Reader(server.client, run, {}, _State())
        yield from reader.points()
    yield from reader.rest(known)


class _Reader:
    """Reads one run from where its state stands."""

    def __init__(self, client: Client, run: Run, short: Short, state: _State) -> None:
        self._client = client
        self._run = run
        self._short = short
        self._state = state
        self._over = run.info.status in OVER
        self._ending = self._over and not state.over
        self._remarks: list[str] = []

    def points(self) -> Iterator[Item]:
        """What is new of the histories. ChangedError where one is not the continuation of what was read."""
        histories = Histories()
        for latest in self._run.data.metrics:
            standing = self._state.metrics.setdefault(latest.key, _Standing())
            if standing.latest == told(latest) and not self._ending:
                continue
            standing.latest = None
            for part in self._parts(latest.key, standing.position):
                histories.add(latest.key, part.stamps, part.steps, part.values)
                standing.position = part.position
                if histories.full:
                    yield from histories.take()
                    yield self._cursor()
            standing.latest = told(latest)
        yield from histories.take()

    def rest(self, known: Facts) -> Iterator[Item]:
        """What else a run has: texts, the list of its artifacts, and how far all of it is read."""
        yield from self._texts(known)
        if self._ending or not self._state.listed:
            yield from self._files(known)
        yield from map(Remark, self._remarks)
        self._state.over, self._state.listed = self._over, True
        yield self._cursor()

    def _parts(self, key: str, since: Position | None) -> Iterator[Part]:
        if since is None and key in self._short:
            yield self._short[key]
            return
        try:
            yield from parts(self._client, self._run.info.id, key, since)
        except ServerError as error:
            if error.passing:
                raise
            self._remarks.append(f"metric {visible(key)[:100]} is not whole: {error}")

    def _texts(self, known: Facts) -> Iterator[Item]:
        texts = words.texts(_pairs(self._run.data.tags))
        said = crc32(msgspec.json.encode(sorted(texts.items()))) if texts else 0
        if said != self._state.texts:
            self._state.texts = said
            yield Texts(0, known.created, texts)

    def _files(self, known: Facts) -> Iterator[Item]:
        try:
            for file in listed(self._client, self._run, known.ended or known.created):
                said = _sizes(file)
                if self._state.files.get(file.name) != said:
                    self._state.files[file.name] = said
                    yield file
        except ServerError as error:
            if error.passing:
                raise
            self._remarks.append(f"its artifacts cannot be listed: {error}")

    def _cursor(self) -> Cursor:
        return Cursor(msgspec.json.decode(msgspec.json.encode(self._state)))


def _state_of(since: Any) -> _State | None:
    """The state of a cursor, a new one without; None where it is none of ours."""
    try:
        return _State() if since is None else msgspec.convert(since, _State)
    except msgspec.ValidationError:
        return None


def _sizes(file: File) -> int:
    return crc32(msgspec.json.encode(sorted((path, content.size) for path, content in file.files.items())))


def _facts(server: Server, run: Run) -> Facts:
    tags = _pairs(run.data.tags)
    experiment = server.experiment(run)
    info = run.info
    newest = max((metric.timestamp for metric in run.data.metrics), default=None)
    datasets = [
        words.Dataset(
            name=read.dataset.name,
            digest=read.dataset.digest,
            source=read.dataset.source,
            context=_pairs(read.tags).get(words.CONTEXT, ""),
        )
        for read in run.inputs.dataset_inputs
    ]
    said = words.Said(
        run_id=info.id,
        experiment=experiment.name,
        status=info.status,
        name=info.run_name or "",
        start=info.start_time,
        end=info.end_time,
        deleted="deleted" in (info.lifecycle_stage, experiment.lifecycle_stage),
        user=info.user_id or "",
        params=_pairs(run.data.params),
        tags=tags,
        datasets=datasets,
        last_point=words.moment(newest),
        parent_name=server.name_of(tags[words.PARENT]) if words.PARENT in tags else None,
    )
    return words.facts(said, time.time())


def _pairs(pairs: Sequence[Any]) -> dict[str, str]:
    return {pair.key: pair.value or "" for pair in pairs}
