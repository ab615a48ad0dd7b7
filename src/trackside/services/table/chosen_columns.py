"""The runs table with columns that a person chose, for the command line: as cells of text, or as a document."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from trackside.query.naming import key_of
from trackside.services.documents import Document, iso_time
from trackside.services.table.asked import Asked
from trackside.services.table.rows import CHANGE, CURVE, Row, heads
from trackside.services.table.selecting import known_sort_key
from trackside.services.table.shown_columns import shown_column
from trackside.services.table.small_curves import small_curves
from trackside.services.table.view import Found, find, rows_of

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

_TIMES = ("created", "ended", "last_point")


class ChosenTable(msgspec.Struct, frozen=True):
    """Rows of the runs that were found, and what each of the columns was called by whoever chose it."""

    found: Found
    titles: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands above the columns: the words that chose them, and whether they show a change."""
        signs = heads(self.found.columns, self.found.change)
        plain = heads(self.found.columns)
        shown = zip(self.titles, signs, plain, strict=True)
        return tuple(f"{title}{sign.removeprefix(head)}" for title, sign, head in shown)

    def document(self) -> list[Document]:
        """A list of runs, each with the values of the columns by their titles; differences where a change is asked for.

        A curve is the characters that draw it, and of progress there is its text.
        """
        values = self._values()
        return [
            {"id": row.id, "columns": dict(zip(self.titles, values[place], strict=True))}
            for place, row in enumerate(self.rows)
        ]

    def _values(self) -> list[list[Any]]:
        found = self.found
        known = found.view.frame.columns
        changes = {column: f"{CHANGE}{column}" for column in found.columns}
        names = [changes[column] if changes[column] in known else column for column in found.columns]
        pages = found.view.rows(0, len(self.rows), names)
        return [
            [
                _plain(column, value) if name in known else cell.text
                for column, name, value, cell in zip(found.columns, names, values, row.cells, strict=True)
            ]
            for values, row in zip(pages, self.rows, strict=True)
        ]


def chosen_table(
    store: "AnyStore", asked: Asked, titles: Sequence[str] | None, limit: int, *, ascii_only: bool = False
) -> ChosenTable:
    """The first `limit` of the runs that are asked for, all where it is 0, with the columns that `titles` name.

    Without titles there are the columns that are asked for. UsageError where a title is none, or where the filter or a
    key to sort by is mistaken.
    """
    frame = store.frame((*asked.words, *(titles or ())))
    columns = asked.columns if titles is None else tuple(shown_column(title, frame) for title in titles)
    sort = tuple(known_sort_key(key, frame) for key in asked.sort)
    found = find(store, Asked(asked.filter, sort, columns, change=asked.change))
    if found.mistake is not None:
        raise found.mistake
    columns = found.columns
    if titles is None:
        titles = [key_of(column, frame.columns) for column in columns]
    end = limit or len(found.view)
    wanted = [
        (run_id, column.removeprefix(CURVE))
        for column in columns
        if column.startswith(CURVE)
        for run_id in found.view.ids(0, end)
    ]
    drawn = dict(small_curves(store, wanted, ascii_only=ascii_only))
    rows = rows_of(found, 0, end, time.time(), lambda run_id, metric, _: drawn[run_id, metric])
    return ChosenTable(found, tuple(titles), tuple(rows))


def _plain(column: str, value: Any) -> Any:
    return iso_time(value) if column in _TIMES else value
