"""Params of a model of the Transformers library, from what stands beside its weights; no pickle is opened."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trackside.model.foreign import Remark
from trackside.model.run import Param
from trackside.sources import numbers
from trackside.sources.inside import is_own_file
from trackside.sources.json_file import load_object
from trackside.sources.nested import leaves
from trackside.sources.opening import whole
from trackside.sources.protocol import SourceError

_LARGEST = 4 << 20
_CONFIGS = {"config.json": "config", "adapter_config.json": "adapter"}
_CARD = "README.md"
_HEADING = "hyperparameters"
_LINE = re.compile(r"- (\w+): (.+)")


def params_of_model(folders: list[Path], root: Path, remarks: list[Remark]) -> dict[str, Param]:
    """The configuration of a model and its adapter, and the hyperparameters in its card, each from the first folder.

    Configurations are below `config.` and `adapter.`; what cannot be read of them is added to the remarks.
    """
    params: dict[str, Param] = {}
    for name, family in _CONFIGS.items():
        path = _first(folders, name, root)
        if path is not None:
            try:
                params |= {f"{family}.{key}": value for key, value in leaves(load_object(path, root, _LARGEST), ".")}
            except SourceError as error:
                remarks.append(Remark(f"No params: {error}"))
    card = _first(folders, _CARD, root)
    return params if card is None else params | _of_card(card, root, remarks)


def files_of_model(folders: Iterable[Path], root: Path) -> list[Path]:
    """The files of several folders in the tree that such params may be in."""
    paths = (folder / name for folder in folders for name in (*_CONFIGS, _CARD))
    return [path for path in paths if is_own_file(path, root)]


def _first(folders: list[Path], name: str, root: Path) -> Path | None:
    """The file of that name in the first of several folders that has it in the tree; links are not followed."""
    return next((path for folder in folders if is_own_file(path := folder / name, root)), None)


def _of_card(path: Path, root: Path, remarks: list[Remark]) -> dict[str, Param]:
    try:
        lines = whole(path, _LARGEST, root).decode(errors="replace").splitlines()
    except SourceError as error:
        remarks.append(Remark(f"No params: {error}"))
        return {}
    params: dict[str, Param] = {}
    inside = False
    for line in lines:
        if line.startswith("#"):
            inside = line.rstrip().lower().endswith(_HEADING)
        elif inside and (said := _LINE.match(line)):
            params[said[1]] = _typed(said[2].strip())
    return params


def _typed(text: str) -> Any:
    """A number or bool, where it is written as one; else the text."""
    whole_number = numbers.step_of(text) if text.lstrip("-").isdigit() else None
    number = numbers.of_cell(text)
    if whole_number is not None or number is not None:
        return number if whole_number is None else whole_number
    return {"True": True, "False": False}.get(text, text)
