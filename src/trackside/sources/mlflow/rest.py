"""Runs of an MLflow tracking server, by its REST interface: an address in place of a folder.

A run is read from its experiment's search, its histories and the list of its artifacts, whose content stays where it is
until somebody asks for it.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from trackside.model.foreign import Cursor, Facts, Found, Item, Remark, Restart, Texts
from trackside.model.visible import visible
from trackside.sources.mlflow import facts as words
from trackside.sources.mlflow.answers import Metric, Run
from trackside.sources.mlflow.connections import Origin
from trackside.sources.mlflow.histories import Histories
from trackside.sources.mlflow.login import login
from trackside.sources.mlflow.rest_artifacts import listed
from trackside.sources.mlflow.rest_bulk import Short
from trackside.sources.mlflow.rest_client import Client, ServerError
from trackside.sources.mlflow.rest_history import ChangedError, Part, Position, parts, told
from trackside.sources.mlflow.rest_server import OVER, Server
from trackside.sources.protocol import Folder, SourceError

_WHOLE_SECONDS = 30.0
_WHOLE_SHARE = 20
"""All runs are asked for so many times as rarely as that takes: others use the server, too."""

_EXPERIMENT = re.compile(r"/experiments/([^/?]+)")


class TrackingServer:
    """MLflow's tracking servers. As a `Source`, with addresses in place of folders."""

    name = words.NAME

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._servers: dict[str, tuple[Server, tuple[str, str] | None]] = {}
        self._listed: dict[tuple[str, str | None], _Listed] = {}

    def takes(self, address: str) -> bool:
        """Whether this is an address and no path."""
        return address.lower().startswith(("http://", "https://"))

    def runs_at(self, address: str) -> Iterator[Found]:
        """All runs of a server, deleted ones too; those of one experiment where the address is of its page.

        Asked again and again, it asks for new ones alone, and for all of them now and then. SourceError where nothing
        answers as a tracking server does. What was found before stays found.
        """
        where, userinfo, only = _parsed(address)
        server = self._server(where, userinfo)
        try:
            yield from self._runs(server, where, only)
        except ServerError as error:
            server.failed(error)
            raise

    def sniff(self, folder: Folder) -> bool:  # noqa: ARG002  as of every source
        """Never: a server lies in no folder."""
        return False

    def discover(self, folder: Folder) -> Iterator[Found]:  # noqa: ARG002
        """None."""
        yield from ()

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """Runs as they were found: each has an id."""
        return found

    def stamp(self, run: Found) -> Any:
        """What is other once a run is; for all runs that go on it takes one question a second."""
        try:
            return self._server(run.extra["server"]).stamp(run.identity)
        except SourceError:
            return None

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What a run has since a cursor. A metric is asked for where its latest point is another, all once at the end.

        SourceError where the server does not answer; what came before the last cursor is whole.
        """
        server = self._server(run.extra["server"])
        server.check()
        try:
            yield from _followed(server, run.identity, since)
        except ServerError as error:
            server.failed(error, run.identity)
            raise

    def content(self, run: Found, url: str, size: int) -> Iterator[bytes]:
        """The content of an artifact that `follow` listed, piece by piece. SourceError where it is not to be had."""
        client = self._server(run.extra["server"]).client
        if not url.startswith(client.address + "/"):
            raise SourceError(f"{visible(url)[:200]} is not on {client.address}; it is not fetched")
        return client.content(url.removeprefix(client.address), size)

    def _runs(self, server: Server, where: str, only: str | None) -> Iterator[Found]:
        began = self._clock()
        kept = self._listed.get((where, only))
        if kept is not None and began < kept.next_whole and not server.away:
            for run in server.runs(only, kept.newest):
                kept.add(where, run)
            yield from list(kept.found.values())
            return
        fresh = _Listed()
        for run in server.runs(only):
            yield fresh.add(where, run)
        now = self._clock()
        fresh.next_whole = now + max(_WHOLE_SECONDS, _WHOLE_SHARE * (now - began))
        self._listed[where, only] = fresh

    def _server(self, where: str, userinfo: tuple[str, str] | None = None) -> Server:
        server, given = self._servers.get(where, (None, None))
        if server is None or userinfo not in (None, given):
            server = Server(Client(where, login(Origin.of(where).host, userinfo)), self._clock)
            self._servers[where] = server, userinfo
        return server


@dataclass(slots=True)
class _Listed:
    """The runs that were found, by id; when the `newest` of them began, in milliseconds."""

    found: dict[str, Found] = field(default_factory=dict)
    newest: int = 0
    next_whole: float = 0.0

    def add(self, where: str, run: Run) -> Found:
        """One more, or the same again."""
        page = f"{where}/#/experiments/{quote(run.info.experiment_id)}/runs/{quote(run.info.id)}"
        self.newest = max(self.newest, run.info.start_time or 0)
        return self.found.setdefault(run.info.id, Found(words.NAME, run.info.id, page, extra={"server": where}))


def _followed(server: Server, run_id: str, since: Any) -> Iterator[Item]:
    run, short = server.run(run_id, first=since is None)
    known = _facts(server, run)
    state = _State.of(since)
    yield known
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


@dataclass(slots=True)
class _State:
    """How far a run is read: of each metric where its history stands, and which point was the latest then."""

    metrics: dict[str, tuple[Position, tuple[int, int, str]]] = field(default_factory=dict)
    over: bool = False
    listed: bool = False

    @classmethod
    def of(cls, since: Any) -> "_State | None":
        """The state of a cursor; None where it is none of ours."""
        if since is None:
            return cls()
        try:
            kept = msgspec.convert(since, _Kept)
        except msgspec.ValidationError:
            return None
        metrics = {key: (Position.of(list(at)), latest) for key, (at, latest) in kept.metrics.items()}
        return cls(metrics, kept.over, kept.listed)

    def plain(self) -> dict[str, Any]:
        """The state as JSON."""
        metrics = {key: [at.plain(), list(latest)] for key, (at, latest) in self.metrics.items()}
        return {"metrics": metrics, "over": self.over, "listed": self.listed}


class _Kept(msgspec.Struct):
    metrics: dict[str, tuple[tuple[str | None, int, int, int, str], tuple[int, int, str]]]
    over: bool
    listed: bool


class _Reader:
    """Reads one run from where its state stands."""

    def __init__(self, client: Client, run: Run, short: Short, state: _State) -> None:
        self._client = client
        self._run = run
        self._short = short
        self._state = state
        self._over = run.info.status in OVER
        self._remarks: list[str] = []

    def points(self) -> Iterator[Item]:
        """What is new of the histories. ChangedError where one is not the continuation of what was read."""
        histories = Histories()
        for latest in self._run.data.metrics:
            for part in self._parts(latest):
                histories.add(latest.key, part.stamps, part.steps, part.values)
                self._state.metrics[latest.key] = part.position, told(latest)
                if histories.full:
                    yield from histories.take()
                    yield Cursor(self._state.plain())
        yield from histories.take()

    def rest(self, known: Facts) -> Iterator[Item]:
        """What else a run has: texts, the list of its artifacts, and how far all of it is read."""
        ending = self._over and not self._state.over
        if ending or not self._state.listed:
            if texts := words.texts(_pairs(self._run.data.tags)):
                yield Texts(0, known.created, texts)
            try:
                yield from listed(self._client, self._run, known.ended or known.created)
            except ServerError as error:
                if error.passing:
                    raise
                self._remarks.append(f"its artifacts cannot be listed: {error}")
        yield from map(Remark, self._remarks)
        self._state.over, self._state.listed = self._over, True
        yield Cursor(self._state.plain())

    def _parts(self, latest: Metric) -> Iterator[Part]:
        since, seen = self._state.metrics.get(latest.key, (None, None))
        if seen == told(latest) and not (self._over and not self._state.over):
            return
        if since is None and latest.key in self._short:
            yield self._short[latest.key]
            return
        try:
            yield from parts(self._client, self._run.info.id, latest.key, since)
        except ServerError as error:
            if error.passing:
                raise
            self._remarks.append(f"metric {visible(latest.key)[:100]} is not whole: {error}")


def _facts(server: Server, run: Run) -> Facts:
    tags = _pairs(run.data.tags)
    experiment = server.experiment(run)
    info = run.info
    deleted = "deleted" in (info.lifecycle_stage, experiment.lifecycle_stage)
    newest = max((metric.timestamp for metric in run.data.metrics), default=None)
    said = words.Said(
        run_id=info.id,
        experiment=experiment.name,
        status=info.status,
        name=info.run_name or "",
        start=info.start_time,
        end=info.end_time,
        deleted=deleted,
        user=info.user_id or "",
        params=_pairs(run.data.params),
        tags=tags,
        datasets=[
            words.Dataset(
                name=read.dataset.name,
                digest=read.dataset.digest,
                source=read.dataset.source,
                context=_pairs(read.tags).get(words.CONTEXT, ""),
            )
            for read in run.inputs.dataset_inputs
        ],
        last_point=words.moment(newest),
        parent_name=server.name_of(tags[words.PARENT]) if words.PARENT in tags else None,
    )
    return words.facts(said, time.time())


def _pairs(pairs: Sequence[Any]) -> dict[str, str]:
    return {pair.key: pair.value or "" for pair in pairs}


def _parsed(address: str) -> tuple[str, tuple[str, str] | None, str | None]:
    """Where a server lives, name and password that the address has, and the experiment that it is of."""
    try:
        parts = urlsplit(address.strip())
        origin = Origin.of(address.strip())
    except ValueError:
        raise SourceError(f"{visible(address)[:200]} is no address of a server, such as http://HOST:5000") from None
    userinfo = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    experiment = _EXPERIMENT.search(parts.fragment)
    path = quote(parts.path.rstrip("/"), safe="/%~!$&'()*+,;=:@")
    return f"{origin}{path}", userinfo, unquote(experiment[1]) if experiment else None
