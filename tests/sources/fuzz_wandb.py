"""W&B's logs and what stands beside them, damaged at random places: nothing but a word about it."""

from pathlib import Path

from mutations import Frames, survives
from wandb_log import log, row, run, split

from trackside.sources.wandb import Wandb

SAMPLES = Path(__file__).parent / "samples" / "wandb"


def test_logs_of_the_older_clients_bear_any_damage(tmp_path):
    survives(Wandb(), tmp_path, sample("0.16.6", "whole"), FRAMES)


def test_logs_of_the_newer_clients_bear_any_damage(tmp_path):
    survives(Wandb(), tmp_path, sample("0.31.0", "whole"), FRAMES, seed=1)


def test_runs_in_several_folders_bear_any_damage(tmp_path):
    survives(Wandb(), tmp_path, sample("0.31.0", "resumed"), FRAMES, seed=2)


def test_what_stands_beside_a_log_bears_any_damage(tmp_path):
    survives(Wandb(), tmp_path, sample("0.13.11", "whole", "files/wandb-metadata.json"), seed=3)


def test_many_plain_rows_bear_any_damage(tmp_path):
    rows = [row(step, {"x": 0.5, "train/a long name": step}, nested=True) for step in range(200)]
    survives(Wandb(), tmp_path, {"run-abc.wandb": log([run(), *rows])}, FRAMES, seed=4)


FRAMES = Frames(split, log)


def sample(version: str, how: str, damaged: str = "*.wandb") -> dict[str, bytes]:
    """The files that are damaged; logs, which everything needs, are always there."""
    folder = SAMPLES / version / how
    chosen = {*folder.rglob("*.wandb"), *folder.rglob(damaged)}
    return {str(path.relative_to(folder)): path.read_bytes() for path in chosen}
