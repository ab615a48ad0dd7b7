"""What the rules find in curves that are ill, and do not find in those that are well.

`TRACKSIDE_CURVES=3000` tries as many of each, as HEALTH.md tells.
"""

import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import curves
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opened_places import opened

from trackside.health.judging import findings
from trackside.model.health import GRAVITY, kind

CURVES = int(os.environ.get("TRACKSIDE_CURVES", "60"))
MOMENTS = (0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
ILL = ("spike", "divergence", "overfitting", "plateau", "flat", "idle")
STRANGE = st.sampled_from((0.0, -1.0, 5e-324, 1e-308, 1e149, 1e151, -1e300, 1.7e308, float("inf"), float("nan")))
PIECES = st.lists(st.tuples(STRANGE | st.floats(), st.integers(1, 300)), min_size=1, max_size=5)
"""Values, and how many points there are of each, one after the other."""

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"


def test_of_a_hundred_healthy_runs_at_most_one_is_told_of_while_it_goes_on_or_at_its_end() -> None:
    told = [seed for seed in range(CURVES) if _told_of_at_any_moment(curves.healthy(seed))]
    assert len(told) <= CURVES / 100, told


@pytest.mark.parametrize(
    ("make", "word", "share"),
    [
        (curves.spiking, "spike:train/loss", 0.8),
        (curves.diverging, "divergence:train/loss", 0.85),
        (curves.overfitted, "overfitting:val/loss", 0.8),
        (curves.stuck, "plateau:val/loss", 0.7),
        (curves.dead, "flat:train/loss", 1.0),
    ],
)
def test_an_ill_run_is_told_of_with_its_step(
    make: Callable[[int], tuple[curves.Training, int]], word: str, share: float
) -> None:
    found = 0
    for seed in range(CURVES):
        training, since = make(seed)
        told = {finding.word: finding for finding in training.judged(running=True)}
        if word in told:
            step = told[word].step
            assert step is not None
            assert f"{step:,}" in told[word].sentence
            found += abs(step - since) <= 0.2 * len(training.train)
    assert found >= share * CURVES


def test_what_is_flat_in_the_end_of_a_run_that_has_ended_is_as_it_should_be() -> None:
    training, _ = curves.stuck(1)
    assert [finding.word for finding in training.judged(running=True)] == ["plateau:val/loss"]
    assert training.judged(running=False) == []


def test_a_run_that_never_learned_is_told_of_after_its_end_too() -> None:
    chance = np.random.default_rng(1)
    level = 2.303 + 0.005 * chance.standard_normal(2_000)
    (finding,) = findings([curves.curve("loss", np.arange(2_000), level)], running=False)
    assert finding.sentence == "loss has not got better since the start: it stays at 2.3."


@pytest.mark.parametrize(
    "metric", ["policy_loss", "train/value_loss", "loss/generator", "kl/loss", "entropy_loss", "lr"]
)
def test_losses_of_games_and_what_is_no_loss_are_not_judged(metric: str) -> None:
    training, _ = curves.diverging(1)
    assert findings([curves.curve(metric, np.arange(len(training.train)), training.train)], running=True) == []


@given(st.lists(PIECES, min_size=4, max_size=4), st.integers(0, 2**62), st.sampled_from((0.0, 0.1)), st.booleans())
def test_no_curve_whatever_its_values_keeps_the_others_of_its_run_from_being_judged(
    strange: list[list[tuple[float, int]]], first: int, noise: float, running: bool
) -> None:
    chance = np.random.default_rng(1)
    names = ("loss/train", "loss/val", "grad_norm", "system/gpu.0.use")
    dead, _ = curves.dead(1)
    judged = [curves.curve("nll", np.arange(len(dead.train)), dead.train)]
    for name, pieces in zip(names, strange, strict=True):
        level = np.concatenate([np.full(count, value) for value, count in pieces])
        with np.errstate(over="ignore", invalid="ignore"):
            value = level * (1 + noise * chance.random(len(level)))
        step = first + np.arange(len(value))
        judged.append(curves.Curve(name, curves.of_points(step, step, value), 0.0, first))
    assert "flat:nll" in {finding.word for finding in findings(judged, running=running)}


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("value", [1e308, np.nan])
def test_of_a_loss_whose_sums_overflow_or_that_never_was_finite_nothing_is_told(value: float, running: bool) -> None:
    step = np.arange(400)
    strange, falling = value * (1 + step % 7 / 10), 1 / (1.0 + step)
    for train, val in ((strange, strange), (strange, falling), (falling, strange)):
        pair = [
            curves.Curve(name, curves.of_points(step, step, of)) for name, of in (("loss", train), ("val/loss", val))
        ]
        assert findings(pair, running=running) == []


def test_a_gradient_that_vanished_is_told_of() -> None:
    norm = np.append(np.linspace(3, 1, 400), np.zeros(200))
    (finding,) = findings([curves.curve("train/grad_norm", np.arange(600), norm)], running=False)
    assert (finding.word, finding.step) == ("flat:train/grad_norm", 400)


def test_a_card_without_work_is_told_of_once_it_had_some_and_ten_minutes_have_passed() -> None:
    busy, seconds = 1_700_000_000, 15
    use = np.append(np.full(80, 97.0), np.zeros(60))
    place = busy + seconds * np.arange(len(use))
    shape = curves.of_points(place, np.arange(len(use)), use)
    card = curves.Curve("system/gpu.0.use", shape)
    (finding,) = findings([card], running=True)
    assert (finding.word, finding.step) == ("idle:gpu.0", 79)
    assert findings([card], running=False) == []
    for never in (np.full(140, 97.0), np.zeros(140), use[:110]):
        shape = curves.of_points(place[: len(never)], np.arange(len(never)), never)
        assert findings([curves.Curve("system/gpu.0.use", shape)], running=True) == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("folder", ["public/mlflow", "public/tensorboard", "public/wandb", "vendor/mlflow_file/mlruns"])
def test_of_real_runs_only_the_one_that_jumped_is_told_of(folder: str) -> None:
    with opened(SAMPLES / folder) as store:
        runs = store.runs(store.frame()["id"])
        words = {word for run in runs for word in run.health if kind(word) in ILL}
    assert len(runs) >= 4
    assert words == ({"spike:train_loss_epoch"} if folder == "public/tensorboard" else set())


def test_the_page_tells_of_every_word_and_the_figures_that_were_found() -> None:
    page = files("trackside.health").joinpath("HEALTH.md").read_text(encoding="utf-8")
    assert [word for word in GRAVITY if f"| `{word}" not in page] == []


def _told_of_at_any_moment(training: curves.Training) -> list[str]:
    steps = len(training.train)
    told = [f for moment in MOMENTS for f in training.judged(running=True, until=int(steps * moment))]
    return [finding.sentence for finding in (*told, *training.judged(running=False))]
