"""Files of a host without trackside that make no sense: they end the copy with one line, and hold nobody up."""

import json
import struct
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trackside.model.errors import StoreError
from trackside.services.places.listener import Listener
from trackside.services.remote.copies import copying
from trackside.services.remote.copies.copying import Copying
from trackside.services.remote.near.connection import News
from trackside.services.remote.protocol.alike import packed

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
        return 1 if name == "go_through" else None

    def raw(self, name: str, *given: Any) -> bytes:
        if name == "next_runs":
            return packed([])
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


RUN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
TOLD = {"path": "run.json", "inode": 1, "age": 0, "content": {"id": RUN}}
BRIEF = {"run": RUN, "stamp": 7, "files": [TOLD]}


class InBrief(Host):
    """What is behind the connection: it tells of one run in brief, and answers nothing else."""

    def __init__(self, brief: dict[str, Any]) -> None:
        super().__init__(WHOLE)
        self.briefs = [[brief], []]

    def raw(self, name: str, *given: Any) -> bytes:
        return packed(self.briefs.pop(0)) if name == "next_runs" else super().raw(name, *given)


def test_a_run_in_brief_is_written_as_its_files_were(cache: Path) -> None:
    edits = {"path": "edits/ana.log", "inode": 2, "age": 0, "content": b"as they are"}
    copied_from(InBrief(BRIEF | {"files": [edits, TOLD]})).catch_up()
    found = {path.name: path.read_bytes() for path in cache.rglob(f"{RUN}/**/*.*")}
    assert found == {"run.json": b'{"id":"%s"}' % RUN.encode(), "ana.log": b"as they are"}


@pytest.mark.parametrize(
    "brief",
    [
        BRIEF | {"stamp": "new"},
        BRIEF | {"stamp": 10**20 - 1},
        BRIEF | {"stamp": 1 << 63},
        BRIEF | {"files": [TOLD | {"path": "../run.json"}]},
        BRIEF | {"files": [TOLD | {"path": "/run.json"}]},
        BRIEF | {"files": [TOLD | {"path": ".hidden"}]},
        BRIEF | {"files": [TOLD | {"inode": 1 << 64}]},
        BRIEF | {"files": [TOLD | {"inode": -1}]},
        BRIEF | {"files": [TOLD | {"content": 7}]},
        BRIEF | {"files": [TOLD | {"content": None}]},
        BRIEF | {"files": [TOLD | {"content": ["frame"]}]},
        BRIEF | {"files": [TOLD | {"content": [[0xFF01]]}]},
        BRIEF | {"files": [TOLD | {"content": [[1 << 20, b""]]}]},
        BRIEF | {"files": [TOLD | {"content": [[0xFF05, ["now"]]]}]},
        BRIEF | {"files": [TOLD | {"content": [[0xFF03, {"loss": [1]}]]}]},
        BRIEF | {"files": [TOLD | {"content": [[0xFF03, {"loss": [1, 2, 3, "sum"]}]]}]},
        BRIEF | {"files": [TOLD | {"content": [[0xFF01, bytes(1 << 20)]]}]},
    ],
)
def test_a_run_in_brief_that_makes_no_sense_ends_the_copy(cache: Path, brief: dict[str, Any]) -> None:
    with pytest.raises(StoreError):
        copied_from(InBrief(brief)).catch_up()
    assert not list(cache.parent.glob("run.json"))


def test_a_host_that_tells_of_ever_more_runs_ends_the_copy(cache: Path) -> None:
    host = InBrief(BRIEF)
    host.briefs = [[BRIEF]] * 3
    with pytest.raises(StoreError, match="more runs than it has"):
        copied_from(host).catch_up()


def test_a_run_whose_id_is_none_is_passed_over(cache: Path) -> None:
    copied_from(InBrief(BRIEF | {"run": "../../escaped"})).catch_up()
    assert not list(cache.parent.rglob("run.json"))


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
        copied_from(host).follow(threading.Event(), Listener())
