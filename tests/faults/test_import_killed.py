"""An import of another system's runs is killed at random moments, and run again: it ends as one that was not killed.

The suite tries a few moments; TRACKSIDE_KILLS asks for more (`just faults` does).
"""

import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from foreign_runs import contents, samples, shown_of, tree, write_run

from trackside.services.places.opening import open_places
from trackside.store.layout import StorePaths

KILLS = int(os.environ.get("TRACKSIDE_KILLS", "4"))
FORMATS = ("comet", "lightning", "sacred", "tensorboard", "wandb")
CALLS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.listdir", "os.scandir")
IMPORTING = f"""
import os, signal, sys
from trackside.services.exchange import importing
from trackside.services.exchange.imports import import_place
from trackside.services.places.opening import open_store

importing._BATCH_RUNS = 2
calls, last = 0, 0
for killed_at in map(int, sys.argv[3:]):
    if os.fork() == 0:
        last = killed_at
        break
    assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGKILL

def count(name, arguments):
    global calls
    if name not in {CALLS}:
        return
    calls += 1
    if calls == last:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
import_place(open_store(sys.argv[1], create=True), sys.argv[2])
print(calls)
"""
"""Imports, and says at the end how many calls to the system there were.

Before it does, a process for each further number imports, and is killed at the call of that number.
"""


@dataclass(frozen=True)
class Before:
    """Runs of other systems, a store that has two of them as they were earlier, and one with all of them as they are.

    `calls` is how many calls to the system it took to import what the one has and the other has not.
    """

    folder: Path
    store: Path
    whole: Path
    calls: int


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Before:
    folder = tmp_path_factory.mktemp("foreign") / "runs"
    store = tmp_path_factory.mktemp("before") / "store"
    grown, anew = folder / "grown" / "metrics.jsonl", folder / "anew" / "metrics.jsonl"
    write_run(grown, range(300))
    write_run(anew, range(300))
    imported(store, folder)
    write_run(grown, range(500))
    write_run(anew, [0, *range(200, 300)])
    samples(FORMATS, folder)
    whole = Path(shutil.copytree(store, tmp_path_factory.mktemp("whole") / "store"))
    return Before(folder, store, whole, imported(whole, folder))


def imported(store: Path, folder: Path, *killed_at: int) -> int:
    """Import all, after imports that were killed at these calls; how many calls to the system it took at last."""
    command = [sys.executable, "-c", IMPORTING, str(store), str(folder), *map(str, killed_at)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def artifacts(store: Path) -> dict[str, bytes | None]:
    opened = open_places([str(store)])
    opened.catch_up()
    try:
        return contents(opened.store)
    finally:
        opened.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(KILLS))
def test_an_import_that_was_killed_and_run_again_ends_like_one_that_was_not(before, tmp_path, number):
    chance = random.Random(number)
    store = Path(shutil.copytree(before.store, tmp_path / "store"))
    foreign = tree(before.folder)
    imported(store, before.folder, chance.randint(1, before.calls // 2), chance.randint(1, before.calls // 4))
    assert shown_of(store) == shown_of(before.whole)
    assert artifacts(store) == artifacts(before.whole)
    assert StorePaths(store).staging() == [], "nothing is left behind"
    assert tree(before.folder) == foreign
