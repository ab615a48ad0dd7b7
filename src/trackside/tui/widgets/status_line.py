"""The top line of the Runs screen: which store, how many runs, what is running, what filters them."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from trackside.model.counting import counted
from trackside.tui.terminal import one_line


@dataclass(frozen=True, slots=True)
class RunsStatus:
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
    groups: int | None
    by: str
    skipped: int
    says: str


def status_text(status: RunsStatus) -> Content:
    """The line."""
    parts: list[tuple[str, str]] = [
        ("trackside ", "bold $primary"),
        (f"{one_line(status.store)}   ", "$foreground-muted"),
        (_counts(status), ""),
    ]
    if status.running:
        parts.append((f"   ● {status.running:,} running", "$primary"))
    if status.says:
        parts.append((f"   {one_line(status.says)}", "$warning"))
    if status.skipped:
        parts.append((f"   ! {status.skipped:,} skipped", "$warning"))
    if status.new:
        parts.append((f"   {status.new:,} new above", "$accent"))
    if status.filter:
        parts.append(("   mistaken filter " if status.mistaken else "   filter ", "$foreground-muted"))
        parts.append((one_line(status.filter), "$accent"))
        parts.append((" from last time, esc clears" if status.restored else "", "$foreground-muted"))
    if status.groups is not None:
        parts.append((f"   {counted(status.groups, 'group')} by {one_line(status.by)}", "$foreground-muted"))
    if status.sort:
        parts.append((f"   by {one_line(status.sort)}", "$foreground-muted"))
    if status.marked:
        hidden = f", {status.hidden:,} hidden" if status.hidden else ""
        parts.append((f"   ◆ {status.marked:,} marked{hidden}", "$accent"))
        parts.append((" from last time, U unmarks" if status.marks_restored else "", "$foreground-muted"))
    return Content.assemble(*parts)


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
