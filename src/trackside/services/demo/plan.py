"""What the demo trains: seeds of a baseline and of what is better, of what only looks so, and runs that end badly."""

from typing import Literal

import msgspec

from trackside.model.status import Status

PROJECT = "digits"
BASELINE = "lr-0.05-seed-1"
SEEDS = (1, 2, 3, 4, 5)
OTHER_SEEDS = (6, 7, 8, 9, 10)


class Planned(msgspec.Struct, frozen=True):
    """One run: what its process is told, and how it is meant to end.

    `kill_at` is the step at which somebody loses patience and sends it SIGTERM.
    """

    name: str
    group: str
    notes: str
    tags: tuple[str, ...] = ()
    lr: float = 0.05
    seed: int = 1
    hidden: int = 32
    fraction: float = 1.0
    steps: int = 600
    prefetch: int = 1
    evaluation: Literal["eval", "train"] = "eval"
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
            f"--prefetch={self.prefetch}",
            f"--evaluation={self.evaluation}",
        ]


def planned() -> list[Planned]:
    """The runs in the order in which they start."""
    baseline, *others = (_of_sweep(0.05, seed) for seed in SEEDS)
    return [
        baseline,
        _of_sweep(0.3, 1),
        _of_sweep(0.1, 1),
        Planned("lr-10-seed-1", "lr-sweep", "how far can the learning rate go?", lr=10.0),
        *others,
        Planned(
            "lr-0.1-typo",
            "lr-sweep",
            "a second seed, with checkpoints on the other disk",
            lr=0.1,
            seed=2,
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
        *(_of_sweep(0.3, seed) for seed in SEEDS[1:]),
        *(_prefetching(seed) for seed in OTHER_SEEDS),
        *(_judged_on_what_it_saw(seed) for seed in SEEDS[:3]),
        Planned(
            "quarter-of-data", "data", "what if there were a quarter of the data?", ("data-ablation",), fraction=0.25
        ),
        Planned("hidden-128-seed-1", "width", "is the model too small?", ("architecture-search",), hidden=128),
        Planned("hidden-128-seed-2", "width", "is the model too small?", ("architecture-search",), hidden=128, seed=2),
    ]


def _of_sweep(lr: float, seed: int) -> Planned:
    name = f"lr-{lr:g}-seed-{seed}"
    is_baseline = name == BASELINE
    notes = (
        "the settings of the first paper: what all others are compared with" if is_baseline else "which learning rate?"
    )
    return Planned(name, "lr-sweep", notes, ("baseline",) if is_baseline else (), lr=lr, seed=seed)


def _prefetching(seed: int) -> Planned:
    notes = "are batches that are drawn ahead better? They are the same batches"
    return Planned(f"prefetch-8-seed-{seed}", "prefetch", notes, prefetch=8, seed=seed)


def _judged_on_what_it_saw(seed: int) -> Planned:
    notes = "such a leap! It was judged on digits that it had been trained on"
    return Planned(f"too-good-seed-{seed}", "too-good", notes, lr=0.3, evaluation="train", seed=seed)
