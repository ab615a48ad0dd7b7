"""YAML that strangers wrote, as text, numbers, lists and dicts. Nothing that it asks for is built or called.

A value with a tag that YAML itself does not have (`!!python/object:…`) is what stands under the tag: a text, a list or
a dict. Read event by event, without recursion, so that neither depth nor aliases cost more than the limits here.
"""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from trackside.sources.opening import whole
from trackside.sources.protocol import SourceError

LARGEST = 4 << 20
"""Bytes of a file that is read."""
_DEEPEST = 64
_EXPANDED = 16 << 20
"""Characters and values that all aliases written out may come to."""
_LONGEST_NUMBER = 64
_CORE = "tag:yaml.org,2002:"
_NAME = "python/name:"
_MERGE = "<<"


class YamlError(SourceError):
    """A text is no YAML, or more than is read of it."""


def load_file(path: Path, root: Path) -> Any:
    """The first document of a file. SourceError where it is gone, no file or too large; YamlError where no YAML."""
    return load(whole(path, LARGEST, root), str(path))


def load(content: bytes, name: str) -> Any:
    """The first document of `content`: None, text, bool, int, float, lists and dicts of them, with text for keys.

    Where a key stands twice, the last one wins. Dates stay text. `name` is what an error calls the content.
    """
    import yaml

    if len(content) > LARGEST:
        raise YamlError(f"{name}: larger than {LARGEST >> 20} MiB, which is no YAML that is read")
    document = _Document(name)
    try:
        for event in yaml.parse(_text(content), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if type(event) is yaml.DocumentEndEvent:
                break
            document.take(event)
    except yaml.YAMLError as error:
        raise YamlError(f"{name}: no YAML: {' '.join(str(error).split())}") from None
    return document.root


def _text(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if wide else "utf-8-sig", "replace")


class _Open(msgspec.Struct):
    """A list or dict of which the end has not come: what it has so far, and of a dict the key that waits."""

    value: Any
    anchor: str | None
    start: int
    key: str | None = None
    merged: list[dict[str, Any]] = msgspec.field(default_factory=list)


class _Document:
    """A document as its events come in."""

    def __init__(self, name: str) -> None:
        self.root: Any = None
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._size = 0

    def take(self, event: Any) -> None:
        """One event: a value is put where it belongs, a list or dict that begins is kept open until its end."""
        match type(event).__name__:
            case "ScalarEvent":
                self._grow(len(event.value) + 1)
                self._put(event.value if self._wants_key() else _scalar(event), event.anchor, self._size)
            case "SequenceStartEvent":
                self._begin([], event.anchor)
            case "MappingStartEvent":
                self._begin({}, event.anchor)
            case "SequenceEndEvent" | "MappingEndEvent":
                closed = self._open.pop()
                self._put(_closed(closed), closed.anchor, closed.start)
            case "AliasEvent":
                self._alias(event.anchor)

    def _begin(self, value: Any, anchor: str | None) -> None:
        if len(self._open) >= _DEEPEST:
            raise YamlError(f"{self._name}: nested deeper than {_DEEPEST} levels, which is not read")
        self._grow(1)
        self._open.append(_Open(value, anchor, self._size))

    def _alias(self, anchor: str) -> None:
        """What an anchor stands for; its name as text, where that is not complete, as in a value within itself."""
        value, size = self._anchors.get(anchor, (f"*{anchor}", 1))
        self._grow(size)
        self._put(value, None, self._size)

    def _grow(self, by: int) -> None:
        self._size += by
        if self._size > _EXPANDED:
            raise YamlError(f"{self._name}: its aliases, written out, come to more than is read")

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _put(self, value: Any, anchor: str | None, start: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, max(self._size - start, 0) + _weight(value))
        if not self._open:
            self.root = value
            return
        within = self._open[-1]
        if isinstance(within.value, list):
            within.value.append(value)
        elif within.key is None:
            within.key = value if isinstance(value, str) else repr(value)
        else:
            key, within.key = within.key, None
            if key == _MERGE and (merged := _dicts(value)):
                within.merged.extend(merged)
            else:
                within.value[key] = value


def _closed(closed: _Open) -> Any:
    """A list or dict that has come to its end; a dict with what it merges below what it says itself."""
    if not closed.merged:
        return closed.value
    whole: dict[str, Any] = {}
    for merged in reversed(closed.merged):
        whole |= merged
    return whole | closed.value


def _dicts(value: Any) -> list[dict[str, Any]]:
    """What `<<` merges: a dict or several of them; nothing where it is a key like others."""
    given = value if isinstance(value, list) else [value]
    return given if all(isinstance(each, dict) for each in given) else []


def _weight(value: Any) -> int:
    return len(value) + 1 if isinstance(value, str) else 1


def _scalar(event: Any) -> Any:
    """A scalar by YAML's own rules; text where its tag is none of YAML's plain ones, or does not hold."""
    text = event.value
    tag = event.tag or (_machinery().implied(text) if event.implicit[0] else "")
    kind = tag.removeprefix(_CORE)
    if kind == "null":
        return None
    if kind.startswith(_NAME) and not text:
        return kind.removeprefix(_NAME)
    if kind not in {"int", "float", "bool"} or len(text) > _LONGEST_NUMBER:
        return text
    return _machinery().number(kind, text)


class _Machinery:
    """What PyYAML knows of plain scalars; loaded when the first one is read."""

    def __init__(self) -> None:
        import yaml

        self._node = yaml.ScalarNode
        self._resolve: Any = yaml.resolver.Resolver().resolve
        self._loader = yaml.SafeLoader("")

    def implied(self, text: str) -> str:
        """The tag that a plain scalar has without saying so: `1` is an int, `yes` a bool, `1.5` a float."""
        return str(self._resolve(self._node, text, (True, False)))

    def number(self, kind: str, text: str) -> Any:
        """An int, float or bool in any way in which YAML writes it: `0x1f`, `1_000`, `.inf`, `on`."""
        constructor = getattr(self._loader, f"construct_yaml_{kind}")
        try:
            return constructor(self._node(f"{_CORE}{kind}", text))
        except (ValueError, LookupError):
            return text


@cache
def _machinery() -> _Machinery:
    return _Machinery()
