"""What comes from the other side is a claim: nonsense ends the connection, and nothing is written elsewhere."""

import os
import sys
import time
from pathlib import Path

import pytest
from waiting import until

from trackside.model.errors import StoreError
from trackside.services.places.opening import open_places
from trackside.services.remote.address import parsed
from trackside.services.remote.near import link
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.link import Link, LostError

_SPEAKING = """
import json, struct, sys, time, zlib
from trackside.services.remote.protocol.wire import VERSION, Receiver, Sender
out = sys.stdout.buffer
def greet(kind):
    out.write(b"trackside-agent %d %s\\n" % (VERSION, kind))
    out.flush()
def answers(told):
    if told:
        n = int(sys.stdin.buffer.readline())
        sys.stdin.buffer.read(n)
    sender, receiver = Sender(out), Receiver(sys.stdin.buffer)
    while (message := receiver.receive()) is not None:
        yield sender, message[0]
"""


def speaks(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """An `ssh` that is this program."""
    ssh = folder / "commands" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f"#!{sys.executable}\n{_SPEAKING}\n{program}")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("while True: out.write(b'noise ' * 1000)", "without a word"),
        ("print('trackside-agent 999 store')", "without a word"),
        ("greet(b'store'); out.write(b'no zlib at all' * 100)", "not compressed"),
        ("greet(b'store'); out.write(zlib.compress(struct.pack('<II', 1 << 31, 4)))", "longer than any may be"),
        ("greet(b'store'); out.write(zlib.compress(struct.pack('<II', 5, 0) + b'[1,2]'))", "no object"),
        ("greet(b'store'); out.write(zlib.compress(b'\\0' * (1 << 26)))", "no JSON"),
        ("greet(b'store'); out.write(zlib.compress(struct.pack('<II', 60000, 0) + b'[' * 60000))", "no JSON"),
        ("greet(b'store'); Sender(out).send({'id': 1, 'error': 'x', 'kind': []})", "Expected `str`, got `array`"),
        ("greet(b'store'); Sender(out).send({'event': 'changed'}, bytes(9))", "Expected `object`, got `int`"),
        (
            "greet(b'store'); sender = Sender(out)\nfor _ in range(3): sender.send({'id': 1, 'more': True}, b'a')",
            "pieces are of other lengths",
        ),
        (
            "greet(b'store')\nfor sender, head in answers(False): sender.send({'id': head['id']}, b'nonsense')",
            "answers 'open' with nonsense",
        ),
        (
            """greet(b'store')
for sender, head in answers(False):
    sender.send({'id': head['id'], 'error': 'a\\x1b]0;title\\x07b\\nc'})""",
            "a␛]0;title␇b␊c",
        ),
        ("print('Last login: today\\ntrackside-agent of old', flush=True); greet(b'none')", "neither trackside nor"),
        ("greet(b'bare 3.6')", "python3 is 3.6 there; install trackside, or 3.8"),
        ("sys.stderr.write('Host key verification failed.\\n'); sys.exit(255)", "failed; `ssh box` says more"),
        ("sys.stderr.write('kex: \\x1b[31mno\\n'); sys.exit(255)", "kex: ␛[31mno"),
    ],
)
def test_nonsense_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, says: str) -> None:
    speaks(tmp_path, monkeypatch, program)
    with pytest.raises(StoreError) as told:
        open_places(["ssh://box/runs"])
    assert says in str(told.value)
    assert str(told.value).isprintable()


_COPIES = """
greet(b"bare 3.11")
def record(said, data=b""):
    head = json.dumps(said).encode()
    return struct.pack("<I", len(head)) + head + data
for sender, head in answers(True):
    answer = {"open_files": b'{"uuid": "u", "name": "/runs"}', "go_through": b"0"}
    fetched = record(NEWS | {"run": "", "start": 0, "inode": 1, "age": 0.0}, b"owned")
    sender.send({"id": head["id"]}, answer.get(head["call"], fetched))
"""


@pytest.mark.parametrize(
    "news",
    [
        {"path": "../../../escaped", "size": 5},
        {"path": "/escaped", "size": 5},
        {"path": "a/../../escaped", "size": 5},
        {"path": ".hidden", "size": 5},
        {"path": "a//b", "size": 5},
        {"path": "escaped", "size": 6},
        {"path": "escaped", "size": -1},
        {"path": "escaped\u0000", "size": 5},
    ],
)
def test_a_file_that_would_lie_elsewhere_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, news: dict[str, object]
) -> None:
    monkeypatch.setenv("TRACKSIDE_CACHE", str(tmp_path / "cache"))
    speaks(tmp_path, monkeypatch, f"NEWS = {news!r}\n{_COPIES}")
    opened = open_places(["ssh://box/runs"])
    with pytest.raises(StoreError):
        opened.catch_up()
    opened.store.close()
    assert not list(tmp_path.rglob("*escaped*"))
    assert not list(tmp_path.rglob(".hidden"))


def test_what_ssh_tells_a_person_is_passed_on_as_it_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(link, "_SAID_SECONDS", 0.01)
    go_on = tmp_path / "go on"
    os.mkfifo(go_on)
    program = (
        f"sys.stderr.write('Warning: \\x1b[1mnew\\r\\n'); sys.stderr.flush(); open({str(go_on)!r}); greet(b'none')"
    )
    speaks(tmp_path, monkeypatch, program)
    connecting = Link(parsed("ssh://box/runs"), may_ask=True)
    said = ""

    def has_said() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return bool(said)

    until(has_said)
    go_on.write_text("")
    connecting.greet()
    connecting.close()
    assert said == "Warning: ␛[1mnew\n"


_OWES = """
greet(b"store")
for number, (sender, head) in enumerate(answers(False)):
    if number == 0:
        sender.send({"id": head["id"]}, b"\\x82\\xa4uuid\\xa1u\\xa4name\\xa5/runs")
"""


def test_an_answer_that_never_comes_holds_nobody_and_is_told_with_since_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "_SILENT_SECONDS", 0.2)
    speaks(tmp_path, monkeypatch, _OWES)
    there = Connection(parsed("ssh://box/runs"))
    began = time.time()
    with pytest.raises(LostError) as told:
        there.call("count")
    assert there.lost_at is not None
    assert began <= there.lost_at < time.time()
    assert there.stale(told.value).endswith("connecting again (ssh://box/runs: the agent there does not answer)")
    there.close()


def test_a_host_that_never_greets_is_given_up_when_nobody_sits_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "_SILENT_SECONDS", 0.2)
    speaks(tmp_path, monkeypatch, "time.sleep(600)")
    silent = Link(parsed("ssh://box/runs"), may_ask=False)
    with pytest.raises(LostError, match="nothing answers there"):
        silent.greet()
