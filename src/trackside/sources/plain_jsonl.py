"""JSON objects, one a line, whose numbers are metrics: what many training scripts write for themselves.

A first line without a step, or one with `config` or `params`, holds the run's params. In a tree that is searched, only
what has a step and metrics in its first lines is a run; of a file that a person named, any that holds numbers.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.counting import counted
from trackside.model.foreign import Cursor, Found, Item, Remark, Restart
from trackside.sources import numbers
from trackside.sources.base import SourceOfFiles
from trackside.sources.columns import Columns, columns_of, names_metrics
from trackside.sources.delimited import head, tail
from trackside.sources.identity import by_first_row
from trackside.sources.lines import Lines
from trackside.sources.naming import facts_of_file
from trackside.sources.nested import leaves
from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, ReplacedError, SourceError
from trackside.sources.rows import Row, items_of

_SUFFIXES = (".jsonl", ".ndjson", ".log.json")
_NAMES = frozenset({"metrics.json", "progress.json", "scalars.json", "log.txt"})
_OF_LINES = frozenset({".jsonl", ".ndjson"})
_BEGINNING = 64 << 10
_LOOKED_AT = 50
_MEANINGS = 1_000
_NOTHING = object()
_PARAMS = ("config", "params", "hparams", "args")


class PlainJsonl(SourceOfFiles):
    """The source of JSON lines of metrics."""

    name = "jsonl"

    def sniff(self, folder: Folder) -> bool:
        """By names, and the first lines of what has them."""
        return any(self._files(folder)) or any(self._none(folder))

    def discover(self, folder: Folder) -> Iterator[Found]:
        """A run a file."""
        folder.deep = True
        for path, first in list(self._files(folder)):
            folder.files.discard(path.name)
            yield Found(self.name, by_first_row(path, first), str(path), (path,), root=folder.tree)
        folder.unread += self._none(folder)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """Rows by their step, or by their number where none is said."""
        path = run.paths[0]
        first = _first_objects(path, run.tree)
        if first and by_first_row(path, first[0]) != run.identity:
            raise ReplacedError(f"{path}: holds another run by now")
        with Lines(path, run.tree, since and since["lines"]) as lines:
            place = _Place() if since is None or lines.anew else _Place(**since["place"])
            params = _params(first)
            place.params = params is not None
            moments = _moments([*first, *_last_objects(path, run.tree)])
            place.seen = max(place.seen, lines.changed)
            facts = facts_of_file(path, moments, params=params or {})
            yield facts
            if lines.anew:
                yield Restart(None, math.nan)
            waits = place.rows == 0 and facts.running and _is_undecided(first)
            rows = () if waits else _rows(lines, place, running=facts.running)
            seen = math.nan if moments else place.seen
            yield from items_of(rows, lambda: {"lines": lines.state(), "place": msgspec.structs.asdict(place)}, seen)
            if place.unread:
                yield Remark(f"passed over {counted(place.unread, 'line')} without a JSON object", current=True)
            if lines.torn and not facts.running:
                yield Remark("The last line is not whole; it was left out", current=True)
            yield Cursor({"lines": lines.state(), "place": msgspec.structs.asdict(place)})

    def _none(self, folder: Folder) -> Iterator[SourceError]:
        """Files that are named as lines of JSON, and hold nothing or something else."""
        for path in (folder.path / name for name in sorted(folder.files) if Path(name).suffix in _OF_LINES):
            try:
                with opened(path, folder.tree) as file:
                    first, end, _ = file.read(_BEGINNING).decode("utf-8-sig", "replace").partition("\n")
            except SourceError as error:
                yield error
                continue
            line = first.strip("\0").strip()
            if not first and not end:
                yield SourceError(f"{path}: is empty; it is not read")
            elif "\0" in line or (line and end and _decoded(line) is _NOTHING):
                yield SourceError(f"{path}: its first line is no JSON; it is not read")

    def _files(self, folder: Folder) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Files of metrics, each with its first object."""
        for name in sorted(folder.files):
            named = name in folder.named
            if named or name.endswith(_SUFFIXES) or name in _NAMES:
                first = _first_objects(folder.path / name, folder.tree)
                if first and any(_is_row(each, named=named) for each in first):
                    yield folder.path / name, first[0]


class _Place(msgspec.Struct):
    """How far a file was read: its rows, whether the first one holds params, and lines that made no sense.

    `seen` is when its rows were seen that say no time.
    """

    rows: int = 0
    params: bool = False
    unread: int = 0
    seen: float = 0.0


def _object(line: str) -> dict[str, Any] | None:
    """A line's object; None where it is none."""
    read = _decoded(line)
    return read if isinstance(read, dict) else None


def _decoded(line: str) -> Any:
    """What a line holds, `_NOTHING` where it is no JSON. `NaN` and `Infinity` without quotes are read too."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            return _NOTHING


def _first_objects(path: Path, root: Path) -> list[dict[str, Any]]:
    """The objects in the first lines of a file; none where the very first line is none."""
    objects = [_object(line) for line in head(path, root)[:_LOOKED_AT] if line.strip()]
    return [each for each in objects if each is not None] if objects and objects[0] else []


def _last_objects(path: Path, root: Path) -> list[dict[str, Any]]:
    return [each for line in tail(path, root)[-_LOOKED_AT:] if (each := _object(line)) is not None]


def _moments(objects: Iterable[Mapping[str, Any]]) -> list[float]:
    """The times of rows that say one."""
    rows = (dict(leaves(each, "/")) for each in objects)
    return [at for row in rows if (at := columns_of(row).moment(row)) >= 0]


def _is_row(given: Mapping[str, Any], *, named: bool) -> bool:
    """Whether an object has a step and numbers named as metrics are; one of a named file, whether it has numbers."""
    row = dict(leaves(given, "/"))
    measured = [name for name, value in row.items() if numbers.of_json(value) is not None]
    step = columns_of(row).step
    return bool(measured) if named else step is not None and names_metrics(name for name in measured if name != step)


def _params(first: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What the run was started with, where the first object says so: by a key, or since only those after it have steps.

    None where it is a row like all others.
    """
    for name in _PARAMS:
        if first and isinstance(first[0].get(name), dict):
            return dict(leaves(first[0][name], "."))
    if not first or columns_of(dict(leaves(first[0], "/"))).step is not None:
        return None
    others = any(columns_of(dict(leaves(each, "/"))).step is not None for each in first[1:])
    numberless = not any(numbers.of_json(value) is not None for _, value in leaves(first[0], "/"))
    return dict(leaves(first[0], ".")) if others or numberless else None


def _is_undecided(first: list[dict[str, Any]]) -> bool:
    """Whether only what comes next tells if the first object holds params."""
    return len(first) == 1 and columns_of(dict(leaves(first[0], "/"))).step is None


def _rows(lines: Lines, place: _Place, *, running: bool) -> Iterator[Row]:
    """Rows of all lines that are whole; the last one, too, where it is an object and nobody will end it."""
    meanings: dict[tuple[str, ...], Columns] = {}
    for line in lines:
        given = None if line is None else _object(line)
        if given is not None:
            yield from _row(given, place, meanings)
        else:
            place.unread += line is None or bool(line.strip())
    if lines.torn and not running:
        rest, end = lines.rest()
        if (given := _object(rest)) is not None:
            lines.take_rest(end)
            yield from _row(given, place, meanings)


def _row(given: Mapping[str, Any], place: _Place, meanings: dict[tuple[str, ...], Columns]) -> Iterator[Row]:
    """The row of an object, unless it is the one that holds params."""
    place.rows += 1
    if place.rows == 1 and place.params:
        return
    row = dict(leaves(given, "/"))
    names = tuple(row)
    if names not in meanings:
        if len(meanings) >= _MEANINGS:
            meanings.clear()
        meanings[names] = columns_of(row)
    columns = meanings[names]
    part = f"{row[columns.part]}/" if columns.part else ""
    at = columns.moment(row)
    step = numbers.step_of(row[columns.step]) if columns.step else None
    row = {name: given for name, given in row.items() if name not in columns.own}
    values = {f"{part}{name}": value for name, given in row.items() if (value := numbers.of_json(given)) is not None}
    texts = {name: text for name, text in row.items() if isinstance(text, str) and numbers.of_json(text) is None}
    yield Row(place.rows - 1 if step is None else step, values, at, texts)
