"""The way to a store on another machine: calls over whichever link stands, what happens there, and the next link."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from trackside.model.errors import StoreError
from trackside.model.visible import visible
from trackside.services.remote import calls
from trackside.services.remote.address import Remote
from trackside.services.remote.calls import Happened, Opened
from trackside.services.remote.link import Link, LostError
from trackside.services.remote.wire import WireError
from trackside.store import manifest

_EVENTS: Mapping[str, Any] = {
    "changed": Happened,
    "progress": tuple[int, int],
    "trouble": str,
    "skipped": list[tuple[str, str]],
}


@dataclass(slots=True)
class News:
    """What happened since it was asked last; of most things only how they stand in the end matters."""

    runs: set[str] = field(default_factory=set)
    projects: set[str] = field(default_factory=set)
    said: dict[str, Any] = field(default_factory=dict)


class Connection:
    """The way to the store at `remote`. Calls may come from any thread.

    `on_change` hears of changed runs and projects before anybody else, in the thread that reads: it must not call.
    """

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.on_change: Callable[[Happened], None] = _nobody
        self.lost_at: float | None = None
        self._news = News()
        self._came = threading.Condition()
        self._link = Link(remote, self._told, may_ask=True)
        self.opened = self._open()

    @property
    def why_lost(self) -> str:
        """Why the last link broke."""
        return self._link.why

    @property
    def traffic(self) -> tuple[int, int]:
        """Bytes that the present link sent and received."""
        return self._link.traffic

    def call(self, name: str, *given: Any) -> Any:
        """What the other side answers. Its own error, or LostError while there is no link."""
        body = self.raw(name, *given)
        try:
            return self._coding.decode(body, type=calls.ANSWERS[name])
        except msgspec.MsgspecError as error:
            raise StoreError(f"{self.remote.address} answers {name!r} with nonsense: {error}") from None

    def raw(self, name: str, *given: Any) -> bytes:
        """The same, as the bytes that came."""
        return self._link.call(name, self._coding.encode(given))

    @property
    def is_bare(self) -> bool:
        """Whether the agent there was sent, and knows files alone."""
        return self._link.kind == "bare"

    @property
    def _coding(self) -> Any:
        return msgspec.json if self.is_bare else msgspec.msgpack

    def stale(self, error: StoreError) -> str:
        """What is told while there is no connection: since when, and why."""
        if self.lost_at is None:
            return str(error)
        since = time.strftime("%H:%M:%S", time.localtime(self.lost_at))
        return f"stale since {since}, connecting again ({error})"

    def again(self) -> None:
        """Make another link, without asking anybody. LostError where none comes about."""
        self._link.close()
        self._link = Link(self.remote, self._told, may_ask=False)
        found = self._open()
        if found.uuid != self.opened.uuid:
            raise StoreError(f"another store lies at {self.remote.address} now; leave and open it again")
        self.opened, self.lost_at = found, None

    def news(self, seconds: float) -> News:
        """What happened, as soon as something did; nothing after so many seconds."""
        with self._came:
            self._came.wait_for(lambda: self._news != News(), seconds)
            news, self._news = self._news, News()
            return news

    def close(self) -> None:
        """End it."""
        self._link.close()

    def _open(self) -> Opened:
        try:
            return self._begun()
        except BaseException:
            self._link.close()
            raise

    def _begun(self) -> Opened:
        if self._link.kind == "none":
            raise LostError(f"{self.remote.address}: neither trackside nor python3 is found there; install one of them")
        if self.is_bare:
            from trackside.services.remote.bootstrap import program

            self._link.hand_over(program())
        self._link.begin()
        opened: Opened = self.call("open_files" if self.is_bare else "open", self.remote.path)
        if opened.format > manifest.FORMAT:
            raise StoreError(f"{self.remote.address} is a store of format {opened.format}; update trackside here")
        return opened

    def _told(self, event: str, body: bytes) -> None:
        if event != "lost" and event not in _EVENTS:
            return
        try:
            said = None if event == "lost" else self._coding.decode(body, type=_EVENTS[event])
        except msgspec.MsgspecError as error:
            raise WireError(f"{event}: {error}") from None
        if isinstance(said, Happened):
            self.on_change(said)
        with self._came:
            if event == "lost":
                self.lost_at = self.lost_at or time.time()
            if isinstance(said, Happened):
                self._news.runs.update(said.runs)
                self._news.projects.update(said.projects)
            self._news.said[event] = visible(said) if isinstance(said, str) else said
            self._came.notify_all()


def _nobody(_: Happened) -> None:
    pass
