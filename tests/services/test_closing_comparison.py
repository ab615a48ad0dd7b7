"""What is told of a run that has just finished: which run is the previous one, and what is said of both comparisons."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import trackside
from trackside.record.run import Run
from trackside.services import edit
from trackside.services.comparison.closing import closing_sentences
from trackside.services.places.opening import open_store
from trackside.services.project import decisions
from trackside.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "store", create=True)) as found:
        yield found


@pytest.fixture
def begin(store: Store, tmp_path: Path) -> Callable[..., Run]:
    """Begin a run that is judged by its accuracy on `eval`, whose content is `on`."""

    def begun(name: str, lr: float, seed: int = 0, accuracy: float = 0.9, on: str = "eval") -> Run:
        data = tmp_path / on
        data.write_text(on)
        run = trackside.init(
            project="p", name=name, params={"lr": lr}, seed=seed, data={"eval": data}, store=store.root, quiet=True
        )
        run.define_metric("acc", goal="max", primary=True, eval_data="eval")
        run.log({"acc": accuracy + random.Random(name).gauss(0, 0.001)})
        return run

    return begun


@pytest.fixture
def finished(begin: Callable[..., Run]) -> Callable[..., str]:
    """Record a run that finished; gives its id."""

    def record(*said: object, **more: object) -> str:
        run = begin(*said, **more)
        run.finish()
        return run.id

    return record


@pytest.fixture
def told(store: Store) -> Callable[[str], list[str]]:
    def tell(run_id: str) -> list[str]:
        store.refresh()
        return closing_sentences(store, run_id)

    return tell


def test_without_a_baseline_and_a_previous_run_nothing_is_said(finished, told) -> None:
    assert told(finished("alone", 0.1)) == []


def test_without_a_primary_metric_nothing_is_said(store, told) -> None:
    for accuracy in (0.9, 0.95):
        with trackside.init(project="p", store=store.root, quiet=True) as run:
            run.log({"acc": accuracy})
    assert told(run.id) == []


def test_a_run_is_told_of_by_its_own_primary_metric(store, told) -> None:
    for primary in ("acc", "f1"):
        with trackside.init(project="p", store=store.root, quiet=True) as run:
            run.define_metric(primary, goal="max", primary=True)
            run.log({"acc": 0.9, "f1": 0.8})
    (sentence,) = told(run.id)
    assert sentence.startswith("f1 0.8")


def test_the_previous_run_says_of_none_by_what_it_is_judged(store, finished, told) -> None:
    finished("first", 0.1)
    with trackside.init(project="p", store=store.root, quiet=True) as run:
        run.log({"acc": 0.9})
    assert told(run.id) == []


def test_one_run_against_one_is_untested(finished, told) -> None:
    finished("first", 0.1)
    (sentence,) = told(finished("second", 0.3, accuracy=0.95))
    assert sentence.startswith("acc 0.9507 +5.3% against the previous run first: untested · ")


def test_of_another_seed_of_one_method_the_difference_is_told_and_nothing_claimed(begin, told) -> None:
    for seed, right in ((0, 700), (1, 800)):
        run = begin(f"seed-{seed}", 0.1, seed)
        run.log({"acc": right / 1000})
        run.log_examples("acc", ids=range(1000), scores=[float(example < right) for example in range(1000)])
        run.finish()
    assert told(run.id) == ["acc 0.8 +14% against the previous run seed-0, a replicate: Δ 0.1"]


def test_a_run_of_another_project_is_not_the_previous_one(store, finished, told) -> None:
    finished("first", 0.1)
    trackside.init(project="other", store=store.root, quiet=True).finish()
    (sentence,) = told(finished("second", 0.3))
    assert "against the previous run first: " in sentence


@pytest.mark.parametrize("how", ["failed", "killed", "archived", "trashed", "running", "later"])
def test_a_run_that_does_not_count_is_not_the_previous_one(store, begin, finished, told, how) -> None:
    finished("first", 0.1)
    if how == "later":
        last = finished("last", 0.3)
    passed_over = begin("passed over", 0.2)
    if how != "running":
        passed_over.finish(how if how in ("failed", "killed") else "finished")
    store.refresh()
    if how == "archived":
        edit.archive(store, [passed_over.id])
    if how == "trashed":
        edit.trash(store, [passed_over.id])
    (sentence,) = told(last if how == "later" else finished("last", 0.3))
    assert "against the previous run first: " in sentence


class TestAgainstTheBaseline:
    @pytest.fixture(autouse=True)
    def baseline(self, store, finished) -> str:
        """The first of three seeds."""
        first, *_ = [finished(f"base-{seed}", 0.1, seed) for seed in range(3)]
        store.refresh()
        decisions.set_baseline(store, "p", first)
        return first

    def test_one_run_is_never_better(self, finished, told) -> None:
        against_baseline, against_previous = told(finished("single", 0.3, accuracy=0.99))
        assert " ◇ against the baseline base-0 (3 runs): outside of what another seed" in against_baseline
        assert "against the previous run base-2: untested" in against_previous
        assert "mean" not in against_baseline
        assert not {"▲", "▼"} & set(against_baseline + against_previous)

    def test_three_seeds_may_be(self, finished, told) -> None:
        *_, last = [finished(f"new-{seed}", 0.3, seed, accuracy=0.95) for seed in range(3)]
        against_baseline, _ = told(last)
        assert " ▲ (3) against the baseline base-0 (3 runs): better on this eval set · Δ 0.05" in against_baseline
        assert against_baseline.startswith("acc mean 0.95")
        assert against_baseline.endswith("Welch's t · N 3 and 3 seeds")

    def test_fewer_seeds_than_planned_are_provisional(self, store, finished, told) -> None:
        decisions.plan_seeds(store, "p", 5)
        *_, last = [finished(f"new-{seed}", 0.3, seed, accuracy=0.95) for seed in range(3)]
        assert "untested · provisional" in told(last)[0]
        assert "fewer seeds than planned: 3 of 5 seeds v 3 of 5 seeds" in told(last)[0]

    def test_other_eval_data_is_named_and_nothing_claimed_until_it_is_accepted(self, store, finished, told) -> None:
        *_, last = [finished(f"new-{seed}", 0.3, seed, accuracy=0.95, on="other") for seed in range(3)]
        sentence = told(last)[0]
        assert " ? (3) against the baseline base-0 (3 runs): not comparable" in sentence
        runs = store.runs([store.project("p").baseline, last])
        prints = [run.data["eval"].fingerprint for run in runs]
        assert all(f"{text[:19]}…" in sentence for text in prints)
        decisions.acknowledge(store, "p", "eval_data", *prints, "the same images, sorted")
        assert "better on other eval data, which was accepted" in told(last)[0]
        assert "(acknowledged: the same images, sorted)" in told(last)[0]

    def test_a_replicate_of_the_baseline_is_told_against_the_previous_run_alone(self, finished, told) -> None:
        (sentence,) = told(finished("base-3", 0.1, 3))
        assert "against the previous run base-2, a replicate: Δ " in sentence

    def test_a_baseline_that_is_the_previous_run_is_told_once(self, store, finished, told) -> None:
        latest = finished("latest", 0.2)
        store.refresh()
        decisions.set_baseline(store, "p", latest)
        (sentence,) = told(finished("next", 0.3))
        assert "against the baseline latest: " in sentence

    def test_a_baseline_in_the_trash_leaves_the_previous_run(self, store, baseline, finished, told) -> None:
        edit.trash(store, [baseline])
        (sentence,) = told(finished("next", 0.3))
        assert "against the previous run base-2: " in sentence
