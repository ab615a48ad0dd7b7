"""A store on another machine, through sshd on loopback: what crosses the wire, and how soon first rows are there."""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import Row
from make_store import make_store

from trackside.services.places.listener import Listener
from trackside.services.remote.address import parsed
from trackside.services.remote.copies.copying import Copying
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.live import LiveRemote
from trackside.services.table.asked import Asked
from trackside.services.table.view import find
from trackside.store.any_store import AnyStore
from trackside.store.store import Store

sys.path.append(str(Path(__file__).parents[1] / "record"))
sys.path.append(str(Path(__file__).parents[1] / "remote"))
import sshd

RUNS, PARAMS, METRICS = 10_000, 20, 10
POINTS = 1_000_000
BARE_RUNS, BARE_ROWS = 300, 2_000


def rows() -> list[Row]:
    """The rows of this file; none where there is no sshd."""
    if sshd.SSHD is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        many = make_store(Path(folder) / "many", runs=RUNS, params=PARAMS, metrics=METRICS, rows=5)
        long = make_store(Path(folder) / "long", runs=1, params=2, metrics=1, rows=POINTS)
        with sshd.box(Path(folder) / "box") as box:
            os.environ["PATH"] = f"{sshd.ssh_for(box.folder)}:{os.environ['PATH']}"
            measured = [*opening(many), *curve(long)]
        with sshd.box(Path(folder) / "bare", trackside=False) as box:
            os.environ["PATH"] = f"{sshd.ssh_for(box.folder)}:{os.environ['PATH']}"
            os.environ["TRACKSIDE_CACHE"] = f"{folder}/cache"
            return [*measured, *opening_bare(many), *curve_bare(long), *long_runs(Path(folder) / "some")]


def opening(root: Path) -> list[Row]:
    """Connecting to 10,000 runs: until the first rows came, and until all are filtered, sorted and counted."""
    Store.open(root).reindex()
    began = time.perf_counter()
    connection = Connection(parsed(f"ssh://box{root}"))
    live = LiveRemote(connection)
    assert len(live.store.first_page(100)) == 100
    seconds, first = time.perf_counter() - began, connection.traffic[1]
    with _followed(live):
        found = find(live.store, Asked())
        assert len(found.view) == RUNS
        note = f"{RUNS:,} runs × {PARAMS} params × {METRICS} metrics; the first rows {first / 1e3:.0f} kB"
        received = connection.traffic[1]
    live.store.close()
    return [
        Row("ssh:// → first rows of 10,000 runs", seconds, 2.0, "s", "none", "the start of ssh included"),
        Row("over the wire to open 10,000 runs", received / 1e3, 500, "kB", "none", note),
    ]


def curve(root: Path) -> list[Row]:
    """A curve of a million points as a chart has it."""
    connection = Connection(parsed(f"ssh://box{root}"))
    live = LiveRemote(connection)
    live.catch_up()
    return [_curve("over the wire for a curve of 1,000,000 points", connection, live.store)]


def curve_bare(root: Path) -> list[Row]:
    """The same of a host without trackside."""
    connection = Connection(parsed(f"ssh://box{root}"))
    copying = Copying(connection)
    copying.catch_up()
    copying.store.refresh()
    return [_curve("over the wire for that curve without trackside there", connection, copying.store)]


def _curve(what: str, connection: Connection, store: AnyStore) -> Row:
    """What comes of a run that is looked at and of its only curve."""
    (run,) = store.first_page(1)
    (metric,) = run.metrics
    outline = _received(connection, lambda: (store.runs([run.id]), store.outline(run.id, metric)))
    whole = _received(connection, lambda: store.series(run.id, metric))
    store.close()
    note = f"all of its points are {whole / 1e6:.1f} MB"
    return Row(what, outline / 1e3, 50, "kB", "none", note)


def opening_bare(root: Path) -> list[Row]:
    """The same of a host without trackside; and then another metric than the one that runs are judged by."""
    began = time.perf_counter()
    connection = Connection(parsed(f"ssh://box{root}"))
    copying = Copying(connection)
    seconds: list[float] = []

    def first_rows(_done: int, _total: int) -> None:
        if not seconds:
            copying.store.refresh()
            assert copying.store.first_page(100)
            seconds.append(time.perf_counter() - began)

    copying.catch_up(first_rows)
    copying.store.refresh()
    found = find(copying.store, Asked())
    assert len(found.view) == RUNS
    received = connection.traffic[1]
    named = _received(connection, lambda: copying.store.frame(["train/loss"]))
    copying.store.close()
    note = f"{RUNS:,} runs; another of the {METRICS} metrics, once it is named, {named / 1e3:.0f} kB"
    return [
        Row("ssh:// without trackside there → first rows", seconds[0], 2.0, "s", "none", "the start of ssh included"),
        Row("over the wire to open 10,000 runs without trackside there", received / 1e3, 500, "kB", "none", note),
    ]


def long_runs(root: Path) -> list[Row]:
    """Opening long runs of a host without trackside, and looking at one of them."""
    make_store(root, runs=BARE_RUNS, params=PARAMS, metrics=METRICS, rows=BARE_ROWS)
    files = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    connection = Connection(parsed(f"ssh://box{root}"))
    copying = Copying(connection)
    opening = _received(connection, copying.catch_up)
    copying.store.refresh()
    (run,) = copying.store.first_page(1)
    looking = _received(connection, lambda: copying.store.runs([run.id]))
    copying.store.close()
    note = f"{BARE_RUNS} runs of {BARE_ROWS:,} rows, {files / 1e6:.0f} MB; one that is looked at {looking / 1e3:.0f} kB"
    return [Row("over the wire to open long runs without trackside there", opening / 1e3, 50, "kB", "none", note)]


@contextmanager
def _followed(live: LiveRemote) -> Iterator[None]:
    stop, caught_up = threading.Event(), threading.Event()
    following = threading.Thread(target=live.follow, args=(stop, Listener(lambda _: caught_up.set())))
    following.start()
    caught_up.wait()
    yield
    stop.set()
    following.join()


def _received(connection: Connection, do: Callable[[], object]) -> int:
    before = connection.traffic[1]
    do()
    return connection.traffic[1] - before
