"""Which examples flipped between a candidate and the baseline, with what else was logged for them.

However many examples there are, only as many rows are made as a person may look through. It knows no terminal.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trackside.compare.sides import Side
from trackside.compare.statistics.difference import Indices
from trackside.compare.statistics.flips import Flips, flips
from trackside.compare.statistics.pairing import frame
from trackside.model.counting import counted
from trackside.model.run import Run
from trackside.services.comparison.examples.logged_examples import ExampleTable, read, tables
from trackside.store.any_store import AnyStore

MOST_ROWS = 1_000


class ExampleRow(msgspec.Struct, frozen=True):
    """An example: its mean score on both sides, how many of the candidate's runs flip it, and the other columns.

    Of a column each side has the text that its first run logged, which is empty where there is none. `flipped` is None
    where scores are not 0 or 1.
    """

    id: str
    baseline: float
    candidate: float
    difference: float
    flipped: int | None
    columns: dict[str, tuple[str, str]]


class Found(msgspec.Struct, frozen=True):
    """The first rows of all that were asked for, of which there are `total`."""

    rows: tuple[ExampleRow, ...]
    total: int


class ExamplesView(msgspec.Struct, frozen=True):
    """The examples of the table `name`. `places` are the lines of each example in the tables of both first runs."""

    name: str
    flips: Flips
    tables: tuple[ExampleTable, ExampleTable]
    places: tuple[Indices, Indices]

    def find(self, text: str = "", *, everything: bool = False) -> Found:
        """Those that differ, or all, that have `text` in their id or another column, whatever its case.

        ExamplesError where what was logged for one cannot be read.
        """
        count = len(self.flips.ids) if everything else int(np.count_nonzero(self.flips.difference))
        places = self._having(text.casefold(), count) if text else range(count)
        return Found(tuple(map(self._row, places[:MOST_ROWS])), len(places))

    def _having(self, text: str, count: int) -> list[int]:
        """Lines in which it does not stand are not read: that takes a fifth of the time."""
        written = msgspec.json.encode(text)[1:-1].decode().casefold()
        return [
            place
            for place, example in enumerate(self.flips.ids[:count])
            if text in example.casefold() or (written in self._written(place) and _has(self._row(place), text))
        ]

    def _written(self, place: int) -> str:
        lines = (table.lines[at[place]] for table, at in zip(self.tables, self.places, strict=True))
        return b"".join(lines).decode(errors="replace").casefold()

    def _row(self, place: int) -> ExampleRow:
        found = self.flips
        ours, theirs = (table.columns(at[place]) for table, at in zip(self.tables, self.places, strict=True))
        return ExampleRow(
            id=found.ids[place],
            baseline=float(found.baseline[place]),
            candidate=float(found.candidate[place]),
            difference=float(found.difference[place]),
            flipped=None if found.flipped is None else int(found.flipped[place]),
            columns={key: (_text(ours.get(key)), _text(theirs.get(key))) for key in {**ours, **theirs}},
        )


def names(baseline: Side, candidate: Side) -> list[str]:
    """The tables of examples that both sides have."""
    ours, theirs = ({name for run in side.runs for name in tables(run)} for side in (baseline, candidate))
    return sorted(ours & theirs)


def load(store: AnyStore, baseline: Side, candidate: Side, name: str) -> ExamplesView:
    """The examples of that table, of all runs that logged it. ExamplesError where they cannot be read or paired."""
    ours, theirs = ([read(store, run, name) for run in with_table(side, name)] for side in (baseline, candidate))
    found = flips([table.examples for table in ours], [table.examples for table in theirs])
    leads = ours[0], theirs[0]
    return ExamplesView(name, found, leads, (_places(leads[0], found.ids), _places(leads[1], found.ids)))


def with_table(side: Side, name: str) -> list[Run]:
    """The runs of a side that logged that table."""
    return [run for run in side.runs if name in tables(run)]


def _places(table: ExampleTable, ids: pl.Series) -> Indices:
    rows = frame(table.examples, table.whose).select("id").with_row_index()
    found = ids.to_frame("id").join(rows, on="id", how="left", maintain_order="left")
    return found["index"].to_numpy().astype(np.intp)


def _has(row: ExampleRow, text: str) -> bool:
    return any(text in value.casefold() for pair in row.columns.values() for value in pair)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def head_sentence(view: ExamplesView) -> str:
    """`eval: 360 examples, 31 flipped: 20 from 0 to 1, 11 from 1 to 0`, and what was left out."""
    return " · ".join((f"{view.name}: {_counts(view.flips)}", *_left_out(view.flips)))


def _counts(found: Flips) -> str:
    up, down = (int(np.count_nonzero(sign * found.difference > 0)) for sign in (1, -1))
    of_one_run = found.flipped is not None and found.runs == (1, 1)
    how, ways = ("flipped", ("from 0 to 1", "from 1 to 0")) if of_one_run else ("differ", ("higher", "lower"))
    return f"{counted(len(found.ids), 'example')}, {up + down:,} {how}: {up:,} {ways[0]}, {down:,} {ways[1]}"


def _left_out(found: Flips) -> Iterator[str]:
    if found.runs != (1, 1):
        yield f"means of {found.runs[1]:,} and {counted(found.runs[0], 'run')} of the baseline"
    if any(found.unmatched):
        yield f"{found.unmatched[1]:,} here and {found.unmatched[0]:,} of the baseline are not in every run"
    if any(found.left_out):
        yield f"{found.left_out[1]:,} here and {found.left_out[0]:,} of the baseline have no finite score"
