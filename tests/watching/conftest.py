"""A store in which runs are recorded, and a server on loopback that takes messages as Slack and others do."""

import json
import threading
from collections.abc import Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import trackside
from trackside.store import manifest
from trackside.store.store import Store


class Inbox:
    """What was posted, and how many posts are to be refused before one is taken."""

    def __init__(self) -> None:
        self.refuse = 0
        self.refused = threading.Event()
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[Message] = []
        self._came = threading.Condition()
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if inbox.refuse > 0:
                    inbox.refuse -= 1
                    inbox.refused.set()
                    self._answer(503, b"later")
                    return
                inbox.headers.append(self.headers)
                with inbox._came:
                    inbox.posts.append((self.path, body))
                    inbox._came.notify_all()
                self._answer(200, b"ok")

            def _answer(self, status: int, words: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                self.wfile.write(words)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/services/SECRET"

    def wait(self, posts: int) -> list[dict[str, Any]]:
        """The bodies of so many posts, once they have come."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.posts) >= posts, 30), f"only {len(self.posts)} posts came"
            return [body for _, body in self.posts]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    serving = threading.Thread(target=inbox.server.serve_forever, args=(0.01,))
    serving.start()
    yield inbox
    inbox.server.shutdown()
    serving.join()
    inbox.server.server_close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    manifest.create(tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Iterator[Store]:
    opened = Store.open(root)
    yield opened
    opened.close()


@pytest.fixture
def record(root: Path) -> Callable[..., str]:
    """Record a run to its end; its id."""

    def recorded(name: str, values: tuple[float, ...] = (0.5,), *, error: str = "", **given: Any) -> str:
        try:
            with trackside.init(project="digits", name=name, store=root, quiet=True, **given) as run:
                for step, value in enumerate(values):
                    run.log({"val/loss": value}, step=step)
                if error:
                    raise RuntimeError(error)
        except RuntimeError:
            pass
        return run.id

    return recorded
