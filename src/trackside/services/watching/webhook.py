"""A message as one POST with one JSON body that ntfy, Slack, Mattermost and Discord take, each by its own key.

Slack shows `text`, Discord `content`, ntfy `message` under `title`, where the body also names the `topic` and is posted
to the root of the server. What else stands in the body, each of them passes over. A name in a run cannot call a channel
together: Slack's markup is escaped, Discord is told to notify nobody.
"""

import os
import urllib.request
from base64 import b64encode
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import msgspec

from trackside.model.errors import TracksideError, UsageError
from trackside.model.visible import visible
from trackside.services.watching.message import Message

SECONDS = 15.0
_ANSWER_BYTES = 300
_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_NTFY = "ntfy+"
_AGENT = "trackside-watch"
_WRONG = "a webhook is an address with https://, or ntfy+https://HOST/TOPIC for ntfy"


class UndeliveredError(TracksideError):
    """A message did not arrive; why, in a line that tells no secret."""


class Answer(msgspec.Struct, frozen=True):
    """What came back: status, words, and after how many seconds."""

    status: int
    reason: str
    text: str
    seconds: float


class Webhook:
    """An address that takes messages. Its path may be a secret, as Slack's and Discord's are: it is never shown.

    A name and a password before its host are sent as HTTP has it, and not shown either.
    """

    def __init__(self, url: str) -> None:
        is_ntfy = url.startswith(_NTFY)
        try:
            parts = urlsplit(url.removeprefix(_NTFY))
            is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            raise UsageError(_WRONG) from None
        if not is_whole:
            raise UsageError(_WRONG)
        self._login = _login(parts)
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        self._topic = ""
        if is_ntfy or parts.hostname == "ntfy.sh":
            self._topic = parts.path.strip("/")
            if not self._topic or "/" in self._topic:
                raise UsageError("ntfy needs a topic: ntfy+https://HOST/TOPIC")
            parts = parts._replace(path="/")
        self._url = urlunsplit(parts)
        self.shown = f"{parts.scheme}://{parts.hostname}/…"

    def body(self, message: Message) -> dict[str, Any]:
        """What is posted."""
        topic = {"topic": self._topic} if self._topic else {}
        return {
            **topic,
            "title": message.title,
            "message": message.text,
            "text": message.text.translate(_SLACK),
            "content": message.text,
            "allowed_mentions": {"parse": []},
            "trackside": message.document(),
        }

    def tell(self, message: Message) -> Answer:
        """Post it once. UndeliveredError where it was not taken."""
        request = urllib.request.Request(  # noqa: S310  only http and https get here
            self._url,
            msgspec.json.encode(self.body(message)),
            {"Content-Type": "application/json", "User-Agent": _AGENT, **self._login},
            method="POST",
        )
        began = monotonic()
        try:
            with _OPENER.open(request, timeout=SECONDS) as answer:
                said = _words(answer)
        except (OSError, HTTPException, ValueError) as error:
            raise UndeliveredError(f"{self.shown} cannot be reached: {_why(error)}") from None
        if not 200 <= answer.status < 300:
            raise UndeliveredError(f"{self.shown} answers {answer.status} {answer.reason}: {said}")
        return Answer(answer.status, answer.reason, said, monotonic() - began)


def _login(parts: SplitResult) -> dict[str, str]:
    """The header for the name and the password that an address begins with; none where it has none."""
    if parts.username is None and parts.password is None:
        return {}
    said = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {b64encode(said.encode()).decode()}"}


def _words(answer: HTTPResponse) -> str:
    """What an answer says besides its status, which holds whether its words come in time or not."""
    try:
        return visible(answer.read(_ANSWER_BYTES).decode(errors="replace").strip())
    except (OSError, HTTPException) as error:
        return f"its words did not come ({_why(error)})"


def _why(error: Exception) -> str:
    """What went wrong, without the address: of errors that may name it only what they are called."""
    return str(getattr(error, "reason", error)) if isinstance(error, OSError) else type(error).__name__


def from_where(text: str) -> str:
    """The address that is meant: `@FILE` holds it, `env:NAME` does, or it was typed. UsageError where there is none."""
    if text.startswith("env:"):
        found = os.environ.get(text.removeprefix("env:"), "")
        if not found:
            raise UsageError(f"the environment has no {text.removeprefix('env:')}")
        return found.strip()
    if text.startswith("@"):
        path = Path(text.removeprefix("@")).expanduser()
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return text


class _AsItCame(urllib.request.HTTPErrorProcessor):
    """Every answer is given back. A redirect would turn the POST into a GET: it is an answer like another."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        """The same."""
        del request
        return response

    https_response = http_response


_OPENER = urllib.request.build_opener(_AsItCame)
