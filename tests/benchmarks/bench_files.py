"""Files of a run: how fast logs become columns, how fast curves come back, how small sealed values are."""

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from harness import Row, paired, seconds

from trackside.model import ids
from trackside.store import curves, journal, manifest, segments
from trackside.store.decode import Block, Decoder
from trackside.store.journal import Kind, RowFormat
from trackside.store.layout import RunPaths

TAIL_ROWS = 250_000
STEPS, METRICS = 1_000_000, 200
ROWS_A_LOG = 40_000
POINTS = 400
KEY_SETS = [
    ("loss", "lr", "grad_norm", "tokens", "seconds"),
    ("val/loss", "val/acc"),
    tuple(f"gpu/{n}" for n in range(10)),
]


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        tails = [one_key_set(Path(folder)), three_key_sets()]
    with tempfile.TemporaryDirectory() as folder:
        return tails + sealed(Path(folder))


def one_key_set(folder: Path) -> Row:
    """What a reader does with a log that grew by 16 MiB, against reading the same bytes into an array."""
    log = folder / "w.0.log"
    log.write_bytes(_log([0] * TAIL_ROWS))
    descriptor = os.open(log, os.O_RDONLY)
    size = os.fstat(descriptor).st_size
    result = paired(
        lambda: Decoder().feed(os.pread(descriptor, size, 0), verify="tail"),
        lambda: np.fromfile(log, np.uint8),
        times=41,
    )
    os.close(descriptor)
    values = TAIL_ROWS * len(KEY_SETS[0])
    note = f"{size >> 20} MiB in {result.ours * 1e3:.1f} ms: {values / result.ours / 1e6:.0f} M values/s"
    return Row("live tail decode, one key set", result.ratio, 2.0, "×", "np.fromfile of the same bytes", note)


def three_key_sets() -> Row:
    """Three key sets in turn, with heartbeats between; the note says the same without any order."""
    rng = np.random.default_rng(0)
    in_turn, at_random = [0, 1, 2] * (TAIL_ROWS // 3), rng.integers(0, 3, TAIL_ROWS).tolist()
    speeds = []
    for order in (in_turn, at_random):
        data = _log(order, rows_a_heartbeat=5_000)
        values = sum(len(KEY_SETS[kind]) for kind in order)
        took = [seconds(partial(Decoder().feed, data, verify="tail")) for _ in range(9)]
        speeds.append(values / median(took) / 1e6)
    note = f"{speeds[1]:.0f} M values/s with the sets in random order"
    return Row("live tail decode, three key sets", speeds[0], 5.0, "M values/s", "none", note, at_least=True)


def sealed(folder: Path) -> list[Row]:
    """Overview and series of one curve of a run of 1 M steps × 200 metrics, and the bytes of a value in it."""
    run = _sealed_run(folder / "store")
    first_overview = seconds(lambda: curves.overview(run, _metric(0), POINTS))
    first_series = seconds(lambda: curves.series(run, _metric(0)))
    turns = iter(range(1, METRICS))
    overview = paired(lambda: curves.overview(run, _metric(next(turns)), POINTS), _bare_read(run, 1), times=25)
    column = paired(lambda: curves.series(run, _metric(next(turns))), _bare_read(run, 25), times=15)
    size = sum(path.stat().st_size for path in run.segments.iterdir())
    logs = STEPS // ROWS_A_LOG
    return [
        Row(
            "overview of 1 M steps × 200 metrics",
            overview.ours * 1e3,
            5.0,
            "ms",
            f"{overview.ratio:.2f} × one read_parquet of 40,000 rows",
            f"{logs} logs; another metric each time; the first of the run {first_overview * 1e3:.0f} ms",
        ),
        Row(
            "full series of 1 M steps",
            column.ours * 1e3,
            60.0,
            "ms",
            f"{column.ratio:.2f} × read_parquet of its {logs} files, bare",
            f"another metric each time; the first of the run {first_series * 1e3:.0f} ms",
        ),
        Row(
            "sealed bytes per value, float32 noise",
            size / (STEPS * METRICS),
            4.5 * 1.05,
            "B",
            f"{size / (STEPS * METRICS) / 4:.2f} × float32",
            "pyramids, steps and times included",
        ),
    ]


def _bare_read(run: RunPaths, files: int) -> Callable[[], object]:
    import polars as pl

    paths = [segment.wide[0] for segment in segments.sealed(run.segments).values()][:files]
    columns = ["step", "time", f"metric.{_metric(0)}"]
    return lambda: pl.read_parquet(paths, columns=columns)


def _sealed_run(root: Path) -> RunPaths:
    """Written log by log, each as full as a log is when it is rotated; 1.6 GB of values never stand in memory."""
    run = manifest.create(root).run(ids.new_id())
    opened = journal.packed(Kind.OPEN, {"format": 1, "role": "main"})
    keys = tuple(_metric(number) for number in range(METRICS))
    noise = np.random.default_rng(0).standard_normal((ROWS_A_LOG, METRICS), dtype=np.float32).astype(np.float64)
    jitter = np.random.default_rng(1).normal(0.0, 1e-3, ROWS_A_LOG)
    run.root.mkdir(parents=True)
    for log in range(STEPS // ROWS_A_LOG):
        step = np.arange(log * ROWS_A_LOG, (log + 1) * ROWS_A_LOG)
        at = 1.7e9 + step * 0.05 + jitter
        segments.write(run.segments, f"w.{log}", [Block(keys, step, at, noise)], opened, root)
    return run


def _metric(number: int) -> str:
    return f"layer.{number}/grad_norm"


def _log(order: list[int], rows_a_heartbeat: int = 0) -> bytes:
    formats = [RowFormat(number, len(keys)) for number, keys in enumerate(KEY_SETS)]
    frames = [journal.packed(Kind.SCHEMA, [number, list(keys)]) for number, keys in enumerate(KEY_SETS)]
    for step, kind in enumerate(order):
        if rows_a_heartbeat and step % rows_a_heartbeat == 0:
            frames.append(journal.heartbeat(float(step), 0))
        frames.append(formats[kind].pack(step, step * 0.05, [step / 3] * len(KEY_SETS[kind])))
    return b"".join(frames)
