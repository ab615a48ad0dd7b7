"""Requests to a tracking server, and its answers, whatever they are: each failure is one line that says what to do.

Nothing is sent but questions. A login goes to the server's own host alone, and what is answered is bounded in size and
time. It knows HTTP and JSON, and nothing of runs.
"""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, Protocol, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from trackside.model.visible import visible
from trackside.sources.mlflow.connections import Connections, Origin
from trackside.sources.mlflow.login import Login
from trackside.sources.protocol import SourceError

LARGEST = 64 << 20
"""Bytes of an answer in JSON."""

_SLOWEST = 300.0
"""Seconds for a whole answer, however slowly it drips."""

_LONGEST_WAIT = 60.0
"""Seconds that are waited in all for a server that asks to come again later."""

_TRIES = 5
_REDIRECTS = 5
_CHUNK = 1 << 16
_BUSY = (429, 502, 503, 504)
_MOVED = (301, 302, 303, 307, 308)

_MOST_PAGES = 10_000

T = TypeVar("T")
P = TypeVar("P", bound="Page")
Query = Mapping[str, str | int] | Sequence[tuple[str, str]]


class ServerError(SourceError):
    """A server did not answer as one should. `status` is what it answered with, 0 where that was nothing at all."""

    def __init__(self, sentence: str, status: int = 0, code: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code

    @property
    def passing(self) -> bool:
        """Whether the server answers nothing at all now, rather than not this question."""
        return self.status in (0, 401, *_BUSY)


class TooLargeError(ServerError):
    """An answer is larger than any is read."""


class Page(Protocol):
    """Part of an answer; the token asks for the next one."""

    @property
    def next_page_token(self) -> str | None:
        """None or empty in the last one."""
        ...


class Client:
    """One tracking server. It may be asked from several threads.

    `address` is where it lives, with its path prefix and without credentials.
    """

    def __init__(self, address: str, login: Login, wait: Callable[[float], None] = time.sleep) -> None:
        self.address = address
        self._login = login
        self._wait = wait
        self._connections = Connections(login)

    def get(self, path: str, query: Query, kind: type[T]) -> T:
        """What `GET` of a path below the address answers, as a `kind`. SourceError where it does not."""
        return self._asked("GET", f"{path}?{urlencode(query)}" if query else path, None, kind)

    def post(self, path: str, body: Mapping[str, Any], kind: type[T]) -> T:
        """What `POST` answers to a JSON body."""
        return self._asked("POST", path, msgspec.json.encode(body), kind)

    def pages(self, ask: Callable[[dict[str, str]], P]) -> Iterator[P]:
        """Page after page; `ask` is given what the next one is asked for by. ServerError where there is no end."""
        token = None
        for _ in range(_MOST_PAGES):
            page = ask({"page_token": token} if token else {})
            yield page
            if not page.next_page_token or page.next_page_token == token:
                return
            token = page.next_page_token
        raise ServerError(f"{self.address} answers with pages without end", 200)

    def content(self, path: str, size: int) -> Iterator[bytes]:
        """The content of a file, piece by piece; SourceError where there are more than `size` bytes of it, or less."""
        with self._answered("GET", path, None) as answer:
            left = size
            for piece in self._pieces(answer, path):
                left -= len(piece)
                if left < 0:
                    break
                yield piece
            if left:
                raise ServerError(
                    f"{self.address} has not the {size:,} bytes of {_file(path)} that it lists; ask again"
                )

    def _asked(self, method: str, path: str, body: bytes | None, kind: type[T]) -> T:
        with self._answered(method, path, body) as answer:
            return self._decoded(path, self._whole(answer, path), kind)

    @contextmanager
    def _answered(self, method: str, path: str, body: bytes | None) -> Iterator[http.client.HTTPResponse]:
        """An answer that is good, after redirects and after what waiting was asked for."""
        url, waited = self.address + path, 0.0
        tries = redirects = 0
        while True:
            with self._sent(method, url, path, body) as answer:
                if answer.status == 200:
                    yield answer
                    return
                if answer.status in _MOVED and redirects < _REDIRECTS:
                    redirects += 1
                    url = self._moved(url, answer)
                    method, body = ("GET", None) if answer.status == 303 else (method, body)
                    continue
                pause = _pause(answer, tries)
                if answer.status not in _BUSY or tries == _TRIES or waited + pause > _LONGEST_WAIT:
                    self._refused(path, answer, pause)
            tries += 1
            waited += pause
            self._wait(pause)

    @contextmanager
    def _sent(self, method: str, url: str, path: str, body: bytes | None) -> Iterator[http.client.HTTPResponse]:
        headers = {"Accept": "application/json, */*", "Accept-Encoding": "identity", **self._login.headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        with self._told(path), self._connections.ask(method, url, body, headers) as answer:
            yield answer

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """Whatever a network does, said in one line."""
        try:
            yield
        except http.client.HTTPException as error:
            raise ServerError(
                f"{self.address} answers nothing whole to {_file(path)} ({type(error).__name__}); see the server's log"
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise ServerError(
                f"{self.address} shows a certificate that is not trusted ({error.verify_message}); "
                "MLFLOW_TRACKING_SERVER_CERT_PATH names a file of those that are"
            ) from error
        except ssl.SSLError as error:
            raise ServerError(
                f"{self.address} does not speak TLS as it should ({error.reason}); is it an http:// address?"
            ) from error
        except TimeoutError as error:
            raise ServerError(f"{self.address} does not answer in time to {_file(path)}; try again later") from error
        except OSError as error:
            why = error.strerror or str(error) or type(error).__name__
            raise ServerError(
                f"{self.address} cannot be reached ({why}); start the server, or check the address"
            ) from error

    def _moved(self, url: str, answer: http.client.HTTPResponse) -> str:
        """Where a redirect leads. A login follows it on the same host alone, and never out of TLS."""
        try:
            target = urljoin(url, answer.headers.get("Location", ""))
            old, new = Origin.of(url), Origin.of(target)
        except ValueError:
            raise ServerError(f"{self.address} redirects to no address", answer.status) from None
        upgraded = (old.scheme, new.scheme) == ("http", "https") and old.host == new.host
        if new != old and not upgraded:
            raise ServerError(
                f"{self.address} redirects to {visible(str(new))[:200]}, and no login is sent to another server; "
                "give the address that answers itself",
                answer.status,
            )
        return target

    def _whole(self, answer: http.client.HTTPResponse, path: str) -> bytes:
        parts, size = [], 0
        for piece in self._pieces(answer, path):
            size += len(piece)
            if size > LARGEST:
                raise TooLargeError(
                    f"{self.address} answers more than {LARGEST >> 20} MiB to {_file(path)}; it is not read"
                )
            parts.append(piece)
        return b"".join(parts)

    def _pieces(self, answer: http.client.HTTPResponse, path: str) -> Iterator[bytes]:
        ends = time.monotonic() + _SLOWEST
        with self._told(path):
            while piece := answer.read1(_CHUNK):
                if time.monotonic() > ends:
                    raise TimeoutError
                yield piece
            if answer.length:
                raise http.client.IncompleteRead(b"", answer.length)
            answer.read()  # so that the connection counts as idle

    def _decoded(self, path: str, body: bytes, kind: type[T]) -> T:
        try:
            return decoded(body, kind)
        except msgspec.ValidationError as error:
            raise ServerError(
                f"{self.address} answers {_file(path)} in another shape ({error}); is it MLflow?"
            ) from error
        except (ValueError, RecursionError) as error:
            if not body.strip():
                what = "nothing"
            elif body.lstrip()[:1] == b"<":
                what = "a web page, as a login page or a proxy does"
            else:
                what = "what is no JSON"
            raise ServerError(
                f"{self.address} answers {_file(path)} with {what}; check the address and its path"
            ) from error

    def _refused(self, path: str, answer: http.client.HTTPResponse, pause: float) -> NoReturn:
        status = answer.status
        said = _said(self._beginning(answer, path))
        where = f"{self.address} answers {status}"
        if status == 401:
            taken = f"it does not take what {self._login.how} says" if self._login.how else "it wants a login"
            todo = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
            sentence = f"{where}: {taken}; {todo}"
        elif status == 403:
            sentence = f"{where} to {_file(path)}: this login may not read that; ask for the permission"
        elif status == 404 and not said.error_code:
            sentence = f"{where} to {_file(path)}: no MLflow server is there; check the address and its path"
        elif status in _BUSY:
            later = f" for another {pause:.0f} s" if pause > _LONGEST_WAIT else ""
            sentence = f"{where}: it is busy{later}; try again later"
        else:
            told = visible(f"{said.error_code} {said.message}".strip())[:200]
            sentence = f"{where} to {_file(path)}: {told or 'no word on why'}; see the server's log"
        raise ServerError(sentence, status, said.error_code)

    def _beginning(self, answer: http.client.HTTPResponse, path: str) -> bytes:
        with self._told(path):
            return answer.read(_CHUNK)


class _Said(msgspec.Struct):
    error_code: str = ""
    message: str = ""


def decoded(body: bytes, kind: type[T]) -> T:
    """JSON as a `kind`, with what Python's servers write that JSON does not know: NaN, Infinity, lone surrogates.

    Numbers may come as text. msgspec.ValidationError where it is of another shape, ValueError where it is no JSON.
    """
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        known = json.loads(body.decode(errors="replace"), object_pairs_hook=_whole_text)
        return msgspec.convert(known, kind, strict=False)


def _whole_text(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {_encodable(key): _encodable(value) if isinstance(value, str) else value for key, value in pairs}


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _said(body: bytes) -> _Said:
    try:
        return decoded(body, _Said)
    except (ValueError, RecursionError):
        return _Said()


def _pause(answer: http.client.HTTPResponse, tries: int) -> float:
    """Seconds that a server asks to wait; where it asks for none, longer each time."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return float(1 << tries)


def _file(path: str) -> str:
    """A path of the API as a person is told it: without the query, which may be long."""
    return visible(urlsplit(path).path)
