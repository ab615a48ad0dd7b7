"""Terminals that have less: no UTF-8, no colours, sixteen of them, nothing that moves a cursor."""

import re
import sys
from pathlib import Path

import pytest
from small_store import record
from terminal_app import TerminalApp

APP = [sys.executable, "-m", "trackside", "--store"]
POOR = {"LC_ALL": "C", "NO_COLOR": "1"}
WAY = [
    ("?", "type to narrow, escape closes"),
    ("\x1b", "val/accuracy: na?ve ???? > A"),
    (":", "Search for commands"),
    ("\x1b", "val/accuracy: na?ve ???? > A"),
    ("C", "- columns -"),
    ("\x1b", "val/accuracy: na?ve ???? > A"),
    ("/", "since:7d"),
    ("\x1b", "Filter  t Tags"),
    ("jbk", "first is the baseline"),
    ("c", "na?ve ???? > A"),
    ("2", "What could explain it"),
    ("3", "where the curves part"),
    ("6", "by rank"),
    ("7", "no rank correlations"),
    ("q", "Filter  t Tags"),
    ("V", "Pivot val/accuracy by lr"),
    ("q", "Filter  t Tags"),
    ("\r", 'weil - "so"'),
    ("2", "1 of 3: val/accuracy"),
    ("z", "Crosshair right"),
    ("q3", "No console was captured"),
    ("4", "Started as"),
    ("5", "git repository"),
    ("7", "no artifacts"),
    ("q", "Filter  t Tags"),
    ("z", "over first"),
]
"""Keys, and what stands on the screen where they lead to."""

_SGR = re.compile(rb"\x1b\[([0-9;]*)m")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recorded") / "store"
    for name, lr in (("first", 0.1), ("naïve 日本 → ▲", 0.2)):
        record(root, name, params={"lr": lr, "größe": "…"}, tags=["a·b"], notes="weil — „so“")
    return root


def colours(raw: bytes) -> set[int]:
    """The parameters of SGR sequences that set a colour."""
    numbers = (int(number or 0) for found in _SGR.finditer(raw) for number in found[1].split(b";"))
    return {number for number in numbers if 30 <= number <= 49 or 90 <= number <= 107}


def test_without_utf_8_and_colours_every_screen_is_ascii_in_the_terminals_own_colours(store: Path) -> None:
    with TerminalApp([*APP, str(store)], columns=150, environment=POOR) as app:
        app.wait_for("first")
        app.wait_for("val/accuracy: na?ve ???? > A")
        assert any("7" in found.decode().split(";") for found in _SGR.findall(app.raw)), "the cursor's row is reversed"
        for keys, text in WAY:
            app.send(keys)
            app.wait_for(text, seconds=30)
            assert app.raw.isascii(), app.text
            assert not colours(app.raw), app.text


def test_a_terminal_of_16_colours_gets_no_others(store: Path) -> None:
    with TerminalApp([*APP, str(store)], environment={"TERM": "screen", "COLORTERM": ""}) as app:
        app.wait_for("first")
        app.wait_for_quiet(0.5)
        assert {38, 39, 48, 49}.isdisjoint(colours(app.raw)), "neither more colours nor whatever the terminal has"
        assert {40, 97} <= colours(app.raw)
        app.send("\t")
        app.wait_until(lambda: "✓ naïve" in app.underlined, "the table's cursor is seen while the facets have the keys")
        app.send("\t")
        app.wait_until(lambda: "✓ naïve" not in app.underlined, "the table has the keys again")
        app.send("jbk")
        app.wait_for("first is the baseline")
        app.send("c")
        app.wait_for("Compare 1 candidate against first")
        app.wait_until(lambda: "val/accuracy" in app.underlined, "the row of the cursor is seen in the comparison")


def test_a_terminal_that_cannot_move_its_cursor_is_told_what_to_do_instead(store: Path) -> None:
    with TerminalApp([*APP, str(store)], environment={"TERM": "dumb"}) as app:
        assert app.wait_for_end() == 1
        assert "TERM is dumb" in app.text
        assert "trackside ls" in app.text
