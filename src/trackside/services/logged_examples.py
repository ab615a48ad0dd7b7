"""The per-example results that runs logged of their metrics, read for a comparison."""

import math

import msgspec

from trackside.compare.pairing import Examples, ExamplesError
from trackside.model.errors import StoreError
from trackside.model.run import Artifact, Run
from trackside.store.any_store import AnyStore


class ExamplesOf:
    """The per-example results that a run logged for a metric: under the metric's name, or under its data's role."""

    def __init__(self, store: AnyStore) -> None:
        self._store = store

    def __call__(self, run: Run, metric: str) -> Examples | None:
        """None where it logged none. ExamplesError where they cannot be read."""
        names = [metric, *([run.eval_data[metric]] if metric in run.eval_data and metric == run.primary else [])]
        for name in names:
            artifact = run.artifacts.get(f"examples/{name}")
            if artifact is not None and artifact.kind == "examples":
                return self._read(run, artifact, f"{run.name}'s examples of {name}")
        return None

    def _read(self, run: Run, artifact: Artifact, whose: str) -> Examples:
        if not artifact.files:
            raise ExamplesError(f"{whose} have no file")
        (digest, _), *_ = artifact.files.values()
        try:
            return _examples(self._store.content(run.id, digest))
        except OSError as error:
            raise ExamplesError(f"{whose} cannot be read: {error.strerror}") from error
        except (StoreError, ValueError, RecursionError) as error:
            raise ExamplesError(f"{whose} cannot be read: {error}") from error


class _Example(msgspec.Struct):
    """A line of a table of examples; a score that JSON has no number for is its word, and a truth is 0 or 1."""

    id: str | int | float | bool
    score: float | bool | str | None = None
    groups: str | int | float | bool | None = None


def _examples(content: bytes) -> Examples:
    """The examples of a table. ValueError or RecursionError where it is none."""
    rows = [msgspec.json.decode(line, type=_Example) for line in content.splitlines() if line.strip()]
    ids, groups = [row.id for row in rows], ["" if row.groups is None else row.groups for row in rows]
    scores = [math.nan if row.score is None else float(row.score) for row in rows]
    return Examples(ids, scores, groups if any(row.groups is not None for row in rows) else None)
