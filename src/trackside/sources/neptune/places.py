"""Where the exporter put the files of a project's runs: in a folder of their own, beside that of the data."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackside.model.foreign import Content
from trackside.model.run import DataRef
from trackside.sources.opening import whole
from trackside.sources.protocol import SourceError

_MOST_FILES = 1_000
_LONGEST_LIST = 16 << 20
_LARGEST_PATCH = 16 << 20


def beside(project: Path) -> Path | None:
    """`exports/files/<project>` of `exports/data/<project>`; None where there is no such folder."""
    data = project.parent
    if "data" not in data.name:
        return None
    found = data.with_name(data.name.replace("data", "files")) / project.name
    return found if found.is_dir() and not found.is_symlink() and not found.parent.is_symlink() else None


class Places:
    """The files of one project. Nothing outside of its folder is ever looked at."""

    def __init__(self, root: Path | None) -> None:
        self._root = None if root is None else root.resolve()

    def files(self, place: str) -> dict[str, Content]:
        """The file at a place, or all files of the folder there; nothing where there is none, or it leads out."""
        path = self._inside(place)
        if path is None:
            return {}
        if path.is_file():
            return {path.name: Content(path, path.stat().st_size)}
        found = {}
        for file in _below(path):
            found[file.relative_to(path).as_posix()] = Content(file, file.stat().st_size)
            if len(found) == _MOST_FILES:
                break
        return found

    def patch(self, place: str) -> str | None:
        """The text of a file that is a difference of work trees."""
        content = self._content(place, _LARGEST_PATCH)
        return None if content is None else content.decode(errors="replace")

    def listed(self, place: str) -> DataRef | None:
        """What a list of tracked files says of them; None where it is none."""
        try:
            entries = json.loads(self._content(place, _LONGEST_LIST) or b"null")
        except (ValueError, RecursionError):
            return None
        if not isinstance(entries, list):
            return None
        return _reference([entry for entry in entries if isinstance(entry, dict)])

    def _content(self, place: str, most: int) -> bytes | None:
        path = self._inside(place)
        if path is None or self._root is None:
            return None
        try:
            return whole(path, most, self._root)
        except SourceError:
            return None

    def _inside(self, place: str) -> Path | None:
        if self._root is None or not place:
            return None
        try:
            path = (self._root / place).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            return None
        return path if path.is_relative_to(self._root) and path != self._root else None


def _below(folder: Path) -> Iterator[Path]:
    for path, _, names in os.walk(folder):
        for name in sorted(names):
            file = Path(path, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _reference(entries: list[dict[str, Any]]) -> DataRef:
    """The files by their common place; the hash of a single one as it is, of several none that others would have."""
    places = [str(entry.get("filePath") or "") for entry in entries]
    sizes = [size for entry in entries if isinstance(size := entry.get("size"), int) and 0 <= size <= 1 << 53]
    digest = entries[0].get("fileHash") if len(entries) == 1 else None
    return DataRef(
        uri=_common(places)[:1_000],
        fingerprint=f"neptune:{digest}" if isinstance(digest, str) and digest else None,
        files=len(entries),
        bytes=sum(sizes) if len(sizes) == len(entries) else None,
    )


def _common(places: list[str]) -> str:
    try:
        return os.path.commonpath(places)
    except ValueError:
        return ""
