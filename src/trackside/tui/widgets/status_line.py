"""The top line of the Runs screen: which store, how many runs, what is running, what filters them."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace
from rich.cells import cell_len, set_cell_size
from textual.content import Content

from trackside.model.counting import counted
from trackside.tui.terminal import one_line

_SHORTEST_FILTER = 12


class RunsStatus(msgspec.Struct, frozen=True):
    """How things stand. What is not known yet is None."""

    store: str
    shown: int | None
    total: int | None
    running: int | None
    new: int
    filter: str
    mistaken: bool
    restored: bool
    marked: int
    hidden: int
    marks_restored: bool
    sort: str
    change: str
    groups: int | None
    by: str
    following: bool
    missed: int | None
    skipped: int
    says: str
    told: str


def status_text(status: RunsStatus, width: int) -> Content:
    """The line in `width` cells: if it is longer, what heads of columns tell goes, and a long filter is shortened.

    What a key did stands there up to the next key, alone where it does not fit beside the rest and nothing is amiss.
    """
    if _line(status).cell_length <= width:
        return _line(status)
    if status.told and not status.says:
        return Content.styled(one_line(status.told), "$accent")
    told = replace(status, sort="", change="", filter=one_line(status.filter))
    over = max(0, _line(told).cell_length - width)
    return _line(replace(told, filter=_shortened(told.filter, max(_SHORTEST_FILTER, cell_len(told.filter) - over))))


def _shortened(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def _line(status: RunsStatus) -> Content:
    return Content.assemble(
        ("trackside ", "bold $primary"),
        (f"{one_line(status.store)}   ", "$foreground-muted"),
        _counts(status),
        *_happening(status),
        *_arranged(status),
    )


def _happening(status: RunsStatus) -> Iterator[tuple[str, str]]:
    """What a key did, what moves, and what stands in the way."""
    if status.told:
        yield f"   {one_line(status.told)}", "$accent"
    if status.running:
        yield f"   ● {status.running:,} running", "$primary"
    if status.missed is not None:
        changed = f", {counted(status.missed, 'run')} changed since" if status.missed else ""
        yield f"   paused{changed}, p goes on", "$warning"
    if status.following:
        yield "   following the newest", "$accent"
    if status.says:
        yield f"   {one_line(status.says)}", "$warning"
    if status.skipped:
        yield f"   ! {status.skipped:,} skipped", "$warning"
    if status.new:
        yield f"   {status.new:,} new above", "$accent"


def _arranged(status: RunsStatus) -> Iterator[tuple[str, str]]:
    """What was asked for and chosen: first what keys would act on, which a narrow terminal shows too."""
    if status.marked:
        hidden = f", {status.hidden:,} hidden" if status.hidden else ""
        yield f"   ◆ {status.marked:,} marked{hidden}", "$accent"
        yield " from last time, U unmarks" if status.marks_restored else "", "$foreground-muted"
    if status.filter:
        yield "   mistaken filter " if status.mistaken else "   filter ", "$foreground-muted"
        yield one_line(status.filter), "$accent"
        yield " from last time, esc clears" if status.restored else "", "$foreground-muted"
    if status.groups is not None:
        yield f"   {counted(status.groups, 'group')} by {one_line(status.by)}", "$foreground-muted"
    if status.sort:
        yield f"   by {one_line(status.sort)}", "$foreground-muted"
    if status.change:
        yield f"   {status.change}", "$accent"


def place_name(addresses: Sequence[str]) -> str:
    """What is open, in a word or two."""
    if len(addresses) > 1:
        return f"{len(addresses)} places"
    return addresses[0].rstrip("/").rpartition("/")[2] or addresses[0]


def _counts(status: RunsStatus) -> str:
    if status.shown is None:
        return "reading"
    if status.total in (None, status.shown):
        return counted(status.shown, "run")
    return f"{status.shown:,} of {counted(status.total, 'run')}"
