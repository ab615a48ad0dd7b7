"""What differs between two runs, each as one suspect with both values, ranked."""

from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from some_runs import METRIC, a_run, compared, only_cell, seeds

from trackside.compare.sides import side_of_runs
from trackside.compare.why import ranked
from trackside.model.run import Code, DataRef, Environment, MetricSummary, ProjectSettings
from trackside.services.comparison import suspects as room

LOCKS = {"before": "torch==1.13.1\nnumpy==1.26.0\nold==1.0\n", "after": "torch==2.0.0\nnumpy==1.26.4\n"}
PATCH = "diff --git a/{0} b/{0}\n--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@\n-one\n+two\n"


def a_store(ignored=(), patches=None, imported=None):
    """What is asked of a store for it; packages by the run's name."""
    return SimpleNamespace(
        project=lambda _: ProjectSettings(ignored=list(ignored)),
        patch=lambda run_id: (patches or {}).get(run_id),
        lock=lambda run_id: LOCKS.get(run_id),
        imported=lambda run_id: (imported or {}).get(run_id, {}),
    )


@pytest.fixture
def others(monkeypatch):
    """The runs of the project, as far as they were recorded before."""
    found = []
    monkeypatch.setattr(room, "of_project", lambda _store, _project: found)
    return found


def causes(baseline, candidate, store=None):
    """By kind and name both values, the likeliest first; of the evaluated metric."""
    cell = only_cell(compared(baseline, candidate))
    found = ranked(room.suspects(store or a_store(), baseline, cell, METRIC))
    return {
        (cause.suspect.kind, cause.suspect.name): (cause.suspect.baseline, cause.suspect.candidate) for cause in found
    }


def alone(value=0.9, **known):
    return side_of_runs([a_run(value, **known)])


def test_everything_that_differs_is_one_suspect_with_both_values(others):
    before = alone(
        id="before",
        seed=1,
        params={"lr": 0.1, "seed": 1},
        code=Code(commit="a" * 40),
        environment=Environment(gpu=["A100"], cuda="11.8", python="3.11.2"),
        data={"val": DataRef(uri="v", fingerprint="blake3:1"), "train": DataRef(uri="t", fingerprint="blake3:3")},
    )
    after = alone(
        id="after",
        seed=2,
        params={"lr": 0.01, "seed": 2, "clip": True},
        code=Code(commit="b" * 40, dirty=True),
        environment=Environment(gpu=["H100", "H100"], cuda="12.1", python="3.11.2"),
        data={"val": DataRef(uri="v", fingerprint="blake3:2"), "train": DataRef(uri="t", fingerprint="blake3:4")},
    )
    assert list(causes(before, after).items()) == list(
        {
            ("eval data", "of val/accuracy"): ("blake3:1", "blake3:2"),
            ("param", "clip"): (None, "true"),
            ("param", "lr"): ("0.1", "0.01"),
            ("code", "the commit"): ("aaaaaaaaaaaa", "bbbbbbbbbbbb with changes"),
            ("data", "train"): ("blake3:3", "blake3:4"),
            ("package", "torch"): ("1.13.1", "2.0.0"),
            ("hardware", "gpu"): ("A100", "H100, H100"),
            ("environment", "cuda"): ("11.8", "12.1"),
            ("seed", "seed"): ("1", "2"),
            ("package", "numpy"): ("1.26.0", "1.26.4"),
            ("package", "old"): ("1.0", None),
        }.items()
    )


def test_what_the_same_files_had_that_was_not_committed_stands_file_by_file(others):
    runs = [alone(id=name, code=Code(commit="a" * 40, dirty=True)) for name in ("x", "y")]
    patches = {"x": PATCH.format("train.py"), "y": "".join(PATCH.format(f"{number}.py") for number in range(12))}
    found = [name for kind, name in causes(*runs, a_store(patches=patches)) if kind == "code"]
    assert len(found) == 11
    assert found[-1] == "… and 3 more files"
    patches = {"y": PATCH.format("README.md") + PATCH.format("train.py")}
    assert [name for _, name in causes(*runs, a_store(patches=patches))] == ["train.py", "README.md"]


def test_a_param_that_the_project_ignores_comes_last(others):
    before, after = alone(params={"log_dir": "a", "lr": 1}, seed=1), alone(params={"log_dir": "b", "lr": 2}, seed=2)
    assert [name for _, name in causes(before, after, a_store(["log_*"]))] == ["lr", "seed", "log_dir"]


def test_seeds_are_no_suspect_where_both_sides_have_three(others):
    sides = [side_of_runs([a_run(0.9, seed=number) for number in numbers]) for numbers in ((1, 2, 3), (4, 5, 6))]
    assert causes(*sides) == {}
    assert causes(sides[0], alone(seed=7)) == {("seed", "seed"): ("1, 2, 3", "7")}


@pytest.mark.parametrize(("step", "suspected"), [(599, False), (700, True)])
def test_steps_that_differ_by_rounding_alone_explain_nothing(others, step, suspected):
    def reaching(last_step):
        return alone(seed=1, metrics={METRIC: MetricSummary(last=0.9, last_step=last_step, count=9, goal="max")})

    assert (("steps", "the step it counts at") in causes(reaching(600), reaching(step))) is suspected


def test_seeds_of_libraries_are_suspects_only_where_the_runs_say_none(others):
    def of(number, **known):
        return alone(environment=Environment(determinism={"torch.seed": number, "pythonhashseed": "0"}), **known)

    assert causes(of(1), of(2)) == {("seed", "determinism.torch.seed"): ("1", "2")}
    assert list(causes(of(1, seed=1), of(2, seed=2))) == [("seed", "seed")]


def test_a_param_goes_together_with_the_metric_over_finished_runs_measured_alike(others):
    others += [a_run(0.5 + number / 100, params={"lr": float(number)}) for number in range(12)]
    others += [a_run(0.9 - number / 100, params={"lr": float(number)}, status="failed") for number in range(9)]
    others += [a_run(0.9 - number / 100, params={"lr": float(number)}, fingerprint="blake3:bb") for number in range(9)]
    before, after = seeds(0.6, 0.61, 0.62, params={"lr": 3.0}), seeds(0.9, 0.91, 0.92, params={"lr": 4.0})
    others += [*before.runs, *after.runs]
    (cause,) = ranked(room.suspects(a_store(), before, only_cell(compared(before, after)), METRIC))
    assert cause.suspect.association.n == 12
    assert cause.why == "ρ +1.00 over 12 other runs, which fits the way it went"


def test_a_longer_run_is_a_suspect(others):
    before, after = alone(), alone()
    cell = replace(only_cell(compared(before, after)), at_step=3999)
    found = list(room.suspects(a_store(), before, cell, METRIC))
    assert [(one.kind, one.baseline, one.candidate) for one in found] == [("steps", "99", "3,999")]
