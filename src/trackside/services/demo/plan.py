"""What the demo trains: a sweep of learning rates, two questions asked of it, and three runs that end badly."""

import itertools
from dataclasses import dataclass
from typing import Literal

from trackside.model.status import Status

PROJECT = "digits"
BASELINE = "lr-0.1-seed-1"


@dataclass(frozen=True)
class Planned:
    """One run: what its process is told, and how it is meant to end.

    `kill_at` is the step at which somebody loses patience and sends it SIGTERM.
    """

    name: str
    group: str
    notes: str
    tags: tuple[str, ...] = ()
    lr: float = 0.1
    seed: int = 1
    hidden: int = 32
    fraction: float = 1.0
    steps: int = 600
    checkpoints: Literal["checkpoints", "chekpoints"] = "checkpoints"
    kill_at: int | None = None
    ends: Status = "finished"

    def arguments(self) -> list[str]:
        """The command line's options, those that are as the training script has them left out."""
        said = [f"--name={self.name}", f"--group={self.group}", f"--notes={self.notes}", f"--steps={self.steps}"]
        said += [f"--tag={tag}" for tag in self.tags]
        return [
            *said,
            f"--lr={self.lr:g}",
            f"--seed={self.seed}",
            f"--hidden={self.hidden}",
            f"--fraction={self.fraction:g}",
        ]


def planned() -> list[Planned]:
    """The runs in the order in which they start."""
    sweep = [_of_sweep(lr, seed) for lr, seed in itertools.product((0.1, 0.03, 0.3, 0.01), (1, 2))]
    return [
        *sweep[:4],
        Planned("lr-10-seed-1", "lr-sweep", "how far can the learning rate go?", lr=10.0),
        Planned(
            "lr-0.1-typo",
            "lr-sweep",
            "the baseline again, with checkpoints on the other disk",
            checkpoints="chekpoints",
            ends="failed",
        ),
        Planned(
            "five-times-longer",
            "budget",
            "does it get better with five times the steps?",
            steps=3000,
            kill_at=600,
            ends="killed",
        ),
        *sweep[4:],
        Planned("hidden-128-seed-1", "width", "is the model too small?", ("architecture-search",), hidden=128),
        Planned("hidden-128-seed-2", "width", "is the model too small?", ("architecture-search",), hidden=128, seed=2),
        Planned(
            "quarter-of-data", "data", "what if there were a quarter of the data?", ("data-ablation",), fraction=0.25
        ),
    ]


def _of_sweep(lr: float, seed: int) -> Planned:
    name = f"lr-{lr:g}-seed-{seed}"
    is_baseline = name == BASELINE
    notes = (
        "the settings of the first paper: what all others are compared with" if is_baseline else "which learning rate?"
    )
    return Planned(name, "lr-sweep", notes, ("baseline",) if is_baseline else (), lr=lr, seed=seed)
