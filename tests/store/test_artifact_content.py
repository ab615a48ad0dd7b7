"""What was stored as an artifact comes back as it was, or an error says that it cannot."""

import hashlib
import io
from pathlib import Path

import pytest

from trackside.model.errors import DamagedError
from trackside.record.artifacts import Blob
from trackside.store import manifest
from trackside.store.artifacts import open_verified
from trackside.store.files import CHUNK
from trackside.store.layout import StorePaths

CONTENT = b"weights" * 300_000


@pytest.fixture
def paths(root: Path) -> StorePaths:
    return manifest.open_paths(root)[0]


@pytest.fixture
def digest(paths: StorePaths) -> str:
    """Content of several reads that was stored as a run stores it."""
    assert len(CONTENT) > CHUNK
    blob = Blob(paths, io.BytesIO(CONTENT))
    blob.place()
    return blob.digest


def file_of(paths: StorePaths, digest: str) -> Path:
    return paths.blob(digest.partition(":")[2])


def test_what_was_stored_comes_back(paths, digest):
    assert open_verified(paths, digest) == CONTENT


def test_so_does_content_hashed_where_blake3_is_not_installed(paths):
    digest = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    file_of(paths, digest).parent.mkdir(parents=True)
    file_of(paths, digest).write_bytes(CONTENT)
    assert open_verified(paths, digest) == CONTENT


@pytest.mark.parametrize("changed", [CONTENT[:-1], CONTENT + b"\0", b"", CONTENT[:-1] + b"S"])
def test_content_that_was_changed_on_disk_is_an_error(paths, digest, changed):
    file_of(paths, digest).chmod(0o600)
    file_of(paths, digest).write_bytes(changed)
    with pytest.raises(DamagedError, match="was changed after it was stored"):
        open_verified(paths, digest)


def test_content_that_is_missing_is_an_error(paths, digest):
    file_of(paths, digest).unlink()
    with pytest.raises(DamagedError, match="is missing from the store"):
        open_verified(paths, digest)


@pytest.mark.parametrize("wrong", ["", "blake3:", "blake3:../../../etc/passwd", "blake3:AB", "nonsense"])
def test_a_hash_that_is_none_is_an_error_and_no_path(paths, wrong):
    with pytest.raises(DamagedError, match="no content hash"):
        open_verified(paths, wrong)


def test_a_hash_of_a_newer_version_says_so(paths, digest):
    with pytest.raises(DamagedError, match="update trackside"):
        open_verified(paths, "blake9:" + digest.partition(":")[2])


def test_a_link_in_place_of_content_is_not_followed(paths, digest, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    file_of(paths, digest).rename(elsewhere)
    file_of(paths, digest).symlink_to(elsewhere)
    with pytest.raises(DamagedError, match="no file of the store"):
        open_verified(paths, digest)
