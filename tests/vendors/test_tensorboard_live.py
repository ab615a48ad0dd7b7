"""Event files while TensorBoard's writers write them."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trackside.model.foreign import Cursor, Points
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.walk import Walk

pytest.importorskip("tensorboardX", reason="needs tensorboardX: `just vendors` runs it")

Writer = Callable[[int], None]


def by_tensorboardx(folder: Path) -> Writer:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(str(folder))

    def write(step: int) -> None:
        writer.add_scalar("loss", step / 2, step)
        writer.flush()

    return write


def by_tensorboard(folder: Path) -> Writer:
    """The writer that torch uses."""
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))

    def write(step: int) -> None:
        value = summary_pb2.Summary.Value(tag="loss", simple_value=step / 2)
        writer.add_event(event_pb2.Event(wall_time=1.7e9, step=step, summary=summary_pb2.Summary(value=[value])))
        writer.flush()

    return write


@pytest.mark.parametrize("writer", [by_tensorboardx, by_tensorboard])
def test_each_value_comes_once_and_in_order(writer: Callable[[Path], Writer], tmp_path: Path) -> None:
    """tensorboardX holds back what is in its queue at a flush: the next one brings it."""
    source, cursor, seen = TensorBoard(), None, []
    write = writer(tmp_path)
    for step in range(200):
        write(step)
    deadline = time.monotonic() + 30
    while len(seen) < 200 and time.monotonic() < deadline:
        write(200)
        for found in Walk(tmp_path, [source]).find():
            for item in source.follow(found, cursor):
                if isinstance(item, Points):
                    seen += [step for step in item.step.tolist() if step < 200]
                if isinstance(item, Cursor):
                    cursor = item.state
    assert seen == list(range(200))
