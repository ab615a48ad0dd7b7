"""Params that stand in YAML files beside a run's metrics."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from trackside.model.foreign import Remark
from trackside.model.run import Param
from trackside.sources.nested import leaves
from trackside.sources.opening import GoneError
from trackside.sources.protocol import SourceError
from trackside.sources.yaml_text import load_file


def params_of(paths: Iterable[Path], root: Path, remarks: list[Remark]) -> dict[str, Param]:
    """The params in files, nested keys joined by `.`; of one that cannot be read, a remark."""
    params: dict[str, Param] = {}
    for path in paths:
        try:
            read = load_file(path, root)
        except GoneError:
            continue
        except SourceError as error:
            remarks.append(Remark(f"No params: {error}"))
            continue
        if isinstance(read, Mapping):
            params.update(leaves(read, "."))
    return params
