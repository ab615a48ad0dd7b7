"""Files and folders whose names are no UTF-8: they end nothing, and what is in them comes once."""

import json
import os
import shutil
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "sources" / "samples"
NAME = os.fsdecode(b"caf\xe9")


def dvclive(place: Path) -> None:
    curves = Path(shutil.copytree(SAMPLES / "dvclive" / "plain", place / "run")) / "plots" / "metrics"
    shutil.copy(next(curves.rglob("*.tsv")), curves / f"{NAME}.tsv")


def tensorboard(place: Path) -> None:
    (place / "run").mkdir(parents=True)
    events = next((SAMPLES / "tensorboard").rglob("*tfevents*"))
    shutil.copy(events, place / "run" / "events.out.tfevents.1700000000.host")
    shutil.copy(events, place / "run" / f"events.out.tfevents.1900000000.{NAME}")


def guild(place: Path) -> None:
    shutil.copytree(SAMPLES / "guild" / "runs" / "26b28f9f95874f32bdff367d0ba2feac", place / "run")
    (place / "run" / NAME).write_text("left by the script")


KINDS = {"DVCLive": dvclive, "TensorBoard": tensorboard, "guild": guild}


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_with_such_a_file_is_shown_beside_all_others_and_does_not_grow(call, tmp_path, kind):
    KINDS[kind](tmp_path / "place")
    (tmp_path / "place" / "good.jsonl").write_text('{"step": 0, "loss": 3.0}\n')
    shown = []
    for _ in range(3):
        shown.append(counts(call("ls", "--json", on=tmp_path / "place")))
        touch(tmp_path / "place")
    assert shown[0].keys() == {"jsonl", kind.lower()}
    assert shown[1] == shown[2] == shown[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_with_such_a_file_is_imported_once(call, tmp_path, kind):
    KINDS[kind](tmp_path / "place")
    store = tmp_path / "imported"
    shown = []
    for _ in range(3):
        done = call("import", str(tmp_path / "place"), on=store)
        assert done.status == 0, done.err
        shown.append(counts(call("ls", "--json", on=store)))
        touch(tmp_path / "place")
    assert shown[0].keys() == {kind.lower()}
    assert shown[1] == shown[2] == shown[0]


def touch(place: Path) -> None:
    """Make all files others than they were, so that they are looked into again."""
    for path in place.rglob("*"):
        os.utime(path)


def counts(listed) -> dict[str, dict[str, int]]:
    assert listed.status == 0, listed.err
    runs = json.loads(listed.out)
    return {run["source"]: {name: metric["count"] for name, metric in run["metrics"].items()} for run in runs}


def test_a_place_that_is_named_so_is_refused_in_one_line(call, tmp_path):
    tensorboard(tmp_path / NAME)
    for verb in (("ls",), ("import", str(tmp_path / NAME))):
        said = call(*verb, on=tmp_path / NAME if verb == ("ls",) else tmp_path / "imported")
        assert (said.status, said.err.count("\n")) == (2, 1)
        assert "caf\\udce9 is not UTF-8, so its runs could not be named; rename it" in said.err
