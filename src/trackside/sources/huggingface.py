"""Hugging Face's `Trainer`: `trainer_state.json` in an output folder and in its `checkpoint-<step>` folders.

Each holds the whole history so far, and is written anew: the one that went furthest is read. Times are not stated. No
pickle (`training_args.bin`) is opened: params are those of the model's configuration and of its card. Where the trainer
wrote event files, too, with the same points, their times, and those that no checkpoint has yet, these are the run, by
the name and with the params that it would have without them.
"""

import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.foreign import Cursor, Facts, Found, Item, Remark, Restart
from trackside.model.status import FINISHED
from trackside.sources import numbers, trainer_output
from trackside.sources.base import SourceOfFiles
from trackside.sources.beside import events_below_tell, events_tell
from trackside.sources.identity import by_first_row
from trackside.sources.json_file import beginning, load_object
from trackside.sources.nested import leaves
from trackside.sources.opening import stamp_of
from trackside.sources.protocol import Folder, ReplacedError
from trackside.sources.recent import span
from trackside.sources.rows import Row, items_of
from trackside.sources.trainer_output import CHECKPOINT, EVENTS, STATE, states

_BEGINNING = 64 << 10
_SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")
_IN_EVENTS = ("train/loss", "train/epoch", "eval/loss")
_FAMILIES = ("eval_", "test_")


class HuggingFace(SourceOfFiles):
    """The source of the states of Hugging Face's trainer."""

    name = "huggingface"

    def sniff(self, folder: Folder) -> bool:
        """By the name of the state, in the folder or in one of its checkpoints."""
        return STATE in folder.files or any(CHECKPOINT.fullmatch(name) for name in folder.folders)

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The run of an output folder, once its furthest state has a row; its checkpoints are not searched.

        SourceError where that state is none.
        """
        output = folder.path.parent if CHECKPOINT.fullmatch(folder.path.name) else folder.path
        held = states(output, folder.tree)
        if not held:
            return
        folder.deep = True
        folder.files.discard(STATE)
        folder.folders -= {path.parent.name for path in held}
        first = _first_entry(held[0], folder.tree)
        if not first:
            load_object(held[0], folder.tree)
        elif not self._stands_in_events(folder, output):
            yield Found(self.name, by_first_row(output, first), str(output), (output,), root=folder.tree)

    def _stands_in_events(self, folder: Folder, output: Path) -> bool:
        """Whether the trainer wrote event files, too, below the output folder or beside the state."""
        return events_tell(folder, _IN_EVENTS) or events_below_tell(output / EVENTS, _IN_EVENTS, folder.tree)

    def stamp(self, run: Found) -> Any:
        """Sizes, times and inodes of all states, and of what its params are in."""
        return stamp_of(trainer_output.files(run.paths[0], run.tree), run.paths[0])

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """The entries of the history by their step; all of them again where it does not go on from what it was."""
        output = run.paths[0]
        path = next(iter(states(output, run.tree)), output / STATE)
        state = load_object(path, run.tree)
        history = _entries(state)
        if history and by_first_row(output, history[0]) != run.identity:
            raise ReplacedError(f"{path}: holds another run by now")
        remarks: list[Remark] = []
        yield _facts(run, state, remarks)
        told = 0 if since is None else since["rows"]
        if since is not None and _seen(history[:told]) != since["seen"]:
            yield Restart(None, math.nan)
            told = 0
        place = _Place(told)
        seen = span(states(output, run.tree)).newest
        yield from items_of(_rows(history, place), lambda: _state(history, place), seen)
        yield from remarks
        yield Cursor(_state(history, place))


class _Place(msgspec.Struct):
    """How many entries were told."""

    rows: int


def _first_entry(path: Path, root: Path) -> dict[str, Any]:
    """The first entry of a history, from the beginning of its file; empty where there is none yet."""
    text = beginning(path, _BEGINNING, root)
    start = re.search(r'"log_history": ?\[\s*', text)
    try:
        entry, _ = json.JSONDecoder().raw_decode(text, start.end()) if start else ({}, 0)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _entries(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    history = state.get("log_history")
    return [entry for entry in history if isinstance(entry, dict)] if isinstance(history, list) else []


def _rows(history: list[dict[str, Any]], place: _Place) -> Iterator[Row]:
    for entry in history[place.rows :]:
        step = numbers.step_of(entry.get("step"))
        values = {
            _name(key): value
            for key, given in entry.items()
            if key != "step" and (value := numbers.of_json(given)) is not None
        }
        yield Row(place.rows if step is None else step, values)
        place.rows += 1


def _name(key: str) -> str:
    """The name that the trainer itself gives a metric in event files."""
    for family in _FAMILIES:
        if key.startswith(family):
            return f"{family.rstrip('_')}/{key.removeprefix(family)}"
    return f"train/{key}"


def _state(history: list[dict[str, Any]], place: _Place) -> dict[str, int]:
    return {"rows": place.rows, "seen": _seen(history[: place.rows])}


def _seen(history: list[dict[str, Any]]) -> int:
    return zlib.crc32(json.dumps(history).encode())


def _facts(run: Found, state: Mapping[str, Any], remarks: list[Remark]) -> Facts:
    output = run.paths[0]
    params = trainer_output.params(output, run.tree, remarks)
    params |= {name: state[name] for name in _SETTINGS if state.get(name) is not None}
    if isinstance(state.get("trial_params"), Mapping):
        params |= dict(leaves(state["trial_params"], "."))
    done = _is_done(state)
    when = span(states(output, run.tree), beside=[output])
    took = next((number for entry in _entries(state) if (number := numbers.of_json(entry.get("train_runtime")))), 0.0)
    name, project = trainer_output.called(output)
    return Facts(
        name=name,
        project=project,
        created=min(when.created, max(0.0, when.newest - took)),
        ended=None if when.running and not done else when.newest,
        status=FINISHED,
        running=when.running and not done,
        end_known=done,
        params=params,
    )


def _is_done(state: Mapping[str, Any]) -> bool:
    """Whether the training came to its end: the trainer said how long it took, or all steps are done."""
    step, most = numbers.step_of(state.get("global_step")), numbers.step_of(state.get("max_steps"))
    return any("train_runtime" in entry for entry in _entries(state)) or bool(step and most and step >= most > 0)
