"""Connections to a server that are kept and used again, by way of the proxies that the environment names."""

import base64
import http.client
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from trackside.sources.mlflow.login import Login
from trackside.sources.protocol import SourceError

_PORTS = {"http": 80, "https": 443}


class Origin(msgspec.Struct, frozen=True):
    """One server: what a login may be sent to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The server of a URL. ValueError where it has none, or is no URL of the web."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(url)
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


class Connections:
    """Connections that are idle, by server."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._idle: dict[Origin, list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def ask(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer to a request. OSError and HTTPException where none comes.

        A connection that was kept may have been closed by the server meanwhile: then the request is sent once more.
        """
        origin = Origin.of(url)
        connection, answer = self._sent(origin, method, url, body, headers)
        try:
            yield answer
        finally:
            if answer.isclosed() and not answer.will_close:
                self._give(origin, connection)
            else:
                answer.close()
                connection.close()

    def _sent(
        self, origin: Origin, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        target, also = _target(origin, url)
        while True:
            connection, kept = self._take(origin)
            try:
                connection.request(method, target, body, {**headers, **also})
                return connection, connection.getresponse()
            except (ConnectionError, http.client.BadStatusLine):
                connection.close()
                if not kept:
                    raise
            except BaseException:
                connection.close()
                raise

    def _take(self, origin: Origin) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if idle := self._idle.get(origin):
                return idle.pop(), True
        return self._new(origin), False

    def _give(self, origin: Origin, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.setdefault(origin, []).append(connection)

    def _new(self, origin: Origin) -> http.client.HTTPConnection:
        proxy = _proxy(origin)
        host, port = (proxy.hostname or "", proxy.port or 80) if proxy else (origin.host, origin.port)
        if origin.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._login.patience)
        secure = http.client.HTTPSConnection(host, port, timeout=self._login.patience, context=self._login.tls())
        if proxy:
            secure.set_tunnel(origin.host, origin.port, _proxy_login(origin))
        return secure


def _close(idle: Mapping[Origin, Sequence[http.client.HTTPConnection]]) -> None:
    for connections in idle.values():
        for connection in connections:
            connection.close()


def _target(origin: Origin, url: str) -> tuple[str, dict[str, str]]:
    """What a request line names, and the headers that the way to the server needs."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if origin.scheme == "http" and _proxy(origin):
        return f"{origin}{path}", _proxy_login(origin)
    return path, {}


def _proxy(origin: Origin) -> SplitResult | None:
    """The proxy that the environment names for a server, if any."""
    address = getproxies().get(origin.scheme, "")
    if not address or proxy_bypass(f"{origin.host}:{origin.port}") or proxy_bypass(origin.host):
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    try:
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        raise SourceError(f"{origin.scheme}_proxy names no port; set it again, or no_proxy={origin.host}") from None


def _proxy_login(origin: Origin) -> dict[str, str]:
    proxy = _proxy(origin)
    if proxy is None or proxy.username is None:
        return {}
    both = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(both.encode()).decode()}
