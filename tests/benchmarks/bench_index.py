"""The index: a first page, a rebuild, and how soon a reader wakes."""

import fcntl
import os
import sqlite3
import struct
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import msgspec
from harness import Row

from trackside.model import ids
from trackside.model.run import MetricSummary, Run
from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.store import journal, manifest
from trackside.store.index import Folded, Index
from trackside.store.index_place import Place
from trackside.store.journal import Kind, RowFormat
from trackside.store.layout import RunPaths
from trackside.store.liveness import boot_id
from trackside.store.store import Store

MANY_RUNS = 100_000
REBUILT = 2_000
PER = 10_000
PAGE = 50


def rows() -> list[Row]:
    """The rows of this file."""
    return [first_page(), rebuild(), woken()]


def first_page() -> Row:
    """One page of 100,000 runs, against a bare query of the same rows through a connection of its own."""
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Place(Path(folder)))
        index.put(Folded(_run(number), b"", 0) for number in range(MANY_RUNS))
        bare = sqlite3.connect(Path(folder) / "index.db")
        query = "SELECT doc FROM runs WHERE trashed = 0 ORDER BY created DESC, id DESC LIMIT ?"
        ours, floor = _paired(
            lambda: index._rows(query, PAGE), lambda: bare.execute(query, (PAGE,)).fetchall(), times=200
        )
        decoded = min(_timed(lambda: index.first_page(PAGE)) for _ in range(50))
        bare.close()
        index.close()
    note = f"with its {PAGE} runs decoded {decoded * 1e3:.2f} ms"
    return Row("first page of 100,000 runs", ours * 1e3, 1.0, "ms", f"{ours / floor:.1f} × bare sqlite3", note)


def rebuild() -> Row:
    """The index made again from logs of 1,000 rows × 10 metrics, against reading the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        manifest.create(root)
        body = _log_of_1000_rows()
        for number in range(REBUILT):
            _write_run(root, number, body)
        logs = sorted(root.glob("runs/*/*/w/*.log"))
        store = Store.open(root)
        store.reindex()
        ours, floor = _paired(store.reindex, lambda: [log.read_bytes() for log in logs], times=3)
        store.close()
    scaled = ours * PER / REBUILT
    note = f"measured at {REBUILT:,} runs; {PER / REBUILT:.0f} × that is shown"
    return Row("index rebuild, 10,000 runs", scaled, 5.0, "s", f"{ours / floor:.1f} × reading the logs", note)


def woken() -> Row:
    """From an append to the log of a running run until its reader is told, against the watcher's own tick."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        manifest.create(root)
        log = _write_run(root, 0, _log_of_1000_rows())
        descriptor = os.open(log, os.O_RDWR | os.O_APPEND)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        waits = _waits(Store.open(root), descriptor)
        os.close(descriptor)
    ordered = sorted(waits)
    note = f"median {median(waits) * 1e3:.0f} ms of {len(waits)}"
    return Row("append → reader woken, p95", ordered[int(len(ordered) * 0.95)] * 1e3, 120.0, "ms", "100 ms tick", note)


def _waits(store: Store, descriptor: int) -> list[float]:
    told = threading.Event()
    stop = threading.Event()
    thread = threading.Thread(target=LiveStore(store).follow, args=(stop, Listener(lambda _: told.set())))
    thread.start()
    told.wait()
    time.sleep(1)
    row = RowFormat(0, 10)
    waits = []
    for step in range(60):
        time.sleep(0.05 + step * 0.003)
        told.clear()
        began = time.perf_counter()
        os.write(descriptor, row.pack(2_000 + step, time.time(), [0.5] * 10))
        told.wait(10)
        waits.append(time.perf_counter() - began)
    stop.set()
    thread.join()
    return waits


def _run(number: int) -> Run:
    at = 1_700_000_000.0 + number
    return Run(
        id=ids.new_id(at),
        name=f"run-{number}",
        project=f"p{number % 7}",
        created=at,
        status="finished",
        params={f"param{place}": number * place / 7 for place in range(20)},
        metrics={f"metric{place}": MetricSummary(last=number / 3, min=0.0, max=1.0, count=9) for place in range(10)},
    )


def _log_of_1000_rows() -> bytes:
    keys = [f"metric{place}" for place in range(10)]
    opened = {"format": 1, "writer": "w", "seq": 0, "role": "main", "boot": boot_id(), "time": 0.0}
    row = RowFormat(0, 10)
    frames = [row.pack(step, 1e9 + step, [step / (place + 1) for place in range(10)]) for step in range(1_000)]
    return b"".join([journal.packed(Kind.OPEN, opened), journal.packed(Kind.SCHEMA, [0, keys]), *frames])


def _write_run(root: Path, number: int, body: bytes) -> Path:
    run_id = ids.new_id(1_700_000_000.0 + number)
    paths: RunPaths = manifest.open_paths(root)[0].run(run_id)
    paths.logs.mkdir(parents=True)
    said = {"format": 1, "id": run_id, "name": f"run-{number}", "project": "p", "created": ids.created(run_id)}
    paths.manifest.write_bytes(msgspec.json.encode(said))
    log = paths.logs / "w.0.log"
    log.write_bytes(body)
    return log


def _timed(call: object) -> float:
    began = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - began


def _paired(ours: object, floor: object, times: int) -> tuple[float, float]:
    pairs = [(_timed(ours), _timed(floor)) for _ in range(times)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
