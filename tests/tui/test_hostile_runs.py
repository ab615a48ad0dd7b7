"""What runs hold steers no terminal, moves no column and stops no screen, wherever in the app it is shown."""

import base64
import sys
from pathlib import Path

import hostile_store
import pytest
from hostile_store import ACTED_ON, NAMES
from hostile_walk import COPIED, OF_THE_APP, WALK
from terminal_app import TerminalApp

_QUIET = 0.15
_ROW = "3  failed"
"""What every run of the store has in its row: how it ended, after how many steps."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_store.make(tmp_path_factory.mktemp("hostile"), tags=100_000)


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
