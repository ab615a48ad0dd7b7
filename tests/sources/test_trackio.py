"""Trackio's databases, which hold the runs of a project and are written ahead."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from gathered import Gathered, differences, find, gather

from trackside.sources.protocol import SourceError
from trackside.sources.trackio import Trackio
from trackside.sources.walk import Walk

OWN = Path(__file__).parent / "samples" / "trackio"
SOURCE = Trackio()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    shutil.copytree(OWN / "store", tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def client(store: Path) -> Iterator[sqlite3.Connection]:
    """A client that has the database open, so that what it writes stands beside it."""
    with closing(sqlite3.connect(store / "digits.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        yield connection


def by_name(folder: Path) -> dict[str, Gathered]:
    return {run.facts.name: run for run in gather(SOURCE, folder).values() if run.facts}


def log(client: sqlite3.Connection, run: Gathered, step: Any, said: object) -> None:
    client.execute(
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        (run.found.identity, "2026-01-01T00:00:00+00:00", run.found.extra["name"], step, said),
    )


def old_file(path: Path, *, rows: list[tuple[Any, ...]]) -> None:
    """A database of a client that had no ids of runs yet."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp, run_name, step, metrics)")
        connection.execute("CREATE TABLE configs (id INTEGER PRIMARY KEY, run_name, config)")
        connection.executemany("INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?)", rows)


def test_samples_hold_what_was_logged(store: Path) -> None:
    wanted = json.loads((OWN / "expected.json").read_text())
    runs = by_name(store)
    assert set(runs) == set(wanted)
    for name, run in runs.items():
        machine = run.curves.pop("system/cpu")
        assert machine.value.tolist() == [12.5]
        assert differences(wanted[name]["metrics"], run.statistics()) == []
        assert run.facts is not None
        assert run.facts.params == wanted[name]["params"]
        assert (run.facts.project, run.facts.group, run.facts.end_known) == ("digits", "sweep", False)
        assert run.facts.created < (run.facts.ended or 1e12)
        assert run.texts["phase"][0] == (0, "warm up")
        assert [mark.text for mark in run.marks] == ["loss is high: look"]
        assert run.remarks == []


def test_what_was_written_ahead_is_read_and_nothing_is_left_beside(store: Path, client: sqlite3.Connection) -> None:
    run = by_name(store)["first"]
    before = SOURCE.stamp(run.found)
    log(client, run, 60, b'{"loss": 0.125}')
    assert SOURCE.stamp(run.found) != before
    files = {path.name: path.stat().st_mtime_ns for path in store.iterdir()}
    run.take(SOURCE.follow(run.found, run.cursor))
    assert run.curves["loss"].value[-1] == 0.125
    assert run.curves["loss"].step[-1] == 60
    assert len(run.curves["loss"].step) == 7
    assert {path.name: path.stat().st_mtime_ns for path in store.iterdir()} == files


def test_a_new_run_of_the_project_is_found_while_the_client_runs(store: Path, client: sqlite3.Connection) -> None:
    client.execute(
        "INSERT INTO configs (run_id, run_name, config, created_at) VALUES ('x9', 'new', ?, '')", (b'{"lr": 1}',)
    )
    new = by_name(store)["new"]
    assert new.facts is not None
    assert new.facts.params == {"lr": 1}


def test_files_of_old_clients_tell_runs_by_their_names(tmp_path: Path) -> None:
    at = "2025-08-01T00:00:00"
    old_file(tmp_path / "p.db", rows=[(at, "a", 0, '{"loss": 1}'), (at, "b", 0, '{"loss": 2}'), (at, "a", 1, "{}")])
    runs = gather(SOURCE, tmp_path)
    assert {run.found.identity for run in runs.values()} == {"p/a", "p/b"}
    assert runs["p.db#a"].curves["loss"].time.tolist() == [1_754_006_400.0]


def test_odd_rows_are_passed_over_and_told(tmp_path: Path) -> None:
    rows = [
        ("?", "a", 2**63 - 1, '{"loss": "Infinity", "word": "x", "flag": true}'),
        (None, "a", "x", b'{"loss": 0.5}'),
        (5, "a", 1.0, "[1]"),
        ("", "a", None, b"\xff\xfe"),
        ("", "a", 3, b'{"a":' * 100_000),
    ]
    old_file(tmp_path / "p.db", rows=rows)
    (run,) = gather(SOURCE, tmp_path).values()
    assert run.curves["loss"].step.tolist() == [2**63 - 1, 0]
    assert set(run.curves) == {"loss"}
    assert run.remarks == ["passed over 3 rows without a JSON object"]


def test_media_are_files_where_they_are_there_and_in_the_tree(tmp_path: Path) -> None:
    store = tmp_path / "store"
    (store / "media" / "p").mkdir(parents=True)
    (store / "media" / "p" / "a.png").write_bytes(b"png")
    (tmp_path / "secret").write_text("x")
    said = [{"_type": "trackio.image", "file_path": path} for path in ("p/a.png", "../../secret", "p/gone.png", "\0")]
    rows = [("2025-08-01", "a", 4, json.dumps({"picture": each})) for each in said]
    old_file(store / "p.db", rows=rows)
    (run,) = gather(SOURCE, store).values()
    assert [(file.name, file.kind, list(file.files), file.step) for file in run.files] == [
        ("picture@4", "image", ["a.png"], 4)
    ]
    assert run.curves == {}
    assert run.texts == {}


def test_rows_that_were_deleted_begin_the_run_anew(tmp_path: Path) -> None:
    at = "2025-08-01T00:00:00"
    old_file(tmp_path / "p.db", rows=[(at, "a", step, '{"loss": 1}') for step in range(5)])
    (run,) = gather(SOURCE, tmp_path).values()
    (tmp_path / "p.db").unlink()
    old_file(tmp_path / "p.db", rows=[(at, "a", step, '{"loss": 2}') for step in range(3)])
    run.take(SOURCE.follow(run.found, run.cursor))
    assert run.statistics()["loss"]["count"] == 3
    assert run.gone == 5


def test_other_databases_are_not_taken(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE metrics (id, run_name)")
    (tmp_path / "text.db").write_text("no database")
    (tmp_path / "empty.db").touch()
    assert find(SOURCE, tmp_path) == []


def test_a_database_that_is_gone_is_one_line(store: Path) -> None:
    (found, *_) = find(SOURCE, store)
    (store / "digits.db").unlink()
    with pytest.raises(SourceError, match=r"digits\.db"):
        list(SOURCE.follow(found, None))


def test_a_database_that_cannot_be_read_now_is_told_and_others_are_found(
    store: Path, client: sqlite3.Connection
) -> None:
    old_file(store / "other.db", rows=[("2025-08-01T00:00:00", "a", 0, '{"loss": 1}')])
    with closing(sqlite3.connect(store / "other.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        walk = Walk(store, [SOURCE])
        assert {run.extra["name"] for run in walk.find()} == set(json.loads((OWN / "expected.json").read_text()))
        assert [skipped.why for skipped in walk.skipped] == [
            f"{store / 'other.db'}: another program keeps it locked; it is tried again later"
        ]


def test_a_run_that_was_given_another_name_is_one_run_of_its_last_name(store: Path, client: sqlite3.Connection) -> None:
    run = next(iter(by_name(store).values()))
    before = len(find(SOURCE, store))
    client.execute(
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        (run.found.identity, "2026-01-01T00:00:00+00:00", "called anew", 99, "{}"),
    )
    found = [each for each in find(SOURCE, store) if each.identity == run.found.identity]
    assert [each.extra["name"] for each in found] == ["called anew"]
    assert len(find(SOURCE, store)) == before
