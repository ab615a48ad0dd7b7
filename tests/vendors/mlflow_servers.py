"""Tracking servers of MLflow's own, on loopback, and stores with many runs for them."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EARLIEST = 1_700_000_000_000


class RealServer:
    """`mlflow server` over a store, in a process of its own, at a port that stays."""

    def __init__(self, folder: Path, store: str, *options: str, **environ: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, "--workers", "1"]
        self._command += ["--artifacts-destination", str(folder / "served"), "--port", str(self.port), *options]
        self._environ = os.environ | {"MLFLOW_ALLOW_FILE_STORE": "true", "HOME": str(folder)} | environ
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environ, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 120
        pause = threading.Event()
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/health", timeout=5).close()
            except OSError:
                assert self._process.poll() is None, (self._folder / "server.log").read_text()
                assert time.monotonic() < deadline, "the server does not answer"
                pause.wait(0.1)
            else:
                return

    def kill(self) -> None:
        """End it and its workers in the middle of whatever they do."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def running(folder: Path, store: str, *options: str, **environ: str) -> Iterator[RealServer]:
    """A server while it is needed."""
    server = RealServer(folder, store, *options, **environ)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def database(folder: Path) -> str:
    """An empty SQLite store of MLflow's making."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    address = f"sqlite:///{folder / 'mlflow.db'}"
    SqlAlchemyStore(address, str(folder / "artifacts"))
    return address


def fill(file: Path, experiment: int, first: int, runs: int, points: int) -> None:
    """Add runs as MLflow's own client would have, faster: two metrics each, of so many points."""
    with sqlite3.connect(file) as connection:
        ids = [(number, f"{number:032x}") for number in range(first, first + runs)]
        connection.executemany(
            "insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
            " end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)"
            " values (?, ?, 'LOCAL', '', '', 'ada', 'FINISHED', ?, ?, '', 'active', ?, ?)",
            [
                (
                    run,
                    f"run-{number}",
                    EARLIEST + number,
                    EARLIEST + number + 99,
                    f"mlflow-artifacts:/{run}",
                    experiment,
                )
                for number, run in ids
            ],
        )
        connection.executemany(
            "insert into params (key, value, run_uuid) values ('lr', ?, ?)", [(repr(n / 7), run) for n, run in ids]
        )
        rows = [
            (key, value(number, step), EARLIEST + number + step, run, step)
            for number, run in ids
            for key in ("loss", "acc")
            for step in range(points)
        ]
        columns = "(key, value, timestamp, run_uuid, step, is_nan) values (?, ?, ?, ?, ?, 0)"
        connection.executemany(f"insert into metrics {columns}", rows)
        connection.executemany(f"insert into latest_metrics {columns}", rows[points - 1 :: points])


def value(number: int, step: int) -> float:
    """What the runs of `fill` logged."""
    return (number + 1) / (step + 3)
