"""MLflow's SQLite files: read as they were logged, followed as they grow, and borne where they are damaged."""

import json
import math
import shutil
import sqlite3
from pathlib import Path

import pytest
from gathered import Gathered, differences, find, gather
from mlflow_samples import VERSIONS, compare, compare_full, unpack

from trackside.sources.mlflow.source import Mlflow
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.walk import Walk

NEWEST = VERSIONS[-1]


def opened(root: Path) -> sqlite3.Connection:
    return sqlite3.connect(root / "mlflow.db", isolation_level=None)


def named(runs: dict[str, Gathered], name: str) -> Gathered:
    return next(run for run in runs.values() if run.facts is not None and run.facts.name == name)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_database_is_read_as_it_was_logged(version, tmp_path):
    runs = gather(Mlflow(), unpack(version, "database", tmp_path))
    compare(runs)
    compare_full(named(runs, "full"))


def test_runs_that_mlflow_wrote_are_what_was_logged(samples):
    expected = json.loads((samples / "vendor" / "expected.json").read_text())
    runs = {run.facts.name: run for run in gather(Mlflow(), samples / "vendor" / "mlflow_sqlite").values()}
    assert runs.keys() == {*expected, "child-of-0"}
    for name, said in expected.items():
        facts = runs[name].facts
        assert differences(said["metrics"], runs[name].statistics()) == []
        assert facts.notes == said["notes"]
        assert facts.tags == [f"intent:{','.join(said['tags']) or 'none'}"]
        model = said["params"].pop("model")
        assert facts.params == said["params"] | {f"model.{key}": value for key, value in model.items()}
        assert facts.status == ("finished" if said["complete"] else "crashed")
        assert [file.name for file in runs[name].files] == ["predictions"]
    assert runs["child-of-0"].facts.group.startswith("sample-0 (")


def test_reading_leaves_a_database_and_its_folder_as_they_were(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")}
    gather(Mlflow(), root)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")} == before


def test_a_database_may_be_given_as_a_file_and_leaves_other_databases_alone(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    sqlite3.connect(root / "other.db").execute("CREATE TABLE t (a)").connection.close()
    (root / "mlflow.txt").write_text("no database")
    folder = Folder(root, set(), {"mlflow.db", "other.db", "mlflow.txt"})
    assert Mlflow().sniff(folder)
    assert len(list(Mlflow().discover(folder))) == 7
    assert folder.files == {"other.db", "mlflow.txt"}


def test_a_database_that_is_given_as_a_file_has_the_artifacts_beside_it(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    with_files = {run.identity for run in find(Mlflow(), root) if Gathered(run).take(Mlflow().follow(run, None)).files}
    assert with_files
    alone = Walk(root / "mlflow.db", [Mlflow()]).find()
    assert {run.identity for run in alone if Gathered(run).take(Mlflow().follow(run, None)).files} == with_files


def test_what_lies_among_the_artifacts_of_a_database_is_no_run(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    folder = next(path for path in root.rglob("artifacts") if path.parent.name.startswith("m-"))
    shutil.copy(root / "mlflow.db", folder / "copy.db")
    (root / "mlflow.db").rename(root / "kept.db")
    assert {run.paths[0].name for run in find(Mlflow(), root)} == {"kept.db"}


def test_only_what_is_new_is_read_and_only_of_the_run_that_has_it(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    source = Mlflow()
    runs = {run.facts.name: run for run in gather(source, root).values()}
    before = {name: source.stamp(run.found) for name, run in runs.items()}
    run = runs["cut"]
    with opened(root) as database:
        for step in (5, 6):
            database.execute(
                "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('loss', ?, ?, ?, ?, 0)",
                (step / 2, 1_900_000_000_000 + step, run.found.identity, step),
            )
    database.close()
    after = {name: source.stamp(run.found) for name, run in runs.items()}
    assert {name for name in runs if before[name] != after[name]} == {"cut"}
    points = run.curves["loss"].value.tolist()
    run.take(source.follow(run.found, run.cursor))
    assert run.curves["loss"].value.tolist() == [*points, 2.5, 3.0]
    assert run.gone == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET status = 'FAILED' WHERE run_uuid = ?",
        "UPDATE tags SET value = 'x' WHERE key = 'mlflow.user' AND run_uuid = ?",
        "INSERT INTO params (key, value, run_uuid) VALUES ('new', '1', ?)",
        "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = ?",
    ],
)
def test_a_change_of_anything_is_seen(statement, tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    source = Mlflow()
    run = named(gather(source, root), "cut")
    before, facts = source.stamp(run.found), run.facts
    with opened(root) as database:
        database.execute(statement, (run.found.identity,))
    database.close()
    assert source.stamp(run.found) != before
    assert run.take(source.follow(run.found, run.cursor)).facts != facts


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM metrics WHERE step = 1 AND run_uuid = ?",
        "DELETE FROM metrics WHERE run_uuid = ?",
        "UPDATE metrics SET value = 7 WHERE step = 4 AND run_uuid = ?",
    ],
)
def test_a_history_that_is_no_continuation_begins_again(statement, tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    run = named(gather(Mlflow(), root), "cut")
    with opened(root) as database:
        database.execute(statement, (run.found.identity,))
        kept = [value for (value,) in database.execute(
            "SELECT value FROM metrics WHERE run_uuid = ? ORDER BY rowid", (run.found.identity,)
        )]  # fmt: skip
    database.close()
    run.take(Mlflow().follow(run.found, run.cursor))
    curve = run.curves["loss"]
    assert curve.value[~curve.gone].tolist() == kept


def test_infinities_and_nan_are_what_was_logged_and_rows_without_numbers_are_counted(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    run = named(gather(Mlflow(), root), "cut")
    rows = [(1.7976931348623157e308, 0, 1), (-1.7976931348623157e308, 0, 2), (0.0, 1, 3), ("text", 0, 4), (1.0, 0, "x")]
    with opened(root) as database:
        for value, is_nan, step in rows:
            database.execute(
                "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('odd', ?, 1, ?, ?, ?)",
                (value, run.found.identity, step, is_nan),
            )
    database.close()
    run.take(Mlflow().follow(run.found, run.cursor))
    assert repr(run.curves["odd"].value.tolist()) == repr([math.inf, -math.inf, math.nan])
    assert run.remarks == ["left out 2 rows of its metrics without a point"]


def test_tables_and_columns_that_a_version_lacks_are_empty(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    with opened(root) as database:
        for table in ("logged_model_metrics", "logged_model_params", "logged_model_tags", "logged_models", "inputs"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA foreign_keys=off")
        database.execute("ALTER TABLE runs DROP COLUMN name")
    database.close()
    run = named(gather(Mlflow(), root), "full")
    assert run.facts.data == {}
    assert [file.name for file in run.files] == ["report.txt", "tables"]


@pytest.mark.parametrize("missing", ["runs", "latest_metrics", "alembic_version", "experiments"])
def test_a_database_without_the_tables_of_mlflow_is_left_to_others(missing, tmp_path):
    root = unpack(VERSIONS[0], "database", tmp_path)
    with opened(root) as database:
        database.execute("PRAGMA foreign_keys=off")
        database.execute(f"DROP TABLE {missing}")
    database.close()
    folder = Folder(root, set(), {"mlflow.db"})
    assert list(Mlflow().discover(folder)) == []
    assert folder.files == {"mlflow.db"}


def test_views_in_place_of_tables_are_not_asked(tmp_path):
    root = unpack(VERSIONS[0], "database", tmp_path)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x AS run_uuid, x AS key FROM n"
    with opened(root) as database:
        database.execute("PRAGMA foreign_keys=off")
        database.execute("DROP TABLE params")
        database.execute(f"CREATE VIEW params AS {endless}")
    database.close()
    assert named(gather(Mlflow(), root), "full").facts.params == {}


def test_a_run_that_is_gone_or_a_database_that_is_gone_is_one_line(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    run = named(gather(Mlflow(), root), "dropped")
    with opened(root) as database:
        database.execute("PRAGMA foreign_keys=off")
        database.execute("DELETE FROM runs WHERE run_uuid = ?", (run.found.identity,))
    database.close()
    with pytest.raises(SourceError, match=r"mlflow\.db: the run .* is not in it any more"):
        list(Mlflow().follow(run.found, None))
    (root / "mlflow.db").unlink()
    with pytest.raises(SourceError, match=r"mlflow\.db"):
        list(Mlflow().follow(run.found, None))
    assert Mlflow().stamp(run.found) is None


@pytest.mark.parametrize("name", ["mlflow.db", "a.db"])
def test_a_damaged_database_is_told_of_and_left_to_others(tmp_path, name):
    (tmp_path / name).write_bytes(b"SQLite format 3\0" + bytes(5000))
    folder = Folder(tmp_path, set(), {name})
    assert list(Mlflow().discover(folder)) == []
    assert [name in str(error) for error in folder.unread] == [True]
    assert folder.files == {name}


def test_a_database_is_read_while_it_is_written_to(tmp_path):
    root = unpack(NEWEST, "database", tmp_path)
    writer = opened(root)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM metrics")
    compare(gather(Mlflow(), root))
    writer.close()
