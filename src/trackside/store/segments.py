"""Sealed logs: the Parquet files of one log, how they are written and how a metric is read back from them.

    <writer>.<seq>.k<number>.parquet   rows of one key set: `step`, `time`, and `metric.NAME` for each metric
    <writer>.<seq>.long.parquet        rows of key sets with few rows: `metric`, `step`, `time`, `value`
    <writer>.<seq>.rest                frames that are no rows of floats, and the summaries
    <writer>.<seq>.pyr.parquet         buckets of 256 points of every metric. It appears last: with it the log is sealed

Rows are in the order of (step, time), equal ones as they were logged, and every float keeps its bits. This module
knows files and arrays; when a log may be sealed is `seal`'s.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from trackside.store import manifest
from trackside.store.decode import Block, Floats, Steps

BUCKET = 256
FEW_ROWS = 1_000
WIDEST = 1_024

REST = ".rest"
PYRAMID = ".pyr.parquet"
LONG = ".long.parquet"
_COLUMN = "metric."
_COMPRESSION_LEVEL = 3
_PYRAMID_GROUP = 4_096

Points = tuple[Steps, Floats, Floats]
"""Step, time and value of points."""


def write(folder: Path, stem: str, blocks: Iterable[Block], rest: bytes, store: Path) -> None:
    """Write the files of a segment, each whole or not at all, the pyramid last."""
    wide: list[Block] = []
    few: list[Block] = []
    for block in blocks:
        (few if len(block.step) < FEW_ROWS else wide).append(_in_order(block))
    manifest.make_folder(folder, store)
    mode = manifest.file_mode(store)
    for number, part in enumerate(part for block in wide for part in _narrow(block)):
        _put(folder / f"{stem}.k{number}.parquet", _wide_frame(part), mode)
    if few:
        _put(folder / f"{stem}{LONG}", _long_frame(few), mode)
    _place(folder / f"{stem}{REST}", lambda path: path.write_bytes(rest), mode)
    _put(folder / f"{stem}{PYRAMID}", _pyramid(wide, few), mode, group=_PYRAMID_GROUP)


def remove_unfinished(folder: Path, stem: str) -> None:
    """Remove what a sealer that was killed left of `stem`. Only for a stem that has no pyramid."""
    for left in (*folder.glob(f"{stem}.*"), *folder.glob(f".new-{stem}.*")):
        left.unlink(missing_ok=True)


def is_sealed(folder: Path, stem: str) -> bool:
    """Whether the log of `stem` has been sealed."""
    return (folder / f"{stem}{PYRAMID}").exists()


def stems(folder: Path) -> list[str]:
    """The logs that have been sealed."""
    return sorted(path.name.removesuffix(PYRAMID) for path in folder.glob(f"*{PYRAMID}") if path.name[0] != ".")


def points(folder: Path, stem: str, metric: str) -> Iterator[Points]:
    """The points of a metric, in one piece for each file that has some."""
    for file in _wide_files(folder, stem):
        if _COLUMN + metric in _columns(file):
            frame = pl.read_parquet(file, columns=["step", "time", _COLUMN + metric])
            yield _points_of(frame, _COLUMN + metric)
    long = folder / f"{stem}{LONG}"
    if long.exists():
        frame = pl.scan_parquet(long).filter(pl.col("metric") == metric).collect()
        if frame.height:
            yield _points_of(frame, "value")


def buckets(folder: Path, stem: str, metric: str) -> pl.DataFrame:
    """The pyramid of a metric: one row a bucket, none where the log has no point of it."""
    return pl.scan_parquet(folder / f"{stem}{PYRAMID}").filter(pl.col("metric") == metric).collect()


def rest(folder: Path, stem: str) -> bytes:
    """The frames of the log that are no rows of floats."""
    return (folder / f"{stem}{REST}").read_bytes()


def bucketed(metric: str, step: Steps, time: Floats, value: Floats) -> pl.DataFrame:
    """The pyramid of points that are in the order of (step, time)."""
    return _pyramid([Block((metric,), step, time, value.reshape(-1, 1))], [])


def _in_order(block: Block) -> Block:
    order = np.lexsort((block.time, block.step))
    if (order[1:] > order[:-1]).all():
        return block
    return Block(block.keys, block.step[order], block.time[order], block.values[order])


def _narrow(block: Block) -> Iterator[Block]:
    for start in range(0, len(block.keys), WIDEST):
        part = slice(start, start + WIDEST)
        yield Block(block.keys[part], block.step, block.time, block.values[:, part])


def _wide_frame(block: Block) -> pl.DataFrame:
    metrics = {_COLUMN + key: np.ascontiguousarray(block.values[:, place]) for place, key in enumerate(block.keys)}
    return pl.DataFrame({"step": block.step, "time": block.time, **metrics})


def _long_frame(blocks: Iterable[Block]) -> pl.DataFrame:
    frames = [
        pl.DataFrame({"step": block.step, "time": block.time, "value": np.ascontiguousarray(block.values[:, place])})
        .with_columns(pl.lit(key).alias("metric"))
        .select("metric", "step", "time", "value")
        for block in blocks
        for place, key in enumerate(block.keys)
    ]
    return pl.concat(frames).sort("metric", "step", "time", maintain_order=True)


def _pyramid(wide: Iterable[Block], few: Iterable[Block]) -> pl.DataFrame:
    frames = [frame for block in (*wide, *few) for frame in _bucket_frames(block)]
    if not frames:
        return pl.DataFrame(schema=_PYRAMID_SCHEMA)
    return pl.concat(frames).sort("metric", "step0", "step1", maintain_order=True)


def _bucket_frames(block: Block) -> Iterator[pl.DataFrame]:
    starts = np.arange(0, len(block.step), BUCKET)
    ends = np.minimum(starts + BUCKET, len(block.step)) - 1
    finite = np.isfinite(block.values)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduceat(np.where(finite, block.values, 0.0), starts, axis=0)
        low = np.minimum.reduceat(np.where(finite, block.values, np.inf), starts, axis=0)
        high = np.maximum.reduceat(np.where(finite, block.values, -np.inf), starts, axis=0)
        known = np.add.reduceat(finite.astype(np.int64), starts, axis=0)
        mean = np.where(known > 0, total / np.maximum(known, 1), np.nan)
    count = ends - starts + 1
    for place, key in enumerate(block.keys):
        some = known[:, place] > 0
        yield pl.DataFrame(
            {
                "metric": [key] * len(starts),
                "step0": block.step[starts],
                "step1": block.step[ends],
                "min": np.where(some, low[:, place], np.nan),
                "max": np.where(some, high[:, place], np.nan),
                "mean": mean[:, place],
                "last": block.values[ends, place],
                "n": count.astype(np.int64),
                "nonfinite": count.astype(np.int64) - known[:, place],
            },
            schema=_PYRAMID_SCHEMA,
        )


_PYRAMID_SCHEMA = {
    "metric": pl.String,
    "step0": pl.Int64,
    "step1": pl.Int64,
    "min": pl.Float64,
    "max": pl.Float64,
    "mean": pl.Float64,
    "last": pl.Float64,
    "n": pl.Int64,
    "nonfinite": pl.Int64,
}


def _points_of(frame: pl.DataFrame, column: str) -> Points:
    step, time, value = (frame.get_column(name).to_numpy() for name in ("step", "time", column))
    return (step, time, value)


def _wide_files(folder: Path, stem: str) -> list[Path]:
    return sorted(folder.glob(f"{_escaped(stem)}.k*.parquet"))


def _escaped(stem: str) -> str:
    return stem.replace("[", "[[]")


@lru_cache(maxsize=4_096)
def _columns(file: Path) -> frozenset[str]:
    return frozenset(pl.read_parquet_schema(file))


def _put(path: Path, frame: pl.DataFrame, mode: int, group: int | None = None) -> None:
    _place(
        path,
        lambda temporary: frame.write_parquet(
            temporary, compression="zstd", compression_level=_COMPRESSION_LEVEL, row_group_size=group
        ),
        mode,
    )


def _place(path: Path, write_to: Callable[[Path], object], mode: int) -> None:
    """Temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".new-{path.name}")
    write_to(temporary)
    with temporary.open("rb") as stream:
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
