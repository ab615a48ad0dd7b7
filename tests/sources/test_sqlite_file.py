"""SQLite files of others: what was committed is read, and nothing is left behind."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from trackside.sources import sqlite_file
from trackside.sources.protocol import PassingError, SourceError
from trackside.sources.sqlite_file import SqliteFile, is_sqlite, state_of


def made(path: Path, mode: str = "delete") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE t (a INTEGER, b TEXT)")
    connection.execute("INSERT INTO t VALUES (1, 'one')")
    return connection


def values(path: Path) -> list[int]:
    with SqliteFile(path, path.parent) as database:
        return [a for (a,) in database.rows("SELECT a FROM t ORDER BY a")]


def left(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_a_closed_database_is_read_and_nothing_is_made_beside_it(tmp_path):
    for mode in ("delete", "wal"):
        made(tmp_path / f"{mode}.db", mode).close()
    before = left(tmp_path)
    assert values(tmp_path / "delete.db") == values(tmp_path / "wal.db") == [1]
    assert left(tmp_path) == before
    assert before.keys() == {"delete.db", "wal.db"}


def test_what_stands_in_a_write_ahead_log_is_read(tmp_path):
    writer = made(tmp_path / "a.db", "wal")
    writer.execute("INSERT INTO t VALUES (2, 'two')")
    before = left(tmp_path)
    assert "a.db-wal" in before
    assert values(tmp_path / "a.db") == [1, 2]
    assert left(tmp_path) == before
    writer.close()


def test_what_was_committed_is_read_while_another_program_goes_on_writing(tmp_path, monkeypatch):
    writer = made(tmp_path / "a.db", "wal")
    copied = sqlite_file._copied

    def written_to_meanwhile(path: Path, to: Path, root: Path) -> None:
        writer.execute("INSERT INTO t VALUES (2, 'two')")
        copied(path, to, root)
        writer.execute("INSERT INTO t VALUES (2, 'two')")

    monkeypatch.setattr(sqlite_file, "_copied", written_to_meanwhile)
    read = values(tmp_path / "a.db")
    assert read[:2] == [1, 2]
    assert set(read) == {1, 2}
    writer.close()


def test_a_log_that_is_written_anew_again_and_again_is_told_and_never_mixed(tmp_path, monkeypatch):
    writer = made(tmp_path / "a.db", "wal")
    copied = sqlite_file._copied

    def put_back_meanwhile(path: Path, to: Path, root: Path) -> None:
        copied(path, to, root)
        writer.execute("INSERT INTO t VALUES (2, 'two')")
        writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        writer.execute("INSERT INTO t VALUES (2, 'two')")

    monkeypatch.setattr(sqlite_file, "_copied", put_back_meanwhile)
    with pytest.raises(PassingError, match="written to without a pause"):
        values(tmp_path / "a.db")
    writer.close()


def test_a_transaction_that_a_crash_cut_off_is_not_shown(tmp_path):
    path = tmp_path / "a.db"
    made(path).close()
    crash = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA cache_size=1")
c.execute("BEGIN")
c.execute("UPDATE t SET a = 100")
c.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x" * 500) for n in range(2, 2000)])
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", crash, path], check=False)
    before = left(tmp_path)
    assert before.keys() == {"a.db", "a.db-journal"}
    assert values(path) == [1]
    assert left(tmp_path) == before


def test_a_reader_sees_what_another_program_commits(tmp_path):
    writer = made(tmp_path / "a.db")
    before = state_of(tmp_path / "a.db")
    assert values(tmp_path / "a.db") == [1]
    writer.execute("INSERT INTO t VALUES (2, 'two')")
    assert state_of(tmp_path / "a.db") != before
    assert values(tmp_path / "a.db") == [1, 2]
    writer.close()


def test_a_database_that_stays_locked_is_one_line(tmp_path):
    writer = made(tmp_path / "a.db")
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(PassingError, match=r"a\.db: another program keeps it locked"):
        values(tmp_path / "a.db")
    writer.close()


@pytest.mark.parametrize("damage", ["empty", "text", "header", "cut", "zeros", "folder", "pipe", "gone"])
def test_what_is_no_database_is_one_line(damage, tmp_path):
    path = tmp_path / "a.db"
    made(path).close()
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "pipe":
        os.mkfifo(path)
    elif damage != "gone":
        parts = {"empty": b"", "text": b"text", "header": content[:16], "cut": content[:5000]}
        parts["zeros"] = content[:100] + bytes(8092)
        path.write_bytes(parts[damage])
    with pytest.raises(SourceError) as raised:
        values(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)
    assert is_sqlite(path, tmp_path) == (damage in {"header", "cut", "zeros"})


def test_views_and_virtual_tables_are_no_tables(tmp_path):
    writer = made(tmp_path / "a.db")
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x AS a FROM n"
    writer.execute(f"CREATE VIEW v AS {endless}")
    writer.close()
    with SqliteFile(tmp_path / "a.db", tmp_path) as database:
        assert database.tables == {"t"}
        assert database.columns("v") == database.columns("none") == frozenset()
        assert database.columns("t") == {"a", "b"}


def test_text_that_is_no_utf_8_and_names_of_any_kind_are_read(tmp_path):
    path = tmp_path / "50% of ?#.db"
    writer = made(path)
    writer.execute("INSERT INTO t VALUES (2, CAST(x'ff41' AS TEXT))")
    writer.close()
    with SqliteFile(path, path.parent) as database:
        assert list(database.rows("SELECT b FROM t WHERE a = ?", 2)) == [("\ufffdA",)]


def test_a_value_too_long_to_be_one_is_one_line(tmp_path):
    writer = made(tmp_path / "a.db")
    writer.execute("INSERT INTO t VALUES (2, zeroblob(20000000))")
    writer.close()
    with SqliteFile(tmp_path / "a.db", tmp_path) as database, pytest.raises(SourceError, match="too big"):
        list(database.rows("SELECT b FROM t"))


def test_copies_go_with_the_reader(tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    writer = made(tmp_path / "a.db", "wal")
    with SqliteFile(tmp_path / "a.db", tmp_path):
        assert list((tmp_path / "temporary").iterdir())
    assert not list((tmp_path / "temporary").iterdir())
    writer.close()
    shutil.rmtree(tmp_path / "temporary")
