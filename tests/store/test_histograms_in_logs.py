"""Histograms in a store: one artifact a name, whose content is read out of the logs, sealed or not."""

import json
import tracemalloc

import pytest

from trackside.store import journal, seal
from trackside.store.journal import Kind
from trackside.store.tails import Tail


def drawn(step: int, *counts: float, name: str = "weights") -> bytes:
    value = {"histogram": {"edges": [0.0, 1.0], "counts": list(counts)}}
    return journal.packed(Kind.MIXED, {"step": step, "time": float(step), "values": {name: value, "word": "w"}})


def steps(store, run_id: str) -> list[tuple[int, list[float]]]:
    """Step and counts of each histogram that the artifact has."""
    artifact = store.run(run_id).artifacts["histogram/weights"]
    ((file, (digest, size)),) = artifact.files.items()
    content = store.content(run_id, digest)
    assert (file, len(content)) == ("weights.jsonl", size)
    lines = [json.loads(line) for line in content.splitlines()]
    assert artifact.step == lines[-1]["step"]
    return [(line["step"], line["counts"]) for line in lines]


@pytest.mark.parametrize("sealed", [False, True])
def test_histograms_of_a_name_are_one_artifact(store, begin, log, any_size, sealed):
    run = begin()
    log(run, "w", 0).write(drawn(1, 5, 6)).write(drawn(0, 3)).write(drawn(1, 2, name="bias/b")).close()
    if sealed:
        assert seal.seal(run) == 1
    store.refresh(thorough=True)
    assert steps(store, run.id) == [(0, [3]), (1, [5, 6])]
    assert set(store.run(run.id).artifacts) == {"histogram/weights", "histogram/bias/b"}
    assert store.run(run.id).texts == {"word": "w"}


def test_more_of_them_are_another_content(store, begin, log):
    run = begin()
    hot = log(run, "w", 0).write(drawn(0, 3))
    store.refresh(thorough=True)
    first = store.run(run.id).artifacts["histogram/weights"]
    hot.write(drawn(1, 4))
    store.refresh(thorough=True)
    assert store.run(run.id).artifacts["histogram/weights"].files != first.files
    assert steps(store, run.id) == [(0, [3]), (1, [4])]


def test_of_two_runs_each_has_its_own(store, begin, log):
    runs = begin(), begin()
    for count, run in enumerate(runs):
        log(run, "w", 0).write(drawn(0, count)).end("finished")
    store.refresh(thorough=True)
    assert [steps(store, run.id) for run in runs] == [[(0, [0])], [(0, [1])]]
    kept = [store.run(run.id).artifacts["histogram/weights"].files["weights.jsonl"][0] for run in runs]
    assert len(set(kept)) == 2


def test_a_resume_replaces_those_from_its_step_on(store, begin, log):
    run = begin()
    log(run, "first", 0, time=1.0).write(drawn(0, 1)).write(drawn(1, 1)).write(drawn(2, 1)).end("failed")
    mark = {"kind": "resume", "time": 2.0, "step": 1, "text": "resumed"}
    second = log(run, "second", 0, time=2.0, resume=1).write(journal.packed(Kind.MARK, mark))
    second.write(drawn(1, 9)).end("finished")
    store.refresh(thorough=True)
    assert steps(store, run.id) == [(0, [1]), (1, [9])]


def test_as_many_others_after_a_resume_are_another_content(store, begin, log):
    run = begin()
    log(run, "first", 0, time=1.0).write(drawn(0, 1)).write(drawn(1, 1)).end("failed")
    store.refresh(thorough=True)
    first = store.run(run.id).artifacts["histogram/weights"]
    mark = {"kind": "resume", "time": 2.0, "step": 1, "text": "resumed"}
    second = log(run, "second", 0, time=2.0, resume=1).write(journal.packed(Kind.MARK, mark))
    second.write(drawn(1, 9)).end("finished")
    store.refresh(thorough=True)
    again = store.run(run.id).artifacts["histogram/weights"]
    assert again.bytes == first.bytes
    assert again.files != first.files


@pytest.mark.parametrize(
    "told",
    [
        {"edges": [0.0], "counts": [1, 2]},
        {"edges": [1.0, 0.0], "counts": [1]},
        {"edges": [0.0, float("inf")], "counts": [1]},
        {"edges": [0.0, 1.0], "counts": [-1]},
        {"edges": [0.0, 1.0], "counts": [float("nan")]},
        {"edges": [0.0, 1.0], "counts": [1e308, 1e308]},
        {"edges": [0.0, 1.0], "counts": [2**64 - 1]},
        {"edges": [0.0, 1.0], "counts": [1], "nan": -5},
        {"edges": [0.0, 1.0], "counts": [1], "inf": 2**64 - 1},
        {"edges": "words", "counts": {}},
        {"edges": [0.0, 1.0], "counts": [0] * 5_000},
        "words",
    ],
)
def test_a_histogram_that_makes_no_sense_is_passed_over(store, begin, log, told):
    run = begin()
    nonsense = {"step": 1, "time": 1.0, "values": {"weights": {"histogram": told}}}
    log(run, "w", 0).write(drawn(0, 3)).write(journal.packed(Kind.MIXED, nonsense)).close()
    store.refresh(thorough=True)
    assert steps(store, run.id) == [(0, [3])]
    assert "damaged" in store.run(run.id).health


def test_histograms_that_nobody_asked_for_take_no_more_memory_than_their_log():
    log = b"".join(drawn(step, *range(1_000, 2_000)) for step in range(200))
    tail = Tail()
    tracemalloc.start()
    try:
        tail.take(tail.decoder.feed(log))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1.5 * len(log)
    assert len(tail.histograms("weights")) == 200
