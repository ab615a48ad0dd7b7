"""Metrics of runs as one file that other tools read: CSV or Parquet.

One row a point, in columns `run` (id), `name`, `metric`, `step`, `time` (seconds since the epoch), `value`: this long
form keeps every point that was logged, repeated steps too, which a column a metric could not. In CSV numbers
are written so that reading them gives the same float64, and what is not finite as `NaN`, `inf` and `-inf`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from trackside.model.run import Run
from trackside.services.csv_cells import as_cell
from trackside.services.new_file import appearing
from trackside.store.any_store import AnyStore

if TYPE_CHECKING:
    import polars as pl

    from trackside.store.curves import Series

Format = Literal["csv", "parquet"]
FORMATS: dict[str, Format] = {"csv": "csv", "parquet": "parquet"}
Report = Callable[[int, int], None]


def export(
    store: AnyStore, runs: Sequence[str], out: Path | BinaryIO, form: Format, on_progress: Report | None = None
) -> int:
    """Write the metrics of `runs` to a file, which appears whole or not at all, or to a stream. Returns the points."""
    if not isinstance(out, Path):
        return _write(store, runs, out, form, on_progress)
    with appearing(out, over=True) as stream:
        return _write(store, runs, stream, form, on_progress)


def thinned(series: "Series", points: int) -> "Series":
    """At most `points` of a curve's points: the smallest and the largest of every stretch of it.

    Values that are not finite are left out, unless nothing has to be.
    """
    import numpy as np

    from trackside.charts.reduce import envelope
    from trackside.store.curves import Series

    count = len(series.step)
    if count <= points:
        return series
    stretches = max(1, points // 2)
    kept = envelope(np.arange(count, dtype=np.float64) * (stretches / count) - 0.5, series.value, stretches)
    flags = None if series.superseded is None else series.superseded[kept]
    return Series(series.step[kept], series.time[kept], series.value[kept], flags)


def _write(store: AnyStore, runs: Sequence[str], stream: BinaryIO, form: Format, on_progress: Report | None) -> int:
    import polars as pl

    held: Callable[[str], str] = as_cell if form == "csv" else str
    frames = [_empty()]
    for done, run in enumerate(store.runs(list(runs)), start=1):
        frames.extend(_points(run, metric, store.series(run.id, metric), held) for metric in run.metrics)
        if on_progress is not None:
            on_progress(done, len(runs))
    whole = pl.concat(frames)
    if form == "csv":
        whole.write_csv(stream)
    else:
        whole.write_parquet(stream)
    return whole.height


def _points(run: Run, metric: str, series: "Series", held: Callable[[str], str]) -> "pl.DataFrame":
    """The points of a curve, and whose they are in the words that a format holds of a text."""
    import polars as pl

    whose = [pl.lit(run.id).alias("run"), pl.lit(held(run.name)).alias("name"), pl.lit(held(metric)).alias("metric")]
    columns = {"step": series.step, "time": series.time, "value": series.value}
    return pl.DataFrame(columns).select(*whose, *columns)


def _empty() -> "pl.DataFrame":
    import polars as pl

    text, number = pl.String(), pl.Float64()
    return pl.DataFrame(
        schema={"run": text, "name": text, "metric": text, "step": pl.Int64(), "time": number, "value": number}
    )
