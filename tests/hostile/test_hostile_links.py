"""Deep links and command lines of hostile runs: they show what they are of, are pasted, and come to the same again."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import hostile_store
import pytest
from hostile_store import ACTED_ON, NAMES, PAGE, STEERING, ids_of
from hostile_walk import COPIED, OF_THE_APP
from terminal_app import TerminalApp

from trackside.cli.main import main
from trackside.services.sharing import seen
from trackside.services.sharing.links import link

_QUIET = 0.3
_METRIC = f"metric {STEERING}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_store.make(tmp_path_factory.mktemp("hostile"), 10)


@pytest.fixture(scope="module")
def ids(store: Path) -> dict[str, str]:
    """The runs, by what is hostile about them."""
    return ids_of(store)


def _links(ids: dict[str, str]) -> dict[str, seen.Seen]:
    """Screens of hostile runs, by a word that stands on each once it is there."""
    every = tuple(ids.values())
    return {
        "of 3: ": seen.Run(ids["steering"], "charts", _METRIC),
        "by ␛]0;": seen.Chart("loss", every, x=STEERING),
        "without a verdict": seen.Compare(every, ids["markup"], tab="summary", metric=STEERING),
        "▸ group=<script>": seen.Runs(f'"{PAGE}"', sort=(f"-{STEERING}",), columns=("name", STEERING), by=("group",)),
        "In brackets the number of seeds.": seen.Pivot(("group",), ("name",), (STEERING,)),
    }


@pytest.mark.parametrize("word", _links(dict.fromkeys(NAMES, "")))
def test_what_a_link_opens_can_be_copied_and_comes_to_the_same_again(
    word: str, store: Path, ids: dict[str, str], tmp_path: Path
) -> None:
    where = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "trackside", "--store", str(store), "--open", link(_links(ids)[word])]
    with TerminalApp(command, columns=160, rows=45, environment=where) as app:
        app.wait_for(word)
        app.wait_for_quiet(_QUIET)
        seen_first = app.text
        for keys in ("yl", "yc"):
            before = app.text
            app.send(keys)
            app.wait_until(lambda before=before: app.text != before, keys)
            app.wait_for_quiet(_QUIET)
    drawn = app.raw.decode()
    assert ACTED_ON.search(OF_THE_APP.sub("", COPIED.sub("", drawn))) is None
    again, printing = (base64.b64decode(found[1]).decode() for found in COPIED.finditer(drawn))
    with TerminalApp(["bash", "-c", again], columns=160, rows=45, environment=where) as app:
        app.wait_for(word)
        app.wait_until(lambda: app.text == seen_first, f"what it was copied from, which is\n{seen_first}\n")
    done = subprocess.run(["bash", "-c", printing], env=os.environ | where, capture_output=True, text=True, check=True)
    assert ACTED_ON.search(done.stdout.replace("\n", "")) is None
    assert done.stdout


@pytest.mark.parametrize(
    "mistaken",
    [
        f"{STEERING}/x",
        f"run/x?tab={STEERING}",
        "run/x?\x1b[2J=1",
        "chart?metric=loss&runs=x&zoom=\x1b[6n",
        "compare?runs=x&at=\x1b[6n",
        "runs?change=\u202e",
        f"compare?runs={'H' * 1_000_000}&at=x",
    ],
)
def test_a_link_that_is_mistaken_is_told_of_in_one_harmless_line(
    mistaken: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--store", str(store), "--open", mistaken])
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert ACTED_ON.search(said[:-1]) is None
    assert said[-1] == "\n"


def test_a_run_that_is_named_at_any_length_is_none(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--store", str(store), "show", "H" * 100_000])
    assert "no run 'HHH" in capsys.readouterr().err
