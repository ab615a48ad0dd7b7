"""Parquet files read in a process of its own, which this file is the program of.

The library that reads them ends its process on some damaged files, asks for any amount of memory that they claim to
need, and writes to standard error as it does. So it happens apart from whoever wants the rows. A request is a line of
JSON on standard input; an answer a line of JSON on standard output, and as many bytes of an Arrow stream as that says.
"""

import io
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trackside.sources.neptune.columns import LONGEST_PATH, LONGEST_TEXT, MOST_EDGES, NEEDED, Columns

if TYPE_CHECKING:
    import polars as pl

_IDLE = 20.0
_MEMORY = 4 << 30
_MOST_TEXT = 32 << 20
_MOST_BINS = 2 << 20
_ROWS_A_BYTE = 32
_ALWAYS = 100_000
SERIES = ("float_series", "string_series", "histogram_series")


def rows(request: dict[str, Any]) -> "tuple[dict[str, Any], pl.DataFrame | None]":
    """How many rows a file has, and of which project and run the first is."""
    import polars as pl

    path = request["path"]
    missing = [name for name in NEEDED if name not in pl.read_parquet_schema(path)]
    if missing:
        raise ValueError(f"no export of neptune-exporter: it has no column {missing[0]}")
    found = int(_scan(path).select(pl.len()).collect().item())
    size = os.stat(path).st_size  # noqa: PTH116  no Path is needed for it
    if found > _ALWAYS + _ROWS_A_BYTE * size:
        raise ValueError(f"it claims to have {found:,} rows in {size:,} bytes")
    head, _ = runs({"path": path, "start": 0, "size": 1})
    return {"rows": found, "first": head["runs"][0][:2] if head["runs"] else None}, None


def runs(request: dict[str, Any]) -> "tuple[dict[str, Any], pl.DataFrame | None]":
    """Of a stretch of rows: which are of which run, as `[project, run, first row, row after the last]`."""
    import polars as pl

    columns = Columns(pl.read_parquet_schema(request["path"]))
    part = _stretch(request, [columns.text("project_id", "project"), columns.text("run_id", "run")])
    ids = pl.struct("project", "run")
    starts = part.with_row_index("row").filter((ids != ids.shift()).fill_null(value=True) | (pl.col("row") == 0))
    at = [*starts["row"].to_list(), part.height]
    found = [
        [project, run, request["start"] + first, request["start"] + last]
        for project, run, first, last in zip(starts["project"], starts["run"], at[:-1], at[1:], strict=True)
        if project and run
    ]
    return {"runs": found}, None


def values(request: dict[str, Any]) -> "tuple[dict[str, Any], pl.DataFrame | None]":
    """Of a stretch of rows: the attributes that have one value, and the files."""
    import polars as pl

    def chosen(columns: Columns) -> "list[pl.Expr]":
        return [
            columns.whole("int_value", "int"),
            columns.number("float_value", "float"),
            columns.text("string_value", "string"),
            columns.flag("bool_value", "bool"),
            columns.moment("datetime_value", "datetime"),
            columns.texts("string_set_value", "string_set"),
            columns.place("file_value", "file"),
        ]

    part = _of_run(request, chosen, ~pl.col("type").is_in(SERIES))
    return {}, part.with_columns(pl.col("string").str.slice(0, LONGEST_TEXT))


def outline(request: dict[str, Any]) -> "tuple[dict[str, Any], pl.DataFrame | None]":
    """Of a stretch of rows: what series there are, and whether their steps go up and are whole."""
    import polars as pl

    def chosen(columns: Columns) -> "list[pl.Expr]":
        return [columns.number("float_value", "value")]

    is_point = (pl.col("type") != "float_series") | pl.col("value").is_not_null()
    part = _of_run(request, chosen, pl.col("type").is_in(SERIES) & is_point)
    step = pl.col("step")
    return {}, part.group_by("type", "path", maintain_order=True).agg(
        pl.len().alias("count"),
        step.first().alias("first"),
        step.last().alias("last"),
        (step.diff().drop_nulls() > 0).all().alias("rising"),
        (step == step.floor()).all().alias("whole"),
        pl.col("time").min().alias("began"),
        pl.col("time").max().alias("ended"),
    )


def points(request: dict[str, Any]) -> "tuple[dict[str, Any], pl.DataFrame | None]":
    """Of a stretch of rows: the values of metrics."""
    import polars as pl

    part = _of_run(request, lambda columns: [columns.number("float_value", "value")], pl.col("type") == "float_series")
    return {}, part.filter(pl.col("value").is_not_null()).select("path", "step", "time", "value")


def texts(request: dict[str, Any]) -> "tuple[dict[str, Any], pl.DataFrame | None]":
    """Of a stretch of rows: the texts of series; of fewer rows than asked for where they are very long."""
    import polars as pl

    columns = Columns(pl.read_parquet_schema(request["path"]))
    length = _stretch(request, [columns.text("string_value", "text").str.len_bytes().alias("length")])["length"]
    size = request["size"]
    while size > 1 and int(length.head(size).sum() or 0) > _MOST_TEXT:
        size //= 2

    def chosen(columns: Columns) -> "list[pl.Expr]":
        return [columns.text("string_value", "text")]

    part = _of_run({**request, "size": size}, chosen, pl.col("type") == "string_series")
    kept = part.filter(pl.col("text").is_not_null()).with_columns(pl.col("text").str.slice(0, _MOST_TEXT))
    return {"size": size}, kept.select("path", "step", "time", "text")


def histograms(request: dict[str, Any]) -> "tuple[dict[str, Any], pl.DataFrame | None]":
    """Of a stretch of rows: the histograms of series; of fewer rows than asked for where they have very many bins."""
    import polars as pl

    columns = Columns(pl.read_parquet_schema(request["path"]))
    bins = pl.max_horizontal(pl.col("edges").list.len(), pl.col("counts").list.len())
    length = _stretch(request, columns.histogram()).select(bins.alias("bins"))["bins"]
    size = request["size"]
    while size > 1 and int(length.head(size).sum() or 0) > _MOST_BINS:
        size //= 2
    part = _of_run({**request, "size": size}, lambda columns: columns.histogram(), pl.col("type") == "histogram_series")
    kept = part.filter(bins.is_between(1, MOST_EDGES))
    return {"size": size}, kept.select("path", "step", "time", "kind", "edges", "counts")


def _of_run(request: dict[str, Any], chosen: "Callable[[Columns], list[pl.Expr]]", which: "pl.Expr") -> "pl.DataFrame":
    import polars as pl

    columns = Columns(pl.read_parquet_schema(request["path"]))
    part = _stretch(
        request,
        [
            columns.text("project_id", "project"),
            columns.text("run_id", "run"),
            columns.text("attribute_path", "path"),
            columns.text("attribute_type", "type"),
            columns.number("step", "step"),
            columns.moment("timestamp", "time"),
            *chosen(columns),
        ],
    )
    mine = (pl.col("project") == request["project"]) & (pl.col("run") == request["run"])
    named = pl.col("path").str.len_bytes().is_between(1, LONGEST_PATH)
    return part.filter(mine & named & which).drop("project", "run")


def _stretch(request: dict[str, Any], expressions: "list[pl.Expr]") -> "pl.DataFrame":
    return _scan(request["path"]).slice(request["start"], request["size"]).select(expressions).collect()


def _scan(path: str) -> "pl.LazyFrame":
    import polars as pl

    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


_ASKED = {
    "rows": rows,
    "runs": runs,
    "values": values,
    "outline": outline,
    "points": points,
    "texts": texts,
    "histograms": histograms,
}


def answered(line: bytes) -> tuple[dict[str, Any], bytes]:
    """The answer to a request; what went wrong is its `error`."""
    try:
        request = json.loads(line)
        head, frame = _ASKED[request["ask"]](request)
        stream = io.BytesIO()
        if frame is not None:
            frame.write_ipc_stream(stream)
        return {**head, "bytes": len(stream.getvalue())}, stream.getvalue()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  the library's panics are no Exception
        said = str(error).partition("\n")[0][:300] or type(error).__name__
        return {"error": said, "bytes": 0}, b""


def main() -> None:
    """Answer until standard input ends, or nothing was asked for a while."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit()
    while select.select([0], [], [], _IDLE)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            break
        head, content = answered(line)
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
        sys.stdout.buffer.flush()


def _limit() -> None:
    """Bound the memory that a file can make this process take, where the system knows such a bound."""
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _MEMORY if most == resource.RLIM_INFINITY else min(_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


if __name__ == "__main__":
    main()
