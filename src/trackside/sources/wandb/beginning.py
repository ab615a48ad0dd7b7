"""Which run a log is of, from its first records."""

import os
from pathlib import Path

from trackside.sources import opening
from trackside.sources.protobuf import ProtobufError
from trackside.sources.protocol import SourceError
from trackside.sources.wandb import frames, records
from trackside.sources.wandb.state import Part, State

_FAR_ENOUGH = (1 << 12, 1 << 15, 8 << 20)


def beginning(log: Path, root: Path) -> State:
    """The run as its first record has it. SourceError where there is none."""
    with opening.opened(log, root) as file:
        frames.begins(file.read(len(frames.HEADER)), str(log))
        size = os.fstat(file.fileno()).st_size
        for reach in _FAR_ENOUGH:
            found = _run(file.fileno(), min(size, reach))
            if found is not None and found.run_id:
                return found
            if size <= reach:
                break
    raise SourceError(f"{log}: no run in it yet: its client has not written so far, or was killed before")


def _run(descriptor: int, size: int) -> State | None:
    for batch in frames.batches(descriptor, 0, size):
        for start, end in zip(batch.start.tolist(), batch.end.tolist(), strict=True):
            try:
                number, body = records.opened(bytes(batch.buffer[start:end]))
                if number == records.RUN:
                    found = State()
                    list(records.taken(found, Part(), number, body))
                    return found
            except ProtobufError:
                continue
    return None
