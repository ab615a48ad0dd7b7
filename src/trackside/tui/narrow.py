"""Narrowing a list by what is typed: names that hold every word, else those that are spelt nearly so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

_ALIKE = 75.0
_LETTERS = 100
"""How much of a name is compared by its spelling: of all of 100,000 long ones it would take seconds."""


def narrowed(names: Sequence[str], typed: str) -> list[str]:
    """The names that match, those first that begin with what is typed; all of them where nothing is."""
    words = typed.casefold().split()
    if not words:
        return list(names)
    begins, holds = list[str](), list[str]()
    start = typed.strip().casefold()
    for name in names:
        folded = name.casefold()
        if folded.startswith(start):
            begins.append(name)
        elif all(word in folded for word in words):
            holds.append(name)
    return [*begins, *holds] or _alike(names, typed)


def narrowed_by(words: Mapping[str, str], typed: str) -> list[str]:
    """The same of things that are found by their words: the ids of those that match."""
    if not typed.strip():
        return list(words)
    of = defaultdict[str, list[str]](list)
    for one, said in words.items():
        of[said].append(one)
    return [one for said in narrowed(list(of), typed) for one in of[said]]


def _alike(names: Sequence[str], typed: str) -> list[str]:
    """The names that begin with something spelt like that, the most alike first."""
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        typed,
        [name[:_LETTERS] for name in names],
        scorer=fuzz.partial_ratio,
        processor=utils.default_process,
        score_cutoff=_ALIKE,
        limit=None,
    )
    return [names[place] for _, _, place in found]
