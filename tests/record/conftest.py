"""What a recording left on disk, read with the journal's own functions and nothing of the store's readers."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

import trackside
from trackside.store import journal
from trackside.store.journal import Kind


@dataclass
class Recording:
    """One run as its files say it."""

    folder: Path
    manifest: dict[str, Any]
    metrics: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    others: dict[str, list[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(list))
    state: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    tags: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)
    status: dict[str, Any] | None = None
    dropped: int = 0
    schemas: int = 0
    torn: int = 0

    @property
    def logs(self) -> list[Path]:
        return sorted(self.folder.glob("w/*.log"), key=lambda log: int(log.name.split(".")[-2]))

    def read(self) -> "Recording":
        for log in self.logs:
            self._read_log(log.read_bytes())
        return self

    def _read_log(self, data: bytes) -> None:
        keys: dict[int, list[str]] = {}
        table: list[str] = []
        end = 0
        for frame in journal.frames(data):
            end = frame.end
            if frame.kind < journal.FIRST_RESERVED:
                step, _, *values = _row(frame.payload)
                for key, value in zip(keys[frame.kind], values, strict=True):
                    self.metrics[key].append((step, value))
            elif frame.kind == Kind.SPARSE:
                step, _, pairs = journal.sparse_parts(frame.payload)
                for number, value in pairs:
                    self.metrics[table[number]].append((step, value))
            elif frame.kind == Kind.HEARTBEAT:
                self.dropped = max(self.dropped, journal.heartbeat_parts(frame.payload)[1])
            elif frame.kind == Kind.SCHEMA:
                number, names = journal.unpacked(frame.payload)
                if number == -1:
                    table += names
                else:
                    keys[number] = names
                    self.schemas += 1
            else:
                self._read_said(frame.kind, journal.unpacked(frame.payload))
        self.torn += len(data) - end

    def _read_said(self, kind: int, said: dict[str, Any]) -> None:
        if kind == Kind.STATE:
            for section, values in said.items():
                self.state[section].update(values)
        elif kind == Kind.MIXED:
            for key, value in said["values"].items():
                self.others[key].append((said["step"], value))
        elif kind == Kind.STATUS:
            self.status = said
        else:
            {Kind.TAGS: self.tags, Kind.MARK: self.marks, Kind.OPEN: self.opened, Kind.CLOSE: self.closed}[kind].append(
                said
            )


def _row(payload: bytes) -> tuple[Any, ...]:
    import struct

    return struct.unpack(f"<qd{(len(payload) - 16) // 8}d", payload)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture(autouse=True)
def of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the store or the configuration of whoever runs it, nor is it the rank of a job."""
    for variable in ("TRACKSIDE_MODE", "TRACKSIDE_STORE", "RANK", "WORLD_SIZE", "SLURM_PROCID", "MASTER_ADDR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home-data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home-config"))


@pytest.fixture
def recordings(store):
    """All runs of the store, the oldest first."""

    def read(at: Path = store) -> list[Recording]:
        manifests = sorted(at.glob("runs/*/*/run.json"))
        return [Recording(path.parent, msgspec.json.decode(path.read_bytes())).read() for path in manifests]

    return read


@pytest.fixture
def recorded(recordings):
    """The only run of the store."""

    def read() -> Recording:
        (found,) = recordings()
        return found

    return read


@pytest.fixture
def run(store):
    """A run that is being recorded."""
    with trackside.init(project="tests", store=store, quiet=True) as running:
        yield running


@pytest.fixture
def script(store, tmp_path):
    """Run Python code in a process of its own that has `store` in its arguments; gives the finished process."""

    def run(code: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *options, "-c", code, str(store)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **environment},
        )

    return run


@pytest.fixture
def signalled(store, tmp_path):
    """Start Python code, send a signal once it printed a line, and wait for its end.

    What it reads from its standard input ends after the signal: where it waits for that, the signal has come.
    """

    def run(code: str, number: signal.Signals) -> subprocess.CompletedProcess[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(store)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, first + out, err)

    return run
