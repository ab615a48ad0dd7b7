"""A store of real runs: five seeds of a baseline, of a better and of a useless change."""

import random
from pathlib import Path

import pytest

import trackside

SEEDS = range(5)


@pytest.fixture(scope="session")
def five_seeds(tmp_path_factory) -> Path:
    """Methods of five seeds each, a run of one seed, and a method that was evaluated on other data."""
    folder = tmp_path_factory.mktemp("five")
    for name in ("eval", "other"):
        (folder / f"{name}.txt").write_text(f"{name} set")
    for method, lr, ends_at, data in (
        ("base", 0.1, 0.90, "eval"),
        ("better", 0.3, 0.93, "eval"),
        ("useless", 0.11, 0.90, "eval"),
        ("elsewhere", 0.5, 0.97, "other"),
    ):
        for seed in SEEDS:
            record(folder, f"{method}-{seed}", lr, seed, ends_at, data)
    record(folder, "single", 0.2, 0, 0.99, "eval")
    return folder


def record(folder: Path, name: str, lr: float, seed: int, ends_at: float, data: str) -> None:
    chance = random.Random(name)
    with trackside.init(
        project="p",
        name=name,
        params={"lr": lr},
        seed=seed,
        data={"eval": folder / f"{data}.txt"},
        store=folder / "store",
        quiet=True,
    ) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        for step in range(5):
            run.log({"val/accuracy": ends_at + chance.gauss(0, 0.003), "train/loss": 1 / (step + 1)}, step=step)


@pytest.fixture
def compare(call, five_seeds):
    """Call a verb on them, with `base-0` as the baseline."""

    def called(*arguments: str):
        return call(*arguments, "--baseline", "base-0", on=five_seeds / "store")

    return called
