"""What one cell of a pivot rests on, in sentences."""

from collections.abc import Iterator

from trackside.compare.pivot import Cell, Group, Pivot, Place
from trackside.model.counting import counted
from trackside.services.cells import number
from trackside.services.pivot.caption import footnote
from trackside.services.pivot.page import label


def cell_head(pivot: Pivot, group: Group, row: Place, column: Place) -> str:
    """`val/accuracy of model=cnn, lr=0.1`."""
    keys = (*pivot.row_keys, *pivot.column_keys)
    places = ", ".join(f"{pivot.name(key)}={label(value)}" for key, value in zip(keys, (*row, *column), strict=True))
    return f"{pivot.name(group.value)} of {places}"


def cell_sentences(group: Group, cell: Cell) -> Iterator[str]:
    """The values of its seeds, what its test found, and which runs do not count."""
    if cell.n:
        values = ", ".join(number(value) for value in cell.sample.values)
        yield f"mean {number(cell.mean)} of {counted(cell.n, 'seed')}: {values}"
    if cell.best:
        yield "the best mean of those that could be tested"
    elif cell.p is not None:
        worse = "not significantly worse" if cell.bold else "worse"
        yield f"{worse} than the best: p {number(cell.p, 2)}, adjusted for {counted(group.pairs, 'pair')} of cells"
    elif group.plain is None and cell.why_not is not None:
        yield f"not tested: {cell.why_not}"
    if footnote(cell):
        yield footnote(cell)
