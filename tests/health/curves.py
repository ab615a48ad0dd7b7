"""Training curves that are well, and the same made ill: what the rules are held against. All from a seed."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from trackside.health.curve import Curve
from trackside.health.judging import findings
from trackside.health.shape import of_points
from trackside.model.health import Finding

Floats = npt.NDArray[np.float64]
Noise = Literal["gaussian", "relative", "heavy"]


@dataclass(frozen=True)
class Training:
    """Losses in training, one a step, and on held-out data, one every `every` steps."""

    train: Floats
    val: Floats
    every: int

    def judged(self, *, running: bool, until: int | None = None) -> list[Finding]:
        """What the rules say of it, of its first steps where `until` is given."""
        end = len(self.train) if until is None else until
        steps = np.arange(len(self.val)) * self.every
        held_out = steps < end
        curves = [
            curve("train/loss", np.arange(end), self.train[:end]),
            curve("val/loss", steps[held_out], self.val[held_out]),
        ]
        return findings(curves, running=running)


def curve(metric: str, step: npt.NDArray[np.int64], value: Floats) -> Curve:
    """A curve of these points."""
    lowest = int(value.argmin())
    return Curve(metric, of_points(step, step, value), float(value[lowest]), int(step[lowest]))


def healthy(seed: int) -> Training:
    """A loss that falls by a power law, exponentially, or with a learning rate that falls like a cosine.

    Between 200 and 20,000 steps, from very little to a lot of noise, Gaussian, in proportion to the loss, or log-normal
    (some batches are much harder than others), which may go on from one step to the next.
    """
    chance = np.random.default_rng(seed)
    steps = int(10 ** chance.uniform(2.3, 4.3))
    along = (np.arange(steps) + 1) / steps
    first, last = chance.uniform(1.5, 11), 10 ** chance.uniform(-2, 0.3)
    last = min(last, first / 2)
    match chance.integers(3):
        case 0:
            fallen = ((along + 0.01) / 0.01) ** -chance.uniform(0.3, 1.0)
        case 1:
            fallen = np.exp(-along / 10 ** chance.uniform(-1, -0.3))
        case _:
            fallen = 0.6 * np.exp(-along / 0.1) + 0.4 * (1 + np.cos(np.pi * along)) / 2
    level = last + (first - last) * fallen
    gap = 1 + chance.uniform(0, 0.3)
    every = max(1, steps // int(chance.integers(10, 100)))
    return Training(_noisy(chance, level), _noisy(chance, (level * gap)[::every], quieter=5), every)


def _noisy(chance: np.random.Generator, level: Floats, quieter: float = 1.0) -> Floats:
    size = 10 ** chance.uniform(-3, -0.5) / quieter
    drawn = chance.standard_normal(len(level))
    if chance.random() < 0.3:
        drawn = (drawn + np.append(0, drawn[:-1])) / np.sqrt(2)
    match chance.integers(3):
        case 0:
            return np.abs(level + level[-1] * size * drawn)
        case 1:
            return np.abs(level * (1 + size * drawn))
        case _:
            return level * np.exp(3 * size * drawn)


def spiking(seed: int) -> tuple[Training, int]:
    """A healthy training whose loss is four times as high at one step, and half as much at the next; and that step."""
    training, chance = healthy(seed), np.random.default_rng(seed)
    at = int(len(training.train) * chance.uniform(0.25, 0.9))
    train = training.train.copy()
    train[at : at + 2] *= (4.0, 2.0)
    return replace(training, train=train), at


def diverging(seed: int) -> tuple[Training, int]:
    """One whose loss goes back to where it was at first, or three times as high, and stays there; and from where."""
    training, chance = healthy(seed), np.random.default_rng(seed)
    steps = len(training.train)
    at = int(steps * chance.uniform(0.3, 0.7))
    up = max(training.train[: max(5, steps // 100)].mean() / training.train[at - 20 : at].mean(), 3.0)
    ramp = 1 + (up - 1) * np.minimum(1.0, np.arange(steps - at) / (steps / 10))
    return replace(training, train=_going_on(chance, training.train, at, 20) * np.append(np.ones(at), ramp)), at


def overfitted(seed: int) -> tuple[Training, int]:
    """One whose loss on held-out data rises by half from somewhere on; and from where."""
    training, chance = healthy(seed), np.random.default_rng(seed)
    at = int(len(training.val) * chance.uniform(0.3, 0.6))
    ramp = np.append(np.ones(at), np.linspace(1, 1.5, len(training.val) - at))
    return replace(training, val=_going_on(chance, training.val, at, 2) * ramp), at * training.every


def stuck(seed: int) -> tuple[Training, int]:
    """One that goes on from a fifth of its steps without getting better; and from where."""
    training, chance = healthy(seed), np.random.default_rng(seed)
    at = len(training.val) // 5
    flat = training.val[at] * np.exp(0.003 * chance.standard_normal(len(training.val) - at))
    return replace(training, val=np.append(training.val[:at], flat)), at * training.every


def dead(seed: int) -> tuple[Training, int]:
    """One whose loss is exactly 0 from the middle on; and from where."""
    training = healthy(seed)
    at = len(training.train) // 2
    return replace(training, train=np.where(np.arange(len(training.train)) < at, training.train, 0.0)), at


def _going_on(chance: np.random.Generator, values: Floats, at: int, few: int) -> Floats:
    """From `at` on, the few values before it over and over, in any order."""
    return np.append(values[:at], chance.choice(values[at - few : at], len(values) - at))
