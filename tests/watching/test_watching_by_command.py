"""`trackside watch`: at a terminal, as a test, and as a helper that goes on when whoever started it is gone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trackside.cli.main import main
from trackside.services.watching import helper

TRACKSIDE = [sys.executable, "-m", "trackside"]


@pytest.fixture
def call(root, capsys):
    def called(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["--store", str(root), "watch", *arguments])
        printed = capsys.readouterr()
        return left.value.code, printed.out, printed.err

    yield called
    for one in list(helper.every()):
        helper.stop(one.name)


def events(bodies):
    return [event["name"] for body in bodies for event in body["trackside"]["events"]]


def test_a_test_says_what_came_back(call, inbox):
    status, out, _ = call("--webhook", inbox.url, "--test")
    assert status == 0
    assert out.startswith("answered 200 OK after ")
    assert inbox.posts[0][1]["content"] == "trackside watch (test): this is a test: messages arrive"
    inbox.refuse = 1
    status, _, err = call("--webhook", inbox.url, "--test")
    assert (status, err) == (1, "trackside: http://127.0.0.1/… answers 503 Service Unavailable: later\n")


def test_at_a_terminal_what_happens_is_printed_until_it_is_ended(root, record):
    record("before")
    command = [*TRACKSIDE, "--store", str(root), "watch", "--on", "end"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stderr.readline().startswith(f"watching all runs of {root}, on end: prints; ctrl+c ends it")
        record("after")
        assert watching.stdout.readline().startswith("after (digits): finished after ")
        watching.send_signal(signal.SIGINT)
        assert (watching.wait(), watching.stdout.read()) == (0, "")


def test_a_helper_goes_on_alone_and_started_again_it_tells_what_happened_meanwhile(call, record, inbox, tmp_path):
    record("before")
    (tmp_path / "address").write_text(inbox.url)
    start = ("-tag:debug", "--on", "end", "--webhook", f"@{tmp_path}/address", "--detach", "--name", "mine")
    status, out, _ = call(*start)
    assert status == 0
    (one,) = helper.every()
    assert f"mine (pid {one.pid}) watches runs that match -tag:debug" in out
    assert os.getsid(one.pid) not in (one.pid, os.getsid(0))
    assert "SECRET" not in out + Path(f"/proc/{one.pid}/cmdline").read_text() + call("--list")[1]
    assert (helper.watches_folder() / "mine" / "watch.json").stat().st_mode & 0o077 == 0
    first = record("first")
    assert events(inbox.wait(1)) == ["first"]
    while first not in (helper.watches_folder() / "mine" / "told").read_text():
        assert one.pid is not None
    assert call(*start)[::2] == (
        2,
        "trackside: mine goes on already: `trackside watch --stop mine` ends it, --name names another one\n",
    )
    os.kill(one.pid, signal.SIGKILL)
    while helper.standing("mine").pid is not None:
        pass
    assert "gone" in call("--list")[1]
    record("meanwhile")
    status, out, _ = call(*start)
    assert (status, "it tells first what happened since " in out) == (0, True)
    assert events(inbox.wait(2)) == ["first", "meanwhile"]
    document = json.loads(call("--list", "--json")[1])
    assert [one["name"] for one in document] == ["mine"]
    assert call("--stop", "mine")[1] == "mine is ended\n"
    assert call("--list")[1] == "nothing is watched in the background\n"
    assert call("--stop", "mine")[2] == "trackside: no watch is called 'mine'; none is\n"


def test_a_program_named_from_the_folder_one_is_in_is_run_from_there_by_the_helper_too(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("--exec", "./notify.sh", "--detach", "--name", "mine")[0] == 0
    assert helper.standing("mine").spec.folder == str(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--detatch"], "No such option '--detatch'"),
        (["--on", "fial"], "did you mean fail?"),
        (["--detach"], "needs --exec or --webhook"),
        (["--detach", "--bell"], "--bell rings this terminal"),
        (["--exec", ""], "--exec needs a command"),
        (["--webhook", "nowhere"], "a webhook is an address with https://"),
        (["tag:"], "column 5"),
        (["--json"], "--json is for --list"),
        (["--webhook", "http://127.0.0.1:1/x", "--detach", "--name", "../up"], "cannot be the name of a watch"),
    ],
)
def test_a_mistake_is_told_in_a_line(call, arguments, says):
    status, _, err = call(*arguments)
    assert status == 2
    assert says in err
    assert err.count("\n") == 1
