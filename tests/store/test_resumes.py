"""What a resume replaces is out of curves and summaries, whatever was sealed and in whatever pieces it was read."""

import shutil

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackside.model.run import Run
from trackside.store import curves, journal, seal
from trackside.store.journal import Kind
from trackside.store.store import Store

LONG = 4_000
"""Rows of two floats that make a log large enough to be sealed on these tests' terms."""


@pytest.fixture(autouse=True)
def any_log_may_be_sealed(monkeypatch):
    monkeypatch.setattr(seal, "SMALLEST", 100)


def resume_mark(step: int, at: float) -> bytes:
    return journal.packed(Kind.MARK, {"kind": "resume", "time": at, "step": step, "text": ""})


def first_life(log, run, rows: int = 100, writer: str = "first"):
    hot = log(run, writer, 0, time=1.0)
    for step in range(rows):
        hot.row(step, {"loss": 100.0 - step, "acc": float(step)})
    return hot


def life_after(log, run, number: int, start: int, rows: int, value: float, *, role: str = "main"):
    at = 10_000.0 * number
    hot = log(run, f"life{number}{role.replace(' ', '')}", 0, time=at, resume=number, role=role)
    hot.state(params={"lr": number / 10})
    hot.write(resume_mark(start, at))
    for step in range(start, start + rows):
        hot.row(step, {"loss": value}, at=at + step)
    return hot


def everything(run: Run) -> bytes:
    return msgspec.msgpack.encode(run)


def rebuilt(store: Store, run_id: str) -> bytes:
    store.close()
    shutil.rmtree(store.paths.index)
    again = Store.open(store.root)
    again.refresh()
    found = everything(again.run(run_id))
    again.close()
    return found


class TestSuperseded:
    def test_older_points_from_the_first_step_on_are_out_of_the_curve(self, begin, log):
        run = begin()
        first_life(log, run).end("failed")
        life_after(log, run, 1, 60, 20, -1.0).end("finished")
        found = curves.series(run, "loss")
        assert found.step.tolist() == list(range(80))
        assert found.value.tolist() == [100.0 - step for step in range(60)] + [-1.0] * 20
        assert found.superseded is None

    def test_a_metric_that_is_not_logged_again_loses_them_too(self, store, begin, log):
        run = begin()
        first_life(log, run).end("failed")
        life_after(log, run, 1, 60, 20, -1.0).end("finished")
        store.refresh(thorough=True)
        assert curves.series(run, "acc").step.tolist() == list(range(60))
        assert store.run(run.id).metrics["acc"].max == 59.0
        assert store.run(run.id).metrics["loss"].count == 80

    def test_they_are_there_for_whoever_asks_for_them(self, store, begin, log):
        run = begin()
        first_life(log, run).end("failed")
        life_after(log, run, 1, 60, 20, -1.0).end("finished")
        found = store.series(run.id, "loss", superseded=True)
        assert len(found) == 120
        flagged = dict(zip(zip(found.step.tolist(), found.value.tolist(), strict=True), found.superseded, strict=True))
        assert not flagged[59, 41.0]
        assert flagged[60, 40.0]
        assert not flagged[60, -1.0]
        assert flagged[99, 1.0]
        assert sum(flagged.values()) == 40

    def test_nothing_is_superseded_before_the_first_step_is_logged(self, store, begin, log):
        run = begin()
        first_life(log, run).end("failed")
        log(run, "second", 0, time=9_999.0, resume=1).end("failed")
        store.refresh(thorough=True)
        assert store.run(run.id).metrics["loss"].count == 100

    def test_a_run_that_was_resumed_several_times_keeps_of_each_life_what_none_later_replaced(self, store, begin, log):
        run = begin()
        first_life(log, run).end("failed")
        life_after(log, run, 1, 60, 40, -1.0).end("failed")
        life_after(log, run, 2, 80, 5, -2.0).end("failed")
        life_after(log, run, 3, 50, 2, -3.0).end("finished")
        store.refresh(thorough=True)
        assert curves.series(run, "loss").value.tolist() == [100.0 - step for step in range(50)] + [-3.0] * 2
        assert store.run(run.id).metrics["loss"].count == 52
        assert store.run(run.id).params == {"lr": 0.3}

    def test_a_resume_on_a_machine_whose_clock_is_behind_is_the_later_one(self, store, begin, log):
        run = begin()
        log(run, "first", 0, time=5_000.0).row(0, {"loss": 1.0}).row(1, {"loss": 2.0}).end("failed")
        behind = log(run, "second", 0, time=4_000.0, resume=1).state(params={"lr": 2})
        behind.write(resume_mark(1, 4_000.0)).row(1, {"loss": 3.0}, at=4_001.0).end("finished")
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert (found.status, found.params) == ("finished", {"lr": 2})
        assert curves.series(run, "loss").value.tolist() == [1.0, 3.0]

    def test_texts_are_superseded_like_numbers(self, store, begin, log):
        run = begin()
        first = log(run, "first", 0, time=1.0)
        for step in range(4):
            first.write(journal.packed(Kind.MIXED, {"step": step, "time": 1.0, "values": {"sample": f"old {step}"}}))
        first.end("failed")
        life_after(log, run, 1, 2, 5, -1.0).end("finished")
        store.refresh(thorough=True)
        assert [text for _, _, text in curves.texts(run, "sample")] == ["old 0", "old 1"]
        assert store.run(run.id).texts == {"sample": "old 1"}

    def test_ranks_resume_apart_from_the_run(self, begin, log):
        run = begin()
        first_life(log, run).end("failed")
        log(run, "rank", 0, role="rank 1", time=2.0).row(5, {"loss": 1.0}).row(6, {"loss": 2.0}).close()
        life_after(log, run, 1, 60, 20, -1.0).end("finished")
        assert curves.series(run, "loss@1").value.tolist() == [1.0, 2.0]
        life_after(log, run, 1, 6, 2, -5.0, role="rank 1").close()
        assert curves.series(run, "loss@1").value.tolist() == [1.0, -5.0, -5.0]
        assert len(curves.series(run, "loss")) == 80

    def test_marks_of_ranks_stay_out_of_the_run_s(self, store, begin, log):
        run = begin()
        first_life(log, run).end("failed")
        life_after(log, run, 1, 60, 2, -1.0).end("finished")
        life_after(log, run, 1, 6, 2, -5.0, role="rank 1").close()
        store.refresh(thorough=True)
        assert [(mark.kind, mark.step) for mark in store.run(run.id).marks] == [("resume", 60)]


class TestWhateverWasReadBefore:
    """Index rebuilt = index incremental; sealed = not sealed."""

    @pytest.mark.parametrize("sealed", ["", "before", "after", "both"])
    def test_incremental_rebuilt_and_sealed_agree(self, store, begin, log, sealed):
        run = begin()
        first_life(log, run, LONG).end("failed", at=3_000.0)
        if sealed in ("before", "both"):
            assert seal.seal(run) == 1
        store.refresh(thorough=True)
        assert store.run(run.id).metrics["loss"].min == 101.0 - LONG
        second = life_after(log, run, 1, 2_500, 1_000, -1.0)
        store.refresh(thorough=True)
        assert store.run(run.id).metrics["loss"].count == 3_500
        for step in range(3_500, 3_600):
            second.row(step, {"loss": -7.0}, at=10_000.0 + step)
        second.end("finished", at=20_000.0)
        if sealed in ("after", "both"):
            assert seal.seal(run) == (1 if sealed == "both" else 2)
        store.refresh(thorough=True)
        found = store.run(run.id)
        loss = found.metrics["loss"]
        assert (loss.count, loss.min, loss.min_step, loss.last) == (3_600, -2399.0, 2_499, -7.0)
        assert found.metrics["acc"].max == 2_499.0
        assert found.status == "finished"
        assert rebuilt(store, run.id) == everything(found)

    def test_sealing_changes_nothing_of_what_is_read(self, store, begin, log):
        run = begin()
        first_life(log, run, LONG).end("failed")
        life_after(log, run, 1, 2_500, 1_500, -1.0).end("failed")
        life_after(log, run, 2, 3_000, 1_500, -2.0).end("finished")

        def read():
            one = curves.series(run, "loss")
            whole = curves.series(run, "loss", superseded=True)
            return [one.value.tobytes(), one.step.tobytes(), whole.value.tobytes(), whole.superseded.tobytes()]

        hot = read()
        buckets = curves.overview(run, "loss", 10_000)
        assert seal.seal(run) == 3
        assert read() == hot
        sealed = curves.overview(run, "loss", 10_000)
        assert buckets.n.sum() == sealed.n.sum() == 4_500
        assert buckets.min.min() == sealed.min.min() == -2399.0
        assert (sealed.step1[:-1] < sealed.step0[1:]).all()

    @given(
        lives=st.lists(
            st.tuples(
                st.lists(st.tuples(st.integers(0, 12), st.integers(-3, 3)), max_size=12),
                st.sampled_from(["killed", "closed", "sealed"]),
                st.booleans(),
            ),
            min_size=2,
            max_size=5,
        )
    )
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_lives_read_at_any_moments(self, store, begin, log, lives):
        """A life: rows of (step, value), whether its log is closed and sealed, and whether it is read before that."""
        run = begin()
        points: list[tuple[int, int, float, float]] = []
        for number, (rows, how, is_read) in enumerate(lives):
            at = 1_000.0 * number
            hot = log(run, f"life{number}", 0, time=at, resume=number)
            if rows and number:
                hot.write(resume_mark(rows[0][0], at))
                points = [point for point in points if point[1] < rows[0][0]]
            for place, (step, value) in enumerate(rows):
                hot.row(step, {"x": float(value)}, at=at + place)
                points.append((number, step, at + place, float(value)))
            if is_read:
                store.refresh(thorough=True)
            if how != "killed":
                hot.close()
            if how == "sealed":
                seal.seal(run)
        store.refresh(thorough=True)
        found = store.run(run.id)
        expected = [value for _, _, _, value in sorted(points, key=lambda point: point[1:3])]
        assert curves.series(run, "x").value.tolist() == expected
        assert curves.overview(run, "x", 10_000).n.sum() == len(expected)
        if expected:
            metric = found.metrics["x"]
            assert (metric.count, metric.min, metric.max) == (len(expected), min(expected), max(expected))
            assert (metric.last, metric.first_step) == (expected[-1], min(point[1] for point in points))
        else:
            assert "x" not in found.metrics
        store.index.forget([run.id])
        store.refresh(thorough=True)
        assert everything(store.run(run.id)) == everything(found)

    def test_at_best_follows_what_still_counts(self, store, begin, log):
        run = begin()
        first = log(run, "first", 0, time=1.0).state(metrics={"acc": {"goal": "max", "primary": True}})
        for step in range(LONG):
            first.row(step, {"acc": float(step), "loss": -float(step)})
        first.end("failed")
        store.refresh(thorough=True)
        assert store.run(run.id).metrics["loss"].at_best == 1.0 - LONG
        seal.seal(run)
        second = log(run, "second", 0, time=9_999.0, resume=1).write(resume_mark(1_000, 9_999.0))
        second.row(1_000, {"acc": 5.0, "loss": 5.0}).end("finished")
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert (found.metrics["acc"].best, found.metrics["loss"].at_best) == (999.0, -999.0)
        assert rebuilt(store, run.id) == everything(found)

    def test_what_an_older_writer_still_adds_is_superseded_at_once(self, store, begin, log):
        run = begin()
        child = log(run, "child", 0, role="child", time=2.0).row(0, {"x": 1.0})
        first_life(log, run, 10).end("failed")
        life_after(log, run, 1, 5, 1, -1.0).end("finished")
        store.refresh(thorough=True)
        child.row(4, {"x": 2.0}).row(5, {"x": 3.0})
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert (found.metrics["x"].count, found.metrics["x"].max) == (2, 2.0)
        assert rebuilt(store, run.id) == everything(found)


class TestStatusAndProgress:
    def test_the_newest_writer_tells_the_status_and_older_signals_are_forgotten(self, store, begin, log):
        run = begin()
        first = log(run, "first", 0, time=1.0).row(0, {"x": 1.0})
        first.write(journal.packed(Kind.MARK, {"kind": "signal", "time": 1.0, "step": 0, "text": "SIGTERM"}))
        store.refresh(thorough=True)
        assert store.run(run.id).status == "killed"
        log(run, "second", 0, time=2.0, resume=1).row(1, {"x": 1.0})
        store.refresh(thorough=True)
        assert store.run(run.id).status == "crashed"

    def test_a_script_that_crashed_inside_an_earlier_life_does_not_make_the_last_one_crashed(self, store, begin, log):
        run = begin()
        log(run, "around", 0, time=1.0).end("finished")
        log(run, "inside", 0, time=2.0, role="joined").row(0, {"x": 1.0})
        store.refresh(thorough=True)
        assert store.run(run.id).status == "crashed"
        log(run, "second", 0, time=3.0, resume=1).row(1, {"x": 1.0}).end("finished")
        store.refresh(thorough=True)
        assert store.run(run.id).status == "finished"

    def test_what_a_resume_says_holds_over_what_a_script_said_inside_an_earlier_life(self, store, begin, log):
        run = begin()
        log(run, "around", 0, time=1.0).state(code={"commit": "a"}, params={"lr": 0.1})
        inside = log(run, "inside", 0, time=2.0, role="joined")
        inside.state(code={"imported_hash": "sha256:1"}, params={"lr": 0.2, "depth": 2})
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert (found.code.commit, found.code.imported_hash, found.params) == ("a", "sha256:1", {"lr": 0.2, "depth": 2})
        resumed = log(run, "second", 0, time=3.0, resume=1)
        resumed.state(code={"commit": "b", "imported_hash": None}, params={"lr": 0.3})
        store.refresh(thorough=True)
        inside.state(code={"imported_hash": "sha256:2"}, params={"width": 8})
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert (found.code.commit, found.code.imported_hash) == ("b", None)
        assert found.params == {"lr": 0.3, "depth": 2, "width": 8}
        assert everything(found) == rebuilt(store, run.id)

    def test_a_signal_that_came_to_a_rank_is_not_the_run_s(self, store, begin, log):
        run = begin()
        log(run, "main", 0, time=1.0).row(0, {"x": 1.0})
        rank = log(run, "rank", 0, time=1.0, role="rank 1")
        rank.write(journal.packed(Kind.MARK, {"kind": "signal", "time": 1.0, "step": 0, "text": "SIGTERM"}))
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert (found.status, found.marks) == ("crashed", [])

    def test_speed_and_time_left_are_measured_from_the_resumed_step(self, store, begin, log):
        run = begin(total_steps=201)
        first_life(log, run, 100).end("killed")
        second = log(run, "second", 0, time=90_000.0, boot="theirs", host="elsewhere", resume=1)
        second.write(resume_mark(50, 90_000.0))
        for step in range(50, 101):
            second.row(step, {"loss": 1.0}, at=90_000.0 + 10.0 * (step - 50))
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert found.status == "running"
        progress = found.progress
        assert progress.step == 100
        assert progress.steps_per_s == pytest.approx(0.1)
        assert progress.eta_s == pytest.approx(1000.0)
        second.end("finished", at=90_510.0)
        store.refresh(thorough=True)
        assert store.run(run.id).progress.steps_per_s == pytest.approx(0.1)

    def test_what_was_said_anew_holds(self, store, begin, log):
        run = begin(seed=1, total_steps=10, host="old", job={"slurm_job_id": "1"})
        log(run, "first", 0, time=1.0).state(params={"lr": 1, "kept": 2}).end("failed")
        second = log(run, "second", 0, time=2.0, resume=1)
        second.state(params={"lr": 3}, run={"seed": 5, "total_steps": 20, "host": "new", "job": {"slurm_job_id": "2"}})
        second.end("finished")
        store.refresh(thorough=True)
        found = store.run(run.id)
        assert found.params == {"lr": 3, "kept": 2}
        assert (found.seed, found.progress.total_steps, found.host) == (5, 20, "new")
        assert found.job == {"slurm_job_id": "2"}
