"""The series of the machine that a run runs on. They stand beside training: no step of theirs is progress."""

FAMILY = "system/"


def is_system(metric: str) -> bool:
    """Whether a series is one of the machine, such as `system/cpu`."""
    return metric.startswith(FAMILY)
