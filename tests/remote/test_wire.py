"""What both ends of a connection say to each other, however long it is."""

import errno
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest
from small_store import record

from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.services.places.opening import Alone
from trackside.services.remote.bare import agent as bare
from trackside.services.remote.far import agent
from trackside.services.remote.protocol import wire
from trackside.services.remote.protocol.wire import Receiver, Sender, WireError
from trackside.sources.walk import Skipped
from trackside.store.store import Store

LONG = "long note " * 100_000


@contextmanager
def talking(serve: Callable[[BinaryIO, BinaryIO], None]) -> Iterator[tuple[Sender, BinaryIO]]:
    """An agent in a thread of its own: what it is asked through, and what it answers."""
    (asked, asking), (answers, answering) = os.pipe(), os.pipe()
    with os.fdopen(asked, "rb") as given, os.fdopen(answering, "wb") as told, os.fdopen(answers, "rb") as heard:
        serving = threading.Thread(target=serve, args=(given, told))
        serving.start()
        with os.fdopen(asking, "wb") as stream:
            yield Sender(stream), heard
        serving.join()


def test_a_long_call_and_a_long_answer_are_one_each(tmp_path: Path) -> None:
    run_id = record(tmp_path / "runs", "tall-oak")
    with talking(agent.serve) as (sender, heard):
        heard.readline()
        receiver = Receiver(heard)
        given = {
            "open": [str(tmp_path / "runs")],
            "set_fields": [run_id, {"notes": LONG}],
            "run": [run_id],
        }
        answers = []
        for number, (name, arguments) in enumerate(given.items()):
            sender.send({"id": number, "call": name}, msgspec.msgpack.encode(arguments))
            answers.append(receiver.receive())
    assert [answer and answer[0] for answer in answers] == [{"id": 0}, {"id": 1}, {"id": 2}]
    assert answers[2] is not None
    assert msgspec.msgpack.decode(answers[2][1])["notes"] == Store.open(tmp_path / "runs").run(run_id).notes == LONG


def test_an_agent_that_is_long_at_it_tells_that_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "runs", "tall-oak")
    told = threading.Event()
    monkeypatch.setattr(agent, "_ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(Alone, "catch_up", lambda _: [Skipped("runs", "slow")] if told.wait(30) else [])
    with talking(agent.serve) as (sender, heard):
        heard.readline()
        receiver = Receiver(heard)
        sender.send({"id": 1, "call": "open"}, msgspec.msgpack.encode([str(tmp_path / "runs")]))
        receiver.receive()
        sender.send({"id": 2, "call": "catch_up"}, msgspec.msgpack.encode([]))
        assert receiver.receive() == ({"event": "alive"}, b"")
        told.set()
        while (message := receiver.receive()) == ({"event": "alive"}, b""):
            pass
    assert message == ({"id": 2}, msgspec.msgpack.encode([("runs", "slow")]))


def test_an_agent_without_trackside_is_asked_at_length_too(tmp_path: Path) -> None:
    record(tmp_path / "runs", "tall-oak")
    with talking(bare.serve) as (sender, heard):
        receiver = Receiver(heard)
        sender.send({"id": 1, "call": "open_files"}, json.dumps([str(tmp_path / "runs")]).encode())
        sender.send({"id": 2, "call": "fetch"}, json.dumps([[["", {LONG: [0, 1]}, False]]]).encode())
        heads = [message[0] for message in (receiver.receive(), receiver.receive()) if message is not None]
    assert heads == [{"id": 1}, {"id": 2}]


def test_no_more_is_joined_than_may_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_JOINED", 3 * wire.PIECE)
    with (tmp_path / "sent").open("wb") as stream:
        sender = Sender(stream)
        for number in range(4):
            sender.send({"id": number, "more": True}, bytes(wire.PIECE))
    with (tmp_path / "sent").open("rb") as stream, pytest.raises(WireError, match="longer than any may be"):
        Receiver(stream).receive()


def test_an_agent_that_cannot_follow_any_more_says_so_and_follows_once_it_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "runs", "tall-oak")
    follow = LiveStore.follow

    def breaks(live: LiveStore, stop: threading.Event, listener: Listener) -> None:
        monkeypatch.setattr(LiveStore, "follow", follow)
        raise RuntimeError("no more watches")

    monkeypatch.setattr(LiveStore, "follow", breaks)
    with talking(agent.serve) as (sender, heard):
        heard.readline()
        receiver = Receiver(heard)
        sender.send({"id": 1, "call": "open"}, msgspec.msgpack.encode([str(tmp_path / "runs")]))
        receiver.receive()
        sender.send({"id": 2, "call": "follow"}, msgspec.msgpack.encode([]))
        while (message := receiver.receive()) and message[0] != {"event": "trouble"}:
            pass
        assert message is not None
        assert "not followed any more (RuntimeError: no more watches)" in msgspec.msgpack.decode(message[1])
        sender.send({"id": 3, "call": "follow"}, msgspec.msgpack.encode([]))
        late = record(tmp_path / "runs", "late-elm")
        while (message := receiver.receive()) and late.encode() not in message[1]:
            pass
        assert message is not None
        assert message[0] == {"event": "changed"}


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (OSError(errno.ESTALE, "Stale file handle", "/runs/changed"), "/runs/changed: Stale file handle"),
        (RuntimeError("odd"), "this agent cannot tell what happens (RuntimeError('odd'))"),
    ],
)
def test_an_agent_goes_on_after_what_it_cannot_read_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Exception, says: str
) -> None:
    record(tmp_path / "runs", "tall-oak")
    folders = bare.folders
    is_broken = threading.Event()

    def some(folder: Path) -> list[str]:
        if is_broken.is_set() and folder.name == "changed":
            is_broken.clear()
            raise broken
        return folders(folder)

    monkeypatch.setattr(bare, "folders", some)
    with talking(bare.serve) as (sender, heard):
        receiver = Receiver(heard)
        sender.send({"id": 1, "call": "open_files"}, json.dumps([str(tmp_path / "runs")]).encode())
        sender.send({"id": 2, "call": "follow_files"}, b"[]")
        assert [receiver.receive(), receiver.receive()][1] == ({"id": 2}, b"null")
        is_broken.set()
        assert receiver.receive() == ({"event": "trouble"}, json.dumps(says).encode())
        late = record(tmp_path / "runs", "late-elm")
        message = receiver.receive()
        assert message is not None
        assert message[0] == {"event": "changed"}
        assert json.loads(message[1])["runs"] == [late]
