"""A connection that is made again: calls go to the store that was opened, over a link that is ready, or nowhere."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from trackside.model.errors import StoreError
from trackside.services.remote.address import Remote
from trackside.services.remote.near import connection
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.link import LostError
from trackside.services.remote.protocol.calls import Opened


class Links:
    """What stands for the links that are made, in their order: the store behind each is one of `uuids`."""

    def __init__(self, *uuids: str) -> None:
        self.uuids = uuids
        self.made: list[FakeLink] = []
        self.meanwhile: Callable[[], Any] = dict

    def __call__(self, remote: Remote, *, may_ask: bool) -> "FakeLink":
        link = FakeLink(self, self.uuids[len(self.made)])
        self.made.append(link)
        return link


class FakeLink:
    kind = "store"
    why = ""

    def __init__(self, links: Links, uuid: str) -> None:
        self._links = links
        self._uuid = uuid
        self.is_ready = False
        self.told: Callable[[str, bytes], None] = print
        self.broke_at: float | None = None

    def greet(self) -> None:
        pass

    def begin(self, told: Callable[[str, bytes], None]) -> None:
        self.told = told

    def call(self, name: str, body: bytes) -> bytes:
        if self.why:
            raise LostError(self.why)
        if name == "open":
            self._links.meanwhile()
            self.is_ready = True
            return msgspec.msgpack.encode(Opened(uuid=self._uuid, name="/runs"))
        assert self.is_ready, "a call before the store is opened"
        return msgspec.msgpack.encode(7)

    def abort(self) -> None:
        self.close()

    def close(self) -> None:
        self.why = self.why or "closed"
        self.broke_at = self.broke_at or 1.0


@pytest.fixture
def linked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Connection, Links]]:
    def made(*uuids: str) -> tuple[Connection, Links]:
        links = Links(*uuids)
        monkeypatch.setattr(connection, "Link", links)
        return Connection(Remote("box", "/runs")), links

    return made


Linked = Callable[..., tuple[Connection, Links]]


def test_nothing_is_asked_of_another_store_that_lies_there_now(linked: Linked) -> None:
    there, links = linked("first", "second")
    with pytest.raises(StoreError, match="another store lies at"):
        there.again()
    assert links.made[1].why == "closed"
    with pytest.raises(LostError):
        there.call("count")


def test_no_call_goes_over_a_link_that_is_not_ready(linked: Linked) -> None:
    there, links = linked("one", "one")
    told: list[str] = []

    def ask() -> None:
        try:
            there.call("count")
        except (LostError, AssertionError) as error:
            told.append(type(error).__name__)

    links.meanwhile = ask
    there.again()
    assert told == ["LostError"]
    assert there.call("count") == 7


def test_a_link_that_breaks_before_it_is_used_is_known_as_lost(linked: Linked) -> None:
    there, links = linked("one", "one")

    def break_it() -> None:
        links.made[1].close()
        links.made[1].told("lost", b"")

    links.meanwhile = break_it
    there.again()
    assert there.lost_at is not None


def test_a_link_that_was_given_up_does_not_end_the_next_one(linked: Linked) -> None:
    there, links = linked("one", "one")
    there.again()
    links.made[0].told("lost", b"")
    assert there.lost_at is None
    assert "lost" not in there.news(0).said
    links.made[1].close()
    links.made[1].told("lost", b"")
    assert there.lost_at is not None
    assert "lost" in there.news(0).said


def test_a_link_that_comes_about_after_the_end_is_ended_too(linked: Linked) -> None:
    there, links = linked("one", "one")
    links.meanwhile = there.close
    with pytest.raises(LostError):
        there.again()
    assert [link.why for link in links.made] == ["closed", "closed"]
    with pytest.raises(LostError):
        there.again()
    assert len(links.made) == 2, "none is begun any more"
