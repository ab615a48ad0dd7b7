"""CSV and TSV files that grow: rows by the names in their first line, from where they were last read."""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trackside.sources import numbers
from trackside.sources.lines import Lines
from trackside.sources.opening import opened
from trackside.sources.protocol import SourceError

_HEAD = 64 << 10
_LONGEST_CELL = 1 << 20
_MOST_LINES = 100
_SEPARATORS = ",;\t"
_QUOTE = '"'
_COMMENT = "#"
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")


class Table:
    """Rows of a file of the tree `root`, each as its cells that are not empty, by column; a context manager.

    Separated by comma, semicolon or tab, whichever its line of names has most of; blanks around cells are no part of
    them, lines that begin with `#` none of the table. A cell in quotes may hold separators and newlines; a row with one
    of more than 1 MiB or 100 lines is left out. A line of names that comes again is passed over. `anew` as of `Lines`;
    `ragged` counts rows that had more or fewer cells than there are names, `unread` those that are too long or whose
    quotes do not end.
    """

    def __init__(self, path: Path, root: Path, state: Any = None) -> None:
        self._lines = Lines(path, root, state)
        self.ragged = self.unread = 0
        try:
            self.columns, self._separator = self._first_line(path, root)
        except BaseException:
            self._lines.__exit__(None, None, None)
            raise
        self._end = self._lines.offset

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lines.__exit__(kind, error, at)

    @property
    def anew(self) -> bool:
        """Whether the file is not the continuation of what was read before."""
        return self._lines.anew

    @property
    def changed(self) -> float:
        """When the file was last written to, in seconds since the epoch."""
        return self._lines.changed

    @property
    def torn(self) -> bool:
        """Whether the file ends in a row that is not whole."""
        return self._lines.torn or self._end != self._lines.offset

    def state(self) -> dict[str, int]:
        """What a later reading goes on from: after the last row that was given."""
        return self._lines.state(self._end)

    def __iter__(self) -> Iterator[dict[str, str]]:
        for cells in self.rows():
            if cells != self.columns and any(cells):
                self.ragged += len(cells) != len(self.columns)
                yield {
                    name: cell
                    for name, cell in zip(self.columns, cells, strict=False)
                    if cell and name and len(cell) <= _LONGEST_CELL
                }

    def _first_line(self, path: Path, root: Path) -> tuple[list[str], str]:
        with Lines(path, root) as lines:
            first = names_line(lines)
        if not first:
            raise SourceError(f"{path}: has no first line of names; it is not read")
        separator = separator_of(first)
        return cells_of(first, separator), separator

    def rows(self) -> Iterator[list[str]]:
        """Rows as their cells, however many they have; the first line too."""
        for row in rows_of(without_comments(self._lines)):
            self._end = self._lines.offset
            self.unread += row is None
            yield cells_of(row or "", self._separator)


def head(path: Path, root: Path) -> list[str]:
    """The whole lines in the first 64 KiB of a file; none where it cannot be read or its first line is no text."""
    try:
        with opened(path, root) as file:
            content = file.read(_HEAD)
    except SourceError:
        return []
    text = content[: content.rfind(b"\n") + 1].decode("utf-8-sig", "replace")
    lines = [line.strip("\0").removesuffix("\r") for line in text.split("\n")[:-1]]
    return lines if lines and "\0" not in lines[0] else []


def tail(path: Path, root: Path) -> list[str]:
    """The whole lines in the last 64 KiB of a file; none where it cannot be read."""
    try:
        with opened(path, root) as file:
            start = max(0, file.seek(0, os.SEEK_END) - _HEAD)
            content = os.pread(file.fileno(), _HEAD, start)
    except SourceError:
        return []
    lines = content[: content.rfind(b"\n") + 1].decode(errors="replace").split("\n")[:-1]
    return [line.strip("\0").removesuffix("\r") for line in lines[start > 0 :]]


def without_comments(lines: Iterable[str | None]) -> Iterator[str | None]:
    """Lines without those that begin with `#`."""
    return (line for line in lines if line is None or not line.startswith(_COMMENT))


def names_line(lines: Iterable[str | None]) -> str | None:
    """The line that names the columns: the first, comments aside; or that of the last comment before rows of numbers.

    That is where numpy writes it. None where there is neither.
    """
    comment = ""
    for line in lines:
        if line is None or not line.startswith(_COMMENT):
            of_numbers = bool(comment and line) and all(map(_is_number, cells_of(line or "", separator_of(comment))))
            return comment if of_numbers else line
        comment = line.lstrip(_COMMENT).strip()
    return None


def rows_of(lines: Iterable[str | None]) -> Iterator[str | None]:
    """Rows, made of several lines where a quote is open at the end of one. None where it is not closed soon."""
    pieces: list[str] = []
    size = 0
    inside = False
    for line in lines:
        if line is not None:
            pieces.append(line)
            size += len(line)
            inside ^= line.count(_QUOTE) % 2 == 1
        if inside and line is not None and size <= _LONGEST_CELL and len(pieces) <= _MOST_LINES:
            continue
        yield None if inside or line is None else "\n".join(pieces)
        pieces, size, inside = [], 0, False


def separator_of(line: str) -> str:
    """Comma, semicolon or tab: what stands in a line most often."""
    return max(_SEPARATORS, key=line.count)


def cells_of(row: str, separator: str) -> list[str]:
    """The cells of a row without blanks around them; none where its quotes make no sense.

    `0,5` between semicolons is 0.5: they part cells where the comma is the decimal point.
    """
    try:
        split = row.split(separator) if _QUOTE not in row else next(csv.reader([row], delimiter=separator), [])
    except csv.Error:
        return []
    cells = [cell.strip() for cell in split]
    if separator == ";" and "," in row:
        return [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]
    return cells


def _is_number(cell: str) -> bool:
    return numbers.of_cell(cell) is not None
