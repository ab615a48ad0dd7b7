"""Runs of a host without trackside that nobody looked at yet: what is known of them is what it is there."""

import json
import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from msgspec.structs import replace

import trackside
from trackside.record import values
from trackside.services.comparison.parallel import coordinates_of
from trackside.services.pivot import pivot, view
from trackside.services.remote.bare import agent, offered
from trackside.services.remote.bare.agent import Agent
from trackside.services.remote.copies import copying
from trackside.services.remote.copies.copying import Copying
from trackside.store import seal
from trackside.store.outline import outlined
from trackside.store.store import Store

NOW = 2e9


class Host:
    """What is behind the connection: the agent that is sent to such a host, in this process."""

    lost_at = None

    def __init__(self, root: Path) -> None:
        self.remote = SimpleNamespace(address=f"ssh://box{root}")
        self._agent = Agent(self)  # type: ignore[arg-type]
        self._said: Any = None
        self.asked: list[str] = []
        self.alive = self.came = 0
        self.call("open_files", str(root))

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """What the agent answers."""
        assert "error" not in head, head
        if "event" in head:
            self.alive += head["event"] == "alive"
            return
        self._said = body
        self.came += len(body)

    def raw(self, name: str, *given: Any) -> bytes:
        self.asked.append(name)
        self._agent.answer({"id": 1, "call": name}, json.dumps(given).encode())
        return bytes(self._said)

    def call(self, name: str, *given: Any) -> Any:
        return json.loads(self.raw(name, *given))

    def close(self) -> None:
        self._agent.stop.set()


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store on the host, without a run."""
    monkeypatch.setenv("TRACKSIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(seal, "SMALLEST", 1)
    return tmp_path / "there"


def known_of(root: Path) -> Store:
    """The store, with what its runs say by now."""
    store = Store.open(root)
    store.refresh()
    return store


def copied(root: Path) -> Copying:
    """A copy that has caught up with it."""
    copying = Copying(Host(root))  # type: ignore[arg-type]
    caught_up(copying)
    return copying


def caught_up(copying: Copying) -> None:
    copying.catch_up()
    copying.store.refresh()


def recorded(root: Path, **known: Any) -> str:
    """A run whose best loss is not its last, and whose accuracy is higher later."""
    with trackside.init(project="digits", store=root, quiet=True, **known) as run:
        run.define_metric("loss", goal="min", primary=True)
        for step in range(600):
            run.log({"loss": abs(step - 400.0) + 1, "acc": float(step)}, step=step)
    return run.id


def resumed(root: Path, run_id: str) -> None:
    """It goes on from step 500 with another loss, and without an accuracy."""
    with trackside.init(project="digits", store=root, quiet=True, resume=run_id) as run:
        for step in range(500, 520):
            run.log({"loss": 900.0}, step=step)


def is_whole(copying: Copying, run_id: str) -> bool:
    """Whether the columns of a sealed run are here."""
    segments = copying.store.paths.run(run_id).segments
    return all(path.stat().st_size for path in segments.iterdir())


def measured(frame: pl.DataFrame) -> list[dict[str, Any]]:
    names = sorted(name for name in frame.columns if name.partition(".")[0] in ("metric", "min", "max", "mean", "best"))
    return frame.select("id", *names).sort("id").to_dicts()


@pytest.mark.parametrize("seals", [(True, False), (True, True), (False, True)], ids=["first", "both", "at last"])
@pytest.mark.parametrize("seen_before", [False, True])
def test_a_resumed_run_has_the_numbers_that_it_has_there(
    there: Path, seals: tuple[bool, bool], *, seen_before: bool
) -> None:
    run_id = recorded(there)
    paths = known_of(there).run_paths(run_id)
    if seals[0]:
        assert seal.seal(paths)
    copying = copied(there) if seen_before else None
    resumed(there, run_id)
    if seals[1]:
        assert seal.seal(paths)
    if copying is None:
        copying = copied(there)
    else:
        caught_up(copying)
    truth = known_of(there)
    assert measured(copying.store.frame(())) == measured(truth.frame())
    assert not copying.store.is_short(), "its columns came, for the resume"
    assert copying.store.run(run_id).metrics == truth.run(run_id).metrics
    copying.store.close()


def test_a_sealed_run_that_is_looked_at_says_what_its_other_metrics_were_at_its_best(there: Path) -> None:
    run_id = recorded(there)
    truth = known_of(there)
    assert seal.seal(truth.run_paths(run_id))
    copying = copied(there)
    assert copying.store.run(run_id).metrics == truth.run(run_id).metrics
    assert truth.run(run_id).metrics["acc"].at_best is not None
    copying.store.close()


TWO = "lr<2"


@pytest.mark.parametrize(
    "use",
    [
        lambda store, runs: [axis.key for axis in coordinates_of(store, runs).axes],
        lambda store, runs: pivot.pivot(store, pivot.Asked(rows=("lr",), values=("acc",), runs=runs), NOW),
        lambda store, _: pivot.pivot(store, pivot.Asked(rows=("lr",), values=("at_best(acc)",), filter=TWO), NOW),
        lambda store, _: view.load(store, pivot.Asked(filter=TWO), NOW),
    ],
    ids=["coordinates", "pivot", "pivot by a filter", "pivot that chooses its keys"],
)
def test_what_is_of_some_runs_copies_no_others(there: Path, use: Callable[[Any, tuple[str, ...]], Any]) -> None:
    runs = [recorded(there, params={"lr": lr}) for lr in range(4)]
    for run_id in runs:
        seal.seal(known_of(there).run_paths(run_id))
    copying = copied(there)
    assert use(copying.store, tuple(runs[:2])) == use(known_of(there), tuple(runs[:2]))
    assert [is_whole(copying, run_id) for run_id in runs] == [True, True, False, False]
    copying.store.close()


@pytest.mark.parametrize("words", [["health"], ["health:diverging"], ["status", "-health"]])
def test_whoever_looks_at_health_sees_what_the_curves_say(there: Path, words: list[str]) -> None:
    with trackside.init(project="digits", store=there, quiet=True) as run:
        for step in range(3_000):
            run.log({"loss": 1 / (step + 1) if step < 2_000 else 5.0 + step}, step=step)
    copying = copied(there)
    truth = known_of(there).frame().get_column("health").to_list()
    assert truth != [[]]
    assert copying.store.is_short()
    assert copying.store.frame(words).get_column("health").to_list() == truth
    assert not copying.store.is_short()
    copying.store.close()


@pytest.mark.parametrize("seals", [False, True])
def test_values_of_metrics_come_once_they_are_named(
    there: Path, monkeypatch: pytest.MonkeyPatch, *, seals: bool
) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 2)
    runs = [recorded(there) for _ in range(6)]
    truth = known_of(there)
    if seals:
        assert all(seal.seal(truth.run_paths(run_id)) for run_id in runs)
    copy = copied(there)
    held_back = [column for column in truth.frame().columns if column.endswith(".acc")]
    before = copy.store.frame(()).sort("id")
    true = truth.frame().sort("id")
    assert [before[column].null_count() for column in ("metric.acc", "max.acc", "mean.acc")] == [4, 4, 4]
    others = [column for column in true.columns if column not in {*held_back, "at_best.loss", "health"}]
    assert before.select(others).equals(true.select(others))
    named = copy.store.frame(["mean(acc)"]).sort("id")
    assert named.select(set(held_back) - {"at_best.acc"}).equals(true.select(set(held_back) - {"at_best.acc"}))
    asked = copy.store.connection.asked  # type: ignore[attr-defined]
    assert asked.count("in_brief") == 1
    copy.store.frame(["acc"])
    assert asked.count("in_brief") == 1, "it is known"
    assert not any(is_whole(copy, run_id) for run_id in runs)
    copy.store.close()


def test_another_metric_that_runs_are_judged_by_comes_unasked(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 1)
    with trackside.init(project="letters", store=there, quiet=True) as run:
        run.define_metric("acc", goal="max", primary=True)
        run.log({"acc": 0.5, "other": 2.0})
    for _ in range(2):
        recorded(there)
    copy = copied(there)
    assert copy.store.frame(()).filter(pl.col("id") == run.id).select("best.acc", "metric.other").rows() == [
        (0.5, None)
    ]
    copy.store.close()


def damaged(root: Path, run_id: str) -> None:
    """A bit of the middle of its log is another, though neither its size nor its place on the disk is."""
    (log,) = Store.open(root).run_paths(run_id).root.glob("w/*.log")
    with log.open("r+b") as file:
        file.seek(log.stat().st_size // 2)
        (byte,) = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))


def test_what_is_damaged_there_is_no_value_here(there: Path) -> None:
    run_id = recorded(there, params={"lr": 0.25})
    (log,) = Store.open(there).run_paths(run_id).root.glob("w/*.log")
    log.write_bytes(log.read_bytes().replace(struct.pack(">d", 0.25), struct.pack(">d", 0.75)))
    copy = copied(there)
    truth = known_of(there)
    assert [run.params for run in copy.store.first_page(1)] == [run.params for run in truth.first_page(1)]
    assert "lr" not in copy.store.run(run_id).params
    copy.store.close()


def test_values_of_a_run_that_was_damaged_meanwhile_come_with_its_log(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 1)
    runs = [recorded(there) for _ in range(3)]
    copy = copied(there)
    damaged(there, runs[0])
    named = copy.store.frame(["mean(acc)"]).sort("id")
    true = known_of(there).frame().sort("id")
    assert named["mean.acc"].to_list() == true["mean.acc"].to_list()
    assert named["mean.acc"].null_count() == 0
    copy.store.close()


@pytest.mark.parametrize("seals", [False, True])
def test_texts_and_histograms_come_with_the_run_that_is_looked_at(there: Path, long_logs: None, *, seals: bool) -> None:
    with trackside.init(project="digits", store=there, quiet=True) as run:
        for step in range(50):
            run.log({"loss": 1.0, "sample": chance_text(step)}, step=step)
            run.log_histogram("weights", [1, 2, step], step=step)
    truth = known_of(there)
    if seals:
        assert seal.seal(truth.run_paths(run.id))
    copy = copied(there)
    assert copy.store.connection.came < 10_000, "none of its texts"  # type: ignore[attr-defined]
    assert copy.store.first_page(1)[0].texts == {}
    assert copy.store.run(run.id).texts == truth.run(run.id).texts == {"sample": chance_text(49)}
    assert copy.store.run(run.id).artifacts == truth.run(run.id).artifacts
    assert copy.store.texts(run.id, "sample") == truth.texts(run.id, "sample")
    copy.store.close()


def chance_text(seed: int) -> str:
    return random.Random(seed).randbytes(500).hex()


def test_a_run_whose_json_has_a_number_of_any_length_is_shown_with_all_others(there: Path) -> None:
    runs = [recorded(there) for _ in range(2)]
    manifest = Store.open(there).run_paths(runs[0]).manifest
    manifest.write_bytes(manifest.read_bytes().replace(b"{", b'{"more":%d,' % 10**30, 1))
    copy = copied(there)
    assert copy.store.shown() == known_of(there).shown()
    assert runs[1] in copy.store.shown()
    assert copy.store.paths.run(runs[0]).manifest.read_bytes() == manifest.read_bytes()
    copy.store.close()


def test_answers_end_before_they_are_too_long_and_a_run_that_is_longer_comes_as_it_is(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [recorded(there, notes="a" * length) for length in (2_000, 2_000, 10_000, 2_000)]
    monkeypatch.setattr(agent, "_MOST_IN_BRIEF", 4_000)
    copy = copied(there)
    asked = copy.store.connection.asked  # type: ignore[attr-defined]
    assert asked.count("next_runs") > 2
    assert measured(copy.store.frame(["acc"])) == measured(known_of(there).frame())
    made = [list(copy.store.paths.run(run_id).root.glob("w/*.log")) for run_id in runs]
    assert [bool(logs) for logs in made] == [False, False, True, False]
    copy.store.close()


def test_a_run_that_is_gone_there_is_gone_here(there: Path) -> None:
    runs = [recorded(there) for _ in range(2)]
    copy = copied(there)
    shutil.rmtree(known_of(there).run_paths(runs[0]).root)
    caught_up(copy)
    assert copy.store.frame(())["id"].to_list() == runs[1:]
    copy.store.close()


def test_a_run_is_forgotten_while_nobody_copies_it(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [recorded(there) for _ in range(2)]
    copy = copied(there)
    shutil.rmtree(known_of(there).run_paths(runs[0]).root)
    removed = shutil.rmtree
    nobody_copies: list[bool] = []

    def seen(folder: Path, *, ignore_errors: bool) -> None:
        nobody_copies.append(copy._copying.locked())
        removed(folder, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", seen)
    caught_up(copy)
    copy._copies.clear()
    caught_up(copy)
    assert nobody_copies == [True, True]
    assert copy.store.frame(())["id"].to_list() == runs[1:]
    copy.store.close()


def test_what_is_edited_there_comes_without_what_is_known(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 1)
    run_id, _ = (recorded(there) for _ in range(2))
    copy = copied(there)
    known_of(there).editor().tags(run_id, ["keep"], [])
    caught_up(copy)
    row = copy.store.frame(()).filter(pl.col("id") == run_id)
    assert row["tags"].to_list() == [["keep"]]
    assert row["metric.acc"].to_list() == [None]
    assert copy.store.run(run_id).metrics["acc"].last == 599.0
    copy.store.close()


def long_run(root: Path) -> str:
    """A run of a curve of many points, and of one of few."""
    with trackside.init(project="digits", store=root, quiet=True) as run:
        run.define_metric("acc", goal="max", primary=True)
        run.note("begun")
        for step in range(3_000):
            run.log({"loss": abs(step - 1_500.0) + step % 7}, step=step)
            if step % 100 == 0:
                run.log({"acc": float(step)}, step=step)
    return run.id


@pytest.fixture
def long_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every log is a long one."""
    monkeypatch.setattr(offered, "LONG", 1)


@pytest.mark.usefixtures("long_logs")
@pytest.mark.parametrize("seals", [False, True])
def test_a_metric_that_another_recorder_gave_a_long_name_has_its_values_and_its_curve(
    there: Path, monkeypatch: pytest.MonkeyPatch, *, seals: bool
) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 1)
    monkeypatch.setattr(values, "short", str)
    for _ in range(3):
        with trackside.init(project="digits", store=there, quiet=True) as run:
            run.define_metric("loss", goal="min", primary=True)
            for step in range(2_500):
                run.log({"loss": 1.0, "n" * 2_000: float(step)}, step=step)
    truth = known_of(there)
    if seals:
        assert all(seal.seal(truth.run_paths(run_id)) for run_id in truth.frame()["id"])
    copy = copied(there)
    (name,) = truth.run(run.id).metrics.keys() - {"loss"}
    columns = [f"{column}.{name}" for column in ("metric", "max", "mean")]
    assert copy.store.frame(()).select(columns).null_count().row(0) == (2, 2, 2)
    assert copy.store.frame([name]).sort("id").select(columns).equals(truth.frame().sort("id").select(columns))
    curve = truth.series(run.id, name)
    expected = curve if seals else outlined(curve)
    came = copy.store.outline(run.id, name)
    assert (came.of, came.value.tolist()) == (expected.of, expected.value.tolist())
    copy.store.close()


@pytest.mark.usefixtures("long_logs")
def test_of_a_long_run_the_points_come_that_a_chart_shows(there: Path) -> None:
    run_id = long_run(there)
    truth = known_of(there)
    copy = copied(there)
    told, true = copy.store.run(run_id), truth.run(run_id)
    assert told.marks == true.marks
    for name, metric in true.metrics.items():
        assert replace(metric, at_best=None) == replace(told.metrics[name], at_best=None)
    whole, came = truth.series(run_id, "loss"), copy.store.outline(run_id, "loss")
    expected = outlined(whole)
    assert (came.of, came.step.tolist()) == (3_000, expected.step.tolist())
    np.testing.assert_array_equal(came.value, expected.value)
    np.testing.assert_array_equal(came.time, expected.time)
    np.testing.assert_array_equal(copy.store.series(run_id, "acc").value, truth.series(run_id, "acc").value)
    assert max(copy.store.overview(run_id, "loss", 100).max) == max(whole.value)
    near = copy.store.outline(run_id, "loss", 100, 110)
    assert set(range(99, 112)) <= set(near.step.tolist())
    assert copy.store.is_short()
    asked = copy.store.connection.asked  # type: ignore[attr-defined]
    before = len(asked)
    copy.store.outline(run_id, "loss")
    assert len(asked) == before, "it is known"
    np.testing.assert_array_equal(copy.store.series(run_id, "loss").value, whole.value)
    assert not copy.store.is_short()
    copy.store.refresh()
    assert copy.store.run(run_id) == true
    copy.store.close()


@pytest.mark.usefixtures("long_logs")
@pytest.mark.parametrize("seals", [False, True])
def test_a_long_run_that_goes_on_after_it_was_looked_at_comes_whole(there: Path, *, seals: bool) -> None:
    run_id = long_run(there)
    copy = copied(there)
    assert copy.store.outline(run_id, "loss").of == 3_000
    paths = known_of(there).run_paths(run_id)
    if seals:
        assert seal.seal(paths)
    resumed(there, run_id)
    caught_up(copy)
    truth = known_of(there)
    np.testing.assert_array_equal(copy.store.outline(run_id, "loss").value, truth.series(run_id, "loss").value)
    assert measured(copy.store.frame(())) == measured(truth.frame())
    copy.store.close()


@pytest.mark.usefixtures("long_logs")
def test_a_long_run_that_was_damaged_before_it_is_looked_at_comes_whole(there: Path) -> None:
    run_id = long_run(there)
    copy = copied(there)
    damaged(there, run_id)
    truth = known_of(there)
    for store in (copy.store, copied(there).store):
        np.testing.assert_array_equal(store.series(run_id, "loss").value, truth.series(run_id, "loss").value)
        assert len(store.series(run_id, "loss")) > 2_900
        assert not store.is_short()
        store.close()


@pytest.mark.usefixtures("long_logs")
def test_a_long_run_that_is_sealed_after_it_was_looked_at_has_its_columns(there: Path) -> None:
    run_id = long_run(there)
    copy = copied(there)
    assert copy.store.outline(run_id, "loss").of == 3_000
    assert seal.seal(known_of(there).run_paths(run_id))
    caught_up(copy)
    truth = known_of(there)
    np.testing.assert_array_equal(copy.store.series(run_id, "loss").value, truth.series(run_id, "loss").value)
    assert copy.store.run(run_id) == truth.run(run_id)
    assert not copy.store.is_short()
    copy.store.close()


def test_a_host_says_that_it_is_alive_before_each_log_that_it_reads_long(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = recorded(there)
    (log,) = Store.open(there).run_paths(run_id).root.glob("w/*.log")
    for number in (1, 2):
        shutil.copy(log, log.with_name(log.name.replace(".0.", f".{number}.")))
    host = Host(there)
    for question in (("in_brief", [run_id], None), ("outline", run_id, "loss", None, None)):
        before = host.alive
        host.raw(*question)
        assert host.alive == before, "it took no second"
    monkeypatch.setattr(agent, "_ANSWER_SECONDS", -1)
    for question in (("in_brief", [run_id], None), ("outline", run_id, "loss", None, None)):
        before = host.alive
        host.raw(*question)
        assert host.alive - before >= 3
