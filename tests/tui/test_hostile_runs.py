"""What runs hold steers no terminal, moves no column and stops no screen, wherever in the app it is shown."""

import re
import sys
from pathlib import Path

import pytest
from terminal_app import TerminalApp

import trackside
from trackside.record import given

STEERING = (
    "\x1b]0;title\x07 \x1b]52;c;QUJD\x07 \x1b[6n\x1b[c\x1b[2J\x1bc \x1bP+q544e\x1b\\ \x9b31m \x9d0;t\x9c \x90q\x9c "
    "\r\b\x7f\t\x0b\x0c\x85 \u202eevil\u2066x\u2069\u200f\u061c \u2028\u2029\ufeff"
)
MARKUP = "[red]m[/red] [@click=app.quit]q[/] [/nope] $accent [b"
NAMES = {
    "steering": STEERING,
    "markup": MARKUP,
    "marks": "z" + "\u0301\u0316" * 5_000,
    "wide": "日本語の実験" * 6,
    "two ways": "ניסוי ראשון 12 abc تجربة",
    "long": "H" * 1_000_000,
}
_QUIET = 0.3
_ROW = "3  failed"
"""What every run of the store has in its row: how it ended, after how many steps."""

OF_THE_APP = re.compile(
    r"\x1b(?:\[[0-9;]*m|\[\d+(?:;\d+)?[HG]|\[[?<>=]?[0-9;]*[hlu]|\[6n|\[\?2026\$p|\]22;[a-z]+\x07|\[\?\d+;?\d*\$p)"
)
"""All that the app tells a terminal but text: looks, places, modes, whether it has kept up, the pointer's shape."""

ACTED_ON = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that whoever wrote it held to no limit."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "file.txt").write_text(STEERING + MARKUP)
    (folder / "file.json").write_text('{"[red]\\u001b[6n": "\\u009b31m\\u202e"}')
    (folder / "file.csv").write_text('a[red],"\x1b[6n"\n1,"\x9b31m"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(given, "_LONGEST", 1 << 30)
        for number, name in enumerate(NAMES.values()):
            record(
                folder, name, [f"tag{n}{STEERING}" for n in range(100_000)] if not number else [name[:500], STEERING]
            )
    return folder / "store"


def record(folder: Path, name: str, tags: list[str]) -> None:
    params = {f"param {name[:900]}": name[:900], "lr": len(name), "nested": {MARKUP: [STEERING]}}
    settings = {"notes": f"{name}\n{STEERING}", "tags": tags, "params": params, "group": name[:500]}
    try:
        with trackside.init(store=folder / "store", project="p" + STEERING, name=name, quiet=True, **settings) as run:
            for step in range(3):
                run.log({"loss": 1 / (step + 1), f"metric {name[:900]}": step, STEERING: step}, step=step)
            for file in sorted(folder.glob("file.*")):
                run.log_artifact(file, name=f"{STEERING.replace('/', '')}{file.name}")
            raise ValueError(STEERING + MARKUP)
    except ValueError:
        pass


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
    "a copied row": "yi",
    "a run, left": "q",
    "all marked": "gvGv",
    "a comparison": "c",
    **{f"tab {number} of the comparison": str(number) for number in range(2, 8)},
    "a comparison, left": "q",
}
"""What is come to, and the keys that lead there from what was before."""


@pytest.mark.parametrize(("columns", "rows"), [(160, 45), (80, 24)])
def test_nothing_of_theirs_reaches_the_terminal_and_columns_hold(hostile: Path, columns: int, rows: int) -> None:
    command = [sys.executable, "-m", "trackside", "--store", str(hostile), "--read-only"]
    with TerminalApp(command, columns=columns, rows=rows) as app:
        app.wait_until(lambda: len(app.columns_of(_ROW)) == len(NAMES), "every run")
        assert len(set(app.columns_of(_ROW))) == 1, app.text
        app.wait_for_quiet(_QUIET)
        for place, keys in WALK.items():
            before = app.text
            app.send(keys)
            app.wait_until(lambda before=before: app.text != before, place, 20)
            app.wait_for_quiet(_QUIET)
            assert "cannot be drawn" not in app.text
    assert ACTED_ON.search(OF_THE_APP.sub("", app.raw.decode())) is None
