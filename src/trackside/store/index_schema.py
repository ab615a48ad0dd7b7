"""The tables of the index, and how older ones become today's.

This is the one module that imports sqlite-utils, and only an index that has to be made or changed needs it.
"""

import sqlite3

from sqlite_utils import Database, Migrations

migrations = Migrations("trackside")


@migrations()
def runs_and_what_was_read_of_them(db: Database) -> None:
    """A run: `doc` is what is shown, `fold` what reading goes on from; `revision` grows with every change."""
    db.table("runs").create(
        {
            "id": str,
            "project": str,
            "name": str,
            "status": str,
            "created": float,
            "trashed": int,
            "revision": int,
            "doc": bytes,
        },
        pk="id",
        not_null={"project", "name", "status", "created", "trashed", "revision", "doc"},
    )
    for columns in (["trashed", "created", "id"], ["revision"], ["status"], ["name"], ["project"]):
        db.table("runs").create_index(columns)
    db.table("folds").create({"id": str, "revision": int, "fold": bytes}, pk="id", not_null={"revision", "fold"})
    db.table("projects").create({"name": str, "settings": bytes}, pk="name", not_null={"settings"})
    db.table("changed").create({"file": str, "offset": int}, pk="file", not_null={"offset"})
    db.table("meta").create({"key": str, "value": str}, pk="key", not_null={"value"})
    db.table("meta").insert_all([{"key": "revision", "value": "0"}, {"key": "scanned", "value": ""}])


@migrations()
def what_is_made_of_files_is_made_anew(db: Database) -> None:
    """The files of a run did not change, but what is made of them: moments that are not known, what a copy says."""
    _make_anew(db)


@migrations()
def goals_that_a_run_declared_are_told_apart(db: Database) -> None:
    """They were kept as the goals of its metrics alone, with those that a person chose and those of names."""
    _make_anew(db)


@migrations()
def curves_are_judged_by_their_shapes(db: Database) -> None:
    """What was read of runs before has no shapes."""
    _make_anew(db)


@migrations()
def content_is_found_by_its_hash(db: Database) -> None:
    """What each run made and used, by the hash of its content."""
    columns = {"hash": str, "run": str, "made": int, "name": str, "step": int}
    db.table("content").create(columns, pk=("hash", "run", "made", "name"))
    db.table("content").create_index(["run"])
    _make_anew(db)


@migrations()
def names_of_params_and_metrics_are_cut(db: Database) -> None:
    """What was read of runs before has them as long as they are in the logs."""
    _make_anew(db)


def _make_anew(db: Database) -> None:
    """Forget what was read of runs, so that all is read again."""
    for table in ("runs", "folds", "changed"):
        db.table(table).delete_where()
    db.table("meta").delete_where("key = 'generation'")
    db.table("meta").update("scanned", {"value": ""})


def bring_up_to_date(connection: sqlite3.Connection, version: int, generation: str) -> None:
    """Apply what is missing, after which it is of that `version`.

    `generation` names a database that is new: an index that was removed and made again.
    """
    db = Database(connection)
    migrations.apply(db)
    db.table("meta").insert({"key": "generation", "value": generation}, ignore=True)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
