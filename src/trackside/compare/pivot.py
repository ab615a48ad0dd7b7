"""A pivot of results: what the runs of each cell come to over their seeds, and which cells are among the best.

A seed counts once. A run that did not end well, or has not ended, is counted and left out, and its cell is not tested.
The best mean is tested against every other cell by Welch's t. Which mean is the best is only known from the same
values, as if all pairs had been looked at: so the adjustment is by Holm over all pairs of cells of the value, whatever
of them is on screen. Only cells on the same eval data and of the same fold are tested against one another, and only
those of one method: the spread of runs that differ in params or code is not that of seeds.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from trackside.compare.eval_data import any_unlike, unlike
from trackside.compare.guard import chosen_unlike, why_left_out
from trackside.compare.statistics.adjust import holm
from trackside.compare.statistics.difference import ALPHA
from trackside.compare.statistics.replicates import FEWEST, t_half_width, welch, why_no_spread
from trackside.compare.statistics.sample import Sample, deviation, mean, one_per_seed
from trackside.model.goals import Goal
from trackside.model.status import RUNNING, Status

Place: TypeAlias = tuple[str | None, ...]
"""Where in the table: the value of each key, as text; None where a run has none."""

UNLIKE = "unlike eval data"
FOLDS = "folds share data"
MIXED = "runs of several methods"
NO_SPREAD = "no spread between seeds"
PECULIAR = frozenset({UNLIKE, FOLDS, NO_SPREAD})
"""Why a cell takes part in no test, where neither its count nor how its runs ended shows it."""


class Result(msgspec.Struct, frozen=True):
    """What one run brings to a cell. `value` is None where it has none, and not finite where it diverged.

    `seed` tells the results of one method apart, as `sides.result_of` does. `eval_data` is what the data goes by, which
    is its own `fingerprint` unless that was acknowledged to be the same as another. `eval_role` is the role or version
    that was declared for the metric. `chosen_by` is the metric at whose best the value was read, and `evaluations` how
    many values that one was chosen from; None where nothing was chosen.
    """

    run: str
    row: Place
    column: Place
    status: Status
    value: float | None
    seed: Hashable | None = None
    fold: Hashable | None = None
    eval_data: str | None = None
    fingerprint: str | None = None
    eval_role: str | None = None
    chosen_by: str | None = None
    evaluations: int | None = None

    @property
    def counts(self) -> bool:
        """Whether the run has ended and counts."""
        return self.status != RUNNING and why_left_out(self.status, self.value) is None


class Cell(msgspec.Struct, frozen=True):
    """The runs of a cell and what they come to.

    `half_width` is that of the 95 % t interval of the mean, None where there is none. `left_out` counts the runs that
    ended and do not count, by why; `going` those that have not ended; `archived` those that were put away, which are no
    part of anything else here. `mixes` names in what its runs are not of one method: params, `project`, `data`, `code`.
    `folds` are those of its runs. `eval_data` are the fingerprints that are known, `unverified` counts the runs of
    which none is. `why_not` says why the cell takes part in no test. `p` is adjusted, of the test against the best.
    """

    runs: tuple[str, ...]
    sample: Sample
    half_width: float | None = None
    left_out: tuple[tuple[str, int], ...] = ()
    going: int = 0
    archived: int = 0
    mixes: tuple[str, ...] = ()
    folds: frozenset[Hashable | None] = frozenset()
    eval_data: frozenset[str] = frozenset()
    unverified: int = 0
    why_not: str | None = None
    p: float | None = None
    best: bool = False
    bold: bool = False

    @property
    def n(self) -> int:
        """How many seeds count."""
        return len(self.sample.values)

    @property
    def of(self) -> int:
        """How many would, had every run that ended come to a value."""
        return self.n + sum(number for _, number in self.left_out)

    @property
    def mean(self) -> float:
        """The mean over seeds; NaN of none."""
        return mean(self.sample.values)


Cells: TypeAlias = Mapping[tuple[Place, Place], Cell]
"""By row and column; a place that no run is at is missing."""


class Group(msgspec.Struct, frozen=True):
    """One value over the whole table. `pairs` of cells are Holm's family.

    `plain` says why no cell can be bold, where that does not lie with single cells. Only what is measured `on_data` has
    eval data. Some of that may be the same only because a person `acknowledged` it.
    """

    value: str
    goal: Goal | None
    cells: Cells
    pairs: int = 0
    plain: str | None = None
    on_data: bool = True
    acknowledged: bool = False

    @property
    def eval_data(self) -> list[str]:
        """The fingerprints of the data that the runs which count were evaluated on, each once."""
        return sorted({fingerprint for cell in self.cells.values() for fingerprint in cell.eval_data})


class Pivot(msgspec.Struct, frozen=True):
    """The table: the keys of its rows and columns, their values in order, a group of cells for each value.

    `filter` chose the runs. `accepted` are sentences on what a person acknowledged. `names` are what keys and values
    are called in print, where that is another word.
    """

    row_keys: tuple[str, ...]
    column_keys: tuple[str, ...]
    rows: tuple[Place, ...]
    columns: tuple[Place, ...]
    groups: tuple[Group, ...]
    filter: str = ""
    accepted: tuple[str, ...] = ()
    caption: str | None = None
    names: Mapping[str, str] = msgspec.field(default_factory=dict)

    def name(self, key: str) -> str:
        """What a key or a value is called in print."""
        return self.names.get(key, key)


def grouped(
    value: str,
    results: Sequence[Result],
    goal: Goal | None,
    *,
    plain: str | None = None,
    planned: int = 0,
    archived: Mapping[tuple[Place, Place], int] | None = None,
    mixed: Mapping[tuple[Place, Place], tuple[str, ...]] | None = None,
    on_data: bool = True,
    alpha: float = ALPHA,
) -> Group:
    """The cells of one value, and which of them are bold. Without a goal none is, nor where `plain` says why not.

    A cell of fewer seeds than `planned` is not tested. `archived` counts the runs at each place that were put away, and
    `mixed` names in what the finished ones there are not of one method.
    """
    by_place: dict[tuple[Place, Place], list[Result]] = {}
    for result in results:
        by_place.setdefault((result.row, result.column), []).append(result)
    away, mixes = archived or {}, mixed or {}
    cells = {
        place: _cell(found, away.get(place, 0), mixes.get(place, ()), planned, alpha)
        for place, found in by_place.items()
    }
    counting = [result for result in results if result.counts]
    acknowledged = len({one.fingerprint for one in counting}) > len({one.eval_data for one in counting})
    plain = plain or ("whether small or large is better is not known" if goal is None else None)
    plain = plain or next(_unlike(counting), None)
    group = Group(value, goal, cells, plain=plain, on_data=on_data, acknowledged=acknowledged)
    return group if plain or goal is None else _tested(group, goal, alpha)


def half_width(sample: Sample, alpha: float = ALPHA) -> float | None:
    """Half of Student's t interval of the mean over seeds; None where the spread is not known."""
    if why_no_spread(sample) is not None:
        return None
    return t_half_width(len(sample.values), deviation(sample.values), alpha)


def _cell(results: Sequence[Result], archived: int, mixes: tuple[str, ...], planned: int, alpha: float) -> Cell:
    ended = [result for result in results if result.status != RUNNING]
    counting = [result for result in ended if result.counts]
    left_out = Counter(why for result in ended if (why := why_left_out(result.status, result.value)) is not None)
    sample = one_per_seed(
        [math.nan if result.value is None else result.value for result in counting],
        [result.seed for result in counting],
    )
    folds = frozenset(result.fold for result in results)
    cell = Cell(
        runs=tuple(result.run for result in results),
        sample=sample,
        half_width=half_width(sample, alpha) if len(folds) == 1 and not mixes else None,
        left_out=tuple(sorted(left_out.items())),
        going=len(results) - len(ended),
        archived=archived,
        mixes=mixes,
        folds=folds,
        eval_data=frozenset(result.eval_data for result in counting if result.eval_data is not None),
        unverified=sum(result.eval_data is None for result in counting),
    )
    return replace(cell, why_not=_why_untested(cell, planned))


def _unlike(counting: Sequence[Result]) -> Iterator[str]:
    """Why the values of these runs may not be compared, as `guard.reasons` bars a comparison of two sides."""
    roles = sorted({result.eval_role for result in counting if result.eval_role is not None})
    prints = {result.eval_data for result in counting}
    if len(roles) > 1 and any(unlike(*pair) is None for pair in combinations_with_replacement(prints, 2)):
        yield f"it is measured on data of other roles ({', '.join(roles)})"
    metrics = sorted({result.chosen_by for result in counting if result.chosen_by is not None})
    if len(metrics) > 1:
        yield f"runs are judged by other primary metrics ({', '.join(metrics)})"
    counts = [result.evaluations for result in counting if result.evaluations is not None]
    if chosen_unlike(counts):
        told = f"{min(counts):,} to {max(counts):,} evaluations a run"
        yield f"it is chosen from {told}, and of more the best is better by chance"


def _why_untested(cell: Cell, planned: int) -> str | None:
    if any_unlike(cell.eval_data):
        return UNLIKE
    if len(cell.folds) > 1:
        return FOLDS
    if cell.mixes:
        return MIXED
    if cell.left_out:
        return "runs left out"
    if cell.going:
        return "runs still going"
    if cell.n < FEWEST:
        return f"fewer than {FEWEST} seeds"
    if cell.n < planned:
        return f"fewer than the {planned} seeds planned"
    return None if cell.half_width is not None else NO_SPREAD


def _tested(group: Group, goal: Goal, alpha: float) -> Group:
    """The group with its best cells bold: those of each eval data and fold where the table has several."""
    leads: list[tuple[Place, Place]] = []
    p_values: dict[tuple[Place, Place], float | None] = {}
    alike = _comparable(group)
    for places in alike:
        tested = [place for place in places if group.cells[place].why_not is None]
        if len(tested) < 2:
            continue
        lead = (min if goal == "min" else max)(tested, key=lambda place: group.cells[place].mean)
        leads.append(lead)
        others = [place for place in places if place != lead]
        p_values |= {place: _p(group.cells[lead], group.cells[place], alpha) for place in others}
    pairs = sum(math.comb(len(places), 2) for places in alike)
    adjusted = dict(zip(p_values, holm(list(p_values.values()), pairs), strict=True))
    cells = dict(group.cells)
    for place, p in adjusted.items():
        cells[place] = replace(cells[place], p=p, bold=p is not None and p > alpha)
    for lead in leads:
        cells[lead] = replace(cells[lead], best=True, bold=True)
    return replace(group, cells=cells, pairs=pairs)


def _comparable(group: Group) -> list[list[tuple[Place, Place]]]:
    """The places of cells that may be compared: those of the same fold, apart by eval data if some is known unlike."""
    unlike_data = any_unlike(group.eval_data)
    apart: dict[Hashable, list[tuple[Place, Place]]] = {}
    for place, cell in group.cells.items():
        apart.setdefault((cell.folds, cell.eval_data if unlike_data else None), []).append(place)
    return list(apart.values())


def _p(lead: Cell, other: Cell, alpha: float) -> float | None:
    return welch(lead.sample, other.sample, alpha=alpha).p if other.why_not is None else None
