"""A run that is one growing table of metrics: what the formats that write a CSV file have in common."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.counting import counted
from trackside.model.foreign import Cursor, Facts, Found, Item, Remark, Restart
from trackside.sources import numbers
from trackside.sources.delimited import Table, cells_of, head, names_line, rows_of, separator_of, tail, without_comments
from trackside.sources.identity import by_first_row
from trackside.sources.opening import opened
from trackside.sources.protocol import Folder, ReplacedError, SourceError
from trackside.sources.rows import Row, items_of

AsRow = Callable[[Mapping[str, str], int], Row]
"""What the cells of a row say, by column; its number is that of the row, from 0."""

ToFacts = Callable[[list[Remark]], Facts]
"""The facts of a run as they are now; what could not be read of them is added to the remarks."""

_MISSING = frozenset({"NA", "N/A", "null", "None"})
_NO_TEXT = re.compile(r"[\0-\x08\x0e-\x1f\ufffd]")


def first_rows(path: Path, root: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of a table, and the first of its rows that have a cell for each; both empty where it is none."""
    lines = head(path, root)
    names = names_line(lines)
    if not names:
        return [], []
    separator = separator_of(names)
    columns = cells_of(names, separator)
    rows = [cells_of(row, separator) for row in rows_of(without_comments(lines)) if row]
    return columns, [
        dict(zip(columns, row, strict=True)) for row in rows if len(row) == len(columns) and row != columns
    ]


def last_rows(path: Path, root: Path) -> list[dict[str, str]]:
    """The last rows of a table that stand in a line each and have a cell for each column."""
    names = names_line(head(path, root))
    if not names:
        return []
    separator = separator_of(names)
    columns = cells_of(names, separator)
    rows = [cells_of(line, separator) for line in tail(path, root)]
    return [dict(zip(columns, row, strict=True)) for row in rows if len(row) == len(columns) and row != columns]


def is_no_table(columns: Iterable[str]) -> bool:
    """Whether the columns of a file that is named as a table show that it is none: it has none, or they are no text."""
    names = "".join(columns)
    return not names or _NO_TEXT.search(names) is not None


def no_table(path: Path, root: Path) -> SourceError:
    """Why such a file is not read."""
    try:
        opened(path, root).close()
    except SourceError as error:
        return error
    return SourceError(f"{path}: has no first line of names; it is not read")


def found(folder: Folder, source: str, path: Path, first: Mapping[str, str]) -> Found:
    """The run of a table in a folder."""
    return Found(source, by_first_row(path, first), str(path), (path,), root=folder.tree)


def found_in(folder: Folder, source: str, name: str, first: Mapping[str, str], *beside: str) -> Found:
    """The run of the table of that name whose folder is the run; files `beside` it, within the tree, tell more."""
    path = folder.path / name
    paths = (path, *(folder.path / each for each in beside))
    return Found(source, by_first_row(path, first), str(folder.path), paths, root=folder.tree)


class Place(msgspec.Struct):
    """How far a table was read: its rows, the step of the last one, and how much of it made no sense.

    `seen` is when its rows were seen that say no time.
    """

    rows: int = 0
    last: int | None = None
    seen: float = 0.0
    ragged: int = 0
    unread: int = 0


def follow(
    run: Found, since: Any, to_facts: ToFacts, as_row: AsRow, *, goes_back: bool = False, timed: bool = False
) -> Iterator[Item]:
    """What a run's table has since a cursor.

    `goes_back` says that a smaller step is where training was resumed, `timed` that rows say their times. Those that do
    not are of when the table was seen to have grown.
    """
    path = run.paths[0]
    _, first = first_rows(path, run.tree)
    if first and by_first_row(path, first[0]) != run.identity:
        raise ReplacedError(f"{path}: holds another run by now")
    with Table(path, run.tree, since and since["table"]) as table:
        place = Place() if since is None or table.anew else Place(**since["place"])
        place.seen = max(place.seen, table.changed)
        remarks: list[Remark] = []
        facts = to_facts(remarks)
        yield facts
        if table.anew:
            yield Restart(None, math.nan)
        rows = _rows(table, place, as_row, goes_back)
        yield from items_of(rows, lambda: _state(table, place), math.nan if timed else place.seen)
        place.ragged += table.ragged
        place.unread += table.unread
        yield from remarks
        yield from _remarks(place, torn=table.torn and not facts.running)
        yield Cursor(_state(table, place))


def numbers_and_texts(cells: Mapping[str, str]) -> tuple[dict[str, float], dict[str, str]]:
    """The cells that are numbers, and those that are text and no word for nothing."""
    values, texts = {}, {}
    for name, cell in cells.items():
        value = numbers.of_cell(cell)
        if value is not None:
            values[name] = value
        elif cell not in _MISSING:
            texts[name] = cell
    return values, texts


def _rows(table: Table, place: Place, as_row: AsRow, goes_back: bool) -> Iterator[Row | Item]:
    for cells in table:
        row = as_row(cells, place.rows)
        if goes_back and place.last is not None and row.step < place.last:
            yield Restart(row.step, row.time)
        place.rows += 1
        place.last = row.step
        yield row


def _remarks(place: Place, *, torn: bool) -> Iterator[Remark]:
    if place.ragged:
        yield Remark(
            f"{counted(place.ragged, 'row')} with more or fewer cells than the first line has names", current=True
        )
    if place.unread:
        yield Remark(
            f"passed over {counted(place.unread, 'row')} too long or with quotes that do not end", current=True
        )
    if torn:
        yield Remark("The last row is not whole; it was left out", current=True)


def _state(table: Table, place: Place) -> dict[str, Any]:
    return {"table": table.state(), "place": msgspec.structs.asdict(place)}
