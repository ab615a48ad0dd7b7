"""The messages of Comet's client, in the words of its newest versions whatever version wrote them."""

import json
from typing import Any

import msgspec

_OLD = {
    "env_details": "system_details",
    "git_meta": "git_metadata",
    "installed_packages": "installed_packages",
    "gpu_static_info": "gpu_static_info",
    "fileName": "file_name",
    "stdout": "standard_output",
    "log_other": "log_other",
    "param": "parameter_msg",
    "params": "parameter_msg",
    "metric": "metric_msg",
}
"""By which field a message of one type for all, as older clients wrote it, is told from others."""


class Message(msgspec.Struct, frozen=True):
    """One message: what it is about, and its fields."""

    kind: str
    fields: dict[str, Any]

    def inner(self, name: str) -> dict[str, Any]:
        """A field that has fields of its own; empty where it is none."""
        found = self.fields.get(name)
        return found if isinstance(found, dict) else {}


def read(line: bytes) -> Message | None:
    """A line as a message; None where it is none."""
    found = decoded(line)
    if not isinstance(found, dict) or not isinstance(found.get("payload"), dict):
        return None
    kind, fields = found.get("type"), found["payload"]
    if kind == "ws_msg":
        return _renamed(fields)
    return Message(kind, fields) if isinstance(kind, str) else None


def decoded(text: bytes) -> Any:
    """JSON, also with what strict readers refuse (`NaN`, lone surrogates); None where it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(text.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None


def _renamed(fields: dict[str, Any]) -> Message:
    kind = next((new for old, new in _OLD.items() if old in fields), "ws_msg")
    if kind == "system_details":
        return Message(kind, {**fields, **_mapping(fields["env_details"])})
    if kind == "log_other":
        other = _mapping(fields["log_other"])
        return Message(kind, {**fields, "key": other.get("key"), "value": other.get("val")})
    names = {"fileName": "file_name", "stdout": "output", "git_meta": "git_metadata"}
    return Message(kind, {names.get(name, name): value for name, value in fields.items()})


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: Any, most: int = 1 << 20) -> str | None:
    """A text, with lone surrogates spelled out; None where it is none, or an empty one."""
    if not isinstance(value, str) or not value:
        return None
    return value[:most].encode(errors="backslashreplace").decode()


def texts(value: Any) -> list[str]:
    """The texts of a list; none where it is no list."""
    return [known for item in value if (known := text(item))] if isinstance(value, list) else []
