"""Comet's archives and folders, damaged at random places: nothing but a word about it."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from mutations import Frames, survives

from trackside.sources import recent
from trackside.sources.comet import Comet

SAMPLES = Path(__file__).parent / "samples" / "comet" / "3.58.8"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def long_ago(monkeypatch):
    """What was just written is else waited for."""
    monkeypatch.setattr(recent, "QUIET_SECONDS", 0.0)


def test_archives_bear_any_damage(tmp_path):
    survives(Comet(), tmp_path, {f"{KEY}.zip": archive(zipfile.ZIP_STORED)})


def test_compressed_archives_bear_any_damage(tmp_path):
    survives(Comet(), tmp_path, {f"{KEY}.zip": archive(zipfile.ZIP_DEFLATED)}, seed=1)


def test_whole_archives_of_damaged_messages_are_read(tmp_path):
    survives(Comet(), tmp_path, {f"{KEY}.zip": archive(zipfile.ZIP_STORED)}, Frames(members, packed), seed=2)


def test_folders_bear_any_damage(tmp_path):
    messages = (SAMPLES / "dying" / "leftover" / "messages.json").read_bytes()
    survives(Comet(), tmp_path, {"tmp1/messages.json": messages[:8_000]}, seed=3)


def archive(method: int) -> bytes:
    """A few messages of each kind, which leaves more of the damage to what is around them."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as made, zipfile.ZipFile(next(SAMPLES.glob("whole/*.zip"))) as real:
        for name in real.namelist():
            content = real.read(name)
            made.writestr(name, few(content) if name == "messages.json" else content[:300])
    return target.getvalue()


def few(messages: bytes) -> bytes:
    kinds: dict[str, int] = {}
    kept = []
    for line in messages.splitlines(keepends=True):
        kind = json.loads(line)["type"]
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= 4:
            kept.append(line)
    return b"".join(kept)


def members(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(BytesIO(content)) as made:
        return [made.read("experiment.json"), *made.read("messages.json").splitlines()]


def packed(parts) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("experiment.json", parts[0])
        made.writestr("messages.json", b"\n".join(parts[1:]))
    return target.getvalue()
