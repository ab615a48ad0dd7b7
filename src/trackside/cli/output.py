"""What commands print: tables, documents, short lines, progress. The only file of the command line that knows rich.

On a terminal a table has colours and a pager; elsewhere it is plain aligned text. Text that came from runs is
never markup, and its control characters are made visible.
"""

import io
import itertools
import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import click

from trackside.model.visible import beginning, visible
from trackside.services.documents import to_json

Report = Callable[[int, int], None]

STATUS_COLOURS = {"running": "cyan", "finished": "green", "failed": "red", "killed": "yellow", "crashed": "red"}
_SHRUNK = 12
_WIDEST = 200
"""Cells that a column of plain text is padded to; what is wider stands out, and pads no other row."""

_LONGEST = 10_000
"""Characters of a line, or of a cell, that are printed: more is read by nobody, and --json has all of it."""

_GAP = "  "
_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
_FROM_LEFT = "\u200e"
"""What stands before each cell of a row with letters from right to left, so that a terminal does not turn it around."""

_SLOW = 1.0
_PAGE = (100, 26)
_TALLEST = 40
_SHORTEST = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. One that may shrink gives up its width first where the terminal is narrow."""

    title: str
    align: Literal["left", "right", "point"] = "left"
    style: str = ""
    may_shrink: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, under a heading where they have one."""

    heading: str
    lines: Sequence[str]


def on_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()


def in_colour() -> bool:
    """Whether standard output is a terminal that may show colours."""
    return on_terminal() and _colours() is not None


def ascii_only() -> bool:
    """Whether standard output cannot take more than ASCII."""
    return not (sys.stdout.encoding or "ascii").lower().startswith("utf")


def canvas() -> tuple[int, int]:
    """Columns and lines for a drawing: the terminal's, less its prompt, where there is one."""
    size = shutil.get_terminal_size(_PAGE)
    return size.columns, min(_TALLEST, max(_SHORTEST, size.lines - 2))


def json(document: Any, *, indent: int = 2) -> None:
    """Print one JSON document."""
    click.echo(to_json(document, indent=indent) + b"\n", nl=False)


def tell(document: Any, sentences: Iterable[str], *, as_json: bool) -> None:
    """Print what was done, as one JSON document or in a sentence each."""
    if as_json:
        json(document)
        return
    for sentence in sentences:
        say(sentence)


def say(line: str = "") -> None:
    """Print one line; a newline in it is shown, so that text of a run cannot forge another."""
    click.echo(_shown(line))


def remark(line: str) -> None:
    """Tell a person at the terminal something that is no part of the output."""
    click.echo(_shown(line), err=True)


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; `rows` hold the cells' text as it came."""
    if on_terminal():
        _paged(_coloured(columns, rows))
    else:
        click.echo("\n".join(aligned(columns, rows)))


def blocks(parts: Sequence[Block]) -> None:
    """Print blocks below one another."""
    bold = in_colour()
    pages = []
    for part in parts:
        title = visible(part.heading)
        heading = click.style(title, bold=True) if bold and title else title
        lines = [_shown(line) for line in part.lines]
        pages.append("\n".join([heading, *lines] if heading else lines))
    _paged("\n\n".join(pages) + "\n")


def aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of plain text; a column is as wide as its widest cell, up to a limit.

    Without columns: no titles, all to the left.
    """
    from rich.cells import cell_len

    lines = _visible_lines(columns, rows)
    if not lines:
        return []
    widths = [min(_WIDEST, max(map(cell_len, cells))) for cells in zip(*lines, strict=True)]
    rights = [column.align != "left" for column in columns] or [False] * len(widths)

    def padded(line: Sequence[str]) -> str:
        parts = []
        for right, cell, width in zip(rights, line, widths, strict=True):
            space = " " * (width - cell_len(cell))
            parts.append(space + cell if right else cell + space)
        return _GAP.join(parts).rstrip()

    return [padded(line) for line in lines]


def fits(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table is no wider than the terminal; elsewhere there is no end to the right."""
    from rich.cells import cell_len

    width = shutil.get_terminal_size().columns
    return not on_terminal() or all(cell_len(line) <= width for line in aligned(columns, rows))


def prose(sentence: str, indent: str = "") -> None:
    """Print a sentence, on a terminal broken between its words; what follows stands below what it begins with."""
    line = _shown(indent + sentence)
    width = shutil.get_terminal_size().columns
    if not on_terminal() or len(line) <= width:
        click.echo(line)
        return
    below = " " * len(indent)
    broken = textwrap.wrap(line, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)
    click.echo("\n".join(broken))


@contextmanager
def progress(what: str) -> Iterator[Report | None]:
    """A bar on standard error for work that takes longer than a second; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    started = time.monotonic()
    bar: Any = None
    task: Any = None

    def report(done: int, total: int) -> None:
        nonlocal bar, task
        if bar is None and time.monotonic() - started > _SLOW:
            bar = _bar()
            task = bar.add_task(what, total=total)
            bar.start()
        if bar is not None:
            bar.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        if bar is not None:
            bar.stop()


def _shown(text: str) -> str:
    """The beginning of a text, with nothing in it that a terminal would act on."""
    return visible(beginning(text, _LONGEST))


def _paged(page: str) -> None:
    if on_terminal() and page.count("\n") >= shutil.get_terminal_size().lines:
        click.echo_via_pager(page)
    else:
        click.echo(page, nl=False)


def _coloured(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = shutil.get_terminal_size().columns
    titles, *cells = lines = _visible_lines(columns, rows)
    least = _least_widths(columns, lines)
    grid = Table(box=None, pad_edge=False, padding=(0, len(_GAP), 0, 0), header_style="bold")
    fitting = _fitting(least, width)
    for title, column, at_least in zip(titles[:fitting], columns, least, strict=False):
        grid.add_column(
            Text(title),
            justify="left" if column.align == "left" else "right",
            style=column.style,
            overflow="ellipsis",
            no_wrap=True,
            min_width=at_least,
        )
    for row in cells:
        mark = _FROM_LEFT if any(map(_TO_LEFT.search, row)) else ""
        grid.add_row(*(Text(mark + cell, style=STATUS_COLOURS.get(cell, "")) for cell in row[:fitting]))
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=width, color_system=_colours()).print(grid)
    return stream.getvalue()


def _visible_lines(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The titles, if there are columns, and the rows, with nothing left that a terminal would act on."""
    from trackside.services.decimals import rows_in_line

    lines = [[_shown(cell) for cell in row] for row in rows]
    if not columns:
        return lines
    numbers = [place for place, column in enumerate(columns) if column.align == "point"]
    return [[_shown(column.title) for column in columns], *rows_in_line(lines, numbers)]


def _least_widths(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> list[int]:
    """How narrow each column may become: as its widest cell, unless it may shrink."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]
    return [min(width, _SHRUNK) if column.may_shrink else width for column, width in zip(columns, widths, strict=True)]


def _fitting(least: Sequence[int], width: int) -> int:
    """How many columns a terminal has room for; those at the right go first, and one always stays."""
    ends = itertools.accumulate(least, lambda end, one: end + len(_GAP) + one)
    return max(1, sum(end <= width for end in ends))


def _colours() -> Literal["standard", "256"] | None:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return None
    return "256" if "256" in os.environ.get("TERM", "") else "standard"


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
