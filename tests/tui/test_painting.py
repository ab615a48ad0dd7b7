"""Of an update only what changed is written, and the screen is the same as if all of it had been."""

from collections.abc import Sequence

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from trackside.tui.output.painting import Shown

COLUMNS, LINES = 24, 4
CONSOLE = Console(color_system="truecolor", force_terminal=True)
STYLES = (None, Style(color="#ff0000"), Style(color="#ff0000", bgcolor="#000080"), Style(bold=True, underline=True))
LETTERS = [*"ab │⣿▲é漢⚡", "e\u0301"]

texts = st.lists(st.sampled_from(LETTERS), max_size=9).map("".join)
segments = st.lists(st.tuples(texts, st.sampled_from(STYLES)), max_size=5)


def line(parts: Sequence[tuple[str, Style | None]], width: int) -> Strip:
    return Strip([Segment(text, style) for text, style in parts]).adjust_cell_length(width)


@st.composite
def updates(draw: st.DrawFn) -> CompositorUpdate:
    if draw(st.booleans()):
        lines = [[line(draw(segments), COLUMNS)] for _ in range(LINES)]
        return LayoutUpdate(lines, Region(0, 0, COLUMNS, LINES))
    cut = draw(st.integers(1, COLUMNS - 1))
    chops = [{0: line(draw(segments), cut), cut: line(draw(segments), COLUMNS - cut)} for _ in range(LINES)]
    spans = [(y, draw(st.sampled_from((0, cut))), COLUMNS) for y in range(LINES) if draw(st.booleans())]
    return ChopsUpdate(chops, spans or [(0, 0, COLUMNS)], [[cut, COLUMNS]] * LINES)


def terminal() -> tuple[pyte.Screen, pyte.Stream]:
    """One column wider than what is written: pyte wraps before an accent that belongs to the last column."""
    screen = pyte.Screen(COLUMNS + 1, LINES)
    return screen, pyte.Stream(screen)


def by_textual(update: CompositorUpdate) -> str:
    return update.render_segments(CONSOLE).replace("\n", "")


def cells(screen: pyte.Screen) -> list[list[object]]:
    """What is seen of each cell."""
    return [[seen(screen.buffer[y][x]) for x in range(COLUMNS)] for y in range(LINES)]


def seen(cell: pyte.screens.Char) -> object:
    return cell if cell.data != " " else (cell.bg, cell.underscore, cell.strikethrough, cell.reverse)


def plain(text: str) -> LayoutUpdate:
    return LayoutUpdate([[line([(text, STYLES[1])], COLUMNS)]] * LINES, Region(0, 0, COLUMNS, LINES))


@given(st.lists(updates(), min_size=1, max_size=6))
def test_the_screen_is_what_it_would_be_had_all_been_written(made: list[CompositorUpdate]) -> None:
    (ours, to_ours), (theirs, to_theirs) = terminal(), terminal()
    shown = Shown()
    for update in made:
        to_ours.feed(shown.change(update, CONSOLE))
        to_theirs.feed(by_textual(update))
        assert cells(ours) == cells(theirs)


def test_what_stands_there_is_not_written_again() -> None:
    shown = Shown()
    shown.change(plain("loss 0.25"), CONSOLE)
    assert shown.change(plain("loss 0.25"), CONSOLE) == ""
    again = shown.change(plain("loss 0.26"), CONSOLE)
    assert again.count("6") >= LINES
    assert "loss" not in again


def test_from_what_terminals_make_differently_wide_the_line_is_written_whole_if_that_changes() -> None:
    shown = Shown()
    shown.change(plain("☠ loss"), CONSOLE)
    assert shown.change(plain("☠ loss"), CONSOLE) == ""
    assert shown.change(plain("✓ loss"), CONSOLE).count("✓ loss") == LINES


def test_all_is_written_again_once_it_is_forgotten() -> None:
    shown = Shown()
    first = shown.change(plain("loss"), CONSOLE)
    shown.forget()
    assert shown.change(plain("loss"), CONSOLE) == first


def test_what_a_terminal_would_act_on_is_left_out_whoever_drew_it() -> None:
    written = Shown().change(plain("a\x1b]0;t\x07b\x9b31mc\u202ed\u2066\r\n\tf\ud800"), CONSOLE)
    assert "a]0;tb31mcdf" in written
    assert written.count("\x1b]") == 0
    assert not set("\x07\x9b\u202e\u2066\r\n\t\ud800") & set(written)


def test_columns_hold_on_a_terminal_that_makes_another_number_of_cells_of_a_letter() -> None:
    """As pyte does, which leaves out all that is written after a joiner of graphemes."""
    screen, to_screen = terminal()
    parts = [("e\u034f ", STYLES[1]), ("loss", STYLES[3])]
    to_screen.feed(Shown().change(LayoutUpdate([[line(parts, COLUMNS)]], Region(0, 0, COLUMNS, 1)), CONSOLE))
    assert screen.display[0].rstrip() == "e loss"
