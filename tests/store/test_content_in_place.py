"""Content of artifacts that lies with the system that recorded it."""

import os
import zipfile
from pathlib import Path

import pytest

from trackside.model.errors import DamagedError
from trackside.model.foreign import Content
from trackside.store.mirrored import pieces


def test_content_is_read_where_it_lies_in_a_file_and_in_an_archive(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"before kept")
    with zipfile.ZipFile(tmp_path / "packed", "w") as archive:
        archive.writestr("inner", b"kept")
    assert b"".join(pieces(Content(tmp_path / "plain", 4, 7))) == b"kept"
    assert b"".join(pieces(Content(tmp_path / "packed", 4, member="inner"))) == b"kept"


@pytest.mark.parametrize("member", [None, "inner"])
def test_a_file_that_became_a_link_or_a_pipe_is_not_read(tmp_path: Path, member: str | None) -> None:
    with zipfile.ZipFile(tmp_path / "elsewhere", "w") as archive:
        archive.writestr("inner", b"secret")
    path = tmp_path / "kept"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedError, match="cannot be read any more"):
        list(pieces(Content(path, 6, member=member)))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DamagedError, match="cannot be read any more"):
        list(pieces(Content(path, 6, member=member)))
