"""The index is removed again and again while processes log and the app is open: in the end everything is there."""

import random
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from terminal_app import TerminalApp

from trackside.store.store import Store

PROCESSES = 8
REMOVALS = 10
STEPS = 3_000
FACETS_COLUMNS = 28

LOGGING = """
import sys, trackside
seed = int(sys.argv[2])
with trackside.init(project="faults", name=f"run-{seed}", store=sys.argv[1], quiet=True, params={"n": seed}) as run:
    for step in range(int(sys.argv[3])):
        run.log({"loss": (step + 1) / 7 + seed, "odd": float("nan") if step % 2 else -0.0}, step=step)
        if step % 1000 == 0:
            run.note(f"at {step}", step=step)
            print(step, flush=True)
            sys.stdin.readline()
    run.tag(f"tag-{seed}")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def facets(text: str) -> str:
    """The left part of the screen."""
    return "\n".join(line[:FACETS_COLUMNS].rstrip() for line in text.split("\n"))


def edit_while_the_index_goes(root: Path, logging: list["subprocess.Popen[str]"]) -> dict[str, str]:
    """Remove the index again and again, edit a run each time; the notes that the runs have in the end."""
    rng = random.Random(3)
    store = Store.open(root)
    store.refresh()
    edited = {}
    for removal in range(REMOVALS):
        shutil.rmtree(root / "index", ignore_errors=True)
        process = rng.choice(logging)
        if process.poll() is None and not process.stdin.closed:
            process.stdin.write("\n")
            process.stdin.flush()
        store.refresh()
        run = store.first_page(PROCESSES)[removal % PROCESSES]
        store.editor().set_fields(run.id, {"notes": f"edit {removal}"})
        edited[run.id] = f"edit {removal}"
    return edited


def test_every_run_value_tag_mark_and_edit_is_there_after_the_index_was_removed_ten_times(root):
    logging = [
        subprocess.Popen(
            [sys.executable, "-c", LOGGING, str(root), str(seed), str(STEPS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    for process in logging:
        process.stdout.readline()
    with TerminalApp([sys.executable, "-m", "trackside", "--store", str(root)]) as app:
        app.wait_for(f"{PROCESSES} running")
        edited = edit_while_the_index_goes(root, logging)
        for process in logging:
            process.communicate("\n" * STEPS)
            assert process.returncode == 0
        app.wait_until(lambda: re.search(rf"finished +{PROCESSES}\n", f"{facets(app.text)}\n"), "all of them finished")
        app.send("q")
        assert app.wait_for_end() == 0
    for without_index in (False, True):
        if without_index:
            shutil.rmtree(root / "index")
        after = Store.open(root)
        after.refresh()
        runs = {run.name: run for run in after.first_page(100)}
        assert set(runs) == {f"run-{seed}" for seed in range(PROCESSES)}
        for seed in range(PROCESSES):
            run = runs[f"run-{seed}"]
            assert (run.status, run.tags, run.params) == ("finished", [f"tag-{seed}"], {"n": seed})
            assert [mark.step for mark in run.marks if mark.kind == "note"] == [0, 1000, 2000]
            assert run.notes == edited.get(run.id, "")
            series = after.series(run.id, "loss")
            assert series.step.tolist() == list(range(STEPS))
            assert series.value.tolist() == [(step + 1) / 7 + seed for step in range(STEPS)]
            odd = after.series(run.id, "odd").value.tolist()
            expected = [float("nan") if step % 2 else -0.0 for step in range(STEPS)]
            assert [struct.pack("<d", value) for value in odd] == [struct.pack("<d", value) for value in expected]
