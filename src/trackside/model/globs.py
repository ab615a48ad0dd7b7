"""Names against the globs that a person wrote: `num_*`, `eval/*.py`. Letters count as they are written."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether a name matches any of the globs."""
    return any(fnmatchcase(name, glob) for glob in globs)
