"""The output folder of Hugging Face's `Trainer`: the states in it and in its checkpoints, and its name."""

import os
import re
from pathlib import Path

from trackside.model.foreign import Remark
from trackside.model.run import Param
from trackside.sources.inside import is_own_file
from trackside.sources.json_file import beginning
from trackside.sources.model_params import files_of_model, params_of_model

STATE = "trainer_state.json"
CHECKPOINT = re.compile(r"checkpoint-\d+")
EVENTS = "runs"
"""In this folder of an output folder the trainer puts one for the event files of each training."""

_BEGINNING = 64 << 10


def around(events: Path, root: Path) -> Path | None:
    """The output folder in the tree `root` whose trainer wrote event files into a folder; None where there is none."""
    output = events.parent.parent
    return output if events.parent.name == EVENTS and _there(output, root) else None


def called(output: Path) -> tuple[str, str]:
    """The name of a run and of its project."""
    name = output.name or str(output)
    return name, output.parent.name or name


def states(output: Path, root: Path) -> list[Path]:
    """The states of an output folder that lie in the tree `root`, the furthest first; links are not followed."""

    def reached(path: Path) -> tuple[int, bool]:
        if path.parent == output:
            return _step_of_state(path, root), True
        return int(path.parent.name.partition("-")[2][:18]), False

    return sorted(_there(output, root), key=reached, reverse=True)


def params(output: Path, root: Path, remarks: list[Remark]) -> dict[str, Param]:
    """Those of the model, of the output folder first and then of its furthest checkpoint."""
    return params_of_model([output, *(path.parent for path in states(output, root))], root, remarks)


def files(output: Path, root: Path) -> list[Path]:
    """The states of an output folder and what params may be in, in no certain order; none of them is read."""
    found = _there(output, root)
    folders = dict.fromkeys([output, *(path.parent for path in found)])
    return [*found, *files_of_model(folders, root)]


def _there(output: Path, root: Path) -> list[Path]:
    """The states of an output folder that lie in the tree, by names alone."""
    try:
        names = [entry.name for entry in os.scandir(output) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    folders = [output, *(output / name for name in sorted(names) if CHECKPOINT.fullmatch(name))]
    return [path for folder in folders if is_own_file(path := folder / STATE, root)]


def _step_of_state(path: Path, root: Path) -> int:
    found = re.search(r'"global_step": ?(\d{1,18})\b', beginning(path, _BEGINNING, root))
    return int(found[1]) if found else -1
