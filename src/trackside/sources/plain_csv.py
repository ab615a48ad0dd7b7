"""CSV and TSV files of metrics that follow nobody's format: a column of steps, and columns of numbers.

In a tree that is searched, only what looks like metrics is one: a column named as steps are, that goes up, and another
named as metrics are. Of a file that a person named, any table with a column of numbers is.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from trackside.model.foreign import Facts, Found, Item
from trackside.sources import csv_run, numbers
from trackside.sources.base import SourceOfTables
from trackside.sources.columns import Columns, columns_of, names_metrics
from trackside.sources.naming import facts_of_file
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.rows import Row

_SUFFIXES = frozenset({".csv", ".tsv"})
_NAMES = frozenset({"metrics.csv", "history.csv", "log.csv", "results.csv"})
"""What a table of metrics is called."""


class PlainCsv(SourceOfTables):
    """The source of tables of metrics."""

    name = "csv"

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """Rows by their step, or by their number where no column says one."""
        path = run.paths[0]
        names, rows = csv_run.first_rows(path, run.tree)
        columns = columns_of(rows[0] if rows else {})
        called = {names[-1]: path.stem} if _is_one_metric(names) else {}

        def facts(_: object) -> Facts:
            ends = [*rows, *csv_run.last_rows(path, run.tree)] if columns.times else []
            return facts_of_file(path, [at for row in ends if (at := columns.moment(row)) >= 0])

        return csv_run.follow(run, since, facts, partial(_row, columns, called), timed=bool(columns.times))

    def _tables(self, folder: Folder) -> Iterator[tuple[Path, dict[str, str]]]:
        """Tables of metrics, each with its first row."""
        for name in sorted(folder.files):
            named = name in folder.named
            if named or Path(name).suffix in _SUFFIXES:
                _, rows = csv_run.first_rows(folder.path / name, folder.tree)
                if rows and (_has_numbers(rows[0]) if named else _has_metrics(rows)):
                    yield folder.path / name, rows[0]

    def _none(self, folder: Folder) -> Iterator[SourceError]:
        """Files with the name of such a table that hold no text, or nothing."""
        for path in (folder.path / name for name in sorted(folder.files & _NAMES)):
            if csv_run.is_no_table(csv_run.first_rows(path, folder.tree)[0]):
                yield csv_run.no_table(path, folder.tree)


def _is_one_metric(names: Iterable[str]) -> bool:
    """Whether a table is one curve, as TensorBoard lets it be downloaded."""
    return [name.lower() for name in names] == ["wall time", "step", "value"]


def _has_numbers(row: Mapping[str, str]) -> bool:
    """Whether a first row has names and at least two cells, of which one is a number."""
    return len(row) > 1 and any(numbers.of_cell(cell) is not None for cell in row.values())


def _has_metrics(rows: list[dict[str, str]]) -> bool:
    """Whether rows have a step that does not go down, and metrics; half of all else that they have is numbers, too."""
    columns = columns_of(rows[0])
    if columns.step is None or not all(name and numbers.of_cell(name) is None for name in rows[0]):
        return False
    steps = [numbers.step_of(row[columns.step]) for row in rows]
    if any(before is None or after is None or after < before for before, after in pairwise(steps)):
        return False
    others = [name for name in rows[0] if name not in columns.own]
    measured = [name for name in others if any(numbers.of_cell(row[name]) is not None for row in rows)]
    named = names_metrics(measured) or _is_one_metric(rows[0])
    return named and 2 * len(measured) >= len(others)


def _row(columns: Columns, called: Mapping[str, str], cells: Mapping[str, str], number: int) -> Row:
    """A row; `called` names metrics otherwise than their columns."""
    said = {called.get(name, name): cell for name, cell in cells.items() if name not in columns.own}
    values, texts = csv_run.numbers_and_texts(said)
    part = cells.get(columns.part or "")
    if part is not None:
        values = {f"{part}/{name}": value for name, value in values.items()}
    step = numbers.step_of(cells.get(columns.step or ""))
    return Row(number if step is None else step, values, columns.moment(cells), texts)
