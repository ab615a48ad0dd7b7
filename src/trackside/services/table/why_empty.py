"""Why a filter shows no run: which of its parts lets none through, and how many would be shown without it."""

from collections.abc import Iterable
from functools import reduce
from operator import and_

import polars as pl

from trackside.model.counting import counted
from trackside.query.parse import FilterError, parse
from trackside.query.tree import And, Node, leaves, mentions, place_of
from trackside.services.table.selecting import matches

_MOST = 3


def why_empty(frame: pl.DataFrame, filter_: str, now: float) -> tuple[str, ...]:
    """Sentences of a table that has rows, of which the filter shows none; `now` as for `select`."""
    if not filter_:
        return (f"all {counted(frame.height, 'run')} are archived", "/ and archived:true shows them")
    try:
        tree = parse(filter_)
        masks = {_label(part, filter_): matches(frame, part, filter_, now) for part in _parts(tree)}
    except FilterError:
        return ("no run matches this filter", "esc clears it, / changes it")
    away = frame.get_column("archived") & (not mentions(tree, "archived"))
    return ("no run matches this filter", *_of_parts(masks, away), "esc clears it, / changes it")


def _of_parts(masks: dict[str, pl.Series], away: pl.Series) -> list[str]:
    """Which part it is, if it is one; else how many runs each lets through."""
    hidden = _all(masks.values()).sum()
    if hidden:
        return [f"{counted(int(hidden), 'archived run')} would; archived:true shows them"]
    if len(masks) == 1:
        return []
    others = {
        label: int((_all(mask for other, mask in masks.items() if other != label) & ~away).sum()) for label in masks
    }
    blocking = sorted((label for label in others if others[label]), key=lambda label: -others[label])
    if blocking:
        return [f"without {label}, {counted(others[label], 'run')} would" for label in blocking[:_MOST]]
    alone = {label: int((mask & ~away).sum()) for label, mask in masks.items()}
    return [f"{label} alone: {counted(count, 'run')}" for label, count in list(alone.items())[:_MOST]]


def _all(masks: Iterable[pl.Series]) -> pl.Series:
    return reduce(and_, masks)


def _parts(tree: Node) -> tuple[Node, ...]:
    return tree.parts if isinstance(tree, And) else (tree,)


def _label(part: Node, text: str) -> str:
    """A part as it was typed, without the parentheses round it."""
    places = [place_of(leaf) for leaf in leaves(part)]
    start = getattr(part, "start", min(start for start, _ in places))
    return text[start : max(end for _, end in places)]
