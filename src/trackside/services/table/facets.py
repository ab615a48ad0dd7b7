"""How many runs each value of a facet would show if it were chosen. For a worker thread."""

from collections.abc import Mapping, Sequence

import msgspec

from trackside.query.edit import excluded_of, values_of, without
from trackside.services.table.selecting import MOST_VALUES, View, unsorted


class Facet(msgspec.Struct, frozen=True):
    """Values and their counts, the most frequent first; of these the ones that the filter asks for, or excludes."""

    counts: tuple[tuple[str, int], ...]
    is_cut: bool = False
    """Whether there are more, which are rarer than all of these."""

    is_short: bool = False
    """Whether more runs may have these values than it is known of."""

    chosen: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()


Facets = Mapping[str, Facet]


def facets(view: View, filter_: str, now: float, *, is_short: bool = False) -> Facets:
    """The facets of `view`, which `filter_` found: each counts as if the filter said nothing about its own key.

    What is chosen is listed even where no run has it any more, so that it can be given up. The table `is_short` where
    it does not tell of all runs what the shapes of their curves say.
    """
    found = {}
    for name, shown in view.facets().items():
        chosen, excluded = values_of(filter_, name), excluded_of(filter_, name)
        counts = shown
        if chosen or excluded:
            lifted = unsorted(view.frame, without(filter_, name), now)
            counts = with_chosen(lifted.facet(name), (*chosen, *excluded))
        found[name] = Facet(
            tuple(counts),
            is_cut=len(counts) >= MOST_VALUES,
            is_short=is_short and name == "health",
            chosen=frozenset(chosen),
            excluded=frozenset(excluded),
        )
    return found


def with_chosen(counts: Sequence[tuple[str, int]], chosen: Sequence[str]) -> list[tuple[str, int]]:
    """The counts, and those of chosen values that do not occur."""
    known = {value for value, _ in counts}
    return [*counts, *((value, 0) for value in dict.fromkeys(chosen) if value not in known)]
