"""Trains a perceptron on handwritten digits: a script like anybody's, recorded with trackside.

python -m trackside.services.demo.train --lr 0.05 --seed 1
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import trackside
from trackside.services.demo.perceptron import Floats, Labels, Perceptron

DATA = Path(__file__).parent / "data"
_EVERY = 10
_BRIGHTEST = 16
_CLASSES = 10
_SIDE = 8
_PICTURES = 6
_MOST_DIGITS = 40


def main() -> None:
    """Train as the command line says, and record it."""
    asked = _arguments()
    model_params = {
        "lr": asked.lr,
        "batch": asked.batch,
        "steps": asked.steps,
        "fraction": asked.fraction,
        "prefetch": asked.prefetch,
        "model": {"hidden": asked.hidden},
    }
    with trackside.init(
        project=asked.project,
        name=asked.name,
        group=asked.group,
        tags=asked.tag,
        notes=asked.notes,
        params=model_params,
        data={"train": DATA / "digits-train.npz", "eval": DATA / f"digits-{asked.evaluation}.npz"},
        total_steps=asked.steps,
        seed=asked.seed,
    ) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        run.define_metric("val/loss", goal="min", eval_data="eval")
        train(run, asked)


def train(run: trackside.Run, asked: argparse.Namespace) -> None:
    """The loop. Metrics of the held-out digits every ten steps, their details at the end, and a checkpoint halfway.

    There are images of what the hidden units look for, now and then, and of the digits that were taken for others.
    """
    chance = np.random.default_rng(asked.seed)
    images, labels, _ = _read("train")
    used = chance.permutation(len(images))[: int(len(images) * asked.fraction)]
    held_out, held_out_labels, ids = _read(asked.evaluation)
    model = Perceptron(images.shape[1], asked.hidden, _CLASSES, chance)
    batches = _batches(chance, used, asked.batch, asked.prefetch)
    began, lr = time.monotonic(), asked.lr
    for step in range(asked.steps):
        if step == asked.steps * 2 // 3:
            lr = asked.lr / 10
            run.note("learning rate divided by ten", step=step)
        batch = next(batches)
        loss, norm = model.learn(images[batch], labels[batch], lr)
        run.log({"train/loss": loss, "train/gradient": norm, "lr": lr}, step=step)
        if step % _EVERY == 0 or step == asked.steps - 1:
            judged = model.judge(held_out, held_out_labels)
            run.log({"val/loss": judged.loss, "val/accuracy": judged.accuracy}, step=step)
            run.log_histogram("weights", model.weights[0], step=step)
            print(f"step {step}  train loss {loss:.4f}  val accuracy {judged.accuracy:.3f}", flush=True)
        if step % max(1, asked.steps // _PICTURES) == 0:
            run.log_image("units", _picture_of_units(model), step=step)
        if step == asked.steps // 2:
            _keep_checkpoint(run, model, asked.checkpoints / f"{run.name}.npz", step)
        _wait_until(began + asked.seconds * (step + 1) / asked.steps)
    judged = model.judge(held_out, held_out_labels)
    right = judged.answers == held_out_labels
    run.log_examples("eval", ids=ids, scores=right.astype(int), label=held_out_labels, answer=judged.answers)
    run.log_confusion_matrix("confusion", _confusion(held_out_labels, judged.answers), labels=list(range(_CLASSES)))
    for wrong in np.flatnonzero(~right)[:_MOST_DIGITS]:
        run.log_image(f"eval/{ids[wrong]}", held_out[wrong].reshape(_SIDE, _SIDE))


def _batches(chance: np.random.Generator, used: Labels, size: int, ahead: int) -> Iterator[Labels]:
    """Rows of the images to learn from, drawn `ahead` batches at a time: which ones does not depend on that."""
    while True:
        yield from [chance.choice(used, size) for _ in range(ahead)]


def _read(role: str) -> tuple[Floats, Labels, Labels]:
    """Images as rows of floats between 0 and 1, labels, and the ids of the images."""
    with np.load(DATA / f"digits-{role}.npz") as stored:
        images = stored["images"].reshape(len(stored["images"]), -1) / _BRIGHTEST
        return images, stored["labels"].astype(np.intp), stored["ids"].astype(np.intp)


def _picture_of_units(model: Perceptron) -> Floats:
    """What each hidden unit looks for: light where it wants ink, dark where it wants none. Eight stand in a row."""
    into = model.weights[0]
    units = (0.5 + into / (2 * np.abs(into).max())).T
    tiles = units[: len(units) // _SIDE * _SIDE].reshape(-1, _SIDE, _SIDE, _SIDE)
    picture: Floats = tiles.transpose(0, 2, 1, 3).reshape(-1, _SIDE * _SIDE)
    return picture


def _keep_checkpoint(run: trackside.Run, model: Perceptron, path: Path, step: int) -> None:
    with path.open("wb") as file:
        np.savez(file, *model.weights)
    run.log_artifact(path, name="checkpoint", kind="model", step=step)


def _confusion(labels: Labels, answers: Labels) -> list[list[int]]:
    counts = np.zeros((_CLASSES, _CLASSES), int)
    np.add.at(counts, (labels, answers), 1)
    listed: list[list[int]] = counts.tolist()
    return listed


def _wait_until(moment: float) -> None:
    """So small a model is trained in a second; slower, it can be watched."""
    time.sleep(max(0.0, moment - time.monotonic()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a perceptron on handwritten digits.")
    parser.add_argument("--project", default="digits")
    parser.add_argument("--name")
    parser.add_argument("--group")
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--notes", default="")
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--fraction", type=float, default=1.0, help="share of the training data that is used")
    parser.add_argument("--prefetch", type=int, default=1, help="how many batches are drawn ahead")
    parser.add_argument("--evaluation", choices=["eval", "train"], default="eval", help="the digits to be judged by")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=0.0, help="take at least so long")
    parser.add_argument("--checkpoints", type=Path, default=Path(), help="folder of the checkpoints")
    return parser.parse_args()


if __name__ == "__main__":
    # A learning rate that is too high ends in overflow and NaN: that is for the metrics to show, not for warnings.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        main()
