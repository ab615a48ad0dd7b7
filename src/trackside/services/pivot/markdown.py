"""A pivot as a table in Markdown (GitHub's), with its caption above and its notes below."""

from collections.abc import Sequence

from trackside.compare.pivot import Pivot
from trackside.services.markdown import as_text
from trackside.services.pivot.page import MISSING, Entry, page


def markdown(pivot: Pivot) -> str:
    """Caption, table and notes; text of runs is text, whatever it looks like."""
    said = page(pivot)
    heads = [as_text(head) for head in (*said.row_heads, *said.heads)]
    rows = [[*map(as_text, line.labels), *map(_cell, line.entries)] for line in said.lines]
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    notes = [f"<sup>{letter}</sup> {as_text(text)}" for letter, text in said.footnotes]
    return "\n".join(
        [
            f"**{as_text(said.title)}**",
            "",
            _row(heads, widths),
            _row(["-" * width for width in widths], widths),
            *(_row(row, widths) for row in rows),
            "",
            *(f"{line}  " for line in notes),
            " ".join(map(as_text, said.sentences)),
            "",
        ]
    )


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"


def _cell(entry: Entry) -> str:
    text = entry.figures.text
    shown = text.strip() or MISSING
    before, after = " " * (len(text) - len(text.lstrip())), " " * (len(text) - len(text.rstrip()))
    count = f" ({entry.count})" if entry.count else ""
    letter = f" <sup>{entry.letter}</sup>" if entry.letter else ""
    return f"{before}{f'**{shown}**' if entry.bold else shown}{after}{count}{letter}".rstrip()
