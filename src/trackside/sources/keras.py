"""Keras's `CSVLogger`: one CSV file of any name, a row an epoch, from 0, by the sorted names of the first epoch's logs.

Where it was appended to, epochs go back: the points from there on take the place of the earlier ones. Times, params
and an end are not stated.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trackside.model.foreign import Found, Item
from trackside.sources import csv_run, numbers
from trackside.sources.base import SourceOfTables
from trackside.sources.naming import facts_of_file
from trackside.sources.protocol import Folder
from trackside.sources.rows import Row

_SUFFIXES = frozenset({".csv", ".log", ".tsv", ".txt"})
_EPOCH = "epoch"


class Keras(SourceOfTables):
    """The source of Keras's CSV files."""

    name = "keras"

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """Rows by their epoch."""
        return csv_run.follow(run, since, lambda _: facts_of_file(run.paths[0]), _row, goes_back=True)

    def _tables(self, folder: Folder) -> Iterator[tuple[Path, dict[str, str]]]:
        """Tables of this logger, each with its first row."""
        for name in sorted(folder.files):
            if Path(name).suffix in _SUFFIXES:
                columns, rows = csv_run.first_rows(folder.path / name, folder.tree)
                if rows and _is_header(columns) and all(map(_is_row, rows)):
                    yield folder.path / name, rows[0]


def _is_header(columns: list[str]) -> bool:
    """Whether columns are `epoch` and sorted names of logs, with a `val_` for each after them if none was there."""
    epoch, *logs = columns
    without = [name for name in logs if not name.startswith("val_")]
    as_sorted = logs == sorted(logs) or (
        without == sorted(without) and logs == [*without, *map("val_{}".format, without)]
    )
    return epoch == _EPOCH and as_sorted and any("loss" in name for name in without)


def _is_row(row: Mapping[str, str]) -> bool:
    epoch = numbers.step_of(row[_EPOCH])
    return epoch is not None and epoch >= 0


def _row(cells: Mapping[str, str], number: int) -> Row:
    values, texts = csv_run.numbers_and_texts({name: cell for name, cell in cells.items() if name != _EPOCH})
    epoch = numbers.step_of(cells.get(_EPOCH))
    return Row(number if epoch is None else epoch, values, texts=texts)
