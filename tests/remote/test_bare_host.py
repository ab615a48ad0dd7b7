"""A host without trackside: its Python is sent an agent, and the store is copied into a mirror here."""

import ast
import os
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import polars as pl
import pytest
import sshd
from small_store import record
from sshd import Box, needs_sshd
from two_runs import two_runs
from waiting import until

import trackside
from trackside.cli.main import main
from trackside.services.places.listener import Listener
from trackside.services.places.opening import open_places
from trackside.services.remote.bare.bootstrap import PARTS, source
from trackside.services.remote.copies.news import briefs
from trackside.store.store import Store

pytestmark = needs_sshd


@pytest.fixture(scope="module")
def bare_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with sshd.box(tmp_path_factory.mktemp("bare") / "box", trackside=False) as started:
        yield started


@pytest.fixture
def known(bare_box: Box, monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setenv("PATH", f"{sshd.ssh_for(bare_box.folder)}:{os.environ['PATH']}")
    return bare_box


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return two_runs(tmp_path / "runs there")


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_is_read_without_trackside_there_and_nothing_is_left_behind(known: Box, store: Path) -> None:
    before = files_below(store), files_below(known.home)
    opened = open_places([f"ssh://box{store}"])
    opened.catch_up()
    there = opened.store
    here = Store.open(store)
    (run_id,) = there.ids_matching("tall-oak")
    here_run = here.run(run_id)
    assert there.run(run_id).metrics == here_run.metrics
    assert there.run(run_id).status == "finished"
    assert there.series(run_id, "train/loss").value.tolist() == here.series(run_id, "train/loss").value.tolist()
    (digest, _) = here_run.artifacts["notes"].files["notes.txt"]
    assert there.content(run_id, digest) == b"kept\n"
    (drawn, _) = there.run(run_id).artifacts["histogram/weights"].files["weights.jsonl"]
    assert there.content(run_id, drawn) == here.content(run_id, drawn) != b""
    there.close()
    after = files_below(store)
    assert {path: after[path] for path in before[0]} == before[0]
    assert files_below(known.home) == before[1]


def test_a_run_there_is_seen_as_it_goes_on_through_a_connection_that_breaks(known: Box, store: Path) -> None:
    troubles: Queue[str] = Queue()
    changes: Queue[Any] = Queue()
    opened = open_places([f"ssh://box{store}"])
    stop = threading.Event()
    listener = Listener(changes.put, trouble=troubles.put)
    following = threading.Thread(target=opened.live().follow, args=(stop, listener), daemon=True)
    following.start()
    there = opened.store
    until(lambda: there.count() == 2)
    with trackside.init(project="digits", name="late-elm", store=store, quiet=True) as run:
        run.log({"loss": 3.0}, step=0)
        until(lambda: [one.status for one in there.runs([run.id])] == ["running"])
        known.cut()
        assert "stale since" in troubles.get(timeout=30)
        run.log({"loss": 2.0}, step=1)
        assert troubles.get(timeout=60) == ""
        until(lambda: there.series(run.id, "loss").value.tolist() == [3.0, 2.0])
        run.log({"loss": 1.0}, step=2)
        until(lambda: there.run(run.id).metrics["loss"].last == 1.0)
    until(lambda: there.run(run.id).status == "finished")
    stop.set()
    following.join()
    there.close()


def long_run(store: Path, name: str) -> str:
    """A run of three metrics, whose log is 140 kB."""
    with trackside.init(project="digits", name=name, store=store, quiet=True) as run:
        run.define_metric("acc", goal="max", primary=True)
        for step in range(2_000):
            run.log({"loss": random.random() / (step + 1), "acc": random.random(), "lr": 0.1 / (step + 1)}, step=step)
    return run.id


def test_what_a_table_needs_comes_at_first_and_all_of_a_run_that_is_looked_at(known: Box, store: Path) -> None:
    run_id, other = long_run(store, "long-ash"), long_run(store, "tall-ash")
    here = Store.open(store)
    here.refresh()
    opened = open_places([f"ssh://box{store}"])
    opened.catch_up()
    there = opened.store
    connection = opened._places[0].store.connection  # type: ignore[attr-defined]
    opening = connection.traffic[1]
    assert opening < 20_000
    columns = [name for name in here.frame().columns if not name.startswith(("at_best.", "health", "store"))]
    ours, theirs = here.frame().select(columns).sort("id"), there.frame(()).select(columns).sort("id")
    assert theirs.equals(ours)
    assert connection.traffic[1] == opening, "nothing of it was looked at"
    np.testing.assert_array_equal(there.series(run_id, "loss").value, here.series(run_id, "loss").value)
    looked_at = connection.traffic[1]
    assert looked_at > 5 * opening
    assert there.runs([run_id]) == here.runs([run_id])
    assert connection.traffic[1] == looked_at
    best = there.frame(["at_best(loss)"]).filter(pl.col("id") == other)["at_best.loss"].to_list()
    assert best == [here.run(other).metrics["loss"].at_best]
    there.close()


def test_two_that_read_one_host_at_once_have_a_copy_each(known: Box, store: Path) -> None:
    one, two = (open_places([f"ssh://box{store}"]) for _ in range(2))
    for opened in (one, two):
        opened.catch_up()
        assert opened.store.count() == 2
    roots = [opened._places[0].store.root for opened in (one, two)]
    assert roots[0] != roots[1]
    for opened in (one, two):
        opened.store.close()
    again = open_places([f"ssh://box{store}"])
    assert again._places[0].store.root == roots[0]
    again.store.close()


def test_edits_of_a_store_without_trackside_are_kept_here(known: Box, store: Path) -> None:
    before = files_below(store)
    opened = open_places([f"ssh://box{store}"])
    opened.catch_up()
    (run_id,) = opened.store.ids_matching("tall-oak")
    opened.store.editor().tags(run_id, ["keep"], [])
    assert opened.store.run(run_id).tags == ["keep"]
    opened.store.close()
    assert {path: content for path, content in files_below(store).items() if path in before} == before


def test_a_second_look_copies_only_what_is_new(known: Box, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_places([f"ssh://box{store}"])
    first.catch_up()
    first.store.close()
    late = record(store, "late-elm")
    again = open_places([f"ssh://box{store}"])
    came: list[str] = []
    connection = again._places[0].store.connection  # type: ignore[attr-defined]
    raw = connection.raw

    def heard(name: str, *given: Any) -> bytes:
        answer = bytes(raw(name, *given))
        if name == "next_runs":
            came.extend(brief.run for brief in briefs(answer))
        else:
            assert name == "fetch"
            assert [run_id for run_id, *_ in given[0]] == [""]
        return answer

    monkeypatch.setattr(connection, "raw", heard)
    again.catch_up()
    assert came == [late]
    assert again.store.count() == 3
    again.store.close()


def test_what_is_no_store_is_told_in_one_line(known: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ls", "--store", f"ssh://box{tmp_path}/nothing"])
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "no store of trackside is there" in said
    assert said.count("\n") == 1


def test_a_host_without_any_python_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with sshd.box(tmp_path / "box", trackside=False, python=False) as empty:
        monkeypatch.setenv("PATH", f"{sshd.ssh_for(empty.folder)}:{os.environ['PATH']}")
        with pytest.raises(SystemExit) as ended:
            main(["ls", "--store", "ssh://box/runs"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "trackside: ssh://box/runs: neither trackside nor python3 is found there; install one of them\n"
    )


@pytest.mark.parametrize("part", PARTS)
def test_what_is_sent_to_a_host_is_python_from_3_8_on(part: str) -> None:
    parsed = ast.parse(source(part), feature_version=(3, 8))
    imported = {node.module for node in ast.walk(parsed) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(parsed) if isinstance(node, ast.Import) for alias in node.names}
    assert {str(module).partition(".")[0] for module in imported} <= {*sys.stdlib_module_names, "trackside"}
    assert {module for module in imported if str(module).startswith("trackside")} <= {*PARTS}
