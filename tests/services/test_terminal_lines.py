"""What was sent to a terminal, as the lines that it shows in the end."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.services.console.levels import level
from trackside.services.console.terminal_lines import LONGEST, REACH, Ink, Span, TerminalLine, TerminalLines


def lines(*sent: str) -> list[TerminalLine]:
    terminal = TerminalLines()
    for text in sent:
        terminal.feed(text)
    return terminal.changed()[1]


def texts(*sent: str) -> list[str]:
    return [line.text for line in lines(*sent)]


def test_a_shorter_text_over_a_longer_one_leaves_its_end() -> None:
    assert texts("loading\rdone") == ["doneing"]
    assert texts("loading\r\x1b[Kdone") == ["done"]


def test_nested_bars_stay_two_lines() -> None:
    assert texts("outer 0\ninner 0\x1b[A\router 1\n\rinner 9\x1b[A\router 2\n\n") == ["outer 2", "inner 9"]


def test_a_display_that_rich_draws_again_and_again_is_there_once() -> None:
    again = "\r\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K"
    assert texts("a 1\nb 1\nc 1", again, "a 2\nb 2\nc 2", again, "a 3\nb 3\nc 3\n") == ["a 3", "b 3", "c 3"]


def test_a_keras_bar_made_of_backspaces_is_one_line() -> None:
    assert texts("1/9 [>..]", "\b" * 9, "9/9 [===]\n", "next") == ["9/9 [===]", "next"]


def test_a_screen_that_is_cleared_leaves_what_was_on_it_above() -> None:
    assert texts("epoch 1\n\x1b[H\x1b[2Jepoch 2\nmore\x1b[Hepoch 3") == ["epoch 1", "epoch 3", "more"]


def test_lines_far_above_are_final() -> None:
    shown = texts("first\n" + "more\n" * (REACH + 5), "\x1b[500Ahere")
    assert shown[0] == "first"
    assert shown.index("here") == len(shown) - REACH + 1


def test_sequences_that_are_broken_off_go_on_with_what_comes_next() -> None:
    assert texts("a\x1b", "[3", "1mb\x1b]0;ti", "tle\x1b", "\\c") == ["abc"]


def test_what_steers_a_terminal_in_other_ways_does_nothing() -> None:
    sent = "a\x1b[?1049h\x1b[5n\x1b]52;c;aGk=\x07\x1bP+q\x1b\\\x1b_x\x1b\\\x1b(B\x1b[>4;1m\x1b[6n\x07\x00b\x1bc"
    assert lines(sent) == [TerminalLine("ab", (), None, 0)]


def test_a_title_that_never_ends_hides_no_line() -> None:
    assert texts("\x1b]0;never ended\nshown\n") == ["0;never ended", "shown"]


def test_colours_are_those_of_the_script() -> None:
    sent = "\x1b[1;31mred\x1b[0m \x1b[38;5;208mno\x1b[39m\x1b[48;2;1;2;3;4mon\x1b[m off"
    assert lines(sent)[0].spans == (
        Span(0, 3, Ink(colour=1, bold=True)),
        Span(4, 6, Ink(colour=208)),
        Span(6, 8, Ink(ground="#010203", underline=True)),
    )


def test_what_is_written_over_colours_takes_their_place() -> None:
    assert lines("\x1b[32mgreen\x1b[0m\rre")[0].spans == (Span(2, 5, Ink(colour=2)),)


def test_colours_go_on_in_the_next_line_until_they_are_reset() -> None:
    assert [line.spans for line in lines("\x1b[31ma\nb\x1b[0mc")] == [(Span(0, 1, Ink(1)),), (Span(0, 1, Ink(1)),)]


def test_a_very_long_line_is_cut_and_what_is_left_out_is_counted() -> None:
    (line,) = lines("x" * 1_000_000 + "\x1b[31mmore\n")
    assert (len(line.text), line.cut, line.spans) == (LONGEST, 1_000_004 - LONGEST, ())


def test_only_what_changed_is_told_again() -> None:
    terminal = TerminalLines()
    terminal.feed("one\ntwo\n 10%")
    assert terminal.changed()[0] == 0
    assert terminal.changed() == (3, [])
    terminal.feed("\r 20%")
    first, changed = terminal.changed()
    assert (first, [line.text for line in changed]) == (2, [" 20%"])
    terminal.feed("\nthree")
    first, changed = terminal.changed()
    assert (first, [line.text for line in changed]) == (2, [" 20%", "three"])


_MOVES = [
    "\r",
    "\b",
    "\t",
    "\r\n",
    "\x1b[K",
    "\x1b[1K",
    "\x1b[2K",
    "\x1b[2A",
    "\x1b[3C",
    "\x1b[2D",
    "\x1b[4G",
    "\x1b[J",
]


@given(st.lists(st.one_of(st.sampled_from(_MOVES), st.text("abc", min_size=1, max_size=4)), max_size=20))
def test_it_is_what_a_real_emulator_shows(sent: list[str]) -> None:
    screen = pyte.Screen(300, REACH)
    pyte.Stream(screen).feed("".join(sent))
    shown = "\n".join(line.rstrip() for line in screen.display).rstrip("\n")
    assert "\n".join(texts(*sent)).rstrip("\n") == shown


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-01-01 12:00:00,000 INFO train: epoch 1", "info"),
        ("WARNING:root:slow", "warning"),
        ("[2026-01-01][ERROR] no", "error"),
        ("E0423 12:34:56.1 123 a.cc:4] no", "error"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory", "error"),
        ("[rank0]: RuntimeError: NCCL", "error"),
        ("/lib/x.py:12: FutureWarning: old", "warning"),
        ("error: no such file", "error"),
        ("DEBUG cache", "debug"),
        ("mean squared error: 0.3", ""),
        ("ERROR_RATE 3", ""),
        ("loss 0.3 Error rate 0.1 for INFORMATION", ""),
    ],
)
def test_a_line_says_how_grave_it_is(text: str, says: str) -> None:
    assert level(text, "") == says


def test_a_traceback_ends_with_its_error() -> None:
    printed = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1',
        "    1 / 0",
        "ZeroDivisionError: no",
        "on",
    ]
    before, found = "", []
    for text in printed:
        before = level(text, before)  # type: ignore[arg-type]
        found.append(before)
    assert found == ["traceback", "traceback", "traceback", "error", ""]
