"""The way to a store on another machine: calls over whichever link stands, what happens there, and the next link."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from trackside.model.errors import StoreError, TracksideError
from trackside.model.visible import visible
from trackside.services.remote.address import Remote
from trackside.services.remote.near.link import Link, LostError
from trackside.services.remote.protocol import calls
from trackside.services.remote.protocol.calls import Happened, Opened
from trackside.services.remote.protocol.wire import WireError
from trackside.store import manifest

_EVENTS: Mapping[str, Any] = {
    "changed": Happened,
    "progress": tuple[int, int],
    "trouble": str,
    "skipped": list[tuple[str, str]],
}


class News(msgspec.Struct):
    """What happened since it was asked last; of most things only how they stand in the end matters."""

    runs: set[str] = msgspec.field(default_factory=set)
    projects: set[str] = msgspec.field(default_factory=set)
    said: dict[str, Any] = msgspec.field(default_factory=dict)


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
        self._coming: Link | None = None
        self._is_closed = False
        self._link = Link(remote, may_ask=True)
        try:
            self.opened = self._open(self._link)
        except BaseException:
            self._link.close()
            raise

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
        return self._call(self._link, name, *given)

    def raw(self, name: str, *given: Any) -> bytes:
        """The same, as the bytes that came."""
        return _raw(self._link, name, *given)

    @property
    def is_bare(self) -> bool:
        """Whether the agent there was sent, and knows files alone."""
        return self._link.kind == "bare"

    def stale(self, error: TracksideError) -> str:
        """What is told while there is no connection: since when, and why."""
        if self.lost_at is None:
            return str(error)
        since = time.strftime("%H:%M:%S", time.localtime(self.lost_at))
        return f"stale since {since}, connecting again ({error})"

    def again(self) -> None:
        """Make another link, without asking anybody. LostError where none comes about, or StoreError.

        Calls go over it once it is known that the same store lies there.
        """
        self._link.close()
        link = self._started()
        try:
            self._take(link, self._open(link))
        except BaseException:
            link.close()
            raise

    def news(self, seconds: float) -> News:
        """What happened, as soon as something did; nothing after so many seconds."""
        with self._came:
            self._came.wait_for(lambda: self._news != News(), seconds)
            news, self._news = self._news, News()
            return news

    def close(self) -> None:
        """End it, and a link that is being made."""
        with self._came:
            self._is_closed = True
            link, coming = self._link, self._coming
        if coming is not None:
            coming.abort()
        link.close()

    def _started(self) -> Link:
        """A link that is being made, without asking anybody."""
        with self._came:
            self._check_open()
            self._coming = Link(self.remote, may_ask=False)
            return self._coming

    def _take(self, link: Link, found: Opened) -> None:
        """Have calls go over a new link."""
        if found.uuid != self.opened.uuid:
            raise StoreError(f"another store lies at {self.remote.address} now; leave and open it again")
        with self._came:
            self._check_open()
            self._link, self._coming, self.opened = link, None, found
            self.lost_at = link.broke_at

    def _check_open(self) -> None:
        """LostError where nobody wants any link any more."""
        if self._is_closed:
            raise LostError(f"{self.remote.address} was closed")

    def _open(self, link: Link) -> Opened:
        """Open the store over a new link."""
        link.greet()
        if link.kind == "none":
            raise LostError(f"{self.remote.address}: neither trackside nor python3 is found there; install one of them")
        if link.kind == "bare":
            from trackside.services.remote.bare.bootstrap import OLDEST, program

            if _numbers(link.python) < OLDEST:
                least = ".".join(map(str, OLDEST))
                raise LostError(f"{self.remote.address}: python3 is {link.python} there; install trackside, or {least}")
            link.hand_over(program())
        link.begin(partial(self._told, link))
        opened = self._opened(link)
        if opened.format > manifest.FORMAT:
            raise StoreError(f"{self.remote.address} is a store of format {opened.format}; update trackside here")
        return opened

    def _opened(self, link: Link) -> Opened:
        """The store there. An error of the agent's says on which machine nothing can be opened."""
        try:
            opened: Opened = self._call(link, "open_files" if link.kind == "bare" else "open", self.remote.path)
        except LostError:
            raise
        except TracksideError as error:
            raise type(error)(f"{self.remote.login}: {error}") from None
        return opened

    def _call(self, link: Link, name: str, *given: Any) -> Any:
        body = _raw(link, name, *given)
        try:
            return _coding(link).decode(body, type=calls.ANSWERS[name])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise StoreError(f"{self.remote.address} answers {name!r} with nonsense: {error}") from None

    def _told(self, link: Link, event: str, body: bytes) -> None:
        if event != "lost" and event not in _EVENTS:
            return
        try:
            said = None if event == "lost" else _coding(link).decode(body, type=_EVENTS[event])
        except msgspec.MsgspecError as error:
            raise WireError(f"{event}: {error}") from None
        if isinstance(said, Happened):
            self.on_change(said)
        with self._came:
            if link is not self._link:
                return
            if event == "lost":
                self.lost_at = self.lost_at or link.broke_at
            if isinstance(said, Happened):
                self._news.runs.update(said.runs)
                self._news.projects.update(said.projects)
            self._news.said[event] = visible(said) if isinstance(said, str) else said
            self._came.notify_all()


def _raw(link: Link, name: str, *given: Any) -> bytes:
    return link.call(name, _coding(link).encode(given))


def _coding(link: Link) -> Any:
    return msgspec.json if link.kind == "bare" else msgspec.msgpack


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _nobody(_: Happened) -> None:
    pass
