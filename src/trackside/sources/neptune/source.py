"""Runs of a Neptune export: which Parquet files of a folder are its, and of which runs they are."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.foreign import Found, Item
from trackside.sources.neptune import parquet, reading
from trackside.sources.neptune.places import beside
from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, SourceError

_PART = re.compile(r"(?P<run>.*-(?P<digest>[0-9a-f]{16}))_part_(?P<number>\d{1,9})\.parquet")
_OLD_PART = re.compile(r"(?:.*_)?part_(?P<number>\d{1,9})\.parquet")
_PROJECT = re.compile(r".*-[0-9a-f]{16}")
_MODELS = ("models", "model_versions")
_LOOKED_AT = 4
_FOOTER = 16 << 10
_MOST_STRETCHES = 100_000


class Neptune:
    """Folders of a project, in which each run has files of its own, or several runs share some (2025)."""

    name = "neptune"

    def sniff(self, folder: Folder) -> bool:
        """By names that no other program gives; else by the names of columns at the end of a file or two."""
        if any("_part_" in name and _PART.fullmatch(name.removesuffix(".tmp")) for name in folder.files):
            return True
        if any(_is_export(folder.path / name, folder.tree) for name in _tables(folder)[:_LOOKED_AT]):
            return True
        return next(_files_of_exports(folder), None) is not None

    def discover(self, folder: Folder) -> Iterator[Found]:
        """One run for each (project, run) that stands in the files; what is no run is told."""
        for name in list(_files_of_exports(folder)):
            folder.folders.discard(name)
            folder.deep = True
        names = _tables(folder)
        unfinished = sorted(name for name in folder.files if _is_unfinished(name))
        folder.files.difference_update(names, unfinished)
        if names and folder.path.name in _MODELS:
            raise SourceError(f"{folder.path}: {len(names):,} files of Neptune's model registry; these are no runs")
        yield from self._grouped(folder, names)
        for name in unfinished:
            why = "an export that did not come to its end, or goes on"
            folder.unread.append(SourceError(f"{folder.path / name}: {why}"))

    def join(self, found: Sequence[Found]) -> Iterable[Found]:
        """Of a run that was exported more than once, the newest export."""
        runs: dict[str, list[Found]] = {}
        for run in found:
            runs.setdefault(run.identity, []).append(run)
        for exports in runs.values():
            *others, newest = sorted(exports, key=_when)
            newest.extra["others"] = [other.address for other in others]
            yield newest

    def stamp(self, run: Found) -> Any:
        """Of its files."""
        return reading.stamp(run)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """All of it, once; it is read anew if its files changed."""
        try:
            yield from reading.follow(run, since)
        except OSError as error:
            raise SourceError(f"{run.address}: {error.strerror or error}") from error

    def _grouped(self, of: Folder, names: list[str]) -> Iterator[Found]:
        folder = of.path
        files = beside(folder)
        if files is not None and not of.holds(files):
            files = None
        runs: dict[tuple[str, str], _Rows] = {}
        for parts in _parts(names):
            try:
                _take(runs, of, parts)
            except SourceError as error:
                of.unread.append(error)
        holders = Counter(name for known in runs.values() for name in known.rows)
        for (project, run), known in runs.items():
            first = next(iter(known.rows))
            address = str(folder / first)
            yield Found(
                source=self.name,
                identity=f"{project}/{run}",
                address=f"{address}#{run}" if holders[first] > 1 else address,
                paths=tuple(folder / name for name in known.rows),
                extra={
                    "project": project,
                    "run": run,
                    "rows": known.rows,
                    "files": None if files is None else str(files),
                    "unfinished": known.unfinished,
                    "others": [],
                },
                root=of.tree,
            )


class _Rows(msgspec.Struct):
    """Where a run's rows are: by the name of the file, stretches from a first row to the one after the last."""

    rows: dict[str, list[list[int]]] = msgspec.field(default_factory=dict)
    unfinished: bool = False


def _take(runs: dict[tuple[str, str], _Rows], of: Folder, parts: list[str]) -> None:
    """Add what stands in the parts of one run, or in a file of several."""
    told = {name: parquet.rows(of.path / name, of.tree) for name in parts}
    counts = {name: rows for name, (rows, _) in told.items()}
    part = _PART.fullmatch(parts[0])
    _, alone = told[parts[0]]
    if part and alone and _digest(alone[1]) == part["digest"]:
        known = runs.setdefault(alone, _Rows())
        known.rows |= {name: [[0, rows]] for name, rows in counts.items()}
        known.unfinished = int(part["number"]) != 0
        return
    for name, rows in counts.items():
        for project, run, first, after in _stretches(of.path / name, of.tree, rows):
            _add(runs.setdefault((project, run), _Rows()).rows.setdefault(name, []), first, after)


def _add(stretches: list[list[int]], first: int, after: int) -> None:
    """Add a stretch of rows; past a number of them, the last one is made longer, since rows are told apart again."""
    if stretches and (stretches[-1][1] == first or len(stretches) >= _MOST_STRETCHES):
        stretches[-1][1] = after
    else:
        stretches.append([first, after])


def _stretches(path: Path, root: Path, rows: int) -> Iterator[tuple[str, str, int, int]]:
    for start in range(0, rows, parquet.STRETCH):
        head, _ = parquet.APART.ask(path, root, "runs", start=start, size=parquet.STRETCH)
        yield from head["runs"]


def _parts(names: list[str]) -> list[list[str]]:
    """Names of files by the run that they are parts of, by number; of old exports each for itself."""
    found: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        part = _PART.fullmatch(name)
        number = part["number"] if part else "0"
        found.setdefault(part["run"] if part else name, []).append((int(number), name))
    return [[name for _, name in sorted(parts)] for parts in found.values()]


def _tables(folder: Folder) -> list[str]:
    """The Parquet files of a folder, in the order of their numbers."""

    def order(name: str) -> tuple[int, str]:
        part = _OLD_PART.fullmatch(name)
        return (int(part["number"]) if part else 0), name

    return sorted((name for name in folder.files if name.endswith(".parquet") and not name.startswith(".")), key=order)


def _files_of_exports(folder: Folder) -> Iterator[str]:
    """Folders that hold the files of exports: what looks like a run in them is a file of one.

    `files` beside `data`, or whatever their names begin with, where a project has a folder in both.
    """
    for name in sorted(folder.folders):
        files = name.replace("data", "files")
        if files == name or files not in folder.folders:
            continue
        try:
            with os.scandir(folder.path / name) as projects:
                shared = [project.name for project in islice(projects, _LOOKED_AT) if _PROJECT.fullmatch(project.name)]
        except OSError:
            continue
        if any((folder.path / files / project).is_dir() for project in shared):
            yield files


def _is_unfinished(name: str) -> bool:
    return name.endswith(".tmp") and _PART.fullmatch(name.removesuffix(".tmp")) is not None


def _digest(run: str) -> str:
    return blake2b(run.encode(), digest_size=8).hexdigest()


def _is_export(path: Path, root: Path) -> bool:
    """Whether the end of a Parquet file, which says what is in it, names the columns of an export."""
    try:
        with opened(path, root) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 8))
            tail = file.read(8)
            if len(tail) < 8 or tail[4:] != b"PAR1":
                return False
            file.seek(max(0, size - 8 - int.from_bytes(tail[:4], "little")))
            footer = file.read(_FOOTER)
    except (SourceError, OSError):
        return False
    return all(name.encode() in footer for name in ("project_id", "run_id", "attribute_path", "attribute_type"))


def _when(run: Found) -> tuple[float, str]:
    try:
        return run.paths[0].stat().st_mtime, run.address
    except OSError:
        return 0.0, run.address
