"""The series of the machine that a run runs on. They stand beside training: no step of theirs is progress."""

from collections.abc import Iterable

from trackside.model.natural import natural

FAMILY = "system/"


def is_system(metric: str) -> bool:
    """Whether a series is one of the machine, such as `system/cpu`."""
    return metric.startswith(FAMILY)


def listed(metrics: Iterable[str]) -> list[str]:
    """Metrics in the order in which a person looks for them, those of the machine last."""
    return sorted(metrics, key=lambda metric: (is_system(metric), natural(metric)))
