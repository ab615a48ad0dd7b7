"""What runs hold steers no terminal, moves no column and stops no screen, wherever in the app it is shown."""

import base64
import re
import sys
from pathlib import Path

import hostile_store
import pytest
from hostile_store import ACTED_ON, NAMES
from terminal_app import TerminalApp

_QUIET = 0.15
_ROW = "3  failed"
"""What every run of the store has in its row: how it ended, after how many steps."""

OF_THE_APP = re.compile(
    r"\x1b(?:\[[0-9;]*m|\[\d+(?:;\d+)?[HG]|\[[?<>=]?[0-9;]*[hlu]|\[6n|\[\?2026\$p|\]22;[a-z]+\x07|\[\?\d+;?\d*\$p)"
)
"""All that the app tells a terminal but text: looks, places, modes, whether it has kept up, the pointer's shape."""

COPIED = re.compile("\x1b]52;c;([A-Za-z0-9+/=]*)\x07")
"""What the terminal is asked to put on the clipboard."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_store.make(tmp_path_factory.mktemp("hostile"), tags=100_000)


WALK = {
    "the facets": "\t",
    "the tags": "t",
    "a tag": "tag99",
    "the tags, left": "\x1b",
    "the facets, left": "\t",
    "the columns": "C",
    "the columns, left": "\x1b",
    "the metrics": "m",
    "the metrics, left": "\x1b",
    "the palette": ":",
    "a run in the palette": "HHH",
    "the palette, left": "\x1b",
    "a chart": "z",
    "a chart with its console": "K",
    "a chart, left": "q",
    "a pivot": "V",
    "a pivot, left": "q",
    "a run": "G\r",
    **{f"tab {number} of the run": str(number) for number in range(2, 9)},
    "another artifact": "7j",
    "a third artifact": "j",
    "notes": "a",
    "notes, left": "\x1b",
    "the name": "r",
    "the name, left": "\x1b",
    "a copied id": "yi",
    "a copied link": "yl",
    "the copied command that prints it": "yc",
    "a run, left": "q",
    "a copied value": "Gyy",
    "a copied row": "yr",
    "what it can be exported to": "e",
    "what it can be exported to, left": "\x1b",
    "watch rules": "w",
    "watch rules, left": "\x1b",
    "all marked": "gvGv",
    "a comparison": "c",
    **{f"tab {number} of the comparison": str(number) for number in range(2, 8)},
    "a comparison, left": "q",
}
"""What is come to, and the keys that lead there from what was before."""


@pytest.mark.parametrize(("columns", "rows"), [(160, 45), (80, 24)])
def test_nothing_of_theirs_reaches_the_terminal_and_columns_hold(hostile: Path, columns: int, rows: int) -> None:
    command = [sys.executable, "-m", "trackside", "--store", str(hostile)]
    with TerminalApp(command, columns=columns, rows=rows) as app:
        app.wait_until(lambda: len(app.columns_of(_ROW)) == len(NAMES), "every run")
        assert len(set(app.columns_of(_ROW))) == 1, app.text
        app.wait_for_quiet(_QUIET)
        for place, keys in WALK.items():
            before = app.text
            app.send(keys)
            app.wait_until(lambda before=before: app.text != before, place)
            app.wait_for_quiet(_QUIET)
            assert "cannot be drawn" not in app.text
    written = app.raw.decode()
    copied = [base64.b64decode(found[1]).decode() for found in COPIED.finditer(written)]
    assert len(copied) == sum(place.startswith(("a copied", "the copied")) for place in WALK)
    assert not [text for text in copied if ACTED_ON.search(text.replace("\t", ""))]
    assert ACTED_ON.search(OF_THE_APP.sub("", COPIED.sub("", written))) is None
