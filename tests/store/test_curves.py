"""Curves of runs that are still written to: what is new is read, once, and what is sealed meanwhile is not missed."""

import math
import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest

from trackside.model.errors import DamagedError
from trackside.store import curves, journal, seal
from trackside.store import tails as tails_module
from trackside.store.journal import Kind
from trackside.store.tails import TailCache


@pytest.fixture
def read_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes of logs each read gave."""
    real, found = os.pread, []

    def pread(descriptor: int, size: int, offset: int) -> bytes:
        data = real(descriptor, size, offset)
        if data:
            found.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", pread)
    return found


def mixed(step: int, **values: object) -> bytes:
    return journal.packed(Kind.MIXED, {"step": step, "time": float(step), "values": values})


class TestLive:
    def test_only_what_is_new_is_read(self, begin, log, read_bytes):
        run, tails = begin(), TailCache()
        hot = log(run, "w", 0)
        for step in range(500):
            hot.row(step, {"loss": step / 3, "lr": 0.1})
        assert len(curves.series(run, "loss", tails)) == 500
        assert read_bytes == [hot.path.stat().st_size]
        curves.series(run, "lr", tails)
        curves.overview(run, "loss", 9, tails)
        hot.row(500, {"loss": 500 / 3, "lr": 0.1})
        assert curves.series(run, "loss", tails).value.tolist() == [step / 3 for step in range(501)]
        assert read_bytes[1:] == [journal.row_size(2)]

    def test_half_a_frame_is_read_when_it_is_whole(self, begin, log):
        run, tails = begin(), TailCache()
        hot = log(run, "w", 0).row(0, {"loss": 1.0})
        frame = journal.RowFormat(0, 1).pack(1, 2.0, [3.0])
        hot.write(frame[:20])
        assert curves.series(run, "loss", tails).value.tolist() == [1.0]
        hot.write(frame[20:])
        assert curves.series(run, "loss", tails).value.tolist() == [1.0, 3.0]

    def test_rows_that_come_one_at_a_time_are_kept_together(self, begin, log):
        run, tails = begin(), TailCache()
        hot = log(run, "w", 0)
        for step in range(300):
            hot.row(step, {"loss": float(step)})
            assert curves.series(run, "loss", tails).step[-1] == step
        assert len(tails.read(hot.path, lambda tail: tail.points("loss"))[1]) < 10
        assert curves.series(run, "loss", tails).value.tolist() == list(range(300))

    def test_a_log_that_was_replaced_by_a_shorter_one_is_read_anew(self, begin, log):
        run, tails = begin(), TailCache()
        hot = log(run, "w", 0).row(0, {"loss": 1.0}).row(1, {"loss": 2.0})
        curves.series(run, "loss", tails)
        hot.path.unlink()
        log(run, "w", 0).row(0, {"loss": 9.0})
        assert curves.series(run, "loss", tails).value.tolist() == [9.0]

    def test_logs_that_were_not_asked_for_lately_are_forgotten(self, begin, log, read_bytes, monkeypatch):
        run, other, tails = begin(), begin("other"), TailCache()
        for one in (run, other):
            log(one, "w", 0).row(0, {"loss": 1.0})
        monkeypatch.setattr(tails_module, "_CACHED_BYTES", 1)
        for one in (run, run, other, run):
            curves.series(one, "loss", tails)
        assert len(read_bytes) == 3

    def test_threads_that_read_while_a_log_grows_see_a_beginning_of_it(self, begin, log):
        run, tails = begin(), TailCache()
        hot = log(run, "w", 0)
        done, wrong = threading.Event(), []

        def read() -> None:
            while not done.is_set():
                found = curves.series(run, "loss", tails).value.tolist()
                if found != list(range(len(found))):
                    wrong.append(found)

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for step in range(400):
            hot.row(step, {"loss": float(step)} if step % 7 else {"loss": float(step), "val": 0.0})
        done.set()
        for thread in threads:
            thread.join()
        assert not wrong
        assert len(curves.series(run, "loss", tails)) == 400


class TestOrder:
    def test_points_are_by_step_then_time_then_as_they_were_logged(self, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step, at, value in [(2, 1.0, 1.0), (1, 5.0, 2.0), (1, 4.0, 3.0), (2, 1.0, 4.0), (-3, 9.0, 5.0)]:
            hot.row(step, {"loss": value}, at=at)
        series = curves.series(run, "loss")
        assert series.step.tolist() == [-3, 1, 1, 2, 2]
        assert series.value.tolist() == [5.0, 3.0, 2.0, 1.0, 4.0]

    def test_logs_of_several_writers_are_one_curve(self, begin, log):
        run = begin()
        log(run, "b", 0).row(0, {"loss": 0.0}).row(2, {"loss": 2.0})
        log(run, "a", 0).row(1, {"loss": 1.0}).row(3, {"loss": 3.0})
        assert curves.series(run, "loss").value.tolist() == [0.0, 1.0, 2.0, 3.0]

    def test_a_metric_in_several_key_sets_is_one_curve(self, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(10):
            hot.row(step, {"loss": float(step)} if step % 3 else {"val": 0.0, "loss": float(step)})
        assert curves.series(run, "loss").value.tolist() == list(range(10))
        assert curves.overview(run, "loss", 100).n.sum() == 10

    def test_no_such_metric_is_an_empty_curve(self, begin, log):
        run = begin()
        assert len(curves.series(run, "loss")) == 0
        log(run, "w", 0).row(0, {"loss": 1.0})
        assert len(curves.series(run, "los")) == len(curves.overview(run, "los", 10).n) == 0


class TestOverview:
    def test_every_extreme_survives_however_few_buckets_there_are(self, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(2_000):
            hot.row(step, {"loss": -7e3 if step == 777 else float(step % 13)})
        found = curves.overview(run, "loss", 3)
        assert len(found.n) <= 3
        assert (found.min.min(), found.max.max(), found.n.sum()) == (-7e3, 12.0, 2_000)
        assert found.last[-1] == 1_999 % 13
        assert (found.step0[1:] > found.step1[:-1]).all()

    def test_buckets_without_a_finite_value_say_so(self, begin, log):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(600):
            hot.row(step, {"loss": math.nan if step < 512 else math.inf if step < 520 else 2.0})
        found = curves.overview(run, "loss", 100)
        assert found.nonfinite.tolist() == [256, 256, 8]
        assert np.isnan(found.min).tolist() == np.isnan(found.mean).tolist() == [True, True, False]
        assert (found.min[2], found.max[2], found.mean[2], found.last[2]) == (2.0, 2.0, 2.0, 2.0)
        assert curves.overview(run, "loss", 1).mean.tolist() == [2.0]


class TestRanks:
    @pytest.fixture
    def run(self, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0}).write(mixed(5, sample="of the main process"))
        log(run, "r", 0, role="rank 3").row(0, {"loss": 3.0}).write(mixed(5, sample="of a rank"))
        log(run, "c", 0, role="child").row(1, {"loss": 2.0})
        return run

    @pytest.mark.parametrize("sealed", [False, True])
    def test_a_rank_s_metrics_and_texts_carry_its_number(self, run, monkeypatch, sealed):
        if sealed:
            monkeypatch.setattr(seal, "SMALLEST", 0)
            assert seal.seal(run) == 3
        assert curves.series(run, "loss").value.tolist() == [1.0, 2.0]
        assert curves.series(run, "loss@3").value.tolist() == [3.0]
        assert len(curves.series(run, "loss@1")) == 0
        assert curves.texts(run, "sample") == [(5, 5.0, "of the main process")]
        assert curves.texts(run, "sample@3") == [(5, 5.0, "of a rank")]

    def test_a_metric_may_be_named_like_that_of_a_rank(self, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"precision@5": 1.0})
        log(run, "r", 0, role="rank 5").row(0, {"precision": 2.0})
        assert sorted(curves.series(run, "precision@5").value.tolist()) == [1.0, 2.0]


def test_a_link_in_the_folder_of_logs_is_not_followed(begin, log):
    run, other = begin(), begin()
    log(run, "w", 0).row(0, {"loss": 1.0})
    (run.logs / "v.0.log").symlink_to(log(other, "v", 0).row(0, {"loss": 9.0}).path)
    assert curves.series(run, "loss").value.tolist() == [1.0]


class TestTexts:
    def test_texts_come_by_step_and_what_is_too_long_by_its_hash(self, begin, log):
        run, tails = begin(), TailCache()
        hot = log(run, "w", 0).write(mixed(2, sample="later")).write(mixed(1, sample="🚂\n", loss=0.5, flag=True))
        hot.write(mixed(3, sample={"blob": "blake3:00ff", "bytes": 300_000, "kind": "text"}))
        expected = [(1, 1.0, "🚂\n"), (2, 2.0, "later"), (3, 3.0, "blake3:00ff")]
        assert curves.texts(run, "sample", tails) == expected
        assert curves.texts(run, "loss", tails) == []
        assert curves.series(run, "loss", tails).value.tolist() == [0.5]
        hot.write(mixed(4, sample="new"))
        assert curves.texts(run, "sample", tails) == [*expected, (4, 4.0, "new")]

    @pytest.mark.parametrize(
        "nonsense",
        [
            {},
            {"step": 1, "time": 0.0},
            {"step": 2**63, "time": 0.0, "values": {"x": 1.0}},
            {"step": "1", "time": 0.0, "values": {"x": "y"}},
            {"step": 1, "time": 0.0, "values": {"x": [1]}},
            [1, 2],
            "words",
        ],
    )
    def test_frames_that_make_no_sense_are_passed_over(self, begin, log, nonsense):
        run = begin()
        hot = log(run, "w", 0).write(journal.packed(Kind.MIXED, nonsense)).write(journal.packed(Kind.OPEN, nonsense))
        hot.row(1, {"loss": 1.0})
        assert curves.texts(run, "x") == []
        assert curves.series(run, "loss").value.tolist() == [1.0]


class TestVanishing:
    def test_a_log_that_is_sealed_while_it_is_read_is_read_from_its_segment(self, begin, log, monkeypatch):
        run = begin()
        log(run, "v", 0).row(1, {"loss": 1.0})
        log(run, "w", 0).row(0, {"loss": 0.0}).close()
        monkeypatch.setattr(seal, "SMALLEST", 0)
        real, opened = os.open, []

        def open_late(path: object, *arguments: object, **more: object) -> int:
            if not opened and Path(os.fspath(path)).name == "w.0.log":
                opened.append(path)
                assert seal.seal(run) == 2
            return real(path, *arguments, **more)

        monkeypatch.setattr(os, "open", open_late)
        assert curves.series(run, "loss", TailCache()).value.tolist() == [0.0, 1.0]
        assert opened

    def test_a_run_whose_files_keep_vanishing_is_an_error_and_no_loop(self, begin, log, monkeypatch):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 0.0})
        monkeypatch.setattr(TailCache, "_tail", lambda *_: (_ for _ in ()).throw(FileNotFoundError()))
        with pytest.raises(DamagedError, match="vanish"):
            curves.series(run, "loss")

    def test_what_was_read_before_is_not_doubled_by_sealing(self, begin, log, monkeypatch):
        run, tails = begin(), TailCache()
        hot = log(run, "w", 0)
        values = [struct.unpack("<d", os.urandom(8))[0] for _ in range(50)]
        for step, value in enumerate(values):
            hot.row(step, {"loss": value})
        before = curves.series(run, "loss", tails).value.tobytes()
        monkeypatch.setattr(seal, "SMALLEST", 0)
        seal.seal(run)
        assert curves.series(run, "loss", tails).value.tobytes() == before
