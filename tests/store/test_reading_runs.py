"""What the index says of a run is what its files say, however often and in whatever pieces they were read."""

import math
import os
import shutil
import sqlite3
import time
from contextlib import closing
from types import SimpleNamespace

import msgspec
import pytest

from trackside.model.errors import StoreError
from trackside.model.run import Run
from trackside.store import files, journal, liveness, seal
from trackside.store.index import Folded
from trackside.store.journal import Kind
from trackside.store.store import Store


def everything(run: Run) -> bytes:
    return msgspec.msgpack.encode(run)


def without_index(store: Store) -> None:
    store.close()
    shutil.rmtree(store.paths.index)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, {"role": "joined"}),
        ({"role": "joined"}, {"role": "joined"}),
        ({}, {"resume": 1}),
        ({"role": "joined"}, {"resume": 1}),
    ],
)
def test_what_is_declared_of_a_metric_bit_by_bit_is_added_up(store, begin, log, first, second):
    run = begin()
    said = log(run, "a", 0, time=1.0, **first).state(metrics={"acc": {"goal": "min", "eval_data": "v1"}})
    said.row(0, {"acc": 0.5}).close()
    log(run, "b", 0, time=2.0, **second).state(metrics={"acc": {"primary": True, "eval_data": "v2"}})
    store.refresh()
    found = store.run(run.id)
    assert (found.metrics["acc"].goal, found.primary, found.eval_data) == ("min", "acc", {"acc": "v2"})


class TestStatus:
    def test_a_run_says_itself_how_it_ended(self, store, begin, log):
        run = begin()
        log(run, "w", 0).end("failed", exit_code=1, traceback="Traceback…\nValueError: no")
        store.refresh()
        found = store.run(run.id)
        assert (found.status, found.exit_code, found.ended) == ("failed", 1, 2000.0)
        assert found.traceback.endswith("ValueError: no")

    def test_a_run_whose_lock_nobody_holds_has_crashed(self, store, begin, log):
        run = begin()
        log(run, "w", 0).row(3, {"loss": 0.5}, at=1234.0)
        store.refresh()
        found = store.run(run.id)
        assert (found.status, found.ended) == ("crashed", 1234.0)
        assert "crashed" in found.health

    def test_a_run_that_was_signalled_and_fell_silent_was_killed(self, store, begin, log):
        run = begin()
        log(run, "w", 0).write(journal.packed(Kind.MARK, {"kind": "signal", "time": 1.0, "step": 1, "text": "SIGTERM"}))
        store.refresh()
        assert store.run(run.id).status == "killed"

    def test_a_caught_interrupt_with_a_clean_end_is_finished(self, store, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        hot.write(journal.packed(Kind.MARK, {"kind": "signal", "time": 1.0, "step": 1, "text": "SIGINT"}))
        hot.end("finished")
        store.refresh()
        assert store.run(run.id).status == "finished"

    def test_the_main_writer_opened_last_tells_the_status(self, store, begin, log):
        run = begin()
        log(run, "first", 0, time=1.0).end("killed")
        log(run, "second", 0, time=2.0).end("finished")
        store.refresh()
        assert store.run(run.id).status == "finished"

    def test_a_machine_that_was_started_again_left_crashed_runs(self, store, begin, log):
        run = begin()
        hot = log(run, "w", 0, boot="another-boot")
        started = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        os.utime(hot.path, (started - 1,) * 2)
        store.refresh()
        assert store.run(run.id).status == "crashed"

    def test_a_log_of_another_machine_that_still_grows_is_running(self, store, begin, log):
        run = begin()
        log(run, "w", 0, boot="theirs", host="elsewhere")
        store.refresh()
        assert store.run(run.id).status == "running"

    @pytest.mark.parametrize("ahead", [-600.0, 600.0])
    def test_a_log_of_another_machine_is_judged_by_the_reader_s_own_clock(self, store, begin, log, monkeypatch, ahead):
        run = begin()
        hot = log(run, "w", 0, boot="theirs", host="elsewhere", time=time.time() + ahead)
        clock = SimpleNamespace(now=0.0, time=time.time)
        clock.monotonic = lambda: clock.now
        monkeypatch.setattr(liveness, "time", clock)
        os.utime(hot.path, (time.time() + max(0, ahead),) * 2)
        store.refresh()
        assert store.run(run.id).status == "running"
        clock.now = 119.0
        store.refresh_running()
        assert store.run(run.id).status == "running"
        hot.row(1, {"x": 1.0})
        store.refresh_running()
        clock.now = 230.0
        store.refresh_running()
        assert store.run(run.id).status == "running"
        clock.now = 240.0
        store.refresh_running()
        assert store.run(run.id).status == "crashed"

    def test_a_log_of_another_machine_that_was_silent_for_long_at_first_sight_is_crashed(self, store, begin, log):
        run = begin()
        hot = log(run, "w", 0, boot="theirs", host="elsewhere")
        os.utime(hot.path, (time.time() - 121,) * 2)
        store.refresh()
        assert store.run(run.id).status == "crashed"


class TestSummaries:
    def test_statistics_are_over_finite_values_and_last_may_be_nan(self, store, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step, value in enumerate([3.0, math.inf, 1.0, 2.0, math.nan]):
            hot.row(step, {"loss": value})
        hot.end("finished")
        store.refresh()
        loss = store.run(run.id).metrics["loss"]
        assert math.isnan(loss.last)
        assert (loss.min, loss.min_step, loss.max, loss.max_step, loss.mean) == (1.0, 2, 3.0, 0, 2.0)
        assert (loss.count, loss.nonfinite, loss.first_nonfinite_step) == (5, 2, 1)
        assert (loss.goal, loss.best, loss.best_step) == ("min", 1.0, 2)
        assert "nonfinite:loss" in store.run(run.id).health

    def test_last_is_the_point_of_the_largest_step_and_time(self, store, begin, log):
        run = begin()
        log(run, "w", 0).row(9, {"m": 1.0}, at=5.0).row(3, {"m": 2.0}, at=6.0).row(9, {"m": 3.0}, at=7.0).end(
            "finished"
        )
        store.refresh()
        metric = store.run(run.id).metrics["m"]
        assert (metric.last, metric.last_step, metric.first_step, metric.count) == (3.0, 9, 3, 3)

    def test_series_of_other_ranks_are_outside_summaries(self, store, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"m": 1.0}).end("finished")
        log(run, "r", 0, role="rank 1").row(0, {"m": 100.0})
        store.refresh()
        assert store.run(run.id).metrics["m"].max == 1.0

    @pytest.mark.parametrize("pieces", [1, 7, 50])
    def test_at_best_is_the_value_where_the_primary_was_best(self, store, begin, log, pieces):
        run = begin()
        hot = log(run, "w", 0).state(metrics={"acc": {"goal": "max", "primary": True}})
        for step in range(50):
            hot.row(step, {"loss": 50.0 - step})
            if step % 5 == 2:
                hot.row(step, {"acc": 1.0 - abs(step - 27) / 100})
            if step % pieces == 0:
                store.refresh_runs([run.id])
        hot.end("finished")
        store.refresh()
        found = store.run(run.id)
        assert (found.primary, found.metrics["acc"].best_step) == ("acc", 27)
        assert found.metrics["loss"].at_best == 23.0

    def test_a_metric_without_a_point_at_the_best_step_counts_with_the_one_before(self, store, begin, log):
        run = begin()
        hot = log(run, "w", 0).state(metrics={"acc": {"goal": "max", "primary": True}})
        hot.row(0, {"lr": 0.5}).row(10, {"lr": 0.25}).row(7, {"acc": 0.9}).row(12, {"acc": 0.1}).end("finished")
        store.refresh()
        assert store.run(run.id).metrics["lr"].at_best == 0.5


class TestReadingInPieces:
    def test_an_index_that_grew_with_the_logs_is_the_one_made_from_whole_logs(self, store, begin, log):
        run = begin(tags=["first"])
        hot = log(run, "w", 0)
        for step in range(300):
            hot.row(step, {"a": math.sin(step) * 1e3, "b": -step / 7})
            if step % 3 == 0:
                hot.row(step, {"c": 1 / (step + 1)})
            if step % 10 == 0:
                hot.state(params={"lr": step}).write(journal.heartbeat(float(step), 0))
                store.refresh_runs([run.id])
        hot.end("finished")
        store.refresh()
        grown = everything(store.run(run.id))
        without_index(store)
        store.refresh()
        assert everything(store.run(run.id)) == grown

    @pytest.mark.parametrize("cut", range(0, 400, 23))
    def test_a_log_cut_anywhere_gives_what_is_whole_and_goes_on_when_the_rest_comes(self, store, begin, log, cut):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(20):
            hot.row(step, {"m": float(step)})
        whole = hot.path.read_bytes()
        hot.path.write_bytes(whole[: len(whole) - cut])
        store.refresh()
        hot.path.write_bytes(whole)
        store.refresh_runs([run.id])
        assert store.run(run.id).metrics["m"].count == 20

    @pytest.mark.parametrize("steps", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
    def test_of_equal_extremes_the_smallest_step_counts_however_the_log_was_read(self, store, begin, log, steps):
        run = begin()
        writer = log(run, "w", 0).state(metrics={"a": {"primary": True, "goal": "max"}})
        for step in steps:
            values = {"a": 1.0, "b": float(step)} if step % 2 else {"a": 1.0, "b": float(step), "c": 0.0}
            writer.row(step, values)
            store.refresh_runs([run.id])
        read_along = store.run(run.id).metrics
        assert (read_along["a"].max_step, read_along["a"].min_step, read_along["a"].best_step) == (0, 0, 0)
        assert read_along["b"].at_best == 0.0
        store.reindex()
        assert store.run(run.id).metrics == read_along

    def test_a_log_in_whose_place_another_one_of_its_length_was_put_is_read_again(self, store, begin, log):
        run = begin()
        before = log(run, "w", 0).row(0, {"m": 1.0}).end("finished").path
        store.refresh()
        content = log(run, "x", 0).row(0, {"m": 2.0}).end("finished").path
        files.place(before, [content.read_bytes()], 0o600, before.stat().st_mtime_ns)
        content.unlink()
        assert store.refresh_runs([run.id]) == {run.id}
        assert store.run(run.id).metrics["m"].last == 2.0
        assert store.run(run.id).metrics["m"].count == 1

    def test_a_sealed_log_in_whose_place_another_one_was_put_is_read_again(self, store, begin, log, monkeypatch):
        monkeypatch.setattr(seal, "SMALLEST", 0)
        run, other = begin(), begin()
        for paths, value in ((run, 1.0), (other, 2.0)):
            log(paths, "w", 0).row(0, {"m": value}).end("finished")
        assert store.seal() == 2
        store.refresh()
        for theirs in other.segments.iterdir():
            files.place(run.segments / theirs.name, [theirs.read_bytes()], 0o600, theirs.stat().st_mtime_ns)
        assert store.refresh_runs([run.id]) == {run.id}
        assert store.run(run.id).metrics["m"].last == 2.0

    @pytest.mark.parametrize("name", ["code.patch", "lock"])
    def test_links_beside_a_run_are_not_followed(self, store, begin, log, tmp_path, name):
        run, elsewhere = begin(), tmp_path / "elsewhere"
        elsewhere.write_text("not of this store")
        said = {"code": {"patch_file": "code.patch"}, "environment": {"lock_file": "environment.lock"}}
        log(run, "w", 0).state(**said)
        store.refresh()
        read, path = (store.patch, run.patch(None)) if name == "code.patch" else (store.lock, run.lock(None))
        assert read(run.id) is None
        path.symlink_to(elsewhere)
        with pytest.raises(StoreError, match="cannot be read"):
            read(run.id)

    def test_a_run_whose_manifest_is_a_link_is_left_out(self, store, begin, log, tmp_path):
        run, good = begin(), begin("good")
        log(good, "w", 0).end("finished")
        run.manifest.rename(tmp_path / "run.json")
        run.manifest.symlink_to(tmp_path / "run.json")
        store.refresh()
        assert [known.id for known in store.first_page(9)] == [good.id]
        assert "run.json cannot be read" in store.info().damaged[run.id]

    def test_a_run_of_which_an_older_version_kept_something_else_is_read_anew(self, store, begin, log):
        run = begin()
        writer = log(run, "w", 0).row(0, {"m": 1.0})
        store.refresh()
        ((revision, _),) = store.index.folds([run.id]).values()
        store.index.put([Folded(store.run(run.id), msgspec.msgpack.encode({"manifest": []}), revision)])
        writer.row(1, {"m": 2.0})
        store.refresh_runs([run.id])
        assert store.run(run.id).metrics["m"].count == 2

    def test_zeros_at_the_end_of_a_log_are_nothing(self, store, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"m": 1.0}).write(bytes(5000))
        store.refresh()
        assert store.run(run.id).metrics["m"].count == 1

    def test_a_frame_that_makes_no_sense_is_counted_and_passed_over(self, store, begin, log):
        run = begin()
        log(run, "w", 0).write(journal.packed(Kind.TAGS, ["not", "a", "map"])).row(0, {"m": 1.0}).end("finished")
        store.refresh()
        assert store.run(run.id).status == "finished"
        assert "damaged" in store.run(run.id).health

    def test_a_folder_without_its_manifest_is_not_a_run_yet(self, store, begin):
        run = begin()
        run.manifest.unlink()
        store.refresh()
        assert store.count() == 0

    def test_a_damaged_manifest_leaves_the_other_runs_alone(self, store, begin, log):
        bad, good = begin(), begin()
        bad.manifest.write_bytes(b"{not json")
        log(good, "w", 0).end("finished")
        store.refresh()
        assert [run.id for run in store.first_page(10)] == [good.id]
        assert "damaged" in store.info().damaged[bad.id]


class TestEdits:
    def test_edits_hold_and_survive_the_index(self, store, begin, log):
        run = begin(tags=["draft"], notes="why")
        log(run, "w", 0).end("finished")
        editor = store.editor()
        editor.tags(run.id, ["baseline"], ["draft"])
        editor.set_fields(run.id, {"notes": "because", "name": "better"})
        editor.mark(run.id, 4, "dropped the rate")
        without_index(store)
        store.refresh()
        found = store.run(run.id)
        assert (found.tags, found.notes, found.name) == (["baseline"], "because", "better")
        assert [(mark.step, mark.text) for mark in found.marks] == [(4, "dropped the rate")]

    def test_the_later_edit_wins_though_its_clock_is_behind(self, root, begin, log, monkeypatch):
        run = begin()
        log(run, "w", 0).end("finished")
        ahead, behind = Store.open(root), Store.open(root)
        monkeypatch.setattr("trackside.store.edits.time.time", lambda: 4_000_000_000.0)
        ahead.editor().set_fields(run.id, {"name": "from the fast clock"})
        monkeypatch.undo()
        behind.editor().set_fields(run.id, {"name": "afterwards"})
        ahead.refresh()
        assert ahead.run(run.id).name == "afterwards"

    def test_a_project_decides_what_its_runs_are_judged_by(self, store, begin, log):
        run = begin(project="digits")
        log(run, "w", 0).row(0, {"m": 1.0, "x": 5.0}).row(1, {"m": 2.0, "x": 6.0}).end("finished")
        store.refresh()
        assert store.run(run.id).metrics["m"].best is None
        store.editor().set_project("digits", {"primary": "m", "goal:m": "max", "baseline": run.id})
        found = store.run(run.id)
        assert (found.primary, found.metrics["m"].best, found.metrics["x"].at_best) == ("m", 2.0, 6.0)
        assert store.project("digits").baseline == run.id


class TestIndex:
    @pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\0" + bytes(4096)])
    def test_an_index_that_is_garbage_is_made_again(self, store, begin, log, content):
        run = begin()
        log(run, "w", 0).end("finished")
        store.refresh()
        store.close()
        store.index.path.write_bytes(content)
        store.refresh()
        assert [found.id for found in store.first_page(10)] == [run.id]

    @pytest.mark.parametrize(
        ("version", "added"),
        [(1, "what_is_made_of_files_is_made_anew"), (2, "goals_that_a_run_declared_are_told_apart")],
    )
    def test_an_index_of_an_earlier_version_is_made_anew(self, store, begin, log, version, added):
        run = begin()
        log(run, "w", 0).end("finished")
        store.refresh()
        before, path = store.run(run.id), store.index.path
        store.close()
        with sqlite3.connect(path) as earlier:
            earlier.execute("UPDATE runs SET doc = ?", (everything(msgspec.structs.replace(before, status="failed")),))
            earlier.execute("DELETE FROM _sqlite_migrations WHERE name = ?", (added,))
            earlier.execute(f"PRAGMA user_version = {version}")
        earlier.close()
        with closing(Store.open(store.root)) as anew:
            anew.refresh()
            assert anew.run(run.id) == before
            assert anew.frame().get_column("status").to_list() == ["finished"]

    def test_an_index_removed_while_it_is_used_is_made_again(self, store, begin, log):
        run = begin()
        log(run, "w", 0).end("finished")
        store.refresh()
        shutil.rmtree(store.paths.index)
        assert store.run(run.id).status == "finished"
        store.refresh()
        assert store.frame().get_column("id").to_list() == [run.id]

    def test_an_index_that_another_process_has_locked_does_not_stop_reading(self, root, begin, log, monkeypatch):
        run = begin()
        log(run, "w", 0).end("finished")
        Store.open(root).refresh()
        monkeypatch.setattr("trackside.store.index._BUSY_SECONDS", 0.05)
        store = Store.open(root)
        blocking = sqlite3.connect(store.index.path, isolation_level=None)
        blocking.execute("BEGIN IMMEDIATE")
        late = begin()
        log(late, "w", 0).end("finished")
        store.refresh()
        blocking.execute("ROLLBACK")
        blocking.close()
        assert {found.id for found in store.first_page(10)} == {run.id, late.id}

    def test_two_processes_fold_the_same_log_once(self, root, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        one, other = Store.open(root), Store.open(root)
        for step in range(10):
            hot.row(step, {"m": 1.0})
            (one if step % 2 else other).refresh(thorough=True)
            other.refresh(thorough=True)
        one.refresh()
        assert one.run(run.id).metrics["m"].count == 10


class TestTable:
    def test_a_param_that_is_a_number_here_and_a_word_there_is_a_column_of_words(self, store, begin, log):
        for value in (1e-3, 4, "auto", True, [1, 2]):
            log(begin(), "w", 0).state(params={"k": value}).end("finished")
            store.refresh()
            store.frame()
        column = store.frame().get_column("param.k").to_list()
        assert sorted(column) == ["0.001", "4", "[1,2]", "auto", "true"]

    def test_the_snapshot_and_what_changed_since_make_the_table(self, root, begin, log, monkeypatch):
        monkeypatch.setattr("trackside.store.table._SNAPSHOT_AFTER", 2)
        first, second = begin("first"), begin("second")
        for run in (first, second):
            log(run, "w", 0).row(0, {"m": 1.0}).end("finished")
        store = Store.open(root)
        store.refresh()
        store.frame()
        assert (root / "index" / "table.arrow").exists()
        again = Store.open(root)
        again.editor().set_fields(first.id, {"name": "renamed"})
        again.editor().set_fields(second.id, {"trashed": True})
        assert again.frame().select("name", "metric.m").rows() == [("renamed", 1.0)]
