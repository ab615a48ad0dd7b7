"""The store is moved, removed or replaced under a running run: training goes on, and it is said once."""

import shutil

import pytest

import trackside
from trackside.record import log as log_module


@pytest.fixture
def running(store, monkeypatch, capsys):
    """A run with a few rows, whose logs are full soon."""
    monkeypatch.setattr(log_module, "ROTATE_BYTES", 100 * log_module.ROW_ROOM)
    monkeypatch.setattr(log_module, "_RETRY_ROOM", 50 * log_module.ROW_ROOM)
    run = trackside.init(project="tests", store=store, quiet=True)
    run.log({"x": 0.0}, step=0)
    run._captures.wait(20)
    return run


def go_on(run, tmp_path) -> None:
    """All that touches the store."""
    for step in range(1, 500):
        run.log({"x": float(step)}, step=step)
    (tmp_path / "weights").write_text("w")
    run.log_artifact(tmp_path / "weights")
    run.log_table("rows", [{"a": 1}])
    run.log_text("long", "text" * 100_000, step=500)
    run.note("here")
    run.tag("there")


def complaints(capsys) -> list[str]:
    return [line.removeprefix("trackside: ") for line in capsys.readouterr().err.splitlines()]


def test_a_store_that_is_moved_takes_its_log_along(running, store, recordings, tmp_path, capsys):
    store.rename(tmp_path / "elsewhere")
    go_on(running, tmp_path)
    running.finish()
    assert not store.exists()
    (found,) = recordings(tmp_path / "elsewhere")
    assert [step for step, _ in found.metrics["x"]] == list(range(500))
    assert [mark["text"] for mark in found.marks] == ["here"]
    assert found.status["status"] == "finished"
    said = complaints(capsys)
    assert all("No such file or directory" in line for line in said)
    assert len(said) == len(set(said)) <= 4


def test_a_store_that_is_removed_is_told_of_and_not_made_again(running, store, tmp_path, capsys):
    shutil.rmtree(store)
    go_on(running, tmp_path)
    running.finish()
    assert not store.exists()
    said = complaints(capsys)
    assert any("was removed from" in line and line.endswith("what it logs is lost") for line in said)
    assert len(said) == len(set(said)) <= 5


def test_a_run_goes_on_where_it_was_moved_to_though_another_store_took_the_place(
    running, store, recordings, tmp_path, capsys
):
    store.rename(tmp_path / "elsewhere")
    trackside.init(project="tests", name="another", store=store, quiet=True).finish()
    go_on(running, tmp_path)
    running.finish()
    (found,) = recordings(tmp_path / "elsewhere")
    assert len(found.metrics["x"]) == 500
    (other,) = recordings(store)
    assert other.manifest["name"] == "another"
