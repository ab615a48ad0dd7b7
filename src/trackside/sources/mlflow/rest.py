"""Runs of an MLflow tracking server, by its REST interface: an address in place of a folder."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from trackside.model.foreign import Found, Item
from trackside.model.visible import visible
from trackside.sources.base import SourceOfAddresses
from trackside.sources.mlflow.answers import Run
from trackside.sources.mlflow.connections import Origin
from trackside.sources.mlflow.facts import NAME
from trackside.sources.mlflow.login import login
from trackside.sources.mlflow.rest_client import Client, ServerError
from trackside.sources.mlflow.rest_run import followed
from trackside.sources.mlflow.rest_server import Server
from trackside.sources.protocol import SourceError
from trackside.sources.shown import ESCAPED, is_ambiguous, shown

_WHOLE_SECONDS = 30.0
_WHOLE_SHARE = 20
"""All runs are asked for so many times as rarely as that takes: others use the server, too."""

_EXPERIMENT = re.compile(r"/experiments/([^/?]+)")


class TrackingServer(SourceOfAddresses):
    """MLflow's tracking servers. As a `Source`, with addresses in place of folders."""

    name = NAME

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
            yield from followed(server, run.identity, since)
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


class _Listed(msgspec.Struct):
    """The runs that were found, by id; when the `newest` of them began, in milliseconds."""

    found: dict[str, Found] = msgspec.field(default_factory=dict)
    newest: int = 0
    next_whole: float = 0.0

    def add(self, where: str, run: Run) -> Found:
        """One more, or the same again."""
        page = f"{where}/#/experiments/{quote(run.info.experiment_id)}/runs/{quote(run.info.id)}"
        self.newest = max(self.newest, run.info.start_time or 0)
        return self.found.setdefault(run.info.id, Found(NAME, run.info.id, page, extra={"server": where}))


def _parsed(address: str) -> tuple[str, tuple[str, str] | None, str | None]:
    """Where a server lives, name and password that the address has, and the experiment that it is of."""
    try:
        given = urlsplit(address.strip())
        parts = urlsplit(shown(address))
        origin = Origin.of(shown(address))
    except ValueError:
        raise SourceError(_no_address(address, "is no address of a server, such as http://HOST:5000")) from None
    if is_ambiguous(address):
        raise SourceError(_no_address(address, f"may be cut off; {ESCAPED}"))
    userinfo = None if given.username is None else (unquote(given.username), unquote(given.password or ""))
    experiment = _EXPERIMENT.search(parts.fragment)
    path = quote(parts.path.rstrip("/"), safe="/%~!$&'()*+,;=:@")
    return f"{origin}{path}", userinfo, unquote(experiment[1]) if experiment else None


def _no_address(address: str, why: str) -> str:
    return f"{visible(shown(address))[:200]} {why}"
