"""A store whose runs are written frame by frame, so that a test says exactly which bytes there are."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from trackside.model import ids
from trackside.store import journal, manifest, seal
from trackside.store.journal import Kind, RowFormat
from trackside.store.layout import RunPaths
from trackside.store.liveness import boot_id
from trackside.store.store import Store


class Log:
    """One log of a run, written by hand."""

    def __init__(self, run: RunPaths, writer: str, seq: int, **opened: object) -> None:
        self.path = run.logs / f"{writer}.{seq}.log"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._schemas: dict[tuple[str, ...], RowFormat] = {}
        said = {"format": 1, "run": run.id, "writer": writer, "seq": seq, "role": "main", "boot": boot_id()}
        self.write(journal.packed(Kind.OPEN, {**said, "pid": 1, "host": os.uname().nodename, "time": 0.0, **opened}))

    def write(self, frame: bytes) -> "Log":
        with self.path.open("ab") as stream:
            stream.write(frame)
        return self

    def row(self, step: int, values: dict[str, float], at: float | None = None) -> "Log":
        keys = tuple(values)
        if keys not in self._schemas:
            self._schemas[keys] = RowFormat(len(self._schemas), len(keys))
            self.write(journal.packed(Kind.SCHEMA, [self._schemas[keys].schema, list(keys)]))
        return self.write(self._schemas[keys].pack(step, 1000.0 + step if at is None else at, list(values.values())))

    def state(self, **sections: object) -> "Log":
        return self.write(journal.packed(Kind.STATE, sections))

    def close(self, *, rotated: bool = False) -> "Log":
        return self.write(journal.packed(Kind.CLOSE, {"rotated": rotated}))

    def end(self, status: str, at: float = 2000.0, **said: object) -> "Log":
        self.write(journal.packed(Kind.STATUS, {"status": status, "time": at, **said}))
        return self.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    manifest.create(tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of any size are sealed."""
    monkeypatch.setattr(seal, "SMALLEST", 0)


@pytest.fixture
def store(root: Path) -> Store:
    return Store.open(root)


@pytest.fixture
def begin(root: Path) -> Callable[..., RunPaths]:
    """Make the folder of a run."""

    def make(name: str = "a-run", project: str = "p", **said: object) -> RunPaths:
        run_id = ids.new_id()
        paths = manifest.open_paths(root)[0].run(run_id)
        paths.root.mkdir(parents=True)
        content = {"format": 1, "id": run_id, "name": name, "project": project, "created": time.time(), **said}
        paths.manifest.write_bytes(msgspec.json.encode(content))
        return paths

    return make


@pytest.fixture
def log() -> type[Log]:
    return Log
