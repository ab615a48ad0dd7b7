"""Event files: how fast their scalars are read, against TensorBoard's own reader on the same files."""

import importlib.util
import math
import sys
import tempfile
from pathlib import Path
from struct import pack

from harness import Row, paired

from trackside.services.exchange.event_records import scalar, version
from trackside.sources.protocol import Folder
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.tensorboard.framing import framed

STEPS = 30_000
TAGS = ("train/loss", "train/accuracy", "lr")


def rows() -> list[Row]:
    """The row of this file; none where TensorBoard is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        print("  tensorboard is not here to compare with: `just vendors` makes .vendors, which has it", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as folder:
        return [scalars(Path(folder))]


def scalars(folder: Path) -> Row:
    """All scalars of a run of one file, as `add_scalar` writes them."""
    name = "events.out.tfevents.1700000000.host"
    (folder / name).write_bytes(_events())
    result = paired(lambda: _ours(folder, name), lambda: _theirs(folder), times=5)
    count = STEPS * len(TAGS)
    note = f"{count:,} points: {count / result.ours / 1e6:.2f} M/s, theirs {count / result.floor / 1e6:.3f} M/s"
    return Row("scalars of event files", 1 / result.ratio, 10.0, "×", "EventAccumulator", note, at_least=True)


def _events() -> bytes:
    events = [version(1.7e9)]
    for step in range(STEPS):
        number = pack("<f", math.exp(-step / 1000))
        events += [scalar(tag.encode(), step, 1.7e9 + step / 10, number) for tag in TAGS]
    return b"".join(map(framed, events))


def _ours(folder: Path, name: str) -> None:
    source = TensorBoard()
    (found,) = source.discover(Folder(folder, set(), {name}))
    count = sum(len(item.step) for item in source.follow(found, None) if type(item).__name__ == "Points")
    assert count == STEPS * len(TAGS)


def _theirs(folder: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    reader.Reload()
    assert sum(len(reader.Scalars(tag)) for tag in TAGS) == STEPS * len(TAGS)
