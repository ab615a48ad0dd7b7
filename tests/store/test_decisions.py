"""What a project decides on comparisons: read by anybody, merged without loss, and nonsense passed over."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from copies import copied, merged

from trackside.model.run import Acknowledgement, ProjectSettings, Withdrawal
from trackside.store import decisions, identity, journal
from trackside.store.edited import baseline_choices, read_project
from trackside.store.edits import Editor
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.several import SeveralStores
from trackside.store.store import Store

SAME_DATA = Acknowledgement(
    code="eval-data", baseline="blake3:a", candidate="stat:b", note="the same files", user="ana", time=1000.0
)
WITHDRAWN = Withdrawal(code="eval-data", baseline="blake3:a", candidate="stat:z", user="li", time=1500.0)
DECIDED = {
    "baseline": "a-run",
    "primary": "acc",
    "seeds": 5,
    "pair": "seed",
    decisions.goal("acc"): "max",
    decisions.margin("acc"): "0.5%",
    decisions.ignored("num_workers"): True,
    decisions.ignored("log_*"): True,
    decisions.evaluation("eval/*.py"): True,
    **decisions.acknowledged(SAME_DATA),
    **decisions.acknowledged(WITHDRAWN),
}
SETTINGS = ProjectSettings(
    baseline="a-run",
    primary="acc",
    seeds=5,
    pair="seed",
    goals={"acc": "max"},
    margins={"acc": "0.5%"},
    ignored=("log_*", "num_workers"),
    evaluation=("eval/*.py",),
    acknowledged=(SAME_DATA,),
    withdrawn=(WITHDRAWN,),
)


def decided(root: Path) -> ProjectSettings:
    """What a reader finds that has never seen the store."""
    store = Store.open(root)
    store.index.discard()
    store.refresh()
    try:
        return store.project("p")
    finally:
        store.close()


@pytest.fixture
def writes(root: Path, tmp_path: Path) -> Callable[[dict[str, Any]], None]:
    """Set fields of the project as somebody might who knows other fields, or none."""
    editor = Editor(StorePaths(root), tmp_path / "own", seen=lambda _: 0, edited=lambda _: None, aside=lambda: None)
    return lambda fields: editor.set_project("p", fields)


def test_what_a_project_decided_is_read_by_anybody(root: Path, begin: Callable[..., RunPaths]) -> None:
    begin()
    store = Store.open(root)
    store.editor().set_project("p", DECIDED)
    assert store.project("p") == SETTINGS == decided(root)


def test_every_decision_can_be_taken_back(root: Path, begin: Callable[..., RunPaths]) -> None:
    begin()
    store = Store.open(root)
    store.editor().set_project("p", DECIDED)
    store.editor().set_project("p", dict.fromkeys(DECIDED))
    assert store.project("p") == ProjectSettings() == decided(root)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"seeds": 0},
        {"seeds": True},
        {"seeds": "five"},
        {"pair": "fold"},
        {"pair": ["seed"]},
        {"margin:acc": "a little"},
        {"margin:acc": 0.5},
        {"margin:acc": "-1%"},
        {"goal:acc": "up"},
        {"goal:acc": {}},
        {"ignored:lr": "yes"},
        {"evaluation:eval.py": 1},
        {"acknowledged:[1, 2, 3]": {"note": "", "time": 1.0}},
        {"acknowledged:{": {"note": "", "time": 1.0}},
        {'acknowledged:["code", "a", "b"]': "the same"},
        {'acknowledged:["code", "a", "b"]': {"note": "when?"}},
        {'acknowledged:["code", "a", "b"]': {"note": "when?", "time": 1e300}},
        {"a field of a version that is to come": [{"deep": 1}]},
    ],
    ids=str,
)
def test_what_makes_no_sense_decides_nothing(
    root: Path, writes: Callable[[dict[str, Any]], None], nonsense: dict[str, Any]
) -> None:
    writes({"baseline": "a-run", "ignored:num_workers": True})
    writes(nonsense)
    assert read_project(StorePaths(root), "p")[0] == ProjectSettings(baseline="a-run", ignored=("num_workers",))


def test_an_index_that_an_earlier_version_left_is_read(root: Path, begin: Callable[..., RunPaths]) -> None:
    begin()
    store = Store.open(root)
    store.editor().set_project("p", {"baseline": "a-run", "goal:acc": "max"})
    store.close()
    assert store.index.path is not None
    with closing(sqlite3.connect(store.index.path)) as index, index:
        earlier = msgspec.msgpack.encode({"baseline": "a-run", "goals": {"acc": "max"}, "primary": None})
        assert index.execute("UPDATE projects SET settings = ?", (earlier,)).rowcount == 1
    store = Store.open(root)
    assert store.project("p") == ProjectSettings(baseline="a-run", goals={"acc": "max"})
    store.editor().set_project("p", {"seeds": 3})
    assert store.project("p") == ProjectSettings(baseline="a-run", goals={"acc": "max"}, seeds=3)


def test_a_merge_keeps_what_both_copies_decided(root: Path, begin: Callable[..., RunPaths]) -> None:
    begin()
    other = copied(root)
    elsewhere = Acknowledgement(code="eval-data", baseline="blake3:a", candidate="stat:c", note="too", time=2000.0)
    for place, param, said in ((root, "num_workers", SAME_DATA), (other, "log_every", elsewhere)):
        store = Store.open(place)
        store.refresh()
        store.editor().set_project("p", {decisions.ignored(param): True, **decisions.acknowledged(said)})
        store.close()
    merged(root, other)
    merged(other, root)
    assert decided(root) == decided(other)
    assert decided(root).acknowledged == (SAME_DATA, elsewhere)
    assert decided(root).ignored == ("log_every", "num_workers")


def test_of_several_stores_the_first_that_decided_something_has_its_way(
    root: Path, begin: Callable[..., RunPaths]
) -> None:
    begin()
    stores = [Store.open(copied(root)) for _ in range(3)]
    for store in stores:
        store.refresh()
    later = msgspec.structs.replace(SAME_DATA, note="decided later", time=2000.0)
    accepted = msgspec.structs.replace(later, candidate=WITHDRAWN.candidate)
    stores[1].editor().set_project("p", DECIDED)
    second = {"seeds": 9, "pair": None, "margin:acc": "1", "margin:loss": "2", "ignored:gpu": True}
    stores[2].editor().set_project("p", second | decisions.acknowledged(later) | decisions.acknowledged(accepted))
    several = SeveralStores(stores)
    assert several.project("p") == msgspec.structs.replace(
        SETTINGS, margins={"acc": "0.5%", "loss": "2"}, ignored=("gpu", "log_*", "num_workers")
    )
    several.editor().set_project("p", dict.fromkeys([*DECIDED, *second]))
    assert several.project("p") == ProjectSettings()


def test_what_is_decided_on_a_store_that_is_only_read_is_kept_aside(
    root: Path, begin: Callable[..., RunPaths], tmp_path: Path
) -> None:
    begin()
    own = tmp_path / "own"
    store = Store(StorePaths(root), "known-as", 1, own)
    store.editor().set_project("p", DECIDED)
    assert store.project("p") == SETTINGS
    assert not (root / "projects").exists()
    assert read_project(StorePaths(root, own), "p")[0] == SETTINGS


def test_a_frame_of_another_kind_among_decisions_is_passed_over(
    root: Path, writes: Callable[[dict[str, Any]], None]
) -> None:
    writes(DECIDED)
    (edits,) = StorePaths(root).project_edits("p").iterdir()
    with edits.open("ab") as stream:
        stream.write(journal.packed(Kind.MARK, {"kind": "note", "time": 1.0, "text": "no decision"}))
    assert read_project(StorePaths(root), "p")[0] == SETTINGS


def test_of_the_baseline_only_choices_that_make_sense_are_told_each_with_who_made_it(
    root: Path, writes: Callable[[dict[str, Any]], None]
) -> None:
    writes({"baseline": "first", "seeds": 3})
    writes({"seeds": 5})
    writes({"baseline": ["second"]})
    folder = StorePaths(root).project_edits("p")
    cleared = journal.packed(Kind.STATE, {"stamp": 1 << 62, "set": {"baseline": None}})
    (folder / "unnamed.log").write_bytes(journal.packed(Kind.OPEN, {"user": 7}) + cleared)
    first, last = baseline_choices(StorePaths(root), "p")
    assert (first.run, first.user, first.host) == ("first", identity.user(), os.uname().nodename)
    assert first.time == pytest.approx(time.time(), abs=600)
    assert (last.run, last.time, last.user, last.host) == (None, None, None, None)
