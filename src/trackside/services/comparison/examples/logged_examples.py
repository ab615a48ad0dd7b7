"""The tables of per-example results that runs logged: where they are, and what stands in their lines."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from trackside.compare.statistics.pairing import Examples, ExamplesError
from trackside.model.errors import StoreError
from trackside.model.run import Artifact, Run
from trackside.store.any_store import AnyStore

_PREFIX = "examples/"


class ExampleTable(msgspec.Struct, frozen=True):
    """The results of one run, and the lines that they stand in, in the same order. `whose` names it in a message."""

    examples: Examples
    lines: Sequence[bytes]
    whose: str

    def columns(self, place: int) -> dict[str, Any]:
        """What else was logged for the example of that line. ExamplesError where it cannot be read."""
        with _readable(self.whose):
            values = msgspec.json.decode(self.lines[place], type=dict[str, Any])
        return {key: value for key, value in values.items() if key not in _Example.__struct_fields__}


class ExamplesOf:
    """The per-example results that a run logged for a metric: under the metric's name, or under its data's role."""

    def __init__(self, store: AnyStore) -> None:
        self._store = store

    def __call__(self, run: Run, metric: str) -> Examples | None:
        """None where it logged none. ExamplesError where they cannot be read."""
        name = table_of_metric(run, metric)
        return None if name is None else read(self._store, run, name).examples


def tables(run: Run) -> dict[str, Artifact]:
    """The tables of a run by the names that they were logged under."""
    return {
        key.removeprefix(_PREFIX): artifact
        for key, artifact in run.artifacts.items()
        if key.startswith(_PREFIX) and artifact.kind == "examples"
    }


def table_of_metric(run: Run, metric: str) -> str | None:
    """The name under which the examples of a metric were logged; None where they were not."""
    names = [metric, *([run.eval_data[metric]] if metric in run.eval_data and metric == run.primary else [])]
    return next((name for name in names if name in tables(run)), None)


def read(store: AnyStore, run: Run, name: str) -> ExampleTable:
    """A table that the run has. ExamplesError where it cannot be read."""
    artifact, whose = tables(run)[name], f"{run.name}'s examples of {name}"
    if not artifact.files:
        raise ExamplesError(f"{whose} have no file")
    (digest, _), *_ = artifact.files.values()
    with _readable(whose):
        lines = [line for line in store.content(run.id, digest).splitlines() if line.strip()]
        return ExampleTable(_examples(lines), lines, whose)


@contextmanager
def _readable(whose: str) -> Iterator[None]:
    """Whatever is wrong with a table is an ExamplesError of one line."""
    try:
        yield
    except OSError as error:
        raise ExamplesError(f"{whose} cannot be read: {error.strerror}") from error
    except (StoreError, ValueError, RecursionError) as error:
        raise ExamplesError(f"{whose} cannot be read: {error}") from error


class _Example(msgspec.Struct, gc=False):
    """A line of a table of examples; a score that JSON has no number for is its word, and a truth is 0 or 1."""

    id: str | int | float | bool
    score: float | bool | str | None = None
    groups: str | int | float | bool | None = None


def _examples(lines: Sequence[bytes]) -> Examples:
    """The examples of a table. ValueError or RecursionError where it is none."""
    rows = [msgspec.json.decode(line, type=_Example) for line in lines]
    ids, groups = [row.id for row in rows], ["" if row.groups is None else row.groups for row in rows]
    scores = [math.nan if row.score is None else float(row.score) for row in rows]
    return Examples(ids, scores, groups if any(row.groups is not None for row in rows) else None)
