"""What TensorBoard's hparams plugin keeps in the metadata of a value: params, their group, and how a session ended.

Source of fields: tensorboard/plugins/hparams/plugin_data.proto and api.proto, google/protobuf/struct.proto.
"""

from pathlib import Path
from typing import Any

import msgspec

from trackside.model.run import Param
from trackside.sources.protobuf import Message, ProtobufError
from trackside.sources.yaml_text import load_file

_START, _END = 3, 4
_PARAMS, _GROUP = 1, 4
_STATUS = 1
_FAILURE = 2
_DEEPEST = 16
_HASH_DIGITS = 64


class Session(msgspec.Struct, frozen=True):
    """What one record says: nothing where it describes an experiment."""

    params: dict[str, Param] = msgspec.field(default_factory=dict)
    group: str | None = None
    failed: bool = False


def session(content: bytes) -> Session:
    """From the content of the plugin's metadata."""
    said = Message(content)
    start, end = said.message(_START), said.message(_END)
    params: dict[str, Param] = {}
    for entry in start.messages(_PARAMS):
        _spread(entry.text(1), _value(entry.message(2)), params)
    return Session(params, _group(start.text(_GROUP)), end.unsigned(_STATUS) == _FAILURE)


def beside(path: Path, root: Path) -> dict[str, Param]:
    """The params that Lightning writes into a file of its own. YamlError where it cannot be read."""
    params: dict[str, Param] = {}
    given = load_file(path, root) if path.exists() else None
    if isinstance(given, dict):
        for key, value in given.items():
            _spread(key, value, params)
    return params


def together(logged: dict[str, Param], in_file: dict[str, Param]) -> dict[str, Param]:
    """Params of both: where they are the same ones, as the file has them, which keeps integers and lists.

    What is one param by the log and many by the file is an object, which the log names and the file takes apart.
    """
    kept = {key: value for key, value in in_file.items() if not _within(key, logged)}
    return {key: value for key, value in logged.items() if key.replace("/", ".") not in kept} | kept


def _within(key: str, params: dict[str, Param]) -> bool:
    """Whether any of the keys that `key` is made of, but itself, is one of the params."""
    parts = key.split(".")
    return any(".".join(parts[:count]) in params for count in range(1, len(parts)))


def _group(name: str) -> str | None:
    """A group's name; Keras puts a hash of the params there where it was given none."""
    is_hash = len(name) == _HASH_DIGITS and not name.strip("0123456789abcdef")
    return None if is_hash else name or None


def _spread(key: str, value: Any, params: dict[str, Param]) -> None:
    if isinstance(value, dict) and value:
        for inner, each in value.items():
            _spread(f"{key}.{inner}", each, params)
    else:
        params[key] = None if isinstance(value, dict) else value


def _value(value: Message, depth: int = 0) -> Any:
    """A `google.protobuf.Value`: numbers are doubles, whole ones too."""
    if depth > _DEEPEST:
        raise ProtobufError("a param that lies too deep")
    if 2 in value:
        return value.double(2)
    if 3 in value:
        return value.text(3)
    if 4 in value:
        return bool(value.unsigned(4))
    if 5 in value:
        entries = value.message(5).messages(1)
        return {entry.text(1): _value(entry.message(2), depth + 1) for entry in entries}
    if 6 in value:
        return [_value(each, depth + 1) for each in value.message(6).messages(1)]
    return None
