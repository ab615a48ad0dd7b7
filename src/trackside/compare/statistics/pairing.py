"""Two runs' per-example results, brought together by the ids of the examples.

Ids are compared as they are written, `1`, `1.0` and `"1"` being one id: what was logged as numbers and read back as
text is still the same example. Pairs come sorted by id, whatever order they were logged in.
"""

import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trackside.compare.statistics.difference import Flags, Floats, Indices
from trackside.model.errors import TracksideError

_SHOWN = 40


class ExamplesError(TracksideError):
    """Per-example results that cannot be paired. The message says which side and why."""


class Examples(msgspec.Struct, frozen=True):
    """Per-example results of one run: three columns of one length, `groups` being those that belong together.

    A column is a list, an array or a series; ids and groups are text or numbers.
    """

    ids: Iterable[Any]
    scores: Sequence[Any] | Floats | pl.Series
    groups: Iterable[Any] | None = None


class Pairs(msgspec.Struct, frozen=True):
    """Scores of the examples that both sides have, all finite; `groups` numbers them, None where there are none.

    `unmatched` counts the examples of one side only, `left_out` the scores that were not finite, both by side.
    """

    ids: pl.Series
    baseline: Floats
    candidate: Floats
    groups: Indices | None
    unmatched: tuple[int, int]
    left_out: tuple[int, int]


def paired(baseline: Examples, candidate: Examples) -> Pairs:
    """The pairs of both sides. Raises ExamplesError where ids are missing or double, or scores are no numbers."""
    sides = [frame(baseline, "baseline"), frame(candidate, "candidate")]
    both = sides[0].join(sides[1], on="id", how="inner", suffix="_candidate").sort("id")
    ours, theirs = both["score"].to_numpy(), both["score_candidate"].to_numpy()
    fine: list[Flags] = [np.isfinite(ours), np.isfinite(theirs)]
    kept = fine[0] & fine[1]
    return Pairs(
        ids=both["id"].filter(pl.Series(kept)),
        baseline=ours[kept],
        candidate=theirs[kept],
        groups=_groups(both, kept),
        unmatched=(len(sides[0]) - len(both), len(sides[1]) - len(both)),
        left_out=(int(np.count_nonzero(~fine[0])), int(np.count_nonzero(~fine[1]))),
    )


def frame(side: Examples, whose: str) -> pl.DataFrame:
    """`id` as text, `score` and, where there are groups, `group` as text: in the order in which they were logged."""
    columns = {"id": _written(side.ids, "id", whose), "score": _numbers(side.scores, whose)}
    if side.groups is not None:
        columns["group"] = _written(side.groups, "group", whose)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise ExamplesError(f"{whose}: {', '.join(f'{len(c)} {n}s' for n, c in columns.items())}: log one of each")
    rows = pl.DataFrame(columns)
    double = rows.filter(pl.col("id").is_duplicated())["id"]
    if len(double):
        shown = repr(double.sort()[0][:_SHOWN])
        raise ExamplesError(
            f"{whose}: {double.n_unique()} of the ids stand more than once, such as {shown}: log each example once"
        )
    return rows


def _written(column: Iterable[Any], what: str, whose: str) -> pl.Series:
    """The column as text; whole numbers without a point. A series of text is already what it is to be."""
    if isinstance(column, pl.Series) and column.dtype == pl.String and not column.has_nulls():
        return column
    return pl.Series([_as_text(value, what, whose) for value in column], dtype=pl.String)


def _as_text(value: Any, what: str, whose: str) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real) and math.isfinite(value):
        number = float(value)
        return str(int(number)) if number.is_integer() else str(number)
    raise ExamplesError(f"{whose}: {type(value).__name__} as {what} of an example: give each a text or a number")


def _numbers(column: Sequence[Any] | Floats | pl.Series, whose: str) -> pl.Series:
    """The column as floats; NaN where there is none."""
    try:
        return pl.Series(np.asarray(column, np.float64).reshape(len(column)))
    except (TypeError, ValueError, OverflowError):
        raise ExamplesError(f"{whose}: the scores are no column of numbers: log one number for each example") from None


def _groups(both: pl.DataFrame, kept: Flags) -> Indices | None:
    """A number from 0 for each pair's group, in the order of the groups' names."""
    names = [name for name in ("group", "group_candidate") if name in both.columns]
    if not names:
        return None
    if len(names) == 2 and (both["group"] != both["group_candidate"]).any():
        moved = both.filter(pl.col("group") != pl.col("group_candidate"))["id"]
        shown = repr(moved[0][:_SHOWN])
        raise ExamplesError(f"{len(moved)} examples are in another group on each side, such as {shown}: log one group")
    ranks = both[names[0]].filter(pl.Series(kept)).rank("dense").to_numpy()
    return ranks.astype(np.intp) - 1
