"""Two copies of a store that went on for a day on two machines, clocks five minutes apart, become one again."""

import itertools
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from copies import contents, copied, merged, points

import trackside
from trackside.services.documents import full_document, to_json
from trackside.store.layout import StorePaths
from trackside.store.store import Store

APART = 300.0
DAY = 86_400.0


@contextmanager
def clock(offset: float) -> Iterator[None]:
    """A machine whose clock is `offset` seconds ahead."""
    real = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + offset)
        yield


def record(root: Path, name: str, steps: int, artifact: Path) -> str:
    with trackside.init(project="p", name=name, store=root, params={"lr": 0.1}, quiet=True) as run:
        for step in range(steps):
            run.log({"loss": 1 / (step + 1), "odd": float("nan") if step % 2 else -0.0}, step=step)
        run.log_text("sample", f"words of {name}")
        run.note(f"note of {name}", step=3)
        run.log_artifact(artifact, name="weights")
    return run.id


def seen(root: Path) -> dict[str, object]:
    """All that readers are told of a store, by an index that was just made, and the bits of every curve."""
    shutil.rmtree(root / "index", ignore_errors=True)
    store = Store.open(root)
    try:
        store.refresh()
        runs = store.runs(sorted(store.index.ids()))
        told: dict[str, object] = {
            run.id: (
                to_json(full_document(run, 0.0)),
                run.trashed,
                {metric: points(store.series(run.id, metric)) for metric in run.metrics},
                store.texts(run.id, "sample"),
            )
            for run in runs
        }
        return told | {name: store.project(name) for name in store.projects()}
    finally:
        store.close()


def edit_in_turns(first: Path, second: Path, run_id: str) -> None:
    """Both edit one run all day; the one whose clock is behind has the last word where it saw the other's edits."""
    behind, ahead = Store.open(first), Store.open(second)
    for turn in range(6):
        for store, offset, who in ((behind, 0.0, "behind"), (ahead, APART, "ahead")):
            with clock(offset + turn * 60.0):
                editor = store.editor()
                editor.set_fields(run_id, {"notes": f"{who} {turn}", "group": f"{who} {turn}"})
                editor.tags(run_id, [f"{who}-{turn}", "both"], [f"{who}-{turn - 1}"])
                editor.mark(run_id, turn, f"{who} {turn}")
                editor.set_project("p", {"baseline": run_id, f"goal:{who}": "max", "primary": f"loss-{who}"})
    for store in (behind, ahead):
        store.close()


def test_merged_both_ways_and_twice_they_are_equal_and_nothing_is_lost(tmp_path, any_size):
    weights = tmp_path / "weights"
    weights.write_bytes(b"common")
    first = tmp_path / "first"
    shared = [record(first, f"shared-{number}", 40, weights) for number in range(3)]
    going_on = trackside.init(project="p", name="going-on", store=first, quiet=True)
    going_on.log({"loss": 0.5}, step=0)
    second = copied(first)

    with clock(DAY):
        weights.write_bytes(b"of the first")
        own_first = record(first, "first-alone", 30, weights)
        going_on.log({"loss": 0.25}, step=1)
    with clock(DAY + APART):
        weights.write_bytes(b"of the second")
        own_second = record(second, "second-alone", 30, weights)
    edit_in_turns(first, second, shared[0])
    with clock(60):
        store = Store.open(second)
        store.editor().set_fields(shared[1], {"trashed": True})
        assert store.seal() > 0
        store.close()
    going_on.finish()
    before = [seen(first), seen(second)]

    merges = itertools.cycle([(first, second), (second, first)])
    done = [merged(*next(merges)) for _ in range(2)]
    assert (done[0].new, done[1].new) == ([own_second], [own_first])
    assert contents(first) == contents(second)
    after = seen(first)
    assert after == seen(second)
    for _ in range(2):
        again = merged(*next(merges))
        assert (again.new, again.grown, again.projects, again.taken.files, again.blobs) == ([], [], [], 0, 0)
    assert contents(first) == contents(second)
    assert seen(first) == seen(second) == after

    assert set(after) == {*before[0], *before[1]}
    for alone, where in ((own_first, before[0]), (own_second, before[1])):
        assert after[alone][1:] == where[alone][1:]
    store = Store.open(first)
    store.refresh()
    edited = store.run(shared[0])
    assert (edited.notes, edited.group) == ("ahead 5", "ahead 5")
    assert edited.tags == ["behind-5", "ahead-5", "both"]
    assert {mark.text for mark in edited.marks} >= {f"{who} {turn}" for who in ("behind", "ahead") for turn in range(6)}
    assert store.project("p").primary == "loss-ahead"
    assert set(store.project("p").goals) == {"behind", "ahead"}
    assert store.run(shared[1]).trashed
    assert store.run(going_on.id).status == "finished"
    with clock(0):
        store.editor().set_fields(shared[0], {"notes": "the last word of the one behind"})
    assert store.run(shared[0]).notes == "the last word of the one behind"
    merged(second, first)
    assert seen(second)[shared[0]] == seen(first)[shared[0]]
    assert b"the last word of the one behind" in seen(second)[shared[0]][0]
    blobs = {path.read_bytes() for path in StorePaths(second).blobs.rglob("*") if path.is_file()}
    assert {b"common", b"of the first", b"of the second"} <= blobs


def told_by_the_index(root: Path, run_id: str) -> bytes:
    """What an index that followed all along says of a run."""
    store = Store.open(root)
    store.refresh()
    try:
        return to_json(full_document(store.run(run_id), 0.0))
    finally:
        store.close()


def test_a_run_that_both_went_on_with_is_told_alike_by_an_index_that_followed(tmp_path):
    weights = tmp_path / "weights"
    weights.write_bytes(b"common")
    first = tmp_path / "first"
    run_id = record(first, "shared", 10, weights)
    second = copied(first)
    for root, offset in ((first, 60.0), (second, 60.0 + APART)):
        with (
            clock(offset),
            trackside.init(resume=run_id, store=root, params={"lr": offset, "at": str(root)}, quiet=True) as run,
        ):
            run.log({"loss": offset}, step=10)
            run.log_text("sample", f"words of {root.name}", step=10)
        told_by_the_index(root, run_id)
    merged(first, second)
    merged(second, first)
    assert told_by_the_index(first, run_id) == told_by_the_index(second, run_id) == seen(second)[run_id][0]
