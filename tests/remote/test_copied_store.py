"""The mirror of a store on a host without trackside: what is fetched once it is looked at, whoever sends it."""

import hashlib
from pathlib import Path
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from blake3 import blake3

from trackside.model.errors import DamagedError
from trackside.model.foreign import Content
from trackside.services.remote.copies.copied_store import CopiedStore
from trackside.services.remote.near.link import LostError
from trackside.store.mirrored import MirroredStore, place_of

RUN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
PRINTED = b"line\n" * 20


class Host:
    """What is behind the connection: one file, sent eight bytes at a time, which may break off."""

    remote = SimpleNamespace(address="ssh://box/runs")

    def __init__(self, content: bytes, breaks_at: int | None = None) -> None:
        self.content = content
        self.breaks_at = breaks_at

    def call(self, name: str, *given: Any) -> list[str]:
        return ["w.log"]

    def raw(self, name: str, path: str, start: int) -> bytes:
        if self.breaks_at is not None and start >= self.breaks_at:
            raise LostError("gone")
        return self.content[start : start + 8]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CopiedStore:
    monkeypatch.setenv("TRACKSIDE_CACHE", str(tmp_path / "cache"))
    made = CopiedStore.own_at("ssh://box/runs")
    made.bring = lambda _: None
    return made


def behind(store: CopiedStore, host: Host) -> CopiedStore:
    store.connection = host  # type: ignore[assignment]
    return store


def test_a_host_cannot_have_files_of_this_machine_opened(store: CopiedStore, tmp_path: Path) -> None:
    secret = tmp_path / "id_rsa"
    secret.write_text("own")
    with pytest.raises(DamagedError, match="not copied into the store"):
        behind(store, Host(b"")).content(RUN, place_of(Content(path=secret, size=3)))


@pytest.mark.parametrize("digest", ["at:nonsense", 'at:{"path":{"other":""},"size":1}'])
def test_a_place_that_is_none_is_told_as_damage(store: CopiedStore, digest: str) -> None:
    with pytest.raises(DamagedError):
        MirroredStore.content(store, RUN, digest)


@pytest.mark.parametrize("algorithm", ["blake3", "sha256"])
def test_content_whose_fetch_broke_off_is_fetched_again(store: CopiedStore, algorithm: str) -> None:
    content = bytes(range(50))
    digest = f"{algorithm}:{(blake3 if algorithm == 'blake3' else hashlib.sha256)(content).hexdigest()}"
    with pytest.raises(LostError):
        behind(store, Host(content, breaks_at=16)).content(RUN, digest)
    assert behind(store, Host(content)).content(RUN, digest) == content


def test_content_that_is_not_what_its_name_says_is_not_kept(store: CopiedStore) -> None:
    digest = f"blake3:{blake3(b'meant').hexdigest()}"
    with pytest.raises(DamagedError):
        behind(store, Host(b"other")).content(RUN, digest)
    assert behind(store, Host(b"meant")).content(RUN, digest) == b"meant"


def test_what_a_run_printed_is_kept_once_however_many_look(store: CopiedStore) -> None:
    class Slow(Host):
        both = Barrier(2)

        def raw(self, name: str, path: str, start: int) -> bytes:
            self.both.wait(10)
            return super().raw(name, path, start)

    behind(store, Slow(PRINTED))
    looking = [Thread(target=store.console, args=(RUN,)) for _ in range(2)]
    for one in looking:
        one.start()
    for one in looking:
        one.join()
    assert (store.run_paths(RUN).console / "w.log").read_bytes() == PRINTED
    behind(store, Host(PRINTED + b"end")).console(RUN)
    assert (store.run_paths(RUN).console / "w.log").read_bytes() == PRINTED + b"end"
