"""What commands print: tables, documents, short lines, progress. Only it and `grid` know rich.

On a terminal a table has colours and a pager; elsewhere it is plain aligned text. Text that came from runs is
never markup, and its control characters are made visible.
"""

import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from trackside.cli.grid import GAP, Column, Fitted, aligned, fitted, padded, shown
from trackside.model.counting import counted, listed
from trackside.model.visible import beginning, visible
from trackside.services.documents import to_json

Report = Callable[[int, int], None]

STATUS_COLOURS = {"running": "cyan", "finished": "green", "failed": "red", "killed": "yellow", "crashed": "red"}
_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
_FROM_LEFT = "\u200e"
"""What stands before each cell of a row with letters from right to left, so that a terminal does not turn it around."""

_WIDER = "a wider terminal shows them"
_TITLES, _LONGEST_TITLE = 8, 40
_SLOW = 1.0
_PAGE = (100, 26)
_TALLEST = 40
_SHORTEST = 10


class Block(msgspec.Struct, frozen=True):
    """Lines that belong together, under a heading where they have one."""

    heading: str
    lines: Sequence[str]


def on_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()


def in_colour() -> bool:
    """Whether standard output is a terminal that may show colours."""
    return on_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Cells of a line of the terminal."""
    return shutil.get_terminal_size().columns


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
    click.echo(shown(line))


def remark(line: str) -> None:
    """Tell a person at the terminal something that is no part of the output."""
    click.echo(shown(line), err=True)


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], ask: str = _WIDER) -> None:
    """Print a table; `rows` hold the cells' text as it came. `ask` says how columns are had that have no room."""
    if not on_terminal():
        click.echo("\n".join(aligned(columns, rows)))
        return
    found = fitted(columns, rows, width())
    _paged("".join(f"{line}\n" for line in _lines(found)))
    if found.left_out:
        remark(_left_out(found, ask))


def table_lines(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as lines of a block, without colours; on a terminal no wider than that."""
    if not on_terminal():
        return aligned(columns, rows)
    found = fitted(columns, rows, width())
    lines = [GAP.join(line).rstrip() for line in found.lines]
    return [*lines, *_broken(_left_out(found, _WIDER))] if found.left_out else lines


def pairs(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Names and what each stands for, as lines of a block; on a terminal broken between words, below each other."""
    names = padded([shown(name) for name, _ in rows])
    parts = (_broken(shown(text), name + GAP) for name, (_, text) in zip(names, rows, strict=True))
    return [line.rstrip() for lines in parts for line in lines]


def sentences(texts: Iterable[str]) -> list[str]:
    """Sentences as lines of a block, on a terminal broken between their words."""
    return [line for text in texts for line in _broken(shown(text))]


def blocks(parts: Sequence[Block]) -> None:
    """Print blocks below one another."""
    bold = in_colour()
    pages = []
    for part in parts:
        title = visible(part.heading)
        heading = click.style(title, bold=True) if bold and title else title
        lines = [shown(line) for line in part.lines]
        pages.append("\n".join([heading, *lines] if heading else lines))
    _paged("\n\n".join(pages) + "\n")


def fits(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table is no wider than the terminal; elsewhere there is no end to the right."""
    return not on_terminal() or not fitted(columns, rows, width()).left_out


def prose(sentence: str, indent: str = "") -> None:
    """Print a sentence, on a terminal broken between its words; what follows stands below what it begins with."""
    click.echo("\n".join(_broken(shown(sentence), shown(indent))))


def _broken(text: str, begin: str = "") -> list[str]:
    if not on_terminal() or len(begin) + len(text) <= width():
        return [begin + text]
    below = " " * len(begin)
    return textwrap.wrap(
        text,
        width(),
        initial_indent=begin,
        subsequent_indent=below,
        break_long_words=False,
        break_on_hyphens=False,
    )


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


def _paged(page: str) -> None:
    if on_terminal() and page.count("\n") >= shutil.get_terminal_size().lines:
        click.echo_via_pager(page)
    else:
        click.echo(page, nl=False)


def _lines(found: Fitted) -> Iterator[str]:
    """A table as a terminal shows it."""
    colours = in_colour()
    for number, line in enumerate(found.lines):
        mark = _FROM_LEFT if any(map(_TO_LEFT.search, line)) else ""
        cells = zip((*line[:-1], line[-1].rstrip()), found.columns, strict=True)
        styled = (_styled(cell, column, heading=number == 0) if colours else cell for cell, column in cells)
        yield GAP.join(mark + cell for cell in styled)


def _styled(cell: str, column: Column, *, heading: bool) -> str:
    if heading:
        return click.style(cell, bold=True)
    colour = STATUS_COLOURS.get(cell.strip())
    return click.style(cell, fg=colour, dim=column.dim or None) if colour or column.dim else cell


def _left_out(found: Fitted, ask: str) -> str:
    """Which columns there was no room for, and how to have them."""
    names = listed([beginning(title, _LONGEST_TITLE) for title in found.left_out], _TITLES)
    return f"and {counted(len(found.left_out), 'column')} more: {names}; {ask}"


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
