"""Images, tables and confusion matrices that two sides of a comparison logged under one name, step by step.

It tells them by the names and kinds that trackside, TensorBoard, W&B, MLflow, Comet and Trackio give to their files,
and reads none of them.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from trackside.compare.sides import Side
from trackside.model.natural import Order, natural
from trackside.model.run import Artifact, Run
from trackside.services.artifacts import images
from trackside.services.comparison.examples.logged_examples import tables

_KINDS = ("image", "table", "confusion")
_AT_STEP = re.compile(r"[@/_](-?\d+)(?:\.[a-z]+)*(?: \(\d+\))?$")
"""The end of a name that says the step: `samples@100`, `samples/100`, of Comet `samples@100 (2)`."""

_WANDB = re.compile(r"media/[a-z]+/(.+)_-?\d+_[0-9a-z]{8,}(?:\.[a-z]+)+")
"""The name between folder and step, which is that of the file and may not be the row's: `samples_99_<hash>.png`."""

_MLFLOW = re.compile(r"(.+)([%+])step\2(-?\d{1,18})\2timestamp\2.+")
_MLFLOW_COPY = re.compile(r".+[%+]timestamp[%+].+[%+]compressed\.webp")
"""An image of MLflow's has name and step in the name of its file. Beside it lies a small copy for a browser."""

Step: TypeAlias = int | None
"""None of what was logged without one."""


class LoggedFile(msgspec.Struct, frozen=True):
    """A file of a run."""

    run: Run
    artifact: Artifact
    path: str


Steps: TypeAlias = Mapping[Step, tuple[LoggedFile, ...]]
"""What was logged under a name at each step, of which there may be several files."""


class LoggedPair(msgspec.Struct, frozen=True):
    """What the baseline and the candidate logged under a name. One of them may have nothing."""

    name: str
    baseline: Steps
    candidate: Steps

    @property
    def steps(self) -> list[Step]:
        """The steps of both in their order; what has none comes first."""
        return sorted({*self.baseline, *self.candidate}, key=lambda step: (step is not None, step or 0))

    @property
    def best_step(self) -> Step:
        """The last step at which both have something; the last of all where there is none."""
        both = [step for step in self.steps if step in self.baseline and step in self.candidate]
        return (both or self.steps)[-1]

    def at(self, step: Step) -> tuple[tuple[LoggedFile, ...], tuple[LoggedFile, ...]]:
        """What each has at a step."""
        return self.baseline.get(step, ()), self.candidate.get(step, ())


class Logged(msgspec.Struct, frozen=True):
    """What two sides logged, by name: `image/samples`, `table/predictions`."""

    baseline: Mapping[str, Steps]
    candidate: Mapping[str, Steps]

    def pair(self, name: str) -> LoggedPair:
        """What they logged under this name."""
        return LoggedPair(name, self.baseline.get(name, {}), self.candidate.get(name, {}))

    def names(self, examples: Iterable[str]) -> list[str]:
        """What both have, but for what belongs to a single example of these tables."""
        of_one = tuple(f"/{table}/" for table in examples)
        both = self.baseline.keys() & self.candidate.keys()
        return sorted((name for name in both if not name[name.index("/") :].startswith(of_one)), key=_order)

    def of_example(self, table: str, example: str) -> LoggedPair | None:
        """What either has under the name of a table of examples and an id; None where there is nothing."""
        names = (f"{kind}/{table}/{example}" for kind in _KINDS)
        found = next((name for name in names if name in self.baseline or name in self.candidate), None)
        return None if found is None else self.pair(found)


def logged(baseline: Side, candidate: Side) -> Logged:
    """What both sides logged: under each name, what the first run of a side has that logged it."""
    return Logged(_of_side(baseline), _of_side(candidate))


def example_tables(*sides: Side) -> set[str]:
    """The tables of examples that any run of these sides has."""
    return {name for side in sides for run in side.runs for name in tables(run)}


def _of_side(side: Side) -> dict[str, Steps]:
    found: dict[str, Steps] = {}
    for run in side.runs:
        found = {**_of_run(run), **found}
    return found


def _of_run(run: Run) -> dict[str, Steps]:
    found: dict[str, dict[Step, tuple[LoggedFile, ...]]] = {}
    for artifact in run.artifacts.values():
        for path in sorted(artifact.files, key=natural):
            kind = _kind(artifact, path)
            if kind is not None:
                name, step = _name_and_step(artifact, path)
                steps = found.setdefault(f"{kind}/{name}", {})
                steps[step] = (*steps.get(step, ()), LoggedFile(run, artifact, path))
    return dict(found)


def _kind(artifact: Artifact, path: str) -> str | None:
    if artifact.kind.startswith("image") or images.is_image(path):
        return None if _MLFLOW_COPY.fullmatch(path) else "image"
    return artifact.kind if artifact.kind in _KINDS else None


def _order(name: str) -> tuple[int, Order]:
    return _KINDS.index(name[: name.index("/")]), natural(name)


def _name_and_step(artifact: Artifact, path: str) -> tuple[str, Step]:
    """The name that a file was logged under, which is that of its artifact unless this has many and no step."""
    if of_wandb := _WANDB.fullmatch(artifact.name):
        return of_wandb[1], artifact.step
    if of_mlflow := _MLFLOW.fullmatch(path):
        return of_mlflow[1].replace("#", "/"), int(of_mlflow[3])
    name = artifact.name.removeprefix(f"{artifact.kind}/")
    if artifact.step is None:
        return (f"{name}/{path}" if len(artifact.files) > 1 else name), None
    at = _AT_STEP.search(name)
    return (name[: at.start()] if at is not None and at[1] == str(artifact.step) else name), artifact.step
