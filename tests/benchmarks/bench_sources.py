"""Folders of other systems, in the app: how soon the first runs are seen, what a second start costs, large trees.

Each row is of the whole product: found, read into the mirror, indexed, shown.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from bench_wandb import MANY, write
from harness import Row, paired, seconds

from trackside.model.foreign import Found, Item
from trackside.services.places.mirror import Mirror
from trackside.services.places.opening import open_places
from trackside.sources.protocol import Source
from trackside.sources.table import SOURCES
from trackside.sources.walk import Walk
from trackside.store import manifest
from trackside.store.mirrored import MirroredStore

sys.path.append(str(Path(__file__).parents[1] / "tui"))
sys.path.append(str(Path(__file__).parents[1] / "sources"))
import event_files
import wandb_log
from terminal_app import TerminalApp

SAMPLE = Path(__file__).parents[1] / "sources" / "samples" / "wandb" / "0.31.0" / "whole" / "wandb"
RUNS, SEEN, PAIRS = 1_000, 10, 7
GROWN = 3
FILES, A_FOLDER = 50_000, 100
LONG_AGO = 1_700_000_000

DISCOVER = """
import resource, sys, time, msgspec
from pathlib import Path
from trackside.sources.table import SOURCES
from trackside.sources.walk import Remembered, Walk
root, memory = map(Path, sys.argv[1:])
known = {}
if memory.exists():
    kept = memory.read_bytes()
    known = msgspec.json.decode(kept, type=dict[str, Remembered], dec_hook=lambda kind, value: Path(value))
walk = Walk(root, SOURCES, known)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
found = walk.find()
took = time.perf_counter() - began
memory.write_bytes(msgspec.json.encode(walk.memory, enc_hook=str))
print(len(found), took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRACKSIDE_CACHE"] = f"{folder}/cache"
        Path(folder, "cache").mkdir()
        return [*many_runs(Path(folder)), *a_million_steps(Path(folder)), *many_files(Path(folder))]


def many_runs(home: Path) -> list[Row]:
    """The first rows of 1,000 runs of W&B, against the app on an empty store; and what a second start reads."""
    folder = home / "thousand"
    _copies(folder, RUNS)
    empty = manifest.create(home / "empty").root

    def ours() -> None:
        cache = Path(tempfile.mkdtemp(dir=home))
        with _app([str(folder)], home, cache) as app:
            app.wait_until(lambda: app.raw.count(b"whole") >= SEEN, "rows of runs", 120)

    def floor() -> None:
        with _app(["--store", str(empty)], home, home / "cache") as app:
            app.wait_until(lambda: b"no runs yet" in app.raw, "an empty table", 120)

    ours()
    floor()
    both = paired(ours, floor, PAIRS)
    note = f"{both.ours * 1e3:.0f} ms against {both.floor * 1e3:.0f} ms, process start included"
    first = Row(f"first {SEEN} rows of {RUNS:,} W&B folders", both.ratio, 1.5, "×", "the app on an empty store", note)
    return [first, _second_start(folder)]


def _second_start(folder: Path) -> Row:
    place = open_places([str(folder)])
    all_of_it = seconds(place.catch_up)
    for log in sorted(folder.rglob("*.wandb"))[:GROWN]:
        data = bytearray(log.read_bytes())
        wandb_log.append(data, wandb_log.row(1_000, {"loss": 0.5}, nested=True))
        log.write_bytes(data)
    followed: list[str] = []
    store = MirroredStore.at(str(folder))
    owned = store.own()
    assert owned is not None
    counted = [cast("Source", _Counted(source, followed)) for source in SOURCES]
    mirror = Mirror(store, owned, Walk(folder, SOURCES), counted)
    again = seconds(mirror.catch_up)
    mirror.close()
    os.close(owned)
    note = f"all: {all_of_it:.1f} s, again: {again:.2f} s"
    return Row(f"runs read by a second start, {GROWN} of {RUNS:,} grown", len(followed), GROWN, "runs", "none", note)


class _Counted:
    """A source that notes what is read of it."""

    def __init__(self, source: Source, followed: list[str]) -> None:
        self._source = source
        self._followed = followed

    def __getattr__(self, name: str) -> object:
        if name == "follow":
            return self._follow
        return getattr(self._source, name)

    def _follow(self, run: Found, since: Any) -> Iterator[Item]:
        self._followed.append(run.identity)
        return self._source.follow(run, since)


def a_million_steps(home: Path) -> list[Row]:
    """A chart of a long run: found, read, indexed and drawn from; and the second time."""
    folder = home / "long"
    folder.mkdir()
    log = write(folder, MANY)

    def charted() -> None:
        opened = open_places([str(folder)])
        opened.catch_up()
        (run,) = opened.store.first_page(2)
        assert run.metrics["train/loss"].count == MANY
        opened.store.overview(run.id, "train/loss", 400)
        opened.store.close()

    size = f"{log.stat().st_size >> 20} MiB"
    what = "chart of 1,000,000 steps × 3 metrics of a .wandb file"
    computing = time.process_time()
    cold = seconds(charted)
    computing = time.process_time() - computing
    warm = seconds(charted)
    return [
        Row(
            what, cold, 5.0, "s", "none", f"{size}: found, read, indexed, summed up; {computing:.1f} s of it computing"
        ),
        Row(f"{what}, second time", warm, 0.3, "s", "none", "another search, nothing read"),
    ]


def many_files(home: Path) -> list[Row]:
    """Finding 50,000 event files in 500 folders of 100 runs, against a walk that looks at each."""
    folder = home / "events"
    content = event_files.content(event_files.event(1, event_files.scalar("loss", 0.5)))
    for number in range(FILES):
        run = folder / f"sweep{number // A_FOLDER:03}" / f"run{number % A_FOLDER:02}"
        run.mkdir(parents=True)
        (run / f"events.out.tfevents.17000{number:05}.bench.1.0").write_bytes(content)
    _age(folder)
    walked = seconds(lambda: _walk(folder))
    memory = home / "memory.json"
    return [_discovered(folder, memory, "first", walked), _discovered(folder, memory, "second", walked)]


def _discovered(folder: Path, memory: Path, which: str, walked: float) -> Row:
    command = [sys.executable, "-c", DISCOVER, str(folder), str(memory)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(said[0]) == FILES
    took, more = float(said[1]), int(said[2]) / 1024
    floor = "a walk that reads their first bytes"
    note = f"{took:.1f} s against {walked:.1f} s; {more:.0f} MiB more at its peak"
    return Row(f"{FILES:,} event files found, {which} time", took / walked, 5.0, "×", floor, note)


def _age(folder: Path) -> None:
    """As if everything had been written a day ago: what was written just now is looked at again."""
    for where, _, names in os.walk(folder, topdown=False):
        for path in (*(Path(where, name) for name in names), Path(where)):
            os.utime(path, (LONG_AGO, LONG_AGO))


def _walk(folder: Path) -> None:
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            path.stat()
            with path.open("rb") as file:
                file.read(12)


def _copies(folder: Path, runs: int) -> None:
    """Folders of one run of W&B's own client, each under an id of its own."""
    sample = next(SAMPLE.iterdir())
    old = sample.name.rpartition("-")[2]
    records = wandb_log.split((sample / f"run-{old}.wandb").read_bytes())
    for number in range(runs):
        new = f"run{number:05}"
        copy = folder / "wandb" / sample.name.replace(old, new)
        shutil.copytree(sample, copy, ignore=shutil.ignore_patterns("*.wandb"))
        log = wandb_log.log(record.replace(old.encode(), new.encode()) for record in records)
        (copy / f"run-{new}.wandb").write_bytes(log)
    _age(folder)


def _app(arguments: list[str], home: Path, cache: Path) -> TerminalApp:
    command = [sys.executable, "-m", "trackside", *arguments]
    installed = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(home / "compiled")}
    environment = {**installed, "HOME": str(home), "TRACKSIDE_CACHE": str(cache)}
    return TerminalApp(command, columns=160, rows=45, environment=environment)
