"""Side by side with LEET, the terminal app of Weights & Biases, on the same machine in the same run.

Both read the same `.wandb` files, which are written here; where a figure depends on the format, ours on a store of its
own stands beside them. Needs W&B's newest client: `just vendors` installs it. Without, there are no rows.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from bench_wandb import METRICS, write
from core_log import WandbLog
from harness import Row, quantile
from logging_process import logging

sys.path.append(str(Path(__file__).parents[1] / "tui"))
from terminal_app import TerminalApp

THEIRS = Path(__file__).parents[2] / ".vendors" / "bin" / "wandb"
TIMES = 7
LONG_TIMES = 5
"""LEET reads a long run at one of two paces, of which one takes five times as long as the other."""
SHORT, LONG = 2_000, 1_000_000
RUNS = 1_000
RATES = {1.0: 30, 2.0: 20}
"""Seconds between two points, and how many points."""
UNEVEN = 0.25
"""By which part of that they may differ: at even distances a program that polls is always as late, or never."""
QUIET = 10.0
BOX_SECONDS = 0.2
"""After which a box takes what is typed; LEET is never quiet."""
CURVE = 20
"""Braille cells that make a curve."""


class Peer(NamedTuple):
    """A program that is measured: `command` opens a place, `filters` are the keys that ask for lr ≥ 0.5."""

    name: str
    command: list[str]
    first: str
    filters: tuple[str, str]
    found: str
    complete: str


OURS = Peer(
    "ours", [sys.executable, "-m", "trackside"], "trackside", ("/", "lr>=0.5"), "500 of 1,000", "of 1,000,000 points"
)
LEET = Peer("LEET", [str(THEIRS), "leet"], "Runs [", ("f", "cfg.lr>=0.5"), "500 filtered from", "999999")


def rows() -> list[Row]:
    """The rows of this file."""
    if not THEIRS.exists():
        print("  wandb is not here to compare with: `just vendors` installs it", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return [*starts(root), *complete(root), filtered(root), *live(root)]


def starts(root: Path) -> list[Row]:
    """Process start to anything at all, and to the first curve; and what the processes hold by then."""
    place = root / "short" / "wandb"
    write(place / "run-20260101_000000-abc", SHORT)
    seen: dict[str, list[tuple[float, ...]]] = {OURS.name: [], LEET.name: []}
    for _ in range(TIMES):
        for peer in (OURS, LEET):
            with _opened(peer, place, root) as app:
                first = app.wait_for(peer.first) - app.started
                chart = app.wait_until(lambda app=app: _has_curve(app), "a curve") - app.started
                seen[peer.name].append((first, chart, _memory(app)))
    first, chart, memory = zip(_medians(seen[OURS.name]), _medians(seen[LEET.name]), strict=True)
    return [
        _ratio("process start to anything on screen", *first, "s", 2.0),
        _ratio(f"process start to the first curve, {SHORT:,} steps", *chart, "s", 1.0),
        _ratio("memory with that curve on screen", *memory, "MiB", 1.5),
    ]


def complete(root: Path) -> list[Row]:
    """Process start to a chart of all of a long run, the first time it is seen; and the most that is held meanwhile."""
    place = root / "long" / "wandb"
    write(place / "run-20260101_000000-abc", LONG)
    seen: dict[str, list[tuple[float, ...]]] = {OURS.name: [], LEET.name: []}
    for _ in range(LONG_TIMES):
        for peer in (OURS, LEET):
            with _opened(peer, place, root) as app:
                took = app.wait_for(peer.complete, 300) - app.started
                seen[peer.name].append((took, _memory(app)))
    took, memory = zip(_medians(seen[OURS.name]), _medians(seen[LEET.name]), strict=True)
    what = f"{LONG:,} steps × {len(METRICS)}"
    return [
        _ratio(f"process start to a complete chart of {what}", *took, "s", 1.0),
        _ratio("most memory by then", *memory, "MiB", 1.0),
    ]


def filtered(root: Path) -> Row:
    """Process start to a complete count of the runs that a filter by a param finds, typed at once."""
    place = root / "many" / "wandb"
    for number in range(RUNS):
        name = f"r{number:04d}"
        with WandbLog(place / f"run-20260101_{number:06d}-{name}", name, {"lr": number / RUNS}) as log:
            for step in range(20):
                log.log(step, {"train/loss": 1 / (step + 1)}, float(step))
    found = {peer.name: _counted(peer, place, root) for peer in (OURS, LEET)}
    return _ratio(f"process start to a filter's complete count, {RUNS:,} runs", found["ours"], found["LEET"], "s", 1.0)


def _counted(peer: Peer, place: Path, root: Path) -> float:
    with _opened(peer, place, root) as app:
        app.wait_for(peer.first)
        opens, text = peer.filters
        app.send(opens)
        app.written_in(BOX_SECONDS)
        app.send(text)
        return app.wait_for(peer.found, 120) - app.started


def live(root: Path) -> list[Row]:
    """From the bytes in the file, or from log(), to the value on screen; and what that and silence write."""
    place = root / "live" / "wandb"
    found: list[Row] = []
    with WandbLog(place / "run-20260101_000000-abc", "abc", started=int(time.time())) as log:
        log.log(0, {"loss": 1.0}, 0.0)
        log.flush()
        with _opened(OURS, place, root) as ours, _opened(LEET, place, root) as leet:
            for app in (ours, leet):
                app.wait_for("loss")
                app.written_in(3)
            step = 0
            for pause, points in RATES.items():
                waits = _watched(log, step, pause, points, ours, leet)
                step += points
                found += _staleness(pause, waits)
            idle = {name: len(app.written_in(QUIET)) for name, app in (("ours", ours), ("LEET", leet))}
    found.append(_ratio(f"written in {QUIET:g} s without a new point", idle["ours"], idle["LEET"], "bytes", 1.0))
    return [*found, _own(root)]


class Watched(NamedTuple):
    """Seconds that each value took to the screen, and the bytes that were written meanwhile."""

    waits: list[float]
    written: int


def _watched(
    log: WandbLog, first: int, pause: float, points: int, ours: TerminalApp, leet: TerminalApp
) -> dict[str, Watched]:
    """Log so many points, and see each of them on both screens."""
    before = {"ours": len(ours.raw), "LEET": len(leet.raw)}
    waits: dict[str, list[float]] = {"ours": [], "LEET": []}
    uneven = Random(first)
    for point in range(first + 1, first + points + 1):
        value = 10_000 + 137 * point
        log.log(point, {"loss": value}, point * pause)
        log.flush()
        began = time.monotonic()
        watching = [
            threading.Thread(target=_await, args=(app, str(value), began, waits[name]))
            for name, app in (("ours", ours), ("LEET", leet))
        ]
        for thread in watching:
            thread.start()
        for thread in watching:
            thread.join()
        time.sleep(max(0.0, began + pause * uneven.uniform(1 - UNEVEN, 1 + UNEVEN) - time.monotonic()))
    return {name: Watched(waits[name], len(app.raw) - before[name]) for name, app in (("ours", ours), ("LEET", leet))}


def _await(app: TerminalApp, value: str, began: float, waits: list[float]) -> None:
    waits.append(app.wait_for(value, 60) - began)


def _staleness(pause: float, seen: dict[str, Watched]) -> Iterator[Row]:
    rate = f"{1 / pause:g} Hz"
    for what, share in (("p50", 0.5), ("p95", 0.95)):
        ours, theirs = (quantile(seen[name].waits, share) * 1e3 for name in ("ours", "LEET"))
        yield _ratio(f"in the .wandb file → on screen at {rate}, {what}", ours, theirs, "ms", 1.0)
    ours, theirs = (seen[name].written / len(seen[name].waits) for name in ("ours", "LEET"))
    yield _ratio(f"written a point at {rate}", ours, theirs, "bytes", 1.0)


def _own(root: Path) -> Row:
    """From the return of log() to the screen, of a store of our own, at 1 Hz."""
    store = root / "own"
    waits = []
    with logging(store) as log:
        log(1.0)
        with _opened(OURS, store, root) as app:
            app.wait_for("loss")
            app.written_in(3)
            for point in range(1, RATES[1.0] + 1):
                value = 10_000 + 137 * point
                began = log(float(value))
                waits.append(app.wait_for(str(value)) - began)
                app.written_in(max(0.0, began + 1 - time.monotonic()))
    note = f"median {median(waits) * 1e3:.0f} ms; LEET has no such store"
    return Row("log() → on screen at 1 Hz, a store of our own, p95", quantile(waits, 0.95) * 1e3, 500, "ms", "-", note)


@contextmanager
def _opened(peer: Peer, place: Path, root: Path) -> Iterator[TerminalApp]:
    """A peer on a place, as somebody sees it who never saw it before; its modules are compiled."""
    with tempfile.TemporaryDirectory(dir=root, ignore_cleanup_errors=True) as home:
        cache = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(root / "compiled")}
        with TerminalApp(
            [*peer.command, str(place)], columns=160, rows=45, environment={**cache, "HOME": home, "XDG_CACHE_HOME": ""}
        ) as app:
            yield app


def _has_curve(app: TerminalApp) -> bool:
    return sum("\u2800" < cell <= "\u28ff" for cell in app.text) >= CURVE


def _memory(app: TerminalApp) -> float:
    """The most that the processes of its session ever held, in MiB."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == app.pid:
                status = (folder / "status").read_text()
                found += int(status.partition("VmHWM:")[2].split()[0])
        except (OSError, IndexError):  # it ended meanwhile
            continue
    return found / 1024


def _medians(seen: list[tuple[float, ...]]) -> list[float]:
    return [median(column) for column in zip(*seen, strict=True)]


def _ratio(what: str, ours: float, theirs: float, unit: str, most: float) -> Row:
    note = f"{ours:,.4g} {unit} against {theirs:,.4g} {unit}"
    return Row(what, ours / theirs if theirs else float(ours > 0), most, "×", "LEET", note)
