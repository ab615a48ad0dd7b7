"""The small files that MLflow's file store is made of: `meta.yaml`, and a file each for a param, a tag, a metric.

Links are not followed: a store has none.
"""

import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from trackside.sources.inside import lies_in
from trackside.sources.protocol import SourceError

META = "meta.yaml"
LONGEST = 1 << 20
"""Bytes of a param or a tag that are read."""

_USUAL = 8 << 10
_DEEPEST = 32
_PLAIN = re.compile(
    r"(?P<key>[a-z_]+): "
    r"(?:null|\[\]|'(?P<quoted>[^'\\]*)'|(?P<number>0|[1-9]\d{0,18})"
    r"|(?P<word>(?!\d{32})[0-9a-f]{32}|[^\W\d_](?:[\w/.@%+-]|:(?=\S)| (?=[^\s#]))*))",
)
_RESERVED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW

Meta: TypeAlias = dict[str, Any]


def meta_of(folder: Path) -> Meta:
    """What a `meta.yaml` says. SourceError where it is not there or says nothing."""
    path = f"{folder}/{META}"
    try:
        state = os.lstat(path)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
    if not stat.S_ISREG(state.st_mode):
        raise SourceError(f"{path}: is no plain file, so nothing is known of it")
    return _loaded(path, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=256)
def _loaded(path: str, _time: int, _size: int, _inode: int) -> Meta:
    from trackside.sources.yaml_text import load_file

    said = _plain(content_of(path)) or load_file(Path(path), Path(path).parent)
    if not isinstance(said, dict):
        raise SourceError(f"{path}: says nothing of a run or an experiment")
    return said


def _plain(content: str) -> Meta | None:
    """What nearly every `meta.yaml` is: a plain value a line. None where it takes more of YAML than that.

    A store has one for each run, and YAML takes as long to read as all the other files of a run.
    """
    said: Meta = {}
    for line in content.removesuffix("\n").split("\n"):
        match = _PLAIN.fullmatch(line)
        if match is None or (match["word"] or "").lower() in _RESERVED:
            return None
        said[match["key"]] = int(match["number"]) if match["number"] else match["word"] or match["quoted"] or None
    return said


def word(meta: Meta, *keys: str) -> str:
    """The first of the values under `keys` that is there, as text; else the empty one."""
    given = (meta.get(key) for key in keys)
    return next((str(value) for value in given if not isinstance(value, list | dict) and value not in {None, ""}), "")


def whole(meta: Meta, key: str) -> int | None:
    """A value that is a whole number, or text of one; else None."""
    value = meta.get(key)
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def files_in(folder: str, depth: int = 0) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """The files below a folder by their path within it, in the order of names; links and what is no file left out."""
    if os.path.islink(folder):  # noqa: PTH114  no Path is needed for it
        return
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in ordered:
        if entry.is_file(follow_symlinks=False):
            yield entry.name, entry
        elif depth < _DEEPEST and entry.is_dir(follow_symlinks=False):
            for name, inner in files_in(entry.path, depth + 1):
                yield f"{entry.name}/{name}", inner


def values_in(folder: str) -> dict[str, str]:
    """Params or tags: one file each, whose whole content is the value. What is longer than a value can be is cut."""
    return {name: content_of(entry.path) for name, entry in files_in(folder)}


def content_of(path: str) -> str:
    """The text of a small file; empty where there is none."""
    try:
        handle = os.open(path, _FLAGS)
    except OSError:
        return ""
    try:
        content = os.read(handle, _USUAL)
        if len(content) == _USUAL:
            content += os.read(handle, LONGEST - _USUAL)
        return content.decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(handle)


def meta_if_any(folder: Path, root: Path) -> Meta:
    """What a `meta.yaml` in the tree `root` says; nothing where it is gone, damaged or lies elsewhere."""
    try:
        return meta_of(folder) if lies_in(folder, root) else {}
    except SourceError:
        return {}


def experiment_of(run: Path) -> Meta:
    """What the `meta.yaml` of a run's experiment says, also where the run alone was opened: it names the project."""
    return meta_if_any(run.parent, run.parent)


def names_in(folder: Path) -> set[str]:
    """What a folder holds; nothing where it is gone."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries}
    except OSError:
        return set()


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, in the order of names."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []
