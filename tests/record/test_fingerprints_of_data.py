"""Data is known by its content where that can be read in time, and by what other systems state of it."""

import os
import threading
import time
from pathlib import Path

import pytest
from blake3 import blake3

import trackside
from trackside.record.capture import data, trees
from trackside.record.capture.pointers import Fingerprint

SHA = "0123456789abcdef" * 4


def fingerprints(place: str | Path) -> list[Fingerprint]:
    return list(data.fingerprints(data.absolute(str(place)), threading.Event()))


def fingerprint(place: str | Path) -> Fingerprint:
    """The last word on what lies at a place."""
    return fingerprints(place)[-1]


def write(path: Path, content: bytes | str, age: float = 60.0) -> Path:
    """A file that was last changed some time ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


@pytest.fixture
def reads(monkeypatch):
    """The bytes that were read to be hashed."""
    counted: list[int] = []
    spend = trees.Budget.spend

    def counting(self, size):
        counted.append(size)
        spend(self, size)

    monkeypatch.setattr(trees.Budget, "spend", counting)
    return counted


def test_a_file_a_folder_and_a_glob_are_known_by_content(tmp_path):
    one = write(tmp_path / "set" / "a.bin", b"1")
    write(tmp_path / "set" / "sub" / "b.bin", b"22")
    listed = f"a.bin\0blake3:{blake3(b'1').hexdigest()}\nsub/b.bin\0blake3:{blake3(b'22').hexdigest()}\n"
    whole = Fingerprint(f"blake3:{blake3(listed.encode()).hexdigest()}", 2, 3)
    assert fingerprint(one) == Fingerprint(f"blake3:{blake3(b'1').hexdigest()}", 1, 1)
    assert fingerprint(tmp_path / "set") == whole
    assert fingerprint(tmp_path / "set" / "**" / "*.bin") == whole
    assert fingerprint(f"file://{tmp_path}/set") == whole


def test_the_same_content_elsewhere_is_the_same_data_and_a_changed_name_is_not(tmp_path):
    for place in ("here", "there"):
        write(tmp_path / place / "a", b"1", age=hash(place) % 1000)
        write(tmp_path / place / "b", b"2")
    assert fingerprint(tmp_path / "here") == fingerprint(tmp_path / "there")
    (tmp_path / "there" / "b").rename(tmp_path / "there" / "c")
    assert fingerprint(tmp_path / "here") != fingerprint(tmp_path / "there")


def test_links_to_folders_are_followed_once(tmp_path):
    write(tmp_path / "store" / "x", b"1")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train").symlink_to(tmp_path / "store")
    (tmp_path / "set" / "loop").symlink_to(tmp_path / "set")
    before = fingerprint(tmp_path / "set")
    assert before.files == 1
    write(tmp_path / "store" / "x", b"2")
    assert fingerprint(tmp_path / "set") != before


def test_data_that_did_not_change_is_not_read_again(tmp_path, reads):
    write(tmp_path / "set" / "a", bytes(10_000))
    write(tmp_path / "set" / "b", bytes(20_000))
    first = fingerprint(tmp_path / "set")
    assert sum(reads) == 30_000
    reads.clear()
    assert fingerprint(tmp_path / "set") == first
    assert sum(reads) == 0
    write(tmp_path / "set" / "b", bytes(20_000), age=30)
    assert fingerprint(tmp_path / "set") == first
    assert sum(reads) == 20_000


def test_a_file_that_was_written_a_moment_ago_is_read_again(tmp_path, reads):
    path = write(tmp_path / "a", bytes(10_000), age=0)
    fingerprint(path)
    stat = path.stat()
    path.write_bytes(b"\1" * 10_000)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert fingerprint(path).fingerprint == f"blake3:{blake3(bytes([1]) * 10_000).hexdigest()}"


def test_a_cache_that_is_damaged_or_cannot_be_written_costs_nothing_but_time(tmp_path, own_home, monkeypatch):
    path = write(tmp_path / "a", bytes(10_000))
    first = fingerprint(path)
    (cached,) = (own_home / ".cache" / "trackside" / "fingerprints").iterdir()
    cached.write_bytes(b"\xc1nonsense")
    assert fingerprint(path) == first
    monkeypatch.setenv("TRACKSIDE_CACHE", "/proc/nowhere")
    assert fingerprint(path) == first


@pytest.mark.parametrize("limit", ["MOST_SECONDS", "MOST_BYTES", "stop"])
def test_what_cannot_be_read_in_time_is_known_by_sizes_and_times(limit, tmp_path, monkeypatch):
    write(tmp_path / "set" / "a", bytes(5_000))
    if limit == "stop":
        monkeypatch.setattr(trees, "by_content", _over)
    elif limit == "MOST_SECONDS":
        monkeypatch.setattr(trees, "by_content", _after(0.05, trees.by_content))
        monkeypatch.setattr(data, limit, 0.05)
    else:
        monkeypatch.setattr(data, limit, 4_999)
    found = fingerprint(tmp_path / "set")
    assert found.fingerprint is not None
    assert found.fingerprint.startswith("stat:")
    assert (found.files, found.bytes) == (1, 5_000)
    assert fingerprint(tmp_path / "set") == found
    os.utime(tmp_path / "set" / "a", (1, 1))
    assert fingerprint(tmp_path / "set") != found


def _over(*_):
    raise trees.OverError("stopped")


def _after(seconds, call):
    def waiting(*arguments):
        began = time.monotonic()
        while time.monotonic() - began <= seconds:
            pass
        return call(*arguments)

    return waiting


def test_of_much_data_sizes_and_times_are_told_before_the_content(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_QUICK_BYTES", 1_000)
    write(tmp_path / "a", bytes(5_000))
    kinds = [str(found.fingerprint).partition(":")[0] for found in fingerprints(tmp_path / "a")]
    assert kinds == ["stat", "blake3"]


def test_dvc_s_files_state_what_they_stand_for(tmp_path):
    write(tmp_path / "x.dvc", "outs:\n- md5: abc123.dir\n  size: 55\n  nfiles: 3\n  hash: md5\n  path: x\n")
    imported = "deps:\n- path: data\n  md5: other\nouts:\n- path: y\n  md5: def456\n  size: 7\n"
    write(tmp_path / "y.dvc", imported)
    assert fingerprint(tmp_path / "x.dvc") == Fingerprint("md5:abc123.dir", 3, 55)
    assert fingerprint(tmp_path / "y.dvc") == Fingerprint("md5:def456", None, 7)
    assert fingerprint(tmp_path / "y") == Fingerprint("md5:def456", None, 7), "it is missing here, beside its .dvc"
    lock = """
schema: '2.0'
stages:
  prepare:
    cmd: python prepare.py
    deps:
    - path: raw
      md5: no
    outs:
    - path: train
      hash: md5
      md5: aa
      size: 3
    - path: eval
      md5: bb
      size: 4
"""
    write(tmp_path / "dvc.lock", lock)
    listed = "eval\0md5:bb\ntrain\0md5:aa\n"
    assert fingerprint(tmp_path / "dvc.lock") == Fingerprint(f"blake3:{blake3(listed.encode()).hexdigest()}", 2, 7)


def test_git_annex_s_links_count_whether_their_content_is_here_or_not(tmp_path):
    key = f"SHA256E-s1048576--{SHA}.tar.gz"
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.tar.gz").symlink_to(f"../.git/annex/objects/Kj/9x/{key}/{key}")
    write(tmp_path / "set" / "b.tar.gz", f"/annex/objects/MD5-s12--{SHA[:32]}\n")
    assert fingerprint(tmp_path / "set" / "a.tar.gz") == Fingerprint(f"sha256:{SHA}", 1, 1048576)
    assert fingerprint(tmp_path / "set" / "b.tar.gz") == Fingerprint(f"md5:{SHA[:32]}", 1, 12)
    listed = f"a.tar.gz\0sha256:{SHA}\nb.tar.gz\0md5:{SHA[:32]}\n"
    assert fingerprint(tmp_path / "set") == Fingerprint(f"blake3:{blake3(listed.encode()).hexdigest()}", 2, 1048588)


def test_git_lfs_s_pointers_state_what_they_stand_for(tmp_path):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA}\nsize 12345\n"
    assert fingerprint(write(tmp_path / "a.bin", pointer)) == Fingerprint(f"sha256:{SHA}", 1, 12345)


@pytest.mark.parametrize(
    ("address", "stated"),
    [
        ("lakefs://repo/main/data/", None),
        (f"lakefs://repo/{SHA}/data/", f"lakefs:{SHA}"),
        ("s3://bucket/data", None),
    ],
)
def test_addresses_are_kept_and_a_commit_of_lakefs_is_a_fingerprint(address, stated, store, recorded):
    trackside.init(project="tests", store=store, quiet=True, data={"train": address}).finish()
    assert recorded().state["data"]["train"] == {"uri": address, "fingerprint": stated, "files": None, "bytes": None}


def test_a_place_means_the_same_after_the_script_has_gone_elsewhere(tmp_path, store, recorded, monkeypatch):
    write(tmp_path / "train.npz", b"train")
    monkeypatch.chdir(tmp_path)
    run = trackside.init(project="tests", store=store, quiet=True, data={"train": "train.npz"})
    os.chdir("/")
    run.finish()
    said = recorded().state["data"]["train"]
    assert (said["uri"], said["fingerprint"]) == ("train.npz", f"blake3:{blake3(b'train').hexdigest()}")


def test_data_that_is_not_there_is_told_and_its_place_kept(store, recorded, capsys, tmp_path):
    trackside.init(project="tests", store=store, quiet=True, data={"train": tmp_path / "missing"}).finish()
    assert recorded().state["data"] == {"train": {"uri": str(tmp_path / "missing")}}
    assert "data 'train'" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["", "*", "**/*"])
def test_a_folder_of_many_files_is_not_listed_beyond_what_it_may_take(tmp_path, monkeypatch, place):
    for number in range(50):
        write(tmp_path / f"{number}.txt", b"x")
    stop = threading.Event()
    identity = trees.identity

    def stopping_at_once(path):
        stop.set()
        listed.append(path)
        return identity(path)

    listed = []
    monkeypatch.setattr(trees, "identity", stopping_at_once)
    with pytest.raises(trees.OverError):
        next(data.fingerprints(str(tmp_path / place), stop))
    assert len(listed) == 1
