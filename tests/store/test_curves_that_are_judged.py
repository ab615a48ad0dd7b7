"""What the shapes of curves say is in the index, whichever way a run was read."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from trackside.model.run import Run
from trackside.store import summaries
from trackside.store.fold import RunFold
from trackside.store.stats import Stats
from trackside.store.store import Store
from trackside.store.summaries import Summaries

WORDS = ["spike:train/loss"]
SENTENCE = "train/loss jumped from 1.01 to 9 at step 150 and came back."


def losses(steps: int) -> Iterator[tuple[int, dict[str, float]]]:
    """A loss that falls slowly, jumps at step 150, and comes back."""
    for step in range(steps):
        yield step, {"train/loss": 9.0 if step == 150 else 1.0 + step % 2 / 100 + 1 / (step + 1), "lr": 0.1}


def judged(store: Store, run_id: str) -> Run:
    store.refresh(thorough=True)
    run = store.run(run_id)
    assert (run.health, [finding.sentence for finding in run.findings]) == (WORDS, [SENTENCE])
    assert run.findings[0].step == 150
    return run


def fold_of(store: Store, run_id: str) -> RunFold:
    (_, packed), *_ = store.index.folds([run_id]).values()
    return msgspec.msgpack.decode(packed, type=RunFold)


@pytest.fixture
def written(begin: Callable, log: Callable) -> Callable:
    def write(steps: int, store: Store | None = None) -> tuple[str, object]:
        paths = begin()
        at = log(paths, "w", 0)
        for step, row in losses(steps):
            at.row(step, row)
            if store is not None and step % 37 == 0:
                store.refresh(thorough=True)
        return paths, at

    return write


def test_a_run_that_is_read_piece_by_piece_is_told_of_as_one_that_is_read_at_once(store, written):
    paths, at = written(300, store)
    at.end("finished")
    piece_by_piece = judged(store, paths.id)
    store.reindex()
    assert judged(store, paths.id).findings == piece_by_piece.findings


def test_of_a_run_that_has_ended_the_index_keeps_the_sentences_and_not_the_shapes(store, written):
    paths, at = written(300)
    at.end("finished")
    judged(store, paths.id)
    assert not any(stats.shape for stats in fold_of(store, paths.id).stats.values())
    store.editor().tags(paths.id, ["seen"], [])
    assert judged(store, paths.id).tags == ["seen"]


def test_a_run_that_goes_on_after_its_end_is_judged_by_all_its_points(store, written, log):
    paths, at = written(149)
    at.end("finished")
    store.refresh()
    assert store.run(paths.id).health == []
    more = log(paths, "v", 0, role="joined")
    for step, row in losses(300):
        if step >= 149:
            more.row(step, row)
    more.end("finished")
    assert judged(store, paths.id).metrics["train/loss"].count == 300


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize("earlier_version", [False, True])
def test_a_sealed_run_is_told_of_also_where_an_earlier_version_sealed_it(store, written, monkeypatch, earlier_version):
    paths, at = written(300)
    at.end("finished")
    with monkeypatch.context() as patch:
        if earlier_version:
            patch.setattr(summaries, "judged", lambda metric: None)
        assert store.seal() == 1
    store.reindex()
    assert judged(store, paths.id).metrics["train/loss"].count == 300


def test_a_shape_that_is_none_is_refused_with_the_summary_that_has_it():
    sound = Stats(count=3)
    damaged = msgspec.to_builtins(msgspec.structs.replace(sound, shape=b"no"))
    assert Summaries.unpacked({"loss": msgspec.to_builtins(sound)}).stats["loss"].count == 3
    with pytest.raises(ValueError, match="no shape"):
        Summaries.unpacked({"loss": damaged})
