"""In what runs that stand together are no replicates of each other, as `compare.methods` tells them."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from trackside.compare.eval_data import ROLES
from trackside.compare.pivot import MIXED
from trackside.compare.same_code import by_code
from trackside.compare.sides import matters
from trackside.model.measured_on import MeasuredOn, read
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


def why_mixed(store: AnyStore, frame: pl.DataFrame, together: Sequence[Sequence[str]]) -> list[str]:
    """Of each set of runs, by their ids, why they are no replicates of each other; empty where they are.

    On which data they were evaluated is left aside.
    """
    decided = [store.project(project) for project in frame.get_column("project").unique().drop_nulls()]
    ignored = [glob for one in decided for glob in one.ignored]
    on_data = dict(frame.select("id", "measured_on").iter_rows())
    found = [
        MIXED if names or of_other_data(map(on_data.get, ids)) else ""
        for ids, names in zip(together, differing(frame, together, (), ignored), strict=True)
    ]
    alike = [ids for ids, why in zip(together, found, strict=True) if not why and len(ids) > 1]
    runs = {run.id: run for run in store.runs([run_id for ids in alike for run_id in ids])}
    codes = Codes(store)
    return [
        why or (MIXED if of_other_code(codes, [runs[run_id] for run_id in ids if run_id in runs]) else "")
        for ids, why in zip(together, found, strict=True)
    ]


def of_other_data(texts: Iterable[str | None]) -> bool:
    """Whether runs that say this of their data had not all the same, but for what they were evaluated on.

    To have declared none is other than to have declared some, as `compare.methods` has it.
    """
    different = set(texts)
    return len(different) > 1 and len({_not_evaluated(read(text)) for text in different}) > 1


def _not_evaluated(said: MeasuredOn) -> frozenset[tuple[str, str]]:
    evaluated = ROLES.union(said.eval_data.values())
    return frozenset((role, ref.fingerprint or ref.uri) for role, ref in said.data.items() if role not in evaluated)


def of_other_code(codes: Codes, runs: Sequence[Run]) -> bool:
    """Whether these runs had not all one code."""
    return len(by_code({run.id: codes.of(run) for run in runs})) > 1
