"""`why` on a store of real runs: a sweep that tells which params matter, and two methods of three seeds."""

import json
import random
import shutil
from pathlib import Path

import pytest

import trackside

STEPS = range(0, 1000, 100)
PARTS_AT = 400


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> Path:
    """A baseline and a method of three seeds each, whose curves part at step 400, and twelve runs of a sweep."""
    folder = tmp_path_factory.mktemp("sweep")
    for name in ("eval", "other"):
        (folder / f"{name}.txt").write_text(f"{name} set")
    base = {"lr": 0.1, "workers": 1, "augment": False}
    for number in range(12):
        params = {"lr": 0.02 * 2**number, "workers": 1 + number * 7 % 12, "augment": False}
        record(folder, f"sweep-{number}", params, 0, [0.5 + 0.02 * number] * 10)
    for seed in range(3):
        record(folder, f"base-{seed}", base, seed, [0.5 + 0.02 * place for place in range(10)])
        late = [0.5 + 0.02 * place + 0.2 * (step >= PARTS_AT) for place, step in enumerate(STEPS)]
        record(folder, f"better-{seed}", {"lr": 1.0, "workers": 4, "augment": True}, seed, late)
    record(folder, "single", base | {"clip": "\x1b[31m1"}, 7, [0.6] * 5)
    record(folder, "wordy", base | {f"{number:02}-{'long' * 50}": "x" * 999 for number in range(30)}, 0, [0.6] * 10)
    record(folder, "alike", base, 0, [0.5] * 10, project="q")
    record(folder, "alike-too", base, 0, [0.6] * 10, project="r")
    record(folder, "elsewhere", base, 0, [0.9] * 10, data="other")
    for seed in range(3):
        record(folder, f"coarse-{seed}", base, seed, [0.9] * 6, project="coarse", steps=range(0, 1000, 150))
        record(folder, f"fold-{seed}", base | {"fold": seed}, 0, [0.6] * 10, project="folds")
        record(folder, f"shaky-{seed}", base, seed, [0.6] * 10, project="shaky")
    with pytest.raises(OverflowError):
        record(folder, "shaky-3", base, 3, [0.6, 10**400], project="shaky")
    with trackside.init(project="bare", name="bare", store=folder / "store", quiet=True) as run:
        run.log({"test/f1": 0.7})
    with trackside.init(project="p", name="words", params=base, store=folder / "store", quiet=True) as run:
        run.log({"bleu": 0.3})
    return folder / "store"


def record(folder: Path, name: str, params, seed: int, curve, project="p", data="eval", steps=STEPS) -> None:
    chance = random.Random(name)
    with trackside.init(
        project=project,
        name=name,
        params=params,
        seed=seed,
        data={"eval": folder / f"{data}.txt"},
        store=folder / "store",
        quiet=True,
    ) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        for step, value in zip(steps, curve, strict=False):
            run.log({"test/f1": 0.5, "val/accuracy": value + chance.gauss(0, 0.003)}, step=step)


@pytest.fixture
def why(call, sweep):
    """Call `why` on them, with `base-0` as the baseline."""

    def called(run: str, *arguments: str, baseline: str = "base-0"):
        return call("why", run, "--baseline", baseline, *arguments, on=sweep)

    return called


def causes(said) -> dict[str, dict]:
    return {cause["name"]: cause for cause in json.loads(said.out)["causes"]}


def test_params_come_by_how_they_go_together_with_the_metric_over_the_other_runs(why):
    found = causes(why("better-0", "--json"))
    assert list(found) == ["lr", "augment", "workers"]
    assert found["lr"]["values"] == ["0.1", "1"]
    assert found["lr"]["association"]["n"] == 14
    assert found["lr"]["association"]["agrees"] is True
    assert found["lr"]["association"]["ci"][0] > 0
    assert found["augment"]["why"] == "other runs do not tell how much it matters"
    assert found["workers"]["why"].startswith("no association seen")


def test_where_the_curves_part_and_how_soon_the_best_is_reached(why):
    document = json.loads(why("better-0", "--json").out)
    assert document["parting"] == {
        "step": PARTS_AT,
        "for_good": PARTS_AT,
        "evaluations": 10,
        "level": 0.95,
        "n": [3, 3],
        "why_not": None,
        "notes": [],
    }
    assert isinstance(document["parting"]["step"], int)
    assert [reached["step"] for reached in document["reaching"]["candidate"]] == [PARTS_AT] * 3
    assert document["reaching"]["speed_up"]["steps"]["median"] == pytest.approx(900 / PARTS_AT)
    said = why("better-0").out
    stays = "from there on their difference stays outside a 95 % band for all 10 evaluations at once, to the last one"
    assert f"the curves part at step 400: {stays}" in said
    assert "at step 400, the baseline at 900: speed-up 2.2×" in said


def test_curves_part_only_where_both_sides_were_evaluated(why):
    parting = json.loads(why("coarse-0", "--json").out)["parting"]
    assert (parting["evaluations"], parting["step"]) == (3, 0)


def test_without_a_metric_it_is_the_primary_one_else_the_first_that_both_have(why):
    assert json.loads(why("better-0", "--json").out)["metric"] == "val/accuracy"
    assert json.loads(why("better-0", "--json", "--metric", "test/f1").out)["metric"] == "test/f1"
    assert json.loads(why("bare", "--json").out)["metric"] == "test/f1"


def test_it_is_said_that_it_is_association(why):
    assert "what could explain it: association, not proof" in why("better-0").out
    assert json.loads(why("better-0", "--json").out)["proviso"].startswith("association, not proof")


def test_without_replicates_it_is_said_that_they_are_needed(why):
    said = why("single")
    assert "where the curves part: replicates needed: 3 seeds on each side" in said.out
    assert "never reaches the baseline's best" in said.out
    found = causes(why("single", "--json"))
    assert set(found) == {"the step it counts at", "clip", "seed"}
    assert found["the step it counts at"]["values"] == ["900", "400"]
    assert found["seed"]["values"] == ["0, 1, 2", "7"]


@pytest.mark.parametrize(
    ("run", "why_not"),
    [
        ("fold-0", "folds share data, so that they are no replicates"),
        ("shaky-0", "a run that did not end well or diverged is left out, and nobody acknowledged that"),
    ],
)
def test_curves_are_not_said_to_part_where_the_values_allow_no_claim(why, run, why_not):
    document = json.loads(why(run, "--json").out)
    assert (document["parting"]["step"], document["parting"]["why_not"]) == (None, why_not)
    assert document["parting"]["n"] == [3, 3] if run == "shaky-0" else [3, 1]


def test_where_fewer_seeds_ended_than_were_planned_the_curves_are_not_said_to_part(call, sweep, tmp_path):
    store = shutil.copytree(sweep, tmp_path / "planned")
    assert call("baseline", "base-0", "--seeds", "5", on=store).status == 0
    document = json.loads(call("why", "better-0", "--json", on=store).out)
    assert document["parting"]["why_not"] == "a run is still going, or fewer seeds ended than were planned"


def test_what_a_run_contains_steers_no_terminal(why):
    said = why("single").out
    assert "␛[31m1" in said
    assert "\x1b" not in said


def test_many_and_long_differences_are_cut_and_whole_in_json(why):
    said = why("wordy").out
    assert max(map(len, said.splitlines())) < 250
    assert "and 11 more; --json has them all" in said
    assert len(causes(why("wordy", "--json"))) == 31


def test_other_eval_data_comes_first_and_no_curve_is_compared(why):
    found = why("elsewhere", "--json")
    first, *_ = json.loads(found.out)["causes"]
    assert (first["kind"], first["why"]) == ("eval data", "the metric is measured on it")
    assert first["values"][0] != first["values"][1]
    said = why("elsewhere").out
    assert "where the curves part: the sides are not comparable" in said
    assert "how soon it gets to the baseline's best: the sides are not comparable" in said


def test_where_nothing_differs_that_is_said(why):
    assert "nothing that is known differs" in why("alike", baseline="alike-too").out
    assert json.loads(why("alike", "--json", baseline="alike-too").out)["causes"] == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("base-1",), "base-1 is the baseline, or one of its replicates: name another run"),
        (
            ("words",),
            "words and base-0 (3 runs) have no metric in common that has a finite value: words has bleu, base-0 ",
        ),
        (("better-0", "--metric", "val/acuracy"), "did you mean val/accuracy?"),
        (("nobody",), "no run 'nobody'"),
    ],
)
def test_a_mistake_is_one_line(why, arguments, complaint):
    said = why(*arguments)
    assert (said.status, said.out) == (2, "")
    assert complaint in said.err
    assert said.err.count("\n") == 1


def test_without_a_baseline_it_is_said_how_to_set_one(call, sweep):
    said = call("why", "better-0", on=sweep)
    assert (said.status, said.err) == (2, "trackside: @baseline: p has none yet; `trackside baseline RUN` sets it\n")
