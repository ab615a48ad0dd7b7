"""The formats that are text, and the databases beside them, damaged at random places: nothing but a word about it."""

from pathlib import Path

import pytest
from mutations import Frames, survives

from trackside.sources.aim import Aim
from trackside.sources.dvclive import Dvclive
from trackside.sources.guild import Guild
from trackside.sources.huggingface import HuggingFace
from trackside.sources.keras import Keras
from trackside.sources.lightning import Lightning
from trackside.sources.plain_csv import PlainCsv
from trackside.sources.plain_jsonl import PlainJsonl
from trackside.sources.protocol import Source
from trackside.sources.sacred import Sacred
from trackside.sources.trackio import Trackio
from trackside.sources.ultralytics import Ultralytics

SAMPLES = Path(__file__).parent / "samples"
LINES = Frames(lambda content: content.splitlines(keepends=True), b"".join)
WORDS = Frames(lambda content: content.split(b'"'), b'"'.join)
JSONL = b'{"config": {"lr": 0.1}}\n{"step": 0, "loss": 0.5, "ts": 1.7e9, "a": {"b": NaN}}\n{"step": 1, "loss": 1}\n'
CSV = b'step,split,loss,note\n0,train,0.5,"a, ""b"""\n1,val,0.4,"two\nlines"\n2,train,nan,\n'


def files(folder: Path, below: str = "") -> dict[str, bytes]:
    """The small files of a sample, by their path in it."""
    paths = [path for path in (folder / below).rglob("*") if path.is_file() and path.name != "expected.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def first(folder: Path) -> str:
    """The first run of a sample whose runs have no names of their own."""
    return str(min(folder.iterdir()).relative_to(folder.parent))


CASES: list[tuple[Source, dict[str, bytes], Frames]] = [
    (Lightning(), files(SAMPLES / "lightning", "digits/version_0"), LINES),
    (Keras(), files(SAMPLES / "keras"), LINES),
    (Ultralytics(), files(SAMPLES / "ultralytics", "runs/train"), LINES),
    (PlainCsv(), {"log.csv": CSV}, LINES),
    (PlainJsonl(), {"log.jsonl": JSONL}, WORDS),
    (HuggingFace(), files(SAMPLES / "huggingface", "done"), WORDS),
    (Dvclive(), files(SAMPLES / "dvclive", "plain"), LINES),
    (Sacred(), files(SAMPLES / "sacred", "runs/1"), WORDS),
    (Guild(), files(SAMPLES / "guild", first(SAMPLES / "guild" / "runs")), LINES),
    (Aim(), files(SAMPLES / "aim"), LINES),
    (Trackio(), files(SAMPLES / "trackio", "store"), WORDS),
]


@pytest.mark.parametrize(("source", "content", "frames"), CASES, ids=[source.name for source, _, _ in CASES])
def test_any_damage_is_borne(tmp_path: Path, source: Source, content: dict[str, bytes], frames: Frames) -> None:
    survives(source, tmp_path, content, frames)
