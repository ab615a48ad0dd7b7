"""Damaged event files: thousands of them by `just fuzz`."""

from pathlib import Path

import event_files as made
import pytest
from mutations import Frames, survives

from trackside.sources.tensorboard import TensorBoard

OWN = Path(__file__).parent / "samples" / "tensorboard"
FRAMES = Frames(made.split, lambda records: b"".join(map(made.framed, records)))


@pytest.mark.parametrize("name", ["tensorboardx", "tensors", "keras"])
def test_whatever_an_event_file_holds_is_read_or_refused(name: str, tmp_path: Path) -> None:
    files = {str(path.relative_to(OWN)): path.read_bytes() for path in (OWN / name).rglob("*tfevents*")}
    survives(TensorBoard(), tmp_path, files, FRAMES)
