"""Sealed logs: the Parquet files of one log, how they are written and how a metric is read back from them.

    <writer>.<seq>.k<number>.parquet   rows of one key set: `step`, `time`, and `metric.NAME` for each metric
    <writer>.<seq>.long.parquet        rows of key sets with few rows: `metric`, `step`, `time`, `value`
    <writer>.<seq>.rest                frames that are no rows of floats, the summaries, and the hashes of the others
    <writer>.<seq>.pyr.parquet         buckets of 256 points of every metric. It appears last: with it the log is sealed

Rows are in the order of (step, time), equal ones as they were logged, and every float keeps its bits. Opening a
Parquet file costs more than reading a column of it, so that all files of a run are read by one call. This module
knows files and arrays; when a log may be sealed is `seal`'s.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import numpy as np
import polars as pl

from trackside.model.errors import DamagedError
from trackside.model.keys import short
from trackside.store import blobs, files, journal, manifest, pyramid
from trackside.store.decode import Block, Floats, Steps
from trackside.store.files import TEMPORARY, sync_folder
from trackside.store.journal import Kind
from trackside.store.layout import PYRAMID, REST
from trackside.store.pyramid import Buckets

FEW_ROWS = 1_000
WIDEST = 1_024

LONG = ".long.parquet"
_WIDE = ".parquet"
_COLUMN = "metric."
_COMPRESSION_LEVEL = 3
_PYRAMIDS_KEPT_BYTES = 128 << 20
_READ_AT_ONCE = 64

Points: TypeAlias = tuple[Steps, Floats, Floats]
"""Step, time and value of points."""


class Segment(msgspec.Struct, frozen=True):
    """The files of one sealed log."""

    rest: Path
    pyramid: Path
    wide: tuple[Path, ...] = ()
    long: Path | None = None


def write(folder: Path, stem: str, blocks: Iterable[Block], rest: bytes, store: Path) -> None:
    """Write the files of a segment, each whole or not at all, the pyramid last."""
    wide: list[Block] = []
    few: list[Block] = []
    for block in blocks:
        (few if len(block.step) < FEW_ROWS else wide).append(_in_order(block))
    files.make_folder(folder, store)
    mode = manifest.file_mode(store)
    columns = []
    for number, part in enumerate(part for block in wide for part in _narrow(block)):
        columns.append(folder / f"{stem}.k{number}{_WIDE}")
        _put(columns[-1], _wide_frame(part), mode)
    if few:
        columns.append(folder / f"{stem}{LONG}")
        _put(columns[-1], _long_frame(few), mode)
    commit(folder, stem, [*wide, *few], columns, rest, mode)


def commit(folder: Path, stem: str, blocks: Sequence[Block], columns: Sequence[Path], rest: bytes, mode: int) -> None:
    """Make a segment of the files `columns`, which hold `blocks`, by writing what goes with them."""
    overview, frames = folder / f"{stem}{PYRAMID}", folder / f"{stem}{REST}"
    _write(_temporary(overview), _pyramid_frame(blocks), mode, compression="lz4")
    hashes = {file.name: blobs.digest(file) for file in columns} | {overview.name: blobs.digest(_temporary(overview))}
    _temporary(frames).write_bytes(rest + journal.packed(Kind.SEALED, hashes))
    _settle(_temporary(frames), mode)
    for path in (frames, overview):
        _temporary(path).rename(path)
        sync_folder(folder)


def remove_unfinished(folder: Path, stem: str) -> None:
    """Remove what a sealer that was killed left of `stem`. Only for a stem that has no pyramid."""
    for path in (*files.plain(folder), *files.temporary(folder)):
        if path.name.removeprefix(TEMPORARY).startswith(f"{stem}."):
            path.unlink(missing_ok=True)


def sealed(folder: Path) -> dict[str, Segment]:
    """The logs that have been sealed, by their stems, those of one writer in the order of their numbers."""
    names = {path.name for path in files.plain(folder)}
    stems = [name.removesuffix(PYRAMID) for name in names if name.endswith(PYRAMID)]
    wide: dict[str, list[Path]] = {}
    for name in sorted(names, key=lambda name: (len(name), name)):
        stem, _, number = name.removesuffix(_WIDE).rpartition(".k")
        if name.endswith(_WIDE) and number.isdecimal():
            wide.setdefault(stem, []).append(folder / name)
    return {
        stem: Segment(
            folder / f"{stem}{REST}",
            folder / f"{stem}{PYRAMID}",
            tuple(wide.get(stem, ())),
            folder / f"{stem}{LONG}" if f"{stem}{LONG}" in names else None,
        )
        for stem in sorted(stems, key=_by_number)
    }


def in_order(segment: Segment) -> Iterator[Path]:
    """The files of a segment; the one that makes it count comes last."""
    yield from segment.wide
    if segment.long is not None:
        yield segment.long
    yield segment.rest
    yield segment.pyramid


def files_of(folder: Path, stem: str) -> list[Path]:
    """What there is of the segment of `stem`, sealed or not; the one that makes it count comes last."""
    found = [path for path in files.plain(folder) if path.name.startswith(f"{stem}.")]
    return sorted(found, key=lambda path: path.name.endswith(PYRAMID))


def read(segment: Segment) -> list[Block]:
    """All rows of a segment; those of the long file metric by metric. DamagedError where a file cannot be read."""
    found = []
    with _damage_told(segment.rest.parent):
        for file in segment.wide:
            frame = pl.read_parquet(file, glob=False)
            keys = tuple(name.removeprefix(_COLUMN) for name in frame.columns[2:])
            found.append(_block(keys, frame))
        if segment.long is not None:
            parts = pl.read_parquet(segment.long, glob=False).partition_by("metric", as_dict=True, include_key=False)
            found += [_block((str(metric),), frame) for (metric,), frame in parts.items()]
    return found


def values(segment: Segment) -> int:
    """How many values a segment holds. DamagedError where a file cannot be read."""
    with _damage_told(segment.rest.parent):
        wide = sum(_height(file) * len(_columns(file)) for file in segment.wide)
        return wide + (_height(segment.long) if segment.long is not None else 0)


def points(segments: Sequence[Segment], metric: str) -> Iterator[Points]:
    """The points of a metric, those of each kind of file in one piece. DamagedError where a file cannot be read."""
    if not segments:
        return
    with _damage_told(segments[0].rest.parent):
        for column, wide in _by_name(metric, (file for segment in segments for file in segment.wide), _columns):
            value = _scan(wide, {column: pl.Float64}).collect().get_column(column).to_numpy()
            yield (*_steps_and_times(tuple(wide)), value)
        files = (segment.long for segment in segments if segment.long is not None)
        for name, long in _by_name(metric, files, _metrics):
            yield _points_of(_scan(long, _LONG_SCHEMA).filter(pl.col("metric") == name).collect(), "value")


def buckets(segments: Sequence[Segment], metric: str) -> list[Buckets]:
    """The pyramid of a metric, in one piece for each log that has points of it. DamagedError as from `points`."""
    if not segments:
        return []
    with _damage_told(segments[0].pyramid.parent):
        return _PYRAMIDS.buckets([segment.pyramid for segment in segments], metric)


@contextmanager
def _damage_told(folder: Path) -> Iterator[None]:
    """What polars says of a file that is none of its own, in one line."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DamagedError(f"a file in {folder} is damaged; `trackside doctor` tells which and what to do") from error


class _Pyramids:
    """Pyramids that were read lately, whole: all metrics of a run cost little more than one. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._read: OrderedDict[Path, tuple[Buckets, dict[str, slice]]] = OrderedDict()
        self._lock = threading.Lock()

    def buckets(self, files: Sequence[Path], metric: str) -> list[Buckets]:
        found = []
        with self._lock:
            for start in range(0, len(files), _READ_AT_ONCE):
                some = files[start : start + _READ_AT_ONCE]
                self._have(some)
                for file in some:
                    every, places = self._read[file]
                    if place := places.get(metric):
                        found.append(every.piece(place.start, place.stop))
                self._forget_oldest()
        return found

    def _have(self, files: Sequence[Path]) -> None:
        missing = [file for file in files if file not in self._read]
        frames = pl.collect_all([_scan([file], _PYRAMID_SCHEMA) for file in missing])
        for file, frame in zip(missing, frames, strict=True):
            every = Buckets._make(frame.get_column(name).to_numpy() for name in Buckets._fields)
            self._read[file] = every, _places(frame.get_column("metric"))
            self._bytes += _size(every)
        for file in files:
            self._read.move_to_end(file)

    def _forget_oldest(self) -> None:
        while self._bytes > self._most_bytes:
            _, (every, _) = self._read.popitem(last=False)
            self._bytes -= _size(every)


def _size(every: Buckets) -> int:
    return sum(column.nbytes for column in every)


def _places(metrics: pl.Series) -> dict[str, slice]:
    """Where the rows of each metric stand; metrics are sorted."""
    places, start = {}, 0
    for metric, count in metrics.rle().struct.unnest().select("value", "len").iter_rows():
        places[short(metric)] = slice(start, start + count)
        start += count
    return places


def _in_order(block: Block) -> Block:
    if pyramid.in_order(block.step, block.time):
        return block
    order = np.lexsort((block.time, block.step))
    return Block(block.keys, block.step[order], block.time[order], block.values[order])


def _narrow(block: Block) -> Iterator[Block]:
    for start in range(0, len(block.keys), WIDEST):
        part = slice(start, start + WIDEST)
        yield Block(block.keys[part], block.step, block.time, block.values[:, part])


def _wide_frame(block: Block) -> pl.DataFrame:
    columns = np.ascontiguousarray(block.values.T)
    metrics = {_COLUMN + key: column for key, column in zip(block.keys, columns, strict=True)}
    step, time = np.ascontiguousarray(block.step), np.ascontiguousarray(block.time)
    return pl.DataFrame({"step": step, "time": time, **metrics})


def _long_frame(blocks: Sequence[Block]) -> pl.DataFrame:
    frames = [
        pl.DataFrame(
            {
                "metric": _repeated(block.keys, len(block.step)),
                "step": np.tile(block.step, len(block.keys)),
                "time": np.tile(block.time, len(block.keys)),
                "value": np.ascontiguousarray(block.values.T).reshape(-1),
            },
            schema=_LONG_SCHEMA,
        )
        for block in blocks
    ]
    return pl.concat(frames).sort("metric", "step", "time", maintain_order=True)


def _pyramid_frame(blocks: Sequence[Block]) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=_PYRAMID_SCHEMA)]
    for block in blocks:
        every = pyramid.of(block.step, block.values)
        metric = _repeated(block.keys, -(-len(block.step) // pyramid.BUCKET))
        frames.append(pl.DataFrame({"metric": metric, **every._asdict()}, schema=_PYRAMID_SCHEMA))
    return pl.concat(frames).sort("metric", "step0", "step1", maintain_order=True)


def _repeated(keys: Sequence[str], times: int) -> pl.Series:
    return pl.Series("metric", keys, pl.String).gather(np.repeat(np.arange(len(keys)), times))


_LONG_SCHEMA = {"metric": pl.String, "step": pl.Int64, "time": pl.Float64, "value": pl.Float64}
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


def _scan(files: Sequence[Path], schema: Mapping[str, type[pl.DataType]]) -> pl.LazyFrame:
    """These columns of files that may have more. The schema is said, so that no file is opened twice."""
    return pl.scan_parquet(
        list(files), schema=dict(schema), extra_columns="ignore", glob=False, hive_partitioning=False
    )


def _points_of(frame: pl.DataFrame, column: str) -> Points:
    step, time, value = (frame.get_column(name).to_numpy() for name in ("step", "time", column))
    return (step, time, value)


@lru_cache(maxsize=4)
def _steps_and_times(wide: tuple[Path, ...]) -> tuple[Steps, Floats]:
    """The metrics of a run that were logged together share theirs: the next chart of it needs its values alone."""
    frame = _scan(wide, {"step": pl.Int64, "time": pl.Float64}).collect()
    step, time = frame.get_column("step").to_numpy(), frame.get_column("time").to_numpy()
    step.flags.writeable = time.flags.writeable = False
    return step, time


def _block(keys: tuple[str, ...], frame: pl.DataFrame) -> Block:
    step, time, *values = (column.to_numpy() for column in frame.get_columns())
    return Block(keys, step, time, np.stack(values, axis=1) if values else np.zeros((len(step), 0)))


def _height(file: Path) -> int:
    return int(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item())


def _by_name(
    metric: str, files: Iterable[Path], names: Callable[[Path], Mapping[str, str]]
) -> Iterable[tuple[str, list[Path]]]:
    """Those of the files that have a metric, by the name that it has in them."""
    found: dict[str, list[Path]] = {}
    for file in files:
        if (name := names(file).get(metric)) is not None:
            found.setdefault(name, []).append(file)
    return found.items()


@lru_cache(maxsize=1_024)
def _columns(file: Path) -> dict[str, str]:
    """The columns of metrics, by the names that these are read by."""
    columns = list(pl.read_parquet_schema(file))[2:]
    return {short(column.removeprefix(_COLUMN)): column for column in columns}


@lru_cache(maxsize=1_024)
def _metrics(long: Path) -> dict[str, str]:
    names = pl.read_parquet(long, columns=["metric"]).get_column("metric").unique()
    return {short(name): name for name in names}


def _by_number(stem: str) -> tuple[str, int, str]:
    writer, _, number = stem.rpartition(".")
    return (writer, int(number) if number.isdecimal() else 0, stem)


def _put(path: Path, frame: pl.DataFrame, mode: int) -> None:
    _write(_temporary(path), frame, mode)
    _temporary(path).rename(path)
    sync_folder(path.parent)


def _write(path: Path, frame: pl.DataFrame, mode: int, compression: Literal["zstd", "lz4"] = "zstd") -> None:
    level = _COMPRESSION_LEVEL if compression == "zstd" else None
    frame.write_parquet(
        path, compression=compression, compression_level=level, statistics=False, row_group_size=frame.height or None
    )
    _settle(path, mode)


def _settle(path: Path, mode: int) -> None:
    with path.open("rb") as stream:
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())


def _temporary(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY}{path.name}")


_PYRAMIDS = _Pyramids(_PYRAMIDS_KEPT_BYTES)
