"""A message as one POST with one JSON body that ntfy, Slack, Mattermost and Discord take, each by its own key.

Slack shows `text`, Discord `content`, ntfy `message` under `title`, where the body also names the `topic` and is posted
to the root of the server. What else stands in the body, each of them passes over. A name in a run cannot call a channel
together: Slack's markup is escaped, Discord is told to notify nobody.
"""

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from trackside.model.errors import TracksideError, UsageError
from trackside.model.visible import visible
from trackside.services.watching.message import Message

SECONDS = 15.0
_ANSWER_BYTES = 300
_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_NTFY = "ntfy+"
_AGENT = "trackside-watch"


class UndeliveredError(TracksideError):
    """A message did not arrive; why, in a line that tells no secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, words, and after how many seconds."""

    status: int
    reason: str
    text: str
    seconds: float


class Webhook:
    """An address that takes messages. Its path may be a secret, as Slack's and Discord's are: it is never shown."""

    def __init__(self, url: str) -> None:
        is_ntfy = url.startswith(_NTFY)
        parts = urlsplit(url.removeprefix(_NTFY))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("a webhook is an address with https://, or ntfy+https://HOST/TOPIC for ntfy")
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
            {"Content-Type": "application/json", "User-Agent": _AGENT},
            method="POST",
        )
        began = monotonic()
        try:
            with _OPENER.open(request, timeout=SECONDS) as answer:
                said = answer.read(_ANSWER_BYTES).decode(errors="replace").strip()
                return Answer(answer.status, answer.reason, visible(said), monotonic() - began)
        except urllib.error.HTTPError as error:
            with error:
                said = visible(error.read(_ANSWER_BYTES).decode(errors="replace").strip())
            raise UndeliveredError(f"{self.shown} answers {error.code} {error.reason}: {said}") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise UndeliveredError(f"{self.shown} cannot be reached: {reason}") from None


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


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would turn the POST into a GET: it is an answer like another."""

    def redirect_request(self, *_: Any) -> None:
        """None follows."""
        return


_OPENER = urllib.request.build_opener(_NoRedirect)
