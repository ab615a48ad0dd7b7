"""What a check may find, and the exit status of each. The command line knows it before anything is compared."""

from trackside.model.errors import UsageError

STATUSES = {"incomparable": 4, "worse": 3, "noise": 5, "untested": 5, "outside": 5, "provisional": 5}
"""By finding, the gravest first."""


def findings(text: str) -> frozenset[str]:
    """The findings that `--fail-on` names. UsageError where one is unknown, or none is named."""
    named = frozenset(word for word in text.replace(" ", "").split(",") if word)
    if unknown := named - STATUSES.keys():
        raise UsageError(f"--fail-on {min(unknown)}: it is of {', '.join(STATUSES)}")
    if not named:
        raise UsageError(f"--fail-on names nothing: it is of {', '.join(STATUSES)}")
    return named
