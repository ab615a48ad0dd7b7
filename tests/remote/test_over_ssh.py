"""A store on another machine, through a real sshd on loopback: read, watched, edited, lost and found again."""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest
from small_store import record
from sshd import Box, has_namespaces, needs_sshd, ssh_for
from terminal_app import TerminalApp
from two_runs import two_runs

import trackside
from trackside.cli.main import main
from trackside.model.errors import StoreError, UsageError
from trackside.services import edit
from trackside.services.metrics.curves import curves
from trackside.services.places.listener import Listener
from trackside.services.places.live import Live
from trackside.services.places.opening import open_places
from trackside.services.remote.address import parsed
from trackside.services.remote.near import ssh
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.live import LiveRemote
from trackside.services.remote.protocol.wire import VERSION
from trackside.services.table.asked import Asked, sort_keys
from trackside.services.table.view import find
from trackside.store.any_store import AnyStore
from trackside.store.store import Store

pytestmark = needs_sshd


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two runs; the first one printed, and left a file."""
    return two_runs(tmp_path / "it's $HOME store")


def at(store: Path) -> str:
    return f"ssh://box{store}"


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


@contextmanager
def followed(live: Live, listener: Listener) -> Iterator[AnyStore]:
    stop = threading.Event()
    following = threading.Thread(target=live.follow, args=(stop, listener), daemon=True)
    following.start()
    try:
        yield live.store
    finally:
        stop.set()
        following.join()
        live.store.close()


@pytest.mark.parametrize(
    "command",
    [
        ["ls"],
        ["ls", "lr:0.1"],
        ["show", "tall-oak"],
        ["curve", "train/loss", "tall-oak"],
        ["compare", "tall-oak", "--baseline", "red-fir"],
    ],
)
def test_commands_say_of_a_store_elsewhere_what_they_say_there(
    known: Box, store: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    here = call(capsys, "--store", str(store), *command, "--json")
    there = call(capsys, "--store", at(store), *command, "--json")
    assert here[0] == 0, here
    assert json.loads(there[1]) == json.loads(here[1])


def test_all_that_can_be_read_of_a_run_is_the_same_from_elsewhere(known: Box, store: Path) -> None:
    here = Store.open(store)
    here.refresh()
    opened = open_places([at(store)])
    opened.catch_up()
    there = opened.store
    assert there.count() == 2
    assert there.uuid == here.uuid
    for run_id in here.frame()["id"].to_list():
        assert there.run(run_id) == here.run(run_id)
        assert there.lock(run_id) == here.lock(run_id)
        for metric in here.run(run_id).metrics:
            ours, theirs = here.series(run_id, metric), there.series(run_id, metric)
            for mine, other in ((ours.step, theirs.step), (ours.time, theirs.time), (ours.value, theirs.value)):
                np.testing.assert_array_equal(mine, other)
    frame = here.frame()
    assert there.frame().select(frame.columns).sort("id").equals(frame.sort("id"))
    (run_id,) = there.ids_matching("tall-oak")
    (digest, _) = there.run(run_id).artifacts["notes"].files["notes.txt"]
    assert there.content(run_id, digest) == b"kept\n"
    assert {holder.run for holder in there.holders([digest])} >= {run_id}
    assert there.holders([digest]) == here.holders([digest])
    (drawn, size) = there.run(run_id).artifacts["histogram/weights"].files["weights.jsonl"]
    assert there.content(run_id, drawn) == here.content(run_id, drawn)
    assert size == len(there.content(run_id, drawn))
    there.close()


def test_edits_are_made_there_and_seen_here(known: Box, store: Path) -> None:
    opened = open_places([at(store)])
    opened.catch_up()
    there = opened.store
    (run_id,) = there.ids_matching("tall-oak")
    there.editor().tags(run_id, ["keep"], [])
    there.editor().set_project("digits", {"baseline": run_id})
    noted = edit.note_at(there, run_id, 3, "seen from afar")
    assert [mark.text for mark in there.run(run_id).marks] == ["seen from afar"]
    noted()
    assert there.run(run_id).marks == []
    assert there.run(run_id).tags == ["keep"]
    assert dict(there.frame().select("id", "tags").iter_rows())[run_id] == ["keep"]
    assert there.project("digits").baseline == run_id
    there.close()
    here = Store.open(store)
    here.refresh()
    assert here.run(run_id).tags == ["keep"]
    assert here.project("digits").baseline == run_id


def test_a_connection_that_breaks_is_told_with_since_when_and_heals_with_what_happened_meanwhile(
    known: Box, store: Path
) -> None:
    troubles: Queue[str] = Queue()
    changes: Queue[Any] = Queue()
    with followed(open_places([at(store)]).live(), Listener(changes.put, trouble=troubles.put)) as there:
        changes.get(timeout=30)
        assert there.frame().height == 2
        known.stop()
        assert "stale since" in troubles.get(timeout=30)
        assert there.frame().height == 2, "what was known is still shown"
        with pytest.raises(StoreError, match="ssh://box"):
            there.texts("0" * 26, "notes")
        late = record(store, "late-elm")
        known.start()
        while troubles.get(timeout=60):
            pass
        while late not in changes.get(timeout=30).runs:
            pass
        assert there.frame().height == 3
        assert there.run(late).name == "late-elm"


def test_the_app_shows_a_store_elsewhere_and_what_happens_in_it(known: Box, store: Path) -> None:
    with TerminalApp([sys.executable, "-m", "trackside", at(store)], columns=160) as app:
        app.wait_for("tall-oak")
        app.wait_for("val/accuracy: ")
        record(store, "late-elm")
        app.wait_for("late-elm")
        known.cut()
        app.wait_for("stale since")
        app.wait_until(lambda: "stale since" not in app.text.split("\n")[0], "the connection again")
        app.send("q")
        assert app.wait_for_end() == 0


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ssh://box/nowhere", "box: there is no /nowhere"),
        ("ssh://box/etc/ssl", "no store at /etc/ssl, and no run of another system"),
        ("ssh://unheard-of.invalid/runs", "ssh://unheard-of.invalid/runs: ssh: Could not resolve hostname"),
        ("ssh://127.0.0.1:1/runs", "Connection refused"),
    ],
)
def test_what_stands_in_the_way_is_told_in_one_line(
    known: Box, address: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capsys, "ls", "--store", address)
    assert (status, out) == (1, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_long_curve_comes_as_its_outline_and_whole_where_that_does_not_do(known: Box, tmp_path: Path) -> None:
    root = tmp_path / "long"
    with trackside.init(project="digits", name="long", store=root, quiet=True) as run:
        for step in range(20_000):
            run.log({"loss": 1 / (step + 1) + (7 if step == 12_345 else 0)}, step=step)
        opened = open_places([at(root)])
        opened.catch_up()
        (drawn,) = curves(opened.store, [run.id], "loss")
        assert len(drawn.x) < 2_100
        assert drawn.of == 20_000
        assert drawn.y.max() > 7
        assert drawn.closer is not None
        close = drawn.closer(1_000.0, 2_000.0)
        assert set(range(1_000, 2_001)) <= set(close.x.tolist())
        assert len(close.x) < 3_200
        assert (close.x[0], close.x[-1], close.of) == (0, 19_999, 20_000)
        assert len(drawn.closer(None, None).x) == 20_000
        (smooth,) = curves(opened.store, [run.id], "loss", smooth=0.9)
        assert len(smooth.x) == 20_000
        run.log({"loss": 5.0}, step=20_000)
    opened.catch_up()
    (drawn,) = curves(opened.store, [run.id], "loss")
    assert (drawn.of, drawn.x[-1], drawn.y[-1]) == (20_001, 20_000, 5.0)
    opened.store.close()


def test_of_a_live_curve_only_what_came_is_sent(known: Box, tmp_path: Path) -> None:
    root = tmp_path / "live"
    with trackside.init(project="digits", name="live", store=root, quiet=True) as run:
        for step in range(10_000):
            run.log({"loss": math.sin(step) + step}, step=step)
        remote = Connection(parsed(at(root)))
        live = LiveRemote(remote)
        live.catch_up()
        whole = received_by(remote, lambda: live.store.series(run.id, "loss"))
        run.log({"loss": 5.0}, step=10_000)
        live.catch_up()
        news = received_by(remote, lambda: live.store.series(run.id, "loss"))
        np.testing.assert_array_equal(live.store.series(run.id, "loss").step, np.arange(10_001))
    assert whole > 10_000
    assert news < 300
    live.store.close()


def test_a_table_far_away_is_fetched_as_far_as_it_is_looked_at(known: Box, store: Path) -> None:
    here = Store.open(store)
    here.refresh()
    remote = Connection(parsed(at(store)))
    live = LiveRemote(remote)
    live.catch_up()
    asked = Asked(filter="train/loss<1", sort=sort_keys(["-best(val/accuracy)"]))
    ours, theirs = find(here, asked), find(live.store, asked)
    columns = list(theirs.columns)
    assert theirs.view.ids(0, 9) == ours.view.ids(0, 9) != []
    assert [column for column in ours.columns if column in columns] == columns
    assert {"name", "param.lr", "best.val/accuracy", "metric.val/accuracy"} <= set(columns)
    assert theirs.view.rows(0, 9, columns) == ours.view.rows(0, 9, columns)
    assert live.store.frame(())["min.train/loss"].null_count() == 2, "nobody looked at it yet"
    assert live.store.frame(["min(train/loss) < 3"])["min.train/loss"].null_count() == 0
    assert live.store.frame()["mean.val/accuracy"].null_count() == 0
    live.store.close()


def received_by(connection: Connection, do: Callable[[], object]) -> int:
    """The bytes that came over the wire for it."""
    before = connection.traffic[1]
    do()
    return connection.traffic[1] - before


def test_what_ssh_asks_is_asked_before_the_app_takes_the_screen(
    known: Box, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = (known.folder / "ssh_config").read_text()
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "ssh_config").write_text(
        config.replace(f"{known.folder}/known_hosts", f"{strange}/known_hosts").replace("Checking yes", "Checking ask")
    )
    monkeypatch.setenv("PATH", f"{ssh_for(strange)}:{os.environ['PATH']}")
    with TerminalApp([sys.executable, "-m", "trackside", at(store)], columns=160) as app:
        app.wait_for("Are you sure you want to continue connecting")
        app.send("yes\r")
        app.wait_for("tall-oak")
        app.send("q")
        assert app.wait_for_end() == 0


def test_a_store_elsewhere_can_be_the_one_that_is_meant(
    known: Box, store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKSIDE_STORE", at(store))
    assert "tall-oak" in call(capsys, "ls")[1]
    assert call(capsys, "tag", "tall-oak", "+keep")[0] == 0
    assert json.loads(call(capsys, "show", "tall-oak", "--json")[1])["tags"] == ["keep"]


def test_what_has_to_be_called_there_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "doctor", "--store", "ssh://box/runs")
    assert (status, err) == (
        2,
        "trackside: ssh://box/runs is on another machine, and this has to be called there\n",
    )


def test_every_question_is_answered_also_one_that_nobody_expected(known: Box, store: Path) -> None:
    connection = Connection(parsed(at(store)))
    for name, given in (("texts", ("no id", "loss")), ("runs", ("no list",)), ("texts", ())):
        with pytest.raises(StoreError) as told:
            connection.call(name, *given)
        assert "\n" not in str(told.value)
    with pytest.raises(UsageError, match="is newer"):
        connection.raw("unheard_of")
    connection.call("catch_up")
    assert connection.call("count") == 2
    connection.close()


@pytest.mark.parametrize("option", ["ProxyJump box", "ControlMaster auto\n  ControlPath {}/%C\n  ControlPersist yes"])
def test_a_jump_host_or_a_shared_connection_is_whatever_ssh_makes_of_it(
    known: Box, store: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        box = (known.folder / "ssh_config").read_text()
        other = box.replace("Host box", f"Host other\n  {option.format(folder)}")
        Path(folder, "ssh_config").write_text(box + other)
        monkeypatch.setenv("PATH", f"{ssh_for(Path(folder))}:{os.environ['PATH']}")
        connection = Connection(parsed(f"ssh://other{store}"))
        connection.call("catch_up")
        known.cut()
        assert connection.news(30).said == {"lost": None}
        connection.again()
        assert connection.call("count") == 2
        connection.close()
        subprocess.run(["ssh", "-O", "exit", "other"], capture_output=True, check=False)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish", "csh", "tcsh", "ksh"])
def test_every_login_shell_understands_what_it_is_given(shell: str, tmp_path: Path) -> None:
    """What it is given begins `trackside`, here in the folder for a person's own commands."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    own = tmp_path / ".local" / "bin" / "trackside"
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\necho "$@"\n')
    own.chmod(0o755)
    home = {"PATH": os.defpath, "HOME": str(tmp_path)}
    said = subprocess.run([program, "-c", ssh.COMMAND], env=home, capture_output=True, check=True)
    assert said.stdout == b"agent %d\n" % VERSION


@pytest.mark.skipif(os.getuid() == 0 and not has_namespaces(), reason="root may have no namespaces here")
def test_the_sshd_of_these_tests_is_a_normal_users(known: Box) -> None:
    asked = ["ssh", "box", "id -u; grep CapEff /proc/self/status"]
    uid, privileges = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    assert uid != "0"
    assert int(privileges.split()[1], 16) == 0
