"""Notes that people make at a step of a run."""

import shutil
from pathlib import Path

import pytest

import trackside
from trackside.services import edit
from trackside.store.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.chdir(tmp_path)
    with trackside.init(store=tmp_path / "store", name="calm-otter", quiet=True) as run:
        run.log({"loss": 1.0}, step=7)
        run.note("from the script", step=7)
    return opened(tmp_path / "store")


def opened(root: Path) -> Store:
    store = Store.open(root)
    store.refresh(thorough=True)
    return store


def test_a_note_at_a_step_that_was_taken_back_is_gone_for_every_reader(store: Store, tmp_path: Path) -> None:
    (run_id,) = store.ids_matching("calm-otter")
    first = edit.note_at(store, run_id, 7, "lr dropped")
    edit.note_at(store, run_id, 7, "kept")
    store.refresh()
    assert [mark.text for mark in store.run(run_id).marks] == ["from the script", "lr dropped", "kept"]
    first()
    store.refresh()
    assert [mark.text for mark in store.run(run_id).marks] == ["from the script", "kept"]
    store.close()
    shutil.rmtree(tmp_path / "store" / "index")
    again = opened(tmp_path / "store")
    assert [mark.text for mark in again.run(run_id).marks] == ["from the script", "kept"]
    again.close()
