"""`doctor` finds whatever is damaged, leaves alone what is not, and saves what can be saved; nothing is removed."""

import os
import shutil
import struct
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import polars as pl
import pytest

import trackside
from trackside.model.errors import StoreError
from trackside.services.doctor import Examined, doctor
from trackside.store import curves, files, seal
from trackside.store.alone import alone
from trackside.store.artifacts import open_verified
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.merge import merge
from trackside.store.store import Store

STEPS = 600


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed run, one that is not, both with artifacts and edits."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "weights").write_bytes(b"weights" * 1_000)
    for name in ("sealed", "hot"):
        with trackside.init(project="p", name=name, store=folder / "store", quiet=True) as run:
            for step in range(STEPS):
                run.log({"loss": 1 / (step + 1), "odd": float("nan") if step % 2 else -step / 3}, step=step)
                if step % 100 == 0:
                    run.log({"val/loss": step * 0.3}, step=step)
            run.log_artifact(folder / "weights", name=f"weights-of-{name}")
            run.log_text("sample", "words")
        if name == "sealed":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(seal, "SMALLEST", 0)
                assert Store.open(folder / "store").seal() == 1
    store = Store.open(folder / "store")
    store.refresh()
    for found in store.first_page(2):
        store.editor().tags(found.id, ["kept"], [])
        store.editor().set_fields(found.id, {"notes": "kept"})
    store.editor().set_project("p", {"primary": "loss"})
    store.close()
    return folder / "store"


@pytest.fixture
def root(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "store"))


def examined(root: Path, *, repair: bool = False) -> Examined:
    store = Store.open(root)
    store.refresh()
    try:
        return doctor(store, repair=repair)
    finally:
        store.close()


def damaged(root: Path) -> list[str]:
    """What is damaged: names of files below the folder of the run or store, and problems."""
    return [f"{finding.file.name} {finding.problem}" for finding in examined(root).damaged]


def flip(path: Path, at: float) -> None:
    """Change a byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 0x55
    path.write_bytes(content)


def run_named(root: Path, name: str) -> RunPaths:
    return next(
        StorePaths(root).run(path.parent.name)
        for path in root.glob("runs/*/*/run.json")
        if f'"{name}"' in path.read_text()
    )


def the_log(root: Path) -> Path:
    (log,) = run_named(root, "hot").logs.iterdir()
    return log


def of_segment(root: Path, suffix: str) -> Path:
    return next(path for path in run_named(root, "sealed").segments.iterdir() if path.name.endswith(suffix))


def all_bytes(root: Path) -> set[bytes]:
    return {
        path.read_bytes() for path in root.rglob("*") if path.is_file() and not {"index", "changed"} & set(path.parts)
    }


def test_a_healthy_store_is_clean(root):
    found = examined(root)
    assert (found.runs, found.blobs, found.findings) == (2, 1, [])
    assert examined(root, repair=True).findings == []


def test_so_is_one_whose_run_is_being_written(root):
    run = trackside.init(project="p", name="live", store=root, quiet=True)
    run.log({"loss": 1.0})
    assert examined(root).findings == []
    run.finish()
    assert examined(root).findings == []


DAMAGE: dict[str, tuple[Callable[[Path], Path], float, str]] = {
    "a row of a log": (the_log, 0.5, "cannot be read, at"),
    "the beginning of a log": (the_log, 0.001, "cannot be read, at"),
    "the end of a log": (the_log, 0.9999, "cannot be read, at"),
    "an edit": (lambda root: next(run_named(root, "hot").edits.iterdir()), 0.8, "cannot be read, at"),
    "a decision of a project": (lambda root: next(root.glob("projects/p/edits/*")), 0.8, "cannot be read, at"),
    "a sealed log's other frames": (lambda root: of_segment(root, ".rest"), 0.5, "cannot be read to its end"),
    "a pyramid": (lambda root: of_segment(root, ".pyr.parquet"), 0.9, ""),
    "rows of a segment": (lambda root: of_segment(root, ".long.parquet"), 0.3, ""),
    "an artifact": (lambda root: next(root.glob("blobs/*/*")), 0.5, "is not what it was when it was stored"),
    "run.json": (lambda root: run_named(root, "hot").manifest, 0.0, "cannot be read"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_damaged_is_found_and_after_the_repair_all_is_clean_and_nothing_is_gone(root, what):
    place, at, problem = DAMAGE[what]
    file = place(root)
    flip(file, at)
    before = all_bytes(root)
    found = damaged(root)
    assert any(problem in said for said in found), found
    assert all_bytes(root) == before, "looking changes nothing"
    repaired = examined(root, repair=True)
    assert all(outcome and not outcome.startswith("not repaired") for _, outcome in repaired.findings)
    assert before <= all_bytes(root), "what was damaged is kept"
    left = damaged(root)
    only_elsewhere = {"an artifact": 2, "rows of a segment": 1}
    assert [said for said in left if "is missing" not in said] == []
    assert len(left) == only_elsewhere.get(what, 0)


def test_frames_before_and_after_a_damaged_stretch_are_saved(root):
    flip(the_log(root), 0.5)
    examined(root, repair=True)
    series = curves.series(run_named(root, "hot"), "loss")
    assert STEPS - 2 <= len(series) < STEPS
    assert all(value == 1 / (step + 1) for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True))
    store = Store.open(root)
    store.refresh()
    run = store.run(run_named(root, "hot").id)
    assert (run.status, run.tags, run.notes, run.health) == ("finished", ["kept"], "kept", ["nonfinite:odd"])


def test_after_a_damaged_first_frame_the_run_is_still_known(root):
    flip(the_log(root), 0.001)
    examined(root, repair=True)
    store = Store.open(root)
    store.refresh()
    assert store.run(run_named(root, "hot").id).status == "finished"
    assert len(curves.series(run_named(root, "hot"), "loss")) == STEPS


@pytest.mark.parametrize("suffix", [".rest", ".pyr.parquet"])
def test_summaries_and_pyramid_are_made_again_from_the_rows(root, suffix):
    run = run_named(root, "sealed")
    expected = curves.overview(run, "loss", 1)
    flip(of_segment(root, suffix), 0.97)
    repaired = examined(root, repair=True)
    assert [outcome for _, outcome in repaired.findings if outcome] == [f"made again from {2 * STEPS + 6:,} rows"]
    again = curves.overview(run, "loss", 1)
    assert (again.n.tolist(), again.min.tolist(), again.max.tolist()) == (
        expected.n.tolist(),
        expected.min.tolist(),
        expected.max.tolist(),
    )
    shutil.rmtree(root / "index")
    store = Store.open(root)
    store.refresh()
    assert store.run(run.id).metrics["loss"].count == STEPS


def test_a_value_of_a_segment_that_is_another_one_is_found(root):
    file = of_segment(root, ".long.parquet")
    frame = pl.read_parquet(file)
    changed = frame.with_columns(pl.when(pl.int_range(pl.len()) == 300).then(0.123).otherwise("value").alias("value"))
    changed.write_parquet(file)
    assert any("is not what was sealed" in said for said in damaged(root))


@pytest.mark.parametrize(
    ("remove", "problem"),
    [
        (lambda root: next(root.glob("blobs/*/*")), "is missing: artifact weights-of-"),
        (lambda root: of_segment(root, ".pyr.parquet"), "belongs to a segment without its pyramid"),
        (lambda root: of_segment(root, ".long.parquet"), "is missing"),
        (lambda root: run_named(root, "hot").manifest, "is missing"),
    ],
)
def test_what_is_missing_is_found(root, remove, problem):
    remove(root).unlink()
    assert any(problem in said for said in damaged(root)), damaged(root)


def test_times_of_the_console_that_do_not_fit_it_are_found(root):
    console = run_named(root, "hot").console
    console.mkdir(exist_ok=True)
    (console / "w.log").write_bytes(b"words\n" * 4)
    (console / "w.idx").write_bytes(struct.pack("<dQdQ", 1.0, 0, 2.0, 6) + b"torn")
    assert damaged(root) == []
    (console / "w.idx").write_bytes(struct.pack("<dQdQ", 1.0, 0, 2.0, 99))
    assert damaged(root) == ["w.idx does not fit what was printed: lines have wrong times"]
    (console / "w.idx").unlink()
    assert damaged(root) == ["w.idx is missing: lines have no times"]


def test_a_log_that_is_missing_among_others_of_its_writer_is_found(root):
    log = the_log(root)
    log.rename(log.with_name(log.name.replace(".0.log", ".2.log")))
    assert [said for said in damaged(root) if "is missing, though" in said] == [
        f"{log.name.replace('.0.log', f'.{number}.log')} is missing, though later ones of its writer are there"
        for number in (0, 1)
    ]


def test_a_merge_with_a_sound_copy_heals_what_is_damaged(root, recorded):
    for what in ("a row of a log", "an edit", "run.json", "an artifact", "rows of a segment"):
        place, at, _ = DAMAGE[what]
        flip(place(root), at)
    assert damaged(root)
    examined(root, repair=True)
    merge(StorePaths(root), StorePaths(recorded))
    assert damaged(root) == []
    shutil.rmtree(root / "index")
    ours, theirs = Store.open(root), Store.open(recorded)
    for store in (ours, theirs):
        store.refresh()
    assert [*map(msgspec.json.encode, ours.first_page(9))] == [*map(msgspec.json.encode, theirs.first_page(9))]
    assert ours.project("p") == theirs.project("p")


def test_content_that_was_copied_and_not_put_into_its_place_is_put_there(root):
    blob = next(root.glob("blobs/*/*"))
    blob.rename(root / "blobs" / ".new-0123")
    found = examined(root, repair=True)
    assert {outcome for finding, outcome in found.findings if finding.damage} <= {
        "put there",
        f"not repaired: [Errno 2] No such file or directory: '{root}/blobs/.new-0123' -> '{blob}'",
    }
    assert open_verified(StorePaths(root), f"blake3:{blob.name}") == b"weights" * 1_000
    assert damaged(root) == []


def test_an_end_that_was_never_finished_is_no_damage(root):
    log = the_log(root)
    with log.open("ab") as stream:
        stream.write(bytes(64))
    assert [finding.damage for finding, _ in examined(root).findings] == [False]


def test_what_killed_processes_left_is_told_after_a_day_and_removed(root):
    old = time.time() - 2 * 86_400
    run = run_named(root, "hot")
    for place in (run.root / ".new-1", run.logs / ".new-2", root / "blobs" / ".new-3", root / ".store.json.1"):
        place.write_text("half")
        os.utime(place, (old, old))
    (run.root / ".new-young").write_text("half")
    StorePaths(root).new_staging().mkdir()
    (root / "changed" / ".pending-x").write_text(f"{run.id}\n")
    found = examined(root)
    assert len(found.findings) == 6
    assert found.damaged == []
    examined(root, repair=True)
    assert examined(root).findings == []
    assert (run.root / ".new-young").exists()


def test_what_is_put_into_its_place_while_it_is_looked_at_is_passed_over(root, monkeypatch):
    monkeypatch.setattr(files, "temporary", lambda folder: [folder / ".new-and-gone"])
    assert examined(root).findings == []


def test_an_index_that_tells_otherwise_is_found_and_made_again(root):
    store = Store.open(root)
    store.refresh(thorough=True)
    run = msgspec.structs.replace(store.first_page(1)[0], notes="never written")
    store.index._connection.execute("UPDATE runs SET doc = ? WHERE id = ?", (msgspec.msgpack.encode(run), run.id))
    store.close()
    assert any("tells otherwise than the files of" in said for said in damaged(root))
    examined(root, repair=True)
    assert damaged(root) == []


def test_a_log_that_a_sealer_could_not_remove_any_more_is_removed_if_all_of_it_is_sealed(root, monkeypatch):
    monkeypatch.setattr(seal, "SMALLEST", 0)
    log = the_log(root)
    content = log.read_bytes()
    Store.open(root).seal()
    log.write_bytes(content)
    assert [finding.damage for finding, _ in examined(root).findings] == [False]
    log.write_bytes(content.replace(b"words", b"other"))
    ((contradicting, outcome),) = examined(root, repair=True).findings
    assert (contradicting.problem, outcome) == ("says something else than the segment of its name", None)
    assert log.exists()
    log.write_bytes(content)
    examined(root, repair=True)
    assert not log.exists()


@pytest.mark.parametrize("suffix", [".long.parquet", ".pyr.parquet", ".rest"])
def test_a_log_that_is_still_there_counts_again_where_its_segment_was_damaged(root, monkeypatch, suffix):
    monkeypatch.setattr(seal, "SMALLEST", 0)
    log, run = the_log(root), run_named(root, "hot")
    content, before = log.read_bytes(), curves.series(run, "loss")
    Store.open(root).seal()
    log.write_bytes(content)
    flip(next(path for path in run.segments.iterdir() if path.name.endswith(suffix)), 0.5)
    kept = all_bytes(root)
    ((finding, outcome),) = examined(root, repair=True).findings
    assert finding.damage
    assert outcome.startswith("its log counts again")
    assert kept <= all_bytes(root)
    assert log.read_bytes() == content
    assert curves.series(run, "loss").value.tolist() == before.value.tolist()
    assert examined(root).findings == []


def test_a_pyramid_is_not_made_again_of_fewer_rows(root):
    flip(of_segment(root, ".pyr.parquet"), 0.9)
    flip(of_segment(root, ".long.parquet"), 0.3)
    examined(root, repair=True)
    assert [said.partition(" ")[2] for said in damaged(root)] == ["is missing", "is not what was sealed"]


def test_a_file_that_is_none_of_its_segment_is_put_aside(root):
    long = of_segment(root, ".long.parquet")
    strange = long.with_name(long.name.replace(".long.", ".k7."))
    shutil.copy(long, strange)
    assert damaged(root) == [f"{strange.name} is none of the files that were sealed"]
    examined(root, repair=True)
    assert damaged(root) == []
    assert not strange.exists()


def test_a_log_that_is_being_written_to_is_not_repaired(root):
    flip(the_log(root), 0.5)
    from trackside.store.liveness import lock

    descriptor = os.open(the_log(root), os.O_RDWR)
    assert lock(descriptor)
    before = all_bytes(root)
    outcomes = [outcome for _, outcome in examined(root, repair=True).findings]
    assert any(outcome and "is being written to" in outcome for outcome in outcomes)
    assert all_bytes(root) == before
    os.close(descriptor)


def test_repairs_are_made_by_one_at_a_time(root):
    with alone(StorePaths(root)):
        assert examined(root).findings == []
        with pytest.raises(StoreError, match="wait for its end"):
            examined(root, repair=True)
