"""A store that whoever wrote it held to no limit: its runs would steer a terminal, break a table, run in a page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import trackside
from trackside.record import given
from trackside.services.places.opening import open_places

STEERING = (
    "\x1b]0;title\x07 \x1b]52;c;QUJD\x07 \x1b[6n\x1b[c\x1b[2J\x1bc \x1bP+q544e\x1b\\ \x9b31m \x9d0;t\x9c \x90q\x9c "
    "\r\b\x7f\t\x0b\x0c\x85 \u202eevil\u2066x\u2069\u200f\u061c \u2028\u2029\ufeff"
)
MARKUP = "[red]m[/red] [@click=app.quit]q[/] [/nope] $accent [b"
PAGE = "<script>alert(1)</script> | <img src=x onerror=alert(2)> [x](javascript:alert(3)) `b` **c** @everyone ../../d"
FORMULA = "=HYPERLINK(A1) $(touch hacked) `touch hacked` #(touch hacked) %n; | --version"
NAMES = {
    "steering": STEERING,
    "markup": MARKUP,
    "page": PAGE,
    "formula": FORMULA,
    "marks": "z" + "\u0301\u0316" * 5_000,
    "wide": "日本語の実験" * 6,
    "two ways": "ניסוי ראשון 12 abc تجربة",
    "long": "H" * 1_000_000,
}

PRINTED = f"{STEERING}{MARKUP} \x1b[8m\x1b]8;;https://localhost\x07link\x1b]8;;\x07" + "x" * 50_000
BRANCH = "evil\u202e-$(touch-hacked)"
REMOTE = "https://localhost/[red]$(touch hacked)\u202e"

ACTED_ON = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def make(folder: Path, tags: int) -> Path:
    """The store, in a folder of its own. The first of its runs has so many tags."""
    (folder / "file.txt").write_text(STEERING + MARKUP)
    (folder / "file.json").write_text('{"[red]\\u001b[6n": "\\u009b31m\\u202e"}')
    (folder / "file.csv").write_text('a[red],"\x1b[6n"\n1,"\x9b31m"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(given, "_LONGEST", 1 << 30)
        _record_in_repository(folder, tags)
        for name in list(NAMES.values())[1:]:
            record(folder, name, [name[:500], STEERING])
    return folder / "store"


def ids_of(store: Path) -> dict[str, str]:
    """The runs of such a store, by what is hostile about them."""
    opened = open_places([str(store)])
    opened.catch_up(None)
    found = {run.name[:40]: run.id for run in opened.store.first_page(len(NAMES))}
    opened.store.close()
    return {word: found[name[:40]] for word, name in NAMES.items()}


def _record_in_repository(folder: Path, tags: int) -> None:
    """The run of the name that steers, with what it prints, from a work tree that differs from its commit."""
    tree = folder / "tree"
    tree.mkdir()
    (tree / "train.py").write_text("begun = True\n")
    commands = (
        ("init -q -b", BRANCH),
        ("add", "."),
        ("commit -qm", STEERING),
        ("remote add origin", REMOTE),
    )
    author = ("-c", "user.name=evil", "-c", "user.email=evil@localhost")
    for words, last in commands:
        subprocess.run(["git", *author, *words.split(), last], cwd=tree, check=True, capture_output=True)
    (tree / "train.py").write_text(f"begun = '{PRINTED}'\n")
    captured = os.environ | {"TRACKSIDE_CAPTURE": "data,code,patch,console", "PYTHONPATH": str(Path(__file__).parent)}
    script = (
        "import hostile_store, sys; from pathlib import Path; from trackside.record import given\n"
        "given._LONGEST = 1 << 30\n"
        "tags = [f'tag{n}{hostile_store.STEERING}' for n in range(int(sys.argv[2]))]\n"
        "hostile_store.record(Path(sys.argv[1]), hostile_store.STEERING, tags, hostile_store.PRINTED)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(folder), str(tags)], cwd=tree, env=captured, check=True, capture_output=True
    )


def record(folder: Path, name: str, tags: list[str], printed: str = "") -> None:
    """A run that fails."""
    params = {f"param {name[:900]}": name[:900], "lr": len(name), "nested": {MARKUP: [STEERING]}}
    settings = {"notes": f"{name}\n{STEERING}", "tags": tags, "params": params, "group": name[:500]}
    try:
        with trackside.init(store=folder / "store", project="p" + STEERING, name=name, quiet=True, **settings) as run:
            print(printed, end="")
            for step in range(3):
                run.log({"loss": 1 / (step + 1), f"metric {name[:900]}": step, STEERING: step}, step=step)
            for file in sorted(folder.glob("file.*")):
                run.log_artifact(file, name=f"{STEERING.replace('/', '')}{file.name}")
            raise ValueError(STEERING + MARKUP)
    except ValueError:
        pass
