"""How a message is handed on: posted to a server, given to a program; what does not arrive is tried again."""

import errno
import json
import socket
import sys
import threading
from base64 import b64decode
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trackside.config.conditions import conditions
from trackside.model.errors import UsageError
from trackside.services.places.live import LiveStore
from trackside.services.watching import webhook
from trackside.services.watching.events import Event
from trackside.services.watching.message import Message
from trackside.services.watching.program import Program
from trackside.services.watching.telling import Pace, Teller
from trackside.services.watching.watch import ToldNow, Watch
from trackside.services.watching.webhook import UndeliveredError, Webhook, from_where

HOSTILE = "<!channel> @everyone; $(touch hacked) `id`\x1b]0;x\x07"
AT_ONCE = Pace(gather=0.0, between=0.0, longest=0.0)


def message(name: str = "calm-otter", **said: object) -> Message:
    event = Event(key="k", what="failed", run="01K", name=name, project="digits", status="failed", text="it failed")
    return Message((event,), ("/store",))


def test_one_body_has_what_slack_discord_and_ntfy_ask_for_and_calls_nobody_together(inbox):
    answer = Webhook(inbox.url).tell(message(HOSTILE))
    assert (answer.status, answer.text) == (200, "ok")
    ((path, body),) = inbox.posts
    assert path == "/services/SECRET"
    assert body["text"].startswith("&lt;!channel&gt; @everyone")
    assert body["content"] == body["message"]
    assert body["content"].startswith("<!channel> @everyone")
    assert len(body["content"]) <= 2000
    assert body["allowed_mentions"] == {"parse": []}
    assert "topic" not in body
    assert body["trackside"]["events"][0]["name"] == HOSTILE


def test_for_ntfy_the_topic_stands_in_the_body_and_the_root_is_posted_to(inbox):
    host = inbox.url.removeprefix("http://").partition("/")[0]
    Webhook(f"ntfy+http://{host}/my-runs").tell(message())
    ((path, body),) = inbox.posts
    assert (path, body["topic"], body["title"]) == ("/", "my-runs", "calm-otter: failed")


def test_what_is_refused_is_told_without_the_secret_of_the_address(inbox):
    inbox.refuse = 1
    with pytest.raises(UndeliveredError) as error:
        Webhook(inbox.url).tell(message())
    assert str(error.value) == "http://127.0.0.1/… answers 503 Service Unavailable: later"
    with pytest.raises(UndeliveredError, match=r"cannot be reached: .*refused"):
        Webhook("http://127.0.0.1:1/SECRET").tell(message())


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "hooks.slack.com/x", "ntfy+https://ntfy.sh/", "https://ntfy.sh", "http://host:port/x"]
)
def test_an_address_that_takes_no_messages_is_refused(url):
    with pytest.raises(UsageError):
        Webhook(url)


def test_an_address_may_stand_in_a_file_or_in_the_environment(tmp_path, monkeypatch):
    (tmp_path / "address").write_text("https://hooks.example/a\n")
    monkeypatch.setenv("MY_HOOK", "https://hooks.example/b")
    assert from_where(f"@{tmp_path}/address") == "https://hooks.example/a"
    assert from_where("env:MY_HOOK") == "https://hooks.example/b"
    for missing in ("@/nowhere", "env:NOT_THERE"):
        with pytest.raises(UsageError):
            from_where(missing)


def test_a_program_gets_the_event_and_no_shell_reads_what_a_run_is_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "told.py"
    script.write_text(
        "import json, os, sys\n"
        "said = {name: value for name, value in os.environ.items() if name.startswith('TRACKSIDE_EVENT_')}\n"
        "json.dump([sys.argv[1:], json.load(sys.stdin), said], open('told.json', 'w'))\n"
    )
    Program(f"{sys.executable} {script} '--to me'", str(tmp_path)).tell(message(HOSTILE))
    arguments, document, said = json.loads(Path("told.json").read_text())
    assert arguments == ["--to me"]
    assert document["events"][0]["name"] == HOSTILE
    assert said["TRACKSIDE_EVENT_WHAT"] == "failed"
    assert said["TRACKSIDE_EVENT_NAME"].startswith("<!channel> @everyone; $(touch hacked)")
    assert "\x1b" not in said["TRACKSIDE_EVENT_NAME"]
    Program('echo "$TRACKSIDE_EVENT_NAME" > shell', str(tmp_path), shell=True).tell(message(HOSTILE))
    assert Path("shell").read_text().startswith("<!channel> @everyone; $(touch hacked)")
    assert not Path("hacked").exists()
    for command, why in (("false", "ended with status 1"), ("/nowhere/x", "cannot be started")):
        with pytest.raises(UndeliveredError, match=why):
            Program(command, str(tmp_path)).tell(message())


def test_a_program_is_found_from_where_it_was_named_wherever_its_watch_goes_on(tmp_path, monkeypatch):
    script = tmp_path / "notify.sh"
    script.write_text("#!/bin/sh\ncat > told.json\n")
    script.chmod(0o755)
    monkeypatch.chdir("/")
    Program("./notify.sh", str(tmp_path)).tell(message())
    assert json.loads((tmp_path / "told.json").read_text())["count"] == 1


def test_a_login_of_an_address_is_sent_as_http_has_it_and_never_shown(inbox):
    address = inbox.url.replace("http://", "http://me:s3cr%3At@")
    assert Webhook(address).tell(message()).status == 200
    assert b64decode(inbox.headers[-1]["Authorization"].removeprefix("Basic ")) == b"me:s3cr:t"
    for wrong in ("http://me:s3cr%3At@127.0.0.1:1/x", "http://me:s3cr%3At@127.0.0.1:1/a b\u20ac"):
        with pytest.raises(UndeliveredError) as error:
            Webhook(wrong).tell(message())
        assert str(error.value).startswith("http://127.0.0.1/… cannot be reached: ")
        assert "s3cr" not in str(error.value)
        assert "a b" not in str(error.value)


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_whose_words_do_not_come_counts_by_its_status(status, monkeypatch):
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as threads:
        telling = threads.submit(Webhook(f"http://127.0.0.1:{server.getsockname()[1]}/x").tell, message())
        client, _ = server.accept()
        with client:
            client.sendall(b"HTTP/1.1 %d Said\r\nContent-Length: 100\r\n\r\n" % status)
            error = telling.exception()
    if status == 200:
        assert telling.result().text == "its words did not come (timed out)"
    else:
        assert isinstance(error, UndeliveredError)
        assert "answers 500 Said: its words did not come" in str(error)


def test_where_it_cannot_be_kept_what_was_told_the_watch_goes_on_and_tells_nothing_twice(store, record, inbox):
    class OnFullDisk(ToldNow):
        is_full = True

        def add(self, keys: Iterable[str]) -> None:
            if self.is_full:
                self.is_full = False
                raise OSError(errno.ENOSPC, "No space left on device")
            super().add(keys)

    store.refresh()
    said: list[str] = []
    stop = threading.Event()
    record("first")
    watch = Watch(store, "", conditions(["end"]), OnFullDisk())
    following = threading.Thread(
        target=Teller(watch, [Webhook(inbox.url)], store.addresses, said.append).follow,
        args=(LiveStore(store), stop, AT_ONCE),
    )
    following.start()
    try:
        inbox.wait(1)
        record("second")
        bodies = inbox.wait(2)
    finally:
        stop.set()
        following.join()
    assert [[event["name"] for event in body["trackside"]["events"]] for body in bodies] == [["first"], ["second"]]
    assert said == ["what was told cannot be kept: [Errno 28] No space left on device; the next try is in 0 s"]


def test_what_does_not_arrive_is_told_again_with_what_came_meanwhile_and_each_thing_once(store, record, inbox):
    store.refresh()
    watch = Watch(store, "", conditions(["end"]), ToldNow())
    said: list[str] = []
    stop = threading.Event()
    inbox.refuse = 3
    record("first")
    teller = Teller(watch, [Webhook(inbox.url)], store.addresses, said.append)
    following = threading.Thread(target=teller.follow, args=(LiveStore(store), stop, AT_ONCE))
    following.start()
    try:
        assert inbox.refused.wait(30)
        names = [event["name"] for body in inbox.wait(1) for event in body["trackside"]["events"]]
        assert names == ["first"]
        record("second")
        names = [event["name"] for body in inbox.wait(2) for event in body["trackside"]["events"]]
        assert names == ["first", "second"]
    finally:
        stop.set()
        following.join()
    assert len(said) == 3
    assert "503" in said[0]


def test_what_waits_for_the_next_message_is_told_before_the_end(store, record, inbox):
    store.refresh()
    watch = Watch(store, "", conditions(["end"]), ToldNow())
    stop, pace = threading.Event(), Pace(gather=0.05, between=60.0)
    teller = Teller(watch, [Webhook(inbox.url)], store.addresses, lambda _: None)
    following = threading.Thread(target=teller.follow, args=(LiveStore(store), stop, pace))
    record("first")
    following.start()
    inbox.wait(1)
    second = record("second")
    while not store.ids_matching(second):
        assert following.is_alive()
    stop.set()
    following.join()
    names = [event["name"] for body in inbox.wait(2) for event in body["trackside"]["events"]]
    assert names == ["first", "second"]


def test_a_thousand_runs_that_end_at_once_are_one_message(store, record, inbox):
    store.refresh()
    watch = Watch(store, "", conditions(["end"]), ToldNow())
    for number in range(20):
        record(f"run-{number}")
    stop = threading.Event()
    teller = Teller(watch, [Webhook(inbox.url)], store.addresses, lambda _: None)
    following = threading.Thread(target=teller.follow, args=(LiveStore(store), stop, Pace(gather=0.2, between=60.0)))
    following.start()
    (body,) = inbox.wait(1)
    stop.set()
    following.join()
    assert (body["trackside"]["count"], len(inbox.posts)) == (20, 1)
