"""Examples as rows of cells, and all that is known of one as lines. Pure functions."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from trackside.compare.statistics.flips import Flips
from trackside.services.cells import number
from trackside.services.comparison.examples.examples_view import ExampleRow
from trackside.tui.colours.plain import plain_text
from trackside.tui.widgets.cells_table import Cell, Head, Row
from trackside.tui.widgets.lines import Line

_LONGEST = 80


def heads(sides: Sequence[Head], found: Flips, rows: Sequence[ExampleRow], *, plain: bool) -> list[Head]:
    """Columns for the scores of the baseline and the candidate, whose heads are given, and for what is known beside."""
    flipped = [Head("flipped", "flipped", f"of {found.runs[1]} runs")] if _counts_runs(found) else []
    columns = [Head(f"column {name}", name, words=True) for name in _columns(rows)]
    difference = Head("difference", plain_text("Δ", plain=plain), one_kind=True)
    return [*(replace(side, one_kind=True) for side in sides), difference, *flipped, *columns]


def rows(found: Flips, shown: Sequence[ExampleRow], *, plain: bool) -> list[Row]:
    """A row for each example; where a column differs between the sides it is `before → after`."""
    columns = _columns(shown)
    return [Row(row.id, row.id, tuple(_cells(row, columns, found, plain=plain))) for row in shown]


def details(row: ExampleRow, names: tuple[str, str], runs: int) -> Iterator[Line]:
    """The scores by the sides' names, then every column whole: where the sides differ, the baseline's first.

    `runs` is how many the candidate has: of several, in how many of them the example flipped.
    """
    scores = zip(names, (row.baseline, row.candidate), strict=True)
    said = ", ".join(f"{name} {number(score)}" for name, score in scores)
    yield Line(((row.id, "head"), (f"   {said}", "")))
    if row.flipped is not None and runs > 1:
        flipped = f"flipped in {row.flipped} of {runs} runs: judged otherwise there than in most of the baseline's"
        yield Line.of(flipped, "dim")
    for key, (ours, theirs) in row.columns.items():
        yield Line.of(key, "key")
        if ours == theirs:
            yield from (Line.of(f"  {line}", hang=4) for line in ours.splitlines())
        else:
            yield from (Line.of(f"- {line}", "remove", hang=4) for line in ours.splitlines())
            yield from (Line.of(f"+ {line}", "add", hang=4) for line in theirs.splitlines())


def _counts_runs(found: Flips) -> bool:
    return found.flipped is not None and found.runs[1] > 1


def _columns(rows: Sequence[ExampleRow]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.columns))


def _cells(row: ExampleRow, columns: Sequence[str], found: Flips, *, plain: bool) -> Iterator[Cell]:
    yield from (Cell(number(score)) for score in (row.baseline, row.candidate))
    yield Cell(f"{'+' if row.difference > 0 else ''}{number(row.difference)}")
    if _counts_runs(found):
        yield Cell(number(row.flipped))
    for name in columns:
        ours, theirs = (text[:_LONGEST] for text in row.columns.get(name, ("", "")))
        yield Cell(ours if ours == theirs else plain_text(f"{ours} → {theirs}", plain=plain))
