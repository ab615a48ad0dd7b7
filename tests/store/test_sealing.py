"""A sealed log says exactly what the log said, and nothing that happens while it is sealed changes that."""

import fcntl
import os
import shutil
import stat
import struct
import threading
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from copies import bits, points
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackside.model.errors import DamagedError
from trackside.store import curves, journal, seal, segments
from trackside.store.decode import Decoder
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths
from trackside.store.store import Store

STRANGE = [
    "step",
    "time",
    "metric",
    "val/loss",
    "a.b",
    "50%",
    "k:v",
    "two\nlines",
    "🚂 speed",
    "",
    "metric.step",
    "[x]*?",
]
BITS = [
    "7ff8000000000001",
    "fff0000000000000",
    "7ff0000000000000",
    "8000000000000000",
    "7ff80000deadbeef",
    "0000000000000001",
]


def overview_said(overview: curves.Overview) -> dict[str, object]:
    """One bucket of everything; a mean depends in its last bits on what was added first."""
    (mean,) = overview.mean.tolist()
    rest = {name: column.tobytes() for name, column in overview._asdict().items()}
    return rest | {"mean": pytest.approx(mean, rel=1e-12, nan_ok=True)}


@pytest.fixture
def two_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key sets of a few rows and columns are treated as those of thousands are."""
    monkeypatch.setattr(segments, "FEW_ROWS", 4)
    monkeypatch.setattr(segments, "WIDEST", 2)


class TestWhatASegmentHolds:
    @given(
        rows=st.lists(
            st.tuples(st.integers(-5, 5), st.sampled_from([1.0, 2.0]), st.binary(min_size=8, max_size=8)), max_size=40
        ),
        few=st.integers(0, 50),
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_every_float_keeps_its_bits_whatever_the_order_of_the_steps(self, root, begin, log, any_size, rows, few):
        run = begin()
        hot = log(run, "w", 0).close()
        hot = log(run, "w", 1)
        for step, time, content in rows:
            hot.row(step, {"x": struct.unpack("<d", content)[0], "y": -0.0}, at=time)
        hot.close()
        before = [points(curves.series(run, metric)) for metric in ("x", "y")]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(segments, "FEW_ROWS", few)
            assert seal.seal(run) == 2
        assert not list(run.logs.iterdir())
        assert [points(curves.series(run, metric)) for metric in ("x", "y")] == before
        expected = sorted(rows, key=lambda row: row[:2])
        assert [value for _, _, value in before[0]] == [content[::-1].hex() for _, _, content in expected]

    @pytest.mark.parametrize("pattern", BITS)
    @pytest.mark.parametrize("rows", [3, 2_000])
    def test_special_floats_are_kept_in_values_and_times(self, begin, log, any_size, pattern, rows):
        (value,) = struct.unpack(">d", bytes.fromhex(pattern))
        run = begin()
        hot = log(run, "w", 0)
        for step in range(rows):
            hot.row(step, {"x": value}, at=value)
        hot.close()
        seal.seal(run)
        series = curves.series(run, "x")
        assert set(bits(series.value)) == set(bits(series.time)) == {pattern}
        assert len(series) == rows

    def test_metrics_of_any_name_are_found_by_it(self, begin, log, any_size, two_columns):
        run = begin()
        hot = log(run, "w", 0)
        for step in range(5):
            hot.row(step, {name: float(place) for place, name in enumerate(STRANGE)})
        hot.row(9, {STRANGE[0]: 9.0, STRANGE[8]: 9.0}).close()
        seal.seal(run)
        for place, name in enumerate(STRANGE):
            end = [9.0] if name in (STRANGE[0], STRANGE[8]) else []
            assert curves.series(run, name).value.tolist() == [float(place)] * 5 + end
        assert not len(curves.series(run, "no such metric"))
        assert not len(curves.overview(run, "no such metric", 10).n)

    def test_key_sets_of_few_rows_share_one_file_and_wide_ones_are_split(self, begin, log, any_size):
        run = begin()
        wide = {f"m{number}": float(number) for number in range(segments.WIDEST + 1)}
        hot = log(run, "w", 0)
        for step in range(segments.FEW_ROWS):
            hot.row(step, wide)
            if step:
                hot.row(step, {"rare": 1.0})
        hot.close()
        seal.seal(run)
        widths = {path.name: len(pl.read_parquet_schema(path)) for path in run.segments.glob("*.k*.parquet")}
        assert widths == {"w.0.k0.parquet": 2 + segments.WIDEST, "w.0.k1.parquet": 2 + 1}
        assert pl.read_parquet(run.segments / "w.0.long.parquet").columns == ["metric", "step", "time", "value"]
        assert len(curves.series(run, "rare")) == segments.FEW_ROWS - 1
        assert curves.series(run, f"m{segments.WIDEST}").value.tolist() == [segments.WIDEST] * segments.FEW_ROWS

    def test_sparse_and_mixed_rows_are_points_and_texts_stay_texts(self, begin, log, any_size):
        run = begin()
        hot = log(run, "w", 0)
        hot.write(journal.packed(Kind.SCHEMA, [-1, ["a", "b"]])).write(journal.sparse(7, 2.0, [(0, 1.5), (1, 2.5)]))
        values = {"n": 2**60, "word": "hello", "yes": True, "blob": {"blob": "blake3:00", "bytes": 9, "kind": "text"}}
        hot.write(journal.packed(Kind.MIXED, {"step": 3, "time": 1.0, "values": values})).close()
        seal.seal(run)
        assert [curves.series(run, name).value.tolist() for name in ("a", "b", "n", "yes")] == [
            [1.5],
            [2.5],
            [2.0**60],
            [1.0],
        ]
        assert curves.texts(run, "word") == [(3, 1.0, "hello")]
        assert curves.texts(run, "blob") == [(3, 1.0, "blake3:00")]

    def test_of_equal_extremes_in_a_sealed_log_the_smallest_step_counts(self, store, begin, log, any_size):
        run = begin()
        writer = log(run, "w", 0)
        for step in (5, 3, 4):
            writer.row(step, {"a": 1.0})
        writer.end("finished")
        store.refresh()
        before = store.run(run.id).metrics["a"]
        assert store.seal() == 1
        store.reindex()
        assert store.run(run.id).metrics["a"] == before
        assert (before.min_step, before.max_step) == (3, 3)

    def test_a_log_without_a_row_is_sealed_too(self, begin, log, any_size):
        run = begin()
        log(run, "w", 0).state(params={"lr": 0.1}).close()
        assert seal.seal(run) == 1
        assert not len(curves.series(run, "loss"))

    def test_every_frame_that_is_no_row_is_kept_byte_for_byte(self, begin, log, any_size):
        run = begin()
        log(run, "w", 0).row(0, {"x": 1.0}).state(params={"lr": 0.1}).write(journal.heartbeat(5.0, 2)).end("finished")
        before = [(frame.kind, frame.payload) for frame in Decoder().feed((run.logs / "w.0.log").read_bytes()).others]
        seal.seal(run)
        after = [(frame.kind, frame.payload) for frame in journal.frames((run.segments / "w.0.rest").read_bytes())]
        assert after[:-2] == before
        assert [kind for kind, _ in after[-2:]] == [Kind.SUMMARY, Kind.SEALED]

    def test_files_and_folders_take_the_modes_of_the_store(self, root, begin, log, any_size):
        root.chmod(0o2770)
        run = begin()
        log(run, "w", 0).row(0, {"x": 1.0}).close()
        before = os.umask(0o077)
        try:
            seal.seal(run)
        finally:
            os.umask(before)
        assert stat.S_IMODE(run.segments.stat().st_mode) == 0o2770
        assert {stat.S_IMODE(path.stat().st_mode) for path in run.segments.iterdir()} == {0o660}


class TestReaders:
    def test_the_index_and_the_curves_say_the_same_before_and_after(self, store, begin, log, any_size):
        run = write_run(begin, log)
        before = everything(store, run)
        assert store.seal() == 3
        assert everything(store, run) == before
        store.close()
        shutil.rmtree(store.paths.index)
        anew = Store.open(store.root)
        assert everything(anew, run) == before

    def test_the_same_holds_while_some_logs_are_sealed_and_others_not(self, store, begin, log, any_size, monkeypatch):
        run = write_run(begin, log)
        before = everything(store, run)
        for hot in sorted(run.logs.iterdir()):
            monkeypatch.setattr(seal, "sealable", lambda _, hot=hot: [hot])
            assert seal.seal(run) == 1
            assert everything(store, run) == before

    def test_a_rank_s_series_are_not_mixed_with_those_of_the_main_process(self, begin, log, any_size):
        run = begin()
        log(run, "w", 0).row(0, {"loss": 1.0}).close()
        log(run, "r", 0, role="rank 1").row(0, {"loss": 2.0}).row(1, {"loss": 3.0}).close()
        for _ in range(2):
            assert curves.series(run, "loss").value.tolist() == [1.0]
            assert curves.series(run, "loss@1").value.tolist() == [2.0, 3.0]
            assert curves.overview(run, "loss", 10).n.tolist() == [1]
            assert curves.overview(run, "loss@1", 10).n.tolist() == [2]
            seal.seal(run)

    def test_an_overview_keeps_extremes_counts_and_means_of_finite_values(self, begin, log, any_size):
        run = begin()
        hot = log(run, "w", 0)
        values = [float(step % 97) for step in range(3_000)]
        values[1234], values[500], values[501] = 1e9, float("nan"), float("-inf")
        for step, value in enumerate(values):
            hot.row(step, {"x": value})
        hot.close()
        seal.seal(run)
        found = curves.overview(run, "x", 5)
        assert len(found.n) <= 5
        assert (found.n.sum(), found.nonfinite.sum()) == (3_000, 2)
        assert (found.step0.min(), found.step1.max(), found.max.max(), found.min.min()) == (0, 2_999, 1e9, 0.0)
        finite = [value for value in values if np.isfinite(value)]
        known = found.n - found.nonfinite
        assert (found.mean * known).sum() / known.sum() == pytest.approx(sum(finite) / len(finite))


def test_a_sealer_that_dies_at_any_step_loses_and_doubles_nothing(root, begin, log, any_size, two_columns):
    run = write_run(begin, log)
    store = Store.open(root)
    before = everything(store, run)
    copy = root.parent / "untouched"
    shutil.copytree(run.root, copy)
    deaths = 0
    while dies_at(deaths, run):
        deaths += 1
        assert everything(store, run) == before
        store.seal()
        assert everything(store, run) == before
        assert not list(run.logs.iterdir())
        assert not [path for path in run.segments.iterdir() if path.name.startswith(".")]
        shutil.rmtree(run.root)
        shutil.copytree(copy, run.root)
    assert deaths > 40


def dies_at(call: int, run: RunPaths) -> bool:
    """Whether a sealer of `run` that dies at its `call`-th step dies: there is no such step otherwise."""
    left = call
    with pytest.MonkeyPatch.context() as patch:

        def mortal(owner: object, name: str) -> None:
            real = getattr(owner, name)

            def step(*arguments: object, **more: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
                return real(*arguments, **more)

            patch.setattr(owner, name, step)

        mortal(Path, "rename")
        mortal(Path, "unlink")
        mortal(pl.DataFrame, "write_parquet")
        mortal(os, "fsync")
        try:
            seal.seal(run)
        except KeyboardInterrupt:
            return True
    return False


class TestALogBesideItsSegment:
    """The sealer was killed before its last step: both are there."""

    @pytest.fixture
    def both(self, begin, log, any_size, two_columns) -> RunPaths:
        run = begin()
        hot = log(run, "w", 0)
        for step in range(20):
            hot.row(step, {"x": step / 3})
        hot.close()
        content = hot.path.read_bytes()
        assert seal.seal(run) == 1
        hot.path.write_bytes(content)
        return run

    def test_goes_where_all_of_it_is_sealed(self, both):
        before = {path: path.read_bytes() for path in both.segments.iterdir()}
        assert seal.seal(both) == 1
        assert not list(both.logs.iterdir())
        assert {path: path.read_bytes() for path in both.segments.iterdir()} == before

    @pytest.mark.parametrize("suffix", [".parquet", ".rest", ".pyr.parquet"])
    @pytest.mark.parametrize("damage", ["missing", "changed"])
    def test_is_sealed_anew_where_the_segment_was_damaged_since(self, both, suffix, damage):
        file = next(path for path in both.segments.iterdir() if path.name.endswith(suffix))
        content = bytearray(file.read_bytes())
        if damage == "missing":
            file.unlink()
        else:
            content[len(content) // 2] ^= 0xFF
            file.write_bytes(content)
        assert seal.seal(both) == 1
        assert curves.series(both, "x").value.tolist() == [step / 3 for step in range(20)]
        assert not list(both.logs.iterdir())
        if damage == "changed":
            assert bytes(content) in [path.read_bytes() for path in both.aside.iterdir()]

    def test_is_sealed_anew_where_its_writer_was_killed_and_its_other_frames_are_gone(self, both):
        hot = both.logs / "w.0.log"
        content = hot.read_bytes()
        hot.write_bytes(content[: -len(journal.packed(Kind.CLOSE, {"rotated": False}))])
        (both.segments / "w.0.rest").unlink()
        assert seal.seal(both) == 1
        assert curves.series(both, "x").value.tolist() == [step / 3 for step in range(20)]

    def test_stays_where_the_segment_is_damaged_and_has_more(self, both, log):
        hot = both.logs / "w.0.log"
        hot.unlink()
        log(both, "w", 0).row(0, {"x": 0.0})
        (both.segments / "w.0.rest").unlink()
        before = {path: path.read_bytes() for path in both.root.rglob("*.*") if path.is_file()}
        assert seal.seal(both) == 0
        assert {path: path.read_bytes() for path in both.root.rglob("*.*") if path.is_file()} == before

    def test_stays_where_it_says_something_else(self, both, log):
        hot = both.logs / "w.0.log"
        hot.unlink()
        log(both, "w", 0).row(0, {"x": 7.0}).state(params={"lr": 0.1}).close()
        content = hot.read_bytes()
        assert seal.seal(both) == 0
        assert hot.read_bytes() == content
        assert curves.series(both, "x").value.tolist() == [step / 3 for step in range(20)]

    def test_loses_and_doubles_nothing_when_the_sealer_dies_again(self, both):
        file = next(both.segments.glob("*.parquet"))
        file.write_bytes(file.read_bytes()[:-9])
        copy = both.root.with_name("copy")
        shutil.copytree(both.root, copy)
        deaths = 0
        while dies_at(deaths, both):
            deaths += 1
            seal.seal(both)
            assert curves.series(both, "x").value.tolist() == [step / 3 for step in range(20)]
            assert not list(both.logs.iterdir())
            shutil.rmtree(both.root)
            shutil.copytree(copy, both.root)
        assert deaths > 10


class TestLeftAlone:
    def test_logs_of_up_to_a_mebibyte(self, begin, log):
        run = begin()
        log(run, "w", 0).row(0, {"x": 1.0}).close()
        assert seal.sealable(run) == []

    def test_a_log_whose_writer_lives(self, begin, log, any_size):
        run = begin()
        hot = log(run, "w", 0).row(0, {"x": 1.0}).close()
        descriptor = os.open(hot.path, os.O_RDWR)
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
        assert seal.seal(run) == 0
        os.close(descriptor)
        assert seal.seal(run) == 1

    def test_an_unfinished_log_of_another_machine(self, begin, log, any_size):
        run = begin()
        log(run, "w", 0, boot="elsewhere").row(0, {"x": 1.0})
        assert seal.seal(run) == 0

    def test_but_not_an_unfinished_one_of_a_process_that_is_gone(self, begin, log, any_size):
        run = begin()
        log(run, "w", 0).row(0, {"x": 1.0}).write(journal.heartbeat(1.0, 0)[:-3])
        assert seal.seal(run) == 1
        assert curves.series(run, "x").value.tolist() == [1.0]

    @pytest.mark.parametrize("place", ["middle", "end"])
    def test_a_damaged_log(self, begin, log, any_size, place):
        run = begin()
        hot = log(run, "w", 0).row(0, {"x": 1.0}).row(1, {"x": 2.0})
        damaged = bytearray(hot.path.read_bytes())
        damaged[-10] ^= 0xFF
        hot.path.write_bytes(damaged)
        if place == "middle":
            hot.close()
        before = hot.path.read_bytes()
        assert seal.seal(run) == 0
        assert hot.path.read_bytes() == before

    def test_a_log_of_another_user(self, begin, log, any_size, monkeypatch):
        run = begin()
        log(run, "w", 0).row(0, {"x": 1.0}).close()
        monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
        assert seal.seal(run) == 0

    def test_a_link(self, begin, log, any_size):
        run, other = begin(), begin()
        target = log(other, "w", 0).row(0, {"x": 1.0}).close()
        run.logs.mkdir()
        (run.logs / "v.0.log").symlink_to(target.path)
        assert seal.seal(run) == 0
        assert target.path.exists()


@pytest.mark.parametrize("suffix", [".k0.parquet", ".long.parquet", ".pyr.parquet"])
def test_a_sealed_file_that_was_cut_off_is_told_in_a_line_and_the_run_stays_known(store, begin, log, any_size, suffix):
    run = begin()
    hot = log(run, "w", 0).state(metrics={"loss": {"primary": True, "goal": "min"}})
    for step in range(segments.FEW_ROWS):
        hot.row(step, {"loss": step / 3})
    hot.row(0, {"val": 1.0}).end("finished")
    store.seal()
    file = run.segments / f"w.0{suffix}"
    file.write_bytes(file.read_bytes()[:40])
    metric = "val" if "long" in suffix else "loss"
    with pytest.raises(DamagedError, match="trackside doctor"):
        curves.overview(run, metric, 10) if "pyr" in suffix else curves.series(run, metric)
    store.refresh()
    assert store.run(run.id).metrics["loss"].count == segments.FEW_ROWS


def test_a_sealed_log_whose_other_frames_are_gone_is_told_in_a_line(begin, log, any_size):
    run = begin()
    log(run, "w", 0).row(0, {"loss": 1.0}).close()
    seal.seal(run)
    (run.segments / "w.0.rest").unlink()
    with pytest.raises(DamagedError, match="trackside doctor"):
        curves.series(run, "loss")


def test_two_sealers_at_once_seal_each_log_once(begin, log, any_size):
    run = begin()
    for number in range(12):
        hot = log(run, "w", number)
        for step in range(20):
            hot.row(number * 20 + step, {"x": step / 3})
        hot.close()
    before = points(curves.series(run, "x"))
    together = threading.Barrier(4)
    sealed: list[int] = []

    def work() -> None:
        together.wait()
        sealed.append(seal.seal(run))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert points(curves.series(run, "x")) == before
    assert sum(sealed) == 12
    assert points(curves.series(run, "x")) == before


def write_run(begin, log) -> RunPaths:
    """A run of three logs: one that was rotated, one that ended, and one of a rank."""
    run = begin()
    first = log(run, "w", 0, time=1.0).state(params={"lr": 0.1})
    for step in range(600):
        first.row(step, {"loss": 1 / (step + 1), "lr": 0.1, "odd": float("nan") if step % 2 else -0.0})
        if step % 100 == 0:
            first.row(step, {"val/loss": step * 0.3})
    first.close(rotated=True)
    second = log(run, "w", 1, time=2.0)
    for step in (602, 601, 600, 601):
        second.row(step, {"loss": float(step), "lr": 0.2, "odd": 1.0})
    second.write(journal.packed(Kind.MIXED, {"step": 603, "time": 7.0, "values": {"loss": 3, "sample": "a word"}}))
    second.write(journal.packed(Kind.MARK, {"kind": "note", "time": 7.0, "step": 603, "text": "here"}))
    second.end("finished")
    log(run, "r", 0, role="rank 1", time=1.5).row(0, {"loss": 5.0}).close()
    return run


def everything(store: Store, run: RunPaths) -> list[object]:
    """All that readers say of a run: its record, its curves, their overviews, its texts."""
    store.refresh()
    metrics = ("loss", "lr", "odd", "val/loss", "loss@1")
    return [
        msgspec.msgpack.encode(store.run(run.id)),
        [points(store.series(run.id, metric)) for metric in metrics],
        [overview_said(store.overview(run.id, metric, 1)) for metric in metrics],
        store.texts(run.id, "sample"),
    ]
