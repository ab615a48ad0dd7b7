"""Lineage: what of a run another one made or used, told by the hash of the content."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

import trackside
from trackside.model.ids import new_id
from trackside.model.run import Artifact, DataRef, Run
from trackside.services.run.lineage import lineage
from trackside.store import manifest
from trackside.store.any_store import AnyStore
from trackside.store.index import Folded, Index, IndexUnusableError
from trackside.store.store import Store


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "data")
    return tmp_path / "store"


def recorded(root: Path, name: str, *made: tuple[Path, int | None], **data: Path) -> str:
    """A run that used this data, and kept these files as artifacts at these steps; its id."""
    run = trackside.init(
        store=root, project="p", name=name, quiet=True, data={role: str(at) for role, at in data.items()}
    )
    with run:
        for path, step in made:
            run.log_artifact(path, step=step)
    return str(run.id)


def kinships(store: Store, run_id: str) -> list[str]:
    store.refresh(thorough=True)
    return [f"{kin.what} {kin.words}".strip() for kin in lineage(store, store.run(run_id))]


def told(root: Path, run_id: str) -> list[str]:
    with closing(Store.open(root)) as store:
        return kinships(store, run_id)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    path.write_bytes(b"weights")
    return path


def test_data_that_another_run_made_says_which_and_at_which_step(root: Path, model: Path) -> None:
    first = recorded(root, "pretrain", (model, 1200))
    second = recorded(root, "finetune", init=model)
    assert told(root, second) == ["data.init ← model.pt of pretrain (step 1,200)"]
    assert told(root, first) == ["model.pt used by finetune as data.init"]
    recorded(root, "again", init=model)
    assert told(root, first) == ["model.pt used by 2 runs, last by again"]
    assert told(root, second)[1:] == ["data.init also used by again as data.init"]


def test_a_folder_is_the_same_as_data_and_as_an_artifact(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "model.bin").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    first = recorded(root, "pretrain", (folder, None))
    second = recorded(root, "finetune", init=folder)
    assert told(root, second) == ["data.init ← checkpoint of pretrain"]
    assert told(root, first) == ["checkpoint used by finetune as data.init"]


def test_what_was_made_later_is_no_origin(root: Path, model: Path) -> None:
    first = recorded(root, "first", init=model)
    recorded(root, "second", (model, None))
    assert told(root, first) == []


def test_a_copy_of_an_artifact_says_whose_it_is_unless_several_have_it(root: Path, model: Path) -> None:
    recorded(root, "first", (model, None))
    second = recorded(root, "second", (model, None))
    third = recorded(root, "third", (model, None))
    assert told(root, second) == ["model.pt the same as model.pt of first"]
    assert told(root, third) == []


@pytest.fixture
def store(root: Path) -> Iterator[Store]:
    """A store that stays open, as the app's does."""
    manifest.create(root)
    store = Store.open(root)
    yield store
    store.close()


def test_runs_in_the_trash_are_not_told(root: Path, model: Path, store: Store) -> None:
    first = recorded(root, "first", (model, None))
    second = recorded(root, "second", init=model)
    assert kinships(store, second) == ["data.init ← model.pt of first"]
    store.editor().set_fields(first, {"trashed": True})
    assert kinships(store, second) == []
    store.editor().set_fields(first, {"trashed": False})
    assert kinships(store, second) == ["data.init ← model.pt of first"]


def test_a_run_whose_folder_went_is_not_told_until_it_is_back(
    root: Path, model: Path, store: Store, tmp_path: Path
) -> None:
    first = recorded(root, "first", (model, None))
    second = recorded(root, "second", init=model)
    assert kinships(store, second) == ["data.init ← model.pt of first"]
    folder = store.run_paths(first).root
    away = folder.rename(tmp_path / "away")
    assert kinships(store, second) == []
    away.rename(folder)
    assert kinships(store, second) == ["data.init ← model.pt of first"]


def test_an_index_that_is_made_anew_under_an_open_store_tells_the_same(root: Path, model: Path, store: Store) -> None:
    recorded(root, "first", (model, None))
    second = recorded(root, "second", init=model)
    assert kinships(store, second) == ["data.init ← model.pt of first"]
    (root / "index" / "index.db").unlink()
    assert kinships(store, second) == ["data.init ← model.pt of first"]


DIGEST = f"blake3:{'b' * 64}"


def trained(number: int) -> Run:
    """A run, each newer than the one before, that was trained on the same data as the others."""
    data = {"train": DataRef(uri="train.bin", fingerprint=DIGEST)}
    return Run(id=new_id(), name=f"r{number}", project="p", created=1e9 + number, status="finished", data=data)


def test_what_could_not_be_stored_is_stored_the_next_time() -> None:
    index = Index(None)
    folded = Folded(trained(1), b"fold", 0)

    def torn() -> Iterator[Folded]:
        yield folded
        raise OSError("cut off")

    with pytest.raises(IndexUnusableError):
        index.put(torn())
    assert index.holders([DIGEST]) == []
    index.put([folded])
    assert [holder.run for holder in index.holders([DIGEST])] == [folded.run.id]


def test_of_more_runs_than_are_looked_at_the_newest_are_told_and_who_made_the_data() -> None:
    index = Index(None)
    runs = [trained(number) for number in range(1_100)]
    files = {"train.bin": (DIGEST, 3)}
    data = Artifact(name="corpus", kind="file", bytes=3, files=files, time=1.0)
    maker = Run(id=new_id(), name="maker", project="p", created=1e8, status="finished", artifacts={"corpus": data})
    index.put(Folded(run, b"fold", 0) for run in (*runs, maker))
    store = cast("AnyStore", index)
    assert [f"{kin.what} {kin.words}" for kin in lineage(store, runs[0])] == [
        "data.train ← corpus of maker",
        "data.train also used by 1,000 runs or more, last by r1099",
    ]
    (kin,) = lineage(store, maker)
    assert kin.words == "used by 1,000 runs or more, last by r1099"


def test_what_an_artifact_held_before_is_not_what_it_holds(root: Path, model: Path) -> None:
    run = trackside.init(store=root, project="p", name="first", quiet=True)
    with run:
        run.log_artifact(model)
        store = Store.open(root)
        store.refresh()
        store.close()
        model.write_bytes(b"better weights")
        run.log_artifact(model)
    model.write_bytes(b"weights")
    assert told(root, recorded(root, "second", init=model)) == []


def test_examples_and_images_that_are_alike_are_no_lineage(root: Path) -> None:
    for name in ("first", "second"):
        run = trackside.init(store=root, project="p", name=name, quiet=True)
        with run:
            run.log_confusion_matrix("eval", [[1]])
            run.log_histogram("weights", [1, 2, 3])
    assert told(root, str(run.id)) == []
