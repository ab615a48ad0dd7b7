"""The tables of MLflow's database, whichever version made them and whatever keeps them: asked by the names of columns.

A column that a version does not have yet, or no more, is empty. Times are milliseconds.
"""

from collections.abc import Iterator, Sequence, Set
from typing import Any, Protocol
from zlib import crc32

import msgspec

from trackside.sources.mlflow.artifacts import Kept
from trackside.sources.mlflow.facts import CONTEXT, PARENT, RUN_NAME, Dataset, Said, moment
from trackside.sources.protocol import SourceError

_OURS = {"alembic_version", "experiments", "runs"}
_NEEDED = {
    "alembic_version": "version_num",
    "experiments": "experiment_id",
    "latest_metrics": "run_uuid",
    "metrics": "run_uuid",
    "runs": "run_uuid",
}

_RUN = (
    "experiment_id", "status", "name", "start_time", "end_time", "lifecycle_stage", "user_id", "source_name",
    "entry_point_name", "source_version", "artifact_uri",
)  # fmt: skip
_MARKED = (
    ("runs", ("run_uuid", *_RUN)),
    ("tags", ("run_uuid", "key", "value")),
    ("latest_metrics", ("run_uuid", "key", "value", "timestamp", "step", "is_nan")),
    ("inputs", ("destination_id", "source_id")),
    ("logged_models", ("source_run_id", "model_id", "name", "status", "last_updated_timestamp_ms")),
)


class Database(Protocol):
    """A connection, with `?` for values in SQL. SourceError of its methods is one line on what cannot be read."""

    @property
    def place(self) -> str:
        """Where it is, as one may show it."""
        ...

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table; none where there is no such table."""
        ...

    def rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """What a query answers."""
        ...


class Experiment(msgspec.Struct, frozen=True):
    """An experiment: `location` is where the artifacts of its runs are."""

    name: str
    location: str
    deleted: bool


def is_ours(tables: Set[str]) -> bool:
    """Whether a database that has these tables is one of MLflow, of whatever version."""
    return tables >= _OURS


class Tables:
    """What a database says. SourceError where it is none of MLflow, or of a version that is not known."""

    def __init__(self, database: Database) -> None:
        self.database = database
        if not all(map(database.columns, _OURS)):
            raise SourceError(f"{database.place}: is no database of MLflow")
        missing = [f"{table}.{column}" for table, column in _NEEDED.items() if column not in database.columns(table)]
        if missing:
            why = f"has a schema of MLflow that is not known, without {', '.join(missing)}"
            raise SourceError(f"{database.place}: {why}; `mlflow db upgrade` brings an old one up to date")

    def ask(self, table: str, columns: Sequence[str], rest: str = "", *values: Any) -> Iterator[tuple[Any, ...]]:
        """Rows of a table; empty in columns that it does not have, and none where it is not there."""
        have = self.database.columns(table)
        if have:
            names = ", ".join(f'"{name}"' if name in have else "NULL" for name in columns)
            yield from self.database.rows(f'SELECT {names} FROM "{table}" {rest}', *values)  # noqa: S608  our own words

    def runs(self) -> Iterator[tuple[str, str]]:
        """The ids of all runs, each with that of its experiment."""
        for run, experiment in self.ask("runs", ("run_uuid", "experiment_id"), "ORDER BY run_uuid"):
            if isinstance(run, str) and run:
                yield run, _text(experiment)

    def experiments(self) -> dict[str, Experiment]:
        """All experiments by their ids."""
        columns = ("experiment_id", "name", "artifact_location", "lifecycle_stage")
        return {
            _text(key): Experiment(_text(name), _text(location), stage == "deleted")
            for key, name, location, stage in self.ask("experiments", columns)
        }

    def pairs(self, table: str, run: str) -> dict[str, str]:
        """Params or tags of a run."""
        return {_text(key): _text(value) for key, value in self.ask(table, ("key", "value"), "WHERE run_uuid = ?", run)}

    def models(self, run: str) -> dict[str, str]:
        """The models of 3.x that came out of a run: name by id."""
        asked = self.ask("logged_models", ("model_id", "name"), "WHERE source_run_id = ? ORDER BY model_id", run)
        return {_text(model): _text(name) or _text(model) for model, name in asked}

    def artifact_uri(self, run: str) -> str:
        """Where MLflow put the artifacts of a run."""
        return next((_text(uri) for (uri,) in self.ask("runs", ("artifact_uri",), "WHERE run_uuid = ?", run)), "")

    def said(self, run: str, kept: Kept) -> Said:
        """All that is said of a run; `kept` are its artifacts. SourceError where it is not there any more."""
        row = next(self.ask("runs", _RUN, "WHERE run_uuid = ?", run), None)
        if row is None:
            raise SourceError(f"{self.database.place}: the run {run} is not in it any more")
        words = dict(zip(_RUN, row, strict=True))
        experiment = self.experiments().get(_text(words["experiment_id"]), Experiment("", "", deleted=False))
        tags = self.pairs("tags", run)
        return Said(
            run_id=run,
            experiment=experiment.name,
            status=_text(words["status"]),
            name=_text(words["name"]) or tags.get(RUN_NAME, ""),
            start=_whole(words["start_time"]),
            end=_whole(words["end_time"]),
            deleted=words["lifecycle_stage"] == "deleted" or experiment.deleted,
            user=_text(words["user_id"]),
            source_name=_text(words["source_name"]),
            entry_point=_text(words["entry_point_name"]),
            source_version=_text(words["source_version"]),
            params=self.pairs("params", run),
            tags=tags,
            datasets=self._datasets(run),
            last_point=self._last_point(run),
            parent_name=self._name_of(tags[PARENT]) if PARENT in tags else None,
            requirements=kept.requirements,
            python=kept.python,
        )

    def marks(self) -> dict[str, int]:
        """A number for each run that is another once its facts, or the latest points of its metrics, are others."""
        marks: dict[str, int] = {}
        for table, columns in _MARKED:
            for run, *said in self.ask(table, columns):
                marks[run] = marks.get(run, 0) + crc32(repr(said).encode(errors="replace"))
        experiments = crc32(repr(self.experiments()).encode(errors="replace"))
        params = dict(self._counts("params"))
        return {run: mark + experiments + params.get(run, 0) for run, mark in marks.items()}

    def _counts(self, table: str) -> Iterator[tuple[Any, ...]]:
        if self.database.columns(table):
            yield from self.database.rows(f"SELECT run_uuid, count(*) FROM {table} GROUP BY run_uuid")  # noqa: S608

    def _datasets(self, run: str) -> list[Dataset]:
        found = []
        columns = ("input_uuid", "source_id", "source_type")
        where = "WHERE destination_type = 'RUN' AND destination_id = ?"
        for link, source, kind in sorted(self.ask("inputs", columns, where, run), key=repr):
            if kind != "DATASET":
                continue
            tags = self.ask("input_tags", ("name", "value"), "WHERE input_uuid = ?", link)
            context = next((_text(value) for name, value in tags if name == CONTEXT), "")
            asked = self.ask("datasets", ("name", "digest", "dataset_source"), "WHERE dataset_uuid = ?", source)
            for name, digest, address in asked:
                words = {"name": _text(name), "digest": _text(digest), "source": _text(address)}
                found.append(Dataset(**words, context=context))
        return found

    def _last_point(self, run: str) -> float | None:
        stamps = (_whole(stamp) for (stamp,) in self.ask("latest_metrics", ("timestamp",), "WHERE run_uuid = ?", run))
        return moment(max((stamp for stamp in stamps if stamp is not None), default=None))

    def _name_of(self, run: str) -> str | None:
        for (name,) in self.ask("runs", ("name",), "WHERE run_uuid = ?", run):
            return _text(name) or self.pairs("tags", run).get(RUN_NAME)
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None
