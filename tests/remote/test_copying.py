"""Files of a host without trackside that make no sense: they end the copy with one line, and hold nobody up."""

import json
import struct
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trackside.model.errors import StoreError
from trackside.services.remote.copies import copying
from trackside.services.remote.copies.copying import Copying
from trackside.services.remote.near.connection import News

NEWS = {"run": "", "path": "digits.json", "start": 0, "inode": 1, "age": 0.0}
WHOLE = {"run": "", "all": ["digits.json"], "whole": True}


class Host:
    """What is behind the connection, without a run: each answer with files is these records."""

    remote = SimpleNamespace(address="ssh://box/runs")
    lost_at = None

    def __init__(self, *records: dict[str, Any], trouble: str = "") -> None:
        self.records = records
        self.trouble = trouble
        self.asked = 0

    def call(self, name: str, *given: Any) -> Any:
        return {} if name == "run_stamps" else None

    def raw(self, name: str, wanted: Any) -> bytes:
        self.asked += 1
        return b"".join(map(_record, self.records))

    def news(self, seconds: float) -> News:
        return News(said={"trouble": self.trouble})


def _record(said: dict[str, Any]) -> bytes:
    data = b"owned" if "path" in said else b""
    head = json.dumps(said | {"size": len(data)} if data else said).encode()
    return struct.pack("<I", len(head)) + head + data


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACKSIDE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def copied_from(host: Host) -> Copying:
    return Copying(host)  # type: ignore[arg-type]


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    "records",
    [
        [NEWS | {"start": -5}],
        [NEWS | {"start": 7}],
        [NEWS, NEWS | {"start": 3}],
        [NEWS | {"inode": 1 << 80}],
        [NEWS | {"inode": -1}],
        [NEWS | {"age": "old"}],
        [NEWS, NEWS | {"path": "digits.json/inner"}],
    ],
)
def test_files_that_make_no_sense_end_the_copy(records: list[dict[str, Any]]) -> None:
    with pytest.raises(StoreError):
        copied_from(Host(*records, WHOLE)).catch_up()


@pytest.mark.parametrize("age", [1e300, -1e300])
def test_a_file_is_copied_however_old_its_host_says_it_is(cache: Path, age: float) -> None:
    copied_from(Host(NEWS | {"age": age}, WHOLE)).catch_up()
    (path,) = cache.rglob("digits.json")
    assert path.read_bytes() == b"owned"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("bound", ["_MOST_ROUNDS", "_MOST_BROUGHT"])
def test_files_that_come_to_no_end_end_the_copy(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(copying, bound, 3)
    with pytest.raises(StoreError, match="comes to no end"):
        copied_from(Host(NEWS)).catch_up()


@pytest.mark.usefixtures("cache")
def test_what_a_host_cannot_read_is_told_while_its_store_is_followed() -> None:
    host = Host(NEWS, WHOLE, trouble="/runs/changed: Stale file handle")
    with pytest.raises(StoreError, match="ssh://box/runs: /runs/changed: Stale file handle"):
        copied_from(host).follow(threading.Event(), None, lambda _: None, lambda: None)
