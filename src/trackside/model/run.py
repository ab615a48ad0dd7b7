"""One run as every surface of trackside knows it. Times are seconds since the epoch (float, UTC)."""

from typing import Any, Literal, TypeAlias

import msgspec

from trackside.model.bounds import Int64, Moment
from trackside.model.goals import Goal
from trackside.model.health import Finding
from trackside.model.status import Status

Param: TypeAlias = str | int | float | bool | list[Any] | None

OWN_SOURCE = "trackside"
"""The `source` of a run that no other system recorded."""


class MetricSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A metric in a few numbers. Statistics are over finite values; `last` may be NaN; `count` counts all points.

    `last` is the point of the largest (step, time). `best` follows `goal` and is None without one;
    `at_best` is this metric's value at the step where the run's primary metric was best.
    """

    last: float | None = None
    last_step: int | None = None
    first_step: int | None = None
    min: float | None = None
    min_step: int | None = None
    max: float | None = None
    max_step: int | None = None
    mean: float | None = None
    count: int = 0
    nonfinite: int = 0
    first_nonfinite_step: int | None = None
    goal: Goal | None = None
    best: float | None = None
    best_step: int | None = None
    at_best: float | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is. `step` is the largest logged; `eta_s` are seconds left at the recent `steps_per_s`."""

    step: int | None = None
    total_steps: int | None = None
    steps_per_s: float | None = None
    eta_s: float | None = None
    last_point: float | None = None


class DataRef(msgspec.Struct, frozen=True, kw_only=True):
    """Data that a run used in one role. `fingerprint` is a hash of its content (`blake3:…`), or what is known of it.

    `md5:…`, `sha256:…`, `annex:…` and `lakefs:…` are what another system states; `stat:…` is of names, sizes and times.
    """

    uri: str
    fingerprint: str | None = None
    files: int | None = None
    bytes: int | None = None


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the code: git's commit, branch and remote, and whether the work tree differed from the commit.

    How it differed is kept in the run's folder, in `patch_file`. `root` is where the work tree was.

    `imported` counts the files of one's own code that the run imported, which `imported_file` lists. `imported_hash` is
    the fingerprint of that list, where all code that ran is known to be in it and in what is installed.
    """

    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    remote: str | None = None
    root: str | None = None
    patch_bytes: int | None = None
    patch_file: str | None = None
    imported: int | None = None
    imported_hash: str | None = None
    imported_file: str | None = None


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What the run ran on. `packages` counts installed distributions; `lock` is the fingerprint of their list.

    The list itself is kept in the run's folder, in `lock_file`.

    `memory` is in bytes, `driver` and `cuda` are versions of the graphics cards' driver; `determinism` are the seeds
    and flags that decide whether the run can be repeated exactly, such as `torch.deterministic`.
    """

    python: str | None = None
    platform: str | None = None
    packages: int | None = None
    lock: str | None = None
    lock_file: str | None = None
    gpu: list[str] = []
    cpu: str | None = None
    memory: int | None = None
    driver: str | None = None
    cuda: str | None = None
    container: str | None = None
    determinism: dict[str, Any] = {}


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at a step: a note, a resume, a signal received."""

    kind: str
    time: Moment
    step: Int64 | None = None
    text: str = ""


IN_PLACE = "at:"
"""What stands for a content hash begins with, where the content lies with the system that recorded the run."""

LOGGED = "log:"
"""What stands for a content hash begins with, where the content is what the run's logs hold under a name.

The run's id follows, what tells one content from another, and the name."""

UNHASHED = (IN_PLACE, LOGGED)
"""What stands for a content hash and is none begins with one of these."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder that a run made or used. `files` maps relative path to `(content hash, bytes)`."""

    name: str
    kind: str
    bytes: int
    files: dict[str, tuple[str, int]]
    time: Moment
    step: Int64 | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of a run that is not a curve or a file. `created` is 0.0 where no time of it is known.

    Of a run that another system recorded, `source` is that system, `source_id` what it calls the run, `address` where
    it was read, and `remarks` are sentences on what could not be. Without `end_known` that system has no word for how
    a run ends, and its status is that of one that went on to its last point. `edited` names the fields that people
    changed. `declared` are the goals that its script declared, or that system, whatever the project says.

    `health` are words, the gravest first; `findings` are what of them was seen in the shapes of curves.

    `dropped` counts rows that the disk did not take; `dropped_why` is there where it took no count of them either.
    """

    id: str
    name: str
    project: str
    created: float
    status: Status
    group: str | None = None
    health: list[str] = []
    findings: list[Finding] = []
    tags: list[str] = []
    notes: str = ""
    user: str | None = None
    host: str | None = None
    ended: float | None = None
    source: str = OWN_SOURCE
    source_id: str | None = None
    address: str | None = None
    remarks: list[str] = []
    end_known: bool = True
    archived: bool = False
    trashed: bool = False
    edited: list[str] = []
    exit_code: int | None = None
    traceback: str | None = None
    command: list[str] = []
    cwd: str | None = None
    seed: int | None = None
    params: dict[str, Param] = {}
    metrics: dict[str, MetricSummary] = {}
    texts: dict[str, str] = {}
    primary: str | None = None
    declared: dict[str, Goal] = {}
    eval_data: dict[str, str] = {}
    progress: Progress = Progress()
    job: dict[str, Any] = {}
    data: dict[str, DataRef] = {}
    code: Code = Code()
    environment: Environment = Environment()
    marks: list[Mark] = []
    artifacts: dict[str, Artifact] = {}
    dropped: int = 0
    dropped_why: str | None = None

    @property
    def began(self) -> float | None:
        """When it was created; None where that is not known."""
        return self.created or None

    def duration(self, now: float) -> float | None:
        """Seconds from creation to the end, or to `now` while it runs; None where only one of its times is known."""
        if self.began is None or self.ended == self.created:
            return None
        return (now if self.ended is None else self.ended) - self.created


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Two values that a person declared to be no obstacle, such as two fingerprints of the same data.

    `code` is that of the reason in which the values stand, `note` why they are none. It holds for these two values
    alone, for every comparison of the project, and whoever compares decides whether either way round.
    """

    code: str
    baseline: str
    candidate: str
    note: str
    user: str | None = None
    time: Moment


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """That an acknowledgement of these two values holds no more, who said so, and when."""

    code: str
    baseline: str
    candidate: str
    user: str | None = None
    time: Moment


class ProjectSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a project decided: the baseline run, goals of metrics, the primary metric, and what a comparison may claim.

    `seeds` is how many seeds are planned. With `pair` a seed fixes the same split on both sides of a comparison.
    `margins` are what was typed, in the words of `model/margins.py`, by metric. `ignored` are globs of params that do
    not matter when replicates are told, `evaluation` globs of the files that make up the evaluation.
    """

    baseline: str | None = None
    goals: dict[str, Goal] = {}
    primary: str | None = None
    seeds: int | None = None
    pair: Literal["seed"] | None = None
    margins: dict[str, str] = {}
    ignored: tuple[str, ...] = ()
    evaluation: tuple[str, ...] = ()
    acknowledged: tuple[Acknowledgement, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
