"""What runs hold is handed on to people, programs and shells as words: none of it is a key, a command or a format."""

import json
import os
import subprocess
import sys
from pathlib import Path

import hostile_store
import pytest
from hostile_store import ACTED_ON, FORMULA, NAMES, PAGE, STEERING

from trackside.config.conditions import conditions
from trackside.services.places.opening import open_places
from trackside.services.sharing.export import file_name
from trackside.services.sharing.shell import joined
from trackside.services.watching.message import Message
from trackside.services.watching.program import Program
from trackside.services.watching.watch import ToldNow, Watch
from trackside.services.watching.webhook import Webhook
from trackside.tui.output.ringing import osc9, plain_for_tmux
from trackside.tui.terminal import one_line


@pytest.fixture(scope="module")
def message(tmp_path_factory: pytest.TempPathFactory) -> Message:
    """What is told of the ends of all hostile runs."""
    opened = open_places([str(hostile_store.make(tmp_path_factory.mktemp("hostile"), 10))])
    opened.catch_up(None)
    found = Watch(opened.store, "", conditions(["end"]), ToldNow()).all()
    opened.store.close()
    return Message(tuple(sorted(found, key=lambda event: not event.name.startswith("HHH"))), ("/runs",))


def test_a_program_and_a_webhook_are_told_of_any_run_in_words(message: Message, tmp_path: Path) -> None:
    script = "import json, os; json.dump(dict(os.environ), open('told.json', 'w'))"
    Program(f"{sys.executable} -c '{script.replace(chr(39), chr(34))}'", str(tmp_path)).tell(message)
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["TRACKSIDE_EVENT_NAME"].startswith("HHH")
    body = Webhook("https://localhost/x").body(message)
    shown = [value for name, value in told.items() if name.startswith("TRACKSIDE_EVENT_")]
    for text in (*shown, body["text"], body["content"], body["title"], body["message"]):
        assert ACTED_ON.search(text.replace("\n", "")) is None
    assert "<script>" not in body["text"]


def test_a_message_of_tmux_holds_no_format_and_a_notification_ends_where_the_app_ends_it(message: Message) -> None:
    for event in message.events:
        told = one_line(event.name)
        assert "#" not in plain_for_tmux(told)
        assert "%" not in plain_for_tmux(told).replace("%%", "")
        assert ACTED_ON.search(osc9(told, in_tmux=False)[len("\x1b]9;") : -1]) is None


def test_a_command_with_any_name_in_it_can_be_pasted_and_names_it() -> None:
    no_utf8 = ["/data/\udcff", "\udcc3a\udc80 b", os.fsdecode("é".encode("latin-1"))]
    words = [
        *no_utf8,
        *(name[:500] for name in NAMES.values()),
        "\x03\nrm -rf ~\n",
        "it's \\ 'so'\x7f",
        "\U000e0041\x1bb",
    ]
    line = joined(words)
    assert line.isprintable()
    shell = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    assert os.fsdecode(shell.stdout).split("\0")[:-1] == words


@pytest.mark.parametrize("name", [STEERING, PAGE, FORMULA, "../../etc/passwd", "-rf", ".bashrc", "", "é" * 300])
def test_a_file_that_is_suggested_stands_in_the_folder_one_is_in(name: str) -> None:
    suggested = file_name(name, ".csv")
    assert Path(suggested).name == suggested
    assert suggested[0] not in ".-"
    assert len(suggested.encode()) <= 255
    assert ACTED_ON.search(suggested) is None
