"""Runs that go on, written in the journal's own frames by one process, until its standard input ends.

    python tests/benchmarks/live_runs.py STORE RUNS VALUES_A_SECOND

It says `ready` once all of them run.
"""

import os
import select
import sys
import time
from pathlib import Path

import msgspec

from trackside.model import ids
from trackside.store import journal, liveness
from trackside.store.journal import Kind, RowFormat
from trackside.store.layout import StorePaths

_WRITER = "live-1-00000000"
_ROW = RowFormat(0, 1)


def main() -> None:
    """Write what the command line asks for."""
    store = StorePaths(Path(sys.argv[1]))
    logs = [_begin(store, number) for number in range(int(sys.argv[2]))]
    print("ready", flush=True)
    began, step, rate = time.monotonic(), 0, float(sys.argv[3])
    while not _wait(began + step / rate):
        for log in logs:
            os.write(log, _ROW.pack(step, time.time(), [1 / (step + 1)]))
        step += 1


def _begin(store: StorePaths, number: int) -> int:
    """The descriptor of a new run's log, which is locked as a writer's is."""
    now = time.time()
    run = store.run(ids.new_id(now))
    run.logs.mkdir(parents=True)
    log = os.open(run.logs / f"{_WRITER}.0.log", os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
    liveness.lock(log)
    opening = {"format": journal.FORMAT, "run": run.id, "writer": _WRITER, "seq": 0, "role": "main"}
    by = {"boot": liveness.boot_id(), "pid": os.getpid(), "host": "bench", "time": now}
    os.write(log, journal.packed(Kind.OPEN, {**opening, **by}))
    os.write(log, journal.packed(Kind.SCHEMA, [0, ["train/loss"]]))
    said = {"format": journal.FORMAT, "id": run.id, "project": "live", "name": f"live-{number}", "created": now}
    run.manifest.write_bytes(msgspec.json.encode({**said, "host": "bench", "command": ["python", "train.py"]}))
    store.changed.mkdir(exist_ok=True)
    with (store.changed / "bench.log").open("a") as announced:
        announced.write(f"{run.id}\n")
    return log


def _wait(until: float) -> bool:
    """Wait until then; whether standard input ended meanwhile."""
    return bool(select.select([sys.stdin], [], [], max(0.0, until - time.monotonic()))[0])


if __name__ == "__main__":
    main()
