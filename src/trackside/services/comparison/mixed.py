"""In what runs that stand together are no replicates of each other, as `compare.methods` tells them."""

from collections.abc import Iterator, Sequence

import polars as pl

from trackside.compare.same_code import by_code
from trackside.compare.sides import matters
from trackside.model.run import Run
from trackside.services.comparison.provenance.same_code import Codes
from trackside.store.any_store import AnyStore


def differing(
    frame: pl.DataFrame, together: Sequence[Sequence[str]], chosen: Sequence[str], ignored: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Of each set of runs, by their ids, the params in which they differ, and `project`, but those columns `chosen`.

    Seed, fold and what is `ignored` do not count. No set is empty, and no run in two.
    """
    params = {name: name.removeprefix("param.") for name in frame.columns if name.startswith("param.")}
    named = {"project": "project"} | {name: key for name, key in params.items() if matters(key, ignored)}
    columns = [name for name in named if name not in chosen]
    sets = pl.DataFrame({"id": together}, schema={"id": pl.List(pl.String)}).with_row_index("set").explode("id")
    own = sets.join(frame.select("id", *columns), on="id", how="left").drop("id")
    counted = own.group_by("set").agg(pl.all().n_unique()).sort("set")
    for _, *values in counted.iter_rows():
        yield tuple(named[name] for name, different in zip(columns, values, strict=True) if different > 1)


def of_several_methods(store: AnyStore, frame: pl.DataFrame, together: Sequence[Sequence[str]]) -> list[bool]:
    """Of each set of runs, by their ids, whether they are of several methods."""
    projects = frame.get_column("project").unique().drop_nulls()
    ignored = [glob for project in projects for glob in store.project(project).ignored]
    several = [any(names) for names in differing(frame, together, (), ignored)]
    alike = [ids for ids, differ in zip(together, several, strict=True) if not differ and len(ids) > 1]
    runs = {run.id: run for run in store.runs([run_id for ids in alike for run_id in ids])}
    codes = Codes(store)
    return [
        differ or of_other_code(codes, [runs[run_id] for run_id in ids if run_id in runs])
        for ids, differ in zip(together, several, strict=True)
    ]


def of_other_code(codes: Codes, runs: Sequence[Run]) -> bool:
    """Whether these runs had not all one code."""
    return len(by_code({run.id: codes.of(run) for run in runs})) > 1
