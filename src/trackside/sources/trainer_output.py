"""The output folder of Hugging Face's `Trainer`: the states in it and in its checkpoints, and its name."""

import os
import re
from pathlib import Path

from trackside.model.foreign import Remark
from trackside.model.run import Param
from trackside.sources.json_file import beginning
from trackside.sources.model_params import params_of_model

STATE = "trainer_state.json"
CHECKPOINT = re.compile(r"checkpoint-\d+")
EVENTS = "runs"
"""In this folder of an output folder the trainer puts one for the event files of each training."""

_BEGINNING = 64 << 10


def around(events: Path, root: Path) -> Path | None:
    """The output folder in the tree `root` whose trainer wrote event files into a folder; None where there is none."""
    output = events.parent.parent
    is_inside = output.is_relative_to(root) and not (output.is_symlink() or events.parent.is_symlink())
    return output if events.parent.name == EVENTS and is_inside and states(output, root) else None


def called(output: Path) -> tuple[str, str]:
    """The name of a run and of its project."""
    name = output.name or str(output)
    return name, output.parent.name or name


def states(output: Path, root: Path) -> list[Path]:
    """The states of an output folder, the furthest first; links are not followed."""
    steps = {output / STATE: _step_of_state(output / STATE, root)}
    try:
        names = [entry.name for entry in os.scandir(output) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        names = []
    for name in names:
        if CHECKPOINT.fullmatch(name):
            steps[output / name / STATE] = int(name.partition("-")[2][:18])
    there = [path for path in steps if path.is_file() and not path.is_symlink()]
    return sorted(there, key=lambda path: (steps[path], path.parent == output), reverse=True)


def params(output: Path, root: Path, remarks: list[Remark]) -> dict[str, Param]:
    """Those of the model, of the output folder first and then of its furthest checkpoint."""
    return params_of_model([output, *(path.parent for path in states(output, root))], root, remarks)


def _step_of_state(path: Path, root: Path) -> int:
    found = re.search(r'"global_step": ?(\d{1,18})\b', beginning(path, _BEGINNING, root))
    return int(found[1]) if found else -1
