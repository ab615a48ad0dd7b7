"""On which data a metric was measured, as far as its run says: what two values must share before they are compared."""

from collections.abc import Iterable
from itertools import combinations

from trackside.model.measured_on import MeasuredOn
from trackside.model.run import Run

ROLES = frozenset({"val", "valid", "validation", "eval", "evaluation", "dev", "test"})
"""Roles that data is evaluated in. As a metric's first part they name the role; they are no version of any data."""

NOT_EVALUATED = ("train/", "system/")
"""How names of metrics begin that are measured in training, or of the machine."""

_ALGORITHMS = frozenset({"blake3", "sha256", "md5", "annex", "lakefs", "stat", "mlflow", "comet", "neptune"})
_VERSION = "version"


def eval_fingerprint(run: Run | MeasuredOn, metric: str) -> str | None:
    """The fingerprint of the data that `metric` is measured on, or the version declared for it; None if not known.

    Where nothing was declared, `val/accuracy` is measured on the data of the role `val`, if the run has one, and any
    metric on the only data that the run has in a role of evaluation.
    """
    role = eval_role(run, metric)
    if role is not None and role not in ROLES and role not in run.data:
        return role
    found = data_role(run, metric)
    return None if found is None else run.data[found].fingerprint


def data_role(run: Run | MeasuredOn, metric: str) -> str | None:
    """The role of the run's own data that `metric` is measured on; None where none can be told."""
    role = eval_role(run, metric)
    if role in run.data:
        return role
    known = [role for role in run.data if role in ROLES]
    told = run.eval_data.get(metric) or metric.startswith(NOT_EVALUATED)
    return known[0] if len(known) == 1 and not told else None


def eval_role(run: Run | MeasuredOn, metric: str) -> str | None:
    """The role or version that `metric` is measured on; None for one that evaluates nothing."""
    first = metric.partition("/")[0]
    return run.eval_data.get(metric) or (first if first in ROLES else None)


def not_evaluated(metric: str) -> str | None:
    """Where a metric is measured that by its name evaluates nothing: `in training`, `of the machine`; else None."""
    if not metric.startswith(NOT_EVALUATED):
        return None
    return "in training" if metric.startswith("train/") else "of the machine"


def unlike(one: str | None, other: str | None) -> bool | None:
    """Whether two fingerprints are of other data; None where they cannot tell.

    Of what was fingerprinted in two ways, as by two systems, nothing is known, though it may be the same data.
    """
    if one is None or other is None or algorithm(one) != algorithm(other):
        return None
    return one != other


def any_unlike(fingerprints: Iterable[str | None]) -> bool:
    """Whether some of these are known to be of other data than some others."""
    return any(unlike(one, other) for one, other in combinations(set(fingerprints), 2))


def algorithm(fingerprint: str) -> str:
    """How a fingerprint was made: `blake3`, `md5`, …; `version` of one that a person wrote."""
    prefix, colon, _ = fingerprint.partition(":")
    return prefix if colon and prefix in _ALGORITHMS else _VERSION
