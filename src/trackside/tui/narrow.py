"""Narrowing a list by what is typed: names that hold every word, else those that are spelt nearly so."""

from collections.abc import Sequence

_ALIKE = 75.0


def narrowed(names: Sequence[str], typed: str) -> list[str]:
    """The names that match, those first that begin with what is typed; all of them where nothing is."""
    words = typed.casefold().split()
    exact = [name for name in names if all(word in name.casefold() for word in words)]
    if exact or not words:
        return sorted(exact, key=lambda name: not name.casefold().startswith(typed.strip().casefold()))
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        typed, names, scorer=fuzz.partial_ratio, processor=utils.default_process, score_cutoff=_ALIKE, limit=None
    )
    return [name for name, _, _ in found]
