"""Recording: what a call of `log()` costs, what a kill takes away, what a training script pays to begin."""

import csv
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from zlib import crc32

from harness import Row, paired, quantile

import trackside

CALLS = 20_000
PAIRS = 15
WINDOW = 20_000
WINDOWS = 12
KILLS = 5
FRESH = 9
VALUES = {"train/loss": 0.1, "train/accuracy": 0.2, "val/loss": 0.3, "val/accuracy": 0.4, "lr": 3e-4}

LOGGING = """
import sys, trackside
run = trackside.init(project="bench", store=sys.argv[1], quiet=True)
step = 0
while True:
    run.log({"loss": 0.5, "accuracy": 0.25}, step=step)
    print(step, flush=True)
    step += 1
"""

SEALING = """
import shutil, sys, tempfile
from pathlib import Path
from trackside.store.layout import RunPaths
from trackside.store.seal import seal
source = Path(sys.argv[1])
first = True
while True:
    with tempfile.TemporaryDirectory(dir=source.parent.parent) as folder:
        run = RunPaths(Path(folder) / source.name)
        shutil.copytree(source, run.root)
        assert seal(run) == 1
    if first:
        print("sealing", flush=True)
        first = False
"""

INIT = """
import sys, time
import trackside
began = time.perf_counter()
run = trackside.init(project="bench", store=sys.argv[1], quiet=True, params={"lr": 1e-3}, tags=["a"], seed=7)
print(time.perf_counter() - began)
"""


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return [log_call(root), beside_a_sealer(root), lost_to_kills(root), *beginnings(root)]


def log_call(root: Path) -> Row:
    """A call of `log()` with five floats against the least that makes the same bytes durable."""
    path = root / "bare"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    numbers = tuple(VALUES.values())

    def bare() -> None:
        pack, now, write = struct.pack, time.time, os.write
        for step in range(CALLS):
            body = pack("<Hqd5d", 0, step, now(), *numbers)
            write(descriptor, pack("<I", len(body)) + body + pack("<I", crc32(body)))

    def write_alone() -> None:
        write, frame = os.write, bytes(66)
        for _ in range(CALLS):
            write(descriptor, frame)

    with (
        trackside.init(project="bench", store=root / "store", quiet=True) as run,
        (root / "rows.csv").open("w", newline="") as stream,
    ):
        lines = csv.writer(stream)

        def log() -> None:
            for step in range(CALLS):
                run.log(VALUES, step=step)

        def log_csv() -> None:
            for step in range(CALLS):
                lines.writerow((step, time.time(), *numbers))
                stream.flush()

        log()
        to_bare, to_write, to_csv = (paired(log, floor, PAIRS) for floor in (bare, write_alone, log_csv))
    os.close(descriptor)
    beside = f"{to_write.ratio:.1f} × os.write, {to_csv.ratio:.1f} × a flushed csv.writer"
    note = f"{to_bare.ours / CALLS * 1e6:.2f} µs; {beside}"
    return Row("log() of 5 floats", to_bare.ratio, 2.0, "×", "struct.pack, time, crc32 and os.write", note)


def beside_a_sealer(root: Path) -> Row:
    """The 99th percentile of a call while another process seals, against the same while that process stands still."""
    store = root / "sealed"
    with trackside.init(project="bench", store=store, quiet=True) as run:
        for step in range(50_000):
            run.log(VALUES, step=step)
    with (
        sealer(next(store.glob("runs/*/*"))) as process,
        trackside.init(project="bench", store=root / "store", quiet=True) as run,
    ):
        busy, idle = [], []
        for _ in range(WINDOWS):
            process.send_signal(signal.SIGSTOP)
            idle.append(p99(run))
            process.send_signal(signal.SIGCONT)
            busy.append(p99(run))
    ratio = median(one / other for one, other in zip(busy, idle, strict=True))
    note = f"p99 {median(busy) * 1e6:.1f} µs beside it, {median(idle) * 1e6:.1f} µs alone, on {os.cpu_count()} cores"
    return Row("p99 of log() while another process seals", ratio, 1.5, "×", "p99 of log() alone", note)


def lost_to_kills(root: Path) -> Row:
    """Calls that had returned, and were not on disk after `kill -9`."""
    lost = returned = 0
    for kill in range(KILLS):
        store = root / f"killed-{kill}"
        process = subprocess.Popen([sys.executable, "-c", LOGGING, store], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(1000 * (kill + 1)):
            process.stdout.readline()
        process.kill()
        left = process.stdout.read().count("\n")
        process.wait()
        printed = 1000 * (kill + 1) + left
        with trackside.attach(store) as reader:
            kept = set(reader.curve("loss", "@last").get_column("step").to_list())
        lost += len(set(range(printed)) - kept)
        returned += printed
    return Row("calls lost to kill -9", lost, 0, "", f"{returned:,} calls that returned", f"{KILLS} kills")


def beginnings(root: Path) -> list[Row]:
    """What a fresh process pays for the import and for `init()`, each the median of some."""
    ours, whole, floor = [], [], []
    for _ in range(FRESH):
        ours.append(import_seconds("import trackside"))
        floor.append(import_seconds("import msgspec"))
        whole.append(import_seconds("import trackside; trackside.init"))
    began = [float(fresh(INIT, str(root / "begun"))) for _ in range(FRESH)]
    ratio = median(one / other for one, other in zip(ours, floor, strict=True))
    note = f"{median(ours) * 1e3:.1f} ms; {median(whole) * 1e3:.0f} ms with all that recording needs"
    return [
        Row("import trackside", ratio, 2.0, "×", f"import msgspec, {median(floor) * 1e3:.0f} ms", note),
        Row("init()", median(began) * 1e3, 150, "ms", "a fresh process", "its imports included"),
    ]


def p99(run: trackside.Run) -> float:
    """The 99th percentile of some calls, in seconds."""
    now, taken = time.perf_counter, []
    for _ in range(WINDOW):
        began = now()
        run.log(VALUES)
        taken.append(now() - began)
    return quantile(taken, 0.99)


@contextmanager
def sealer(run: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that seals copies of a run, one after the other; it has begun."""
    process = subprocess.Popen([sys.executable, "-c", SEALING, run], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline() != "sealing\n":
        raise RuntimeError("the process that seals ended")
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait()


def import_seconds(statement: str) -> float:
    """How long a statement takes in a fresh process."""
    return float(fresh(f"import time\nbegan = time.perf_counter()\n{statement}\nprint(time.perf_counter() - began)"))


def fresh(code: str, *arguments: str) -> str:
    """What code prints in a process of its own."""
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True).stdout
