"""Logs of Weights & Biases: how fast their rows are read, against its own reader on the same file.

Its newest clients have that reader no longer, nor any other in Python: 0.19.11 has it.
"""

import math
import sys
import tempfile
from itertools import islice
from pathlib import Path
from statistics import median

from core_log import WandbLog
from harness import Row, measured_by, seconds

from trackside.model.foreign import Points
from trackside.sources.protocol import Folder
from trackside.sources.wandb import Wandb

FEW, MANY = 60_000, 1_000_000
METRICS = ("train/loss", "train/accuracy", "lr")
TIMES = 5
THEIRS = Path(__file__).parents[2] / ".vendors" / "wandb-0.19.11" / "bin" / "python"

READER = """
import json, sys, time
from wandb.proto import wandb_internal_pb2
from wandb.sdk.internal.datastore import DataStore
log, steps, *metrics = sys.argv[1:]
for _ in sys.stdin:
    began = time.perf_counter()
    count = 0
    store = DataStore()
    store.open_for_scan(log)
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        if metrics:
            for item in record.history.item:
                name = item.key or ".".join(item.nested_key)
                count += name in metrics and isinstance(json.loads(item.value_json), float)
    took = time.perf_counter() - began
    assert count == int(steps) * len(metrics)
    print(took, flush=True)
"""


def rows() -> list[Row]:
    """The rows of this file; those against W&B's reader only where it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        found = [million(Path(folder))]
    if THEIRS.exists():
        with tempfile.TemporaryDirectory() as folder:
            return found + against_its_own(Path(folder))
    print("  wandb 0.19.11 is not here to compare with: `just vendors` installs it", file=sys.stderr)
    return found


def million(folder: Path) -> Row:
    """Every point of a long run, from its log."""
    log = write(folder, MANY)
    took = seconds(lambda: _ours(log, MANY))
    note = f"{log.stat().st_size >> 20} MiB, {MANY * len(METRICS) / took / 1e6:.1f} M points/s"
    return Row("1,000,000 steps × 3 metrics of a .wandb file", took, 3.0, "s", "one process, file in memory", note)


def against_its_own(folder: Path) -> list[Row]:
    """The same points by W&B's own reader; and what that takes to parse each record, without a value of it."""
    log = write(folder, FEW)
    return [
        _against("rows of a .wandb file", log, *METRICS, floor="DataStore, protobuf and json"),
        _against("the same", log, floor="DataStore and protobuf, no value read"),
    ]


def _against(what: str, log: Path, *metrics: str, floor: str) -> Row:
    reader = measured_by(THEIRS, READER, log, FEW, *metrics)
    pairs = [(theirs, seconds(lambda: _ours(log, FEW))) for theirs in islice(reader, TIMES)]
    reader.close()
    ratio = median(theirs / ours for theirs, ours in pairs)
    theirs, ours = (median(side) for side in zip(*pairs, strict=True))
    note = f"{FEW:,} steps: {ours:.2f} s, theirs {theirs:.2f} s"
    return Row(what, ratio, 5.0, "×", floor, note, at_least=True)


def _ours(log: Path, steps: int) -> None:
    source = Wandb()
    (found,) = source.discover(Folder(log.parent, set(), {log.name}))
    count = sum(item.value.size for item in source.follow(found, None) if isinstance(item, Points))
    assert count == steps * len(METRICS)


def write(folder: Path, steps: int) -> Path:
    """A log of so many steps, a thousand a second."""
    with WandbLog(folder, "abc") as log:
        for step in range(steps):
            log.log(step, {name: _value(number, step) for number, name in enumerate(METRICS)}, step / 1000)
    return log.path


def _value(number: int, step: int) -> float:
    return math.exp(-step / 1e6) + math.sin(step * (number + 1)) / 10
