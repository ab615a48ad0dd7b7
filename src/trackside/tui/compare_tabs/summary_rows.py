"""A comparison as rows of cells, and what the lines below them say of one cell. Pure functions."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from trackside.compare.comparison import Cell as Compared
from trackside.compare.comparison import Comparison
from trackside.compare.comparison import Row as ComparedRow
from trackside.compare.sides import Side
from trackside.compare.verdict import Word
from trackside.services.cells import Tone, number
from trackside.services.comparison.view import ComparisonView
from trackside.services.comparison.words import (
    WITHOUT_VERDICT,
    accepted_sentences,
    change_text,
    going_mark,
    is_bare,
    near_sentence,
    reason_sentence,
    runs_text,
    seeds_of,
    unverified_sentences,
    verdict_sentence,
)
from trackside.services.metrics.curves import told_apart
from trackside.tui.colours.plain import plain_text
from trackside.tui.param_words import param_text
from trackside.tui.widgets.cells_table import WIDEST, Cell, Head, Row, heading

Change = Literal["percent", "delta", "none"]
CHANGES: tuple[Change, ...] = ("percent", "delta", "none")

_TONES: dict[Word, Tone] = {"better": "good", "worse": "bad", "outside": "warn", "incomparable": "warn"}
_DIFFERING, _ALL = "params that differ", "params"
_ALIKE = "no param differs"
_END = 5
"""Characters of a long name's end that are always shown: they may be all that tells it apart."""


class Place(msgspec.Struct, frozen=True):
    """What a row is of: a metric or a param."""

    kind: Literal["metric", "param"]
    name: str

    @property
    def key(self) -> str:
        """By which the table knows it."""
        return f"{self.kind} {self.name}"


def place_of(key: str) -> Place:
    """The place that has this key."""
    kind, _, name = key.partition(" ")
    return Place("metric" if kind == "metric" else "param", name)


def heads(sides: Sequence[Side], *, plain: bool = False) -> list[Head]:
    """A column for each side, the baseline's first: what it is called by, and how many runs it is of."""
    names = told_apart([side.lead for side in sides])
    star = plain_text("★ ", plain=plain)
    return [
        Head(side.lead.id, _cut_inside(names[side.lead.id], sign="" if place else star), _runs(side))
        for place, side in enumerate(sides)
    ]


def rows(view: ComparisonView, change: Change, *, everything: bool, plain: bool = False) -> list[Row]:
    """The metrics, the primary one first and those without a verdict last; then the params, then remarks."""
    found = view.comparison
    if found is None:
        return []
    others = [row for row in found.rows if is_bare(row)]
    judged = sorted((row for row in found.rows if not is_bare(row)), key=lambda row: row.metric != found.primary)
    shown = [_metric(row, found, change, plain) for row in judged]
    near = [f"{near_sentence(side, near)}: I makes them replicates" for side in view.sides for near in side.near]
    shown += [Row(None, sentence, tone="warn") for sentence in (*accepted_sentences(found), *near)]
    if others:
        shown += [*heading(WITHOUT_VERDICT, after=shown), *(_metric(row, found, change, plain) for row in others)]
    params = [param for param in view.params if everything or param.state != "same"]
    if view.params:
        shown += heading((_ALL if everything else _DIFFERING) if params else _ALIKE, after=shown)
    for param in params:
        cells = tuple(Cell(param_text(value)) for value in param.sides)
        shown.append(Row(Place("param", param.key).key, param.key, cells, words=True))
    remarks = [Row(None, remark, tone="dim") for remark in (*view.remarks, *unverified_sentences(found))]
    return [*shown, *([Row(None, ""), *remarks] if remarks else [])]


def cell_at(view: ComparisonView, place: Place, column: int) -> Compared | None:
    """What was found of a metric on a side; None of the baseline, and of a param."""
    if view.comparison is None or place.kind == "param" or not column:
        return None
    return next(row for row in view.comparison.rows if row.metric == place.name).cells[column - 1]


def details(view: ComparisonView, place: Place, column: int) -> tuple[str, ...]:
    """Lines on a cell: what its verdict rests on; at which steps, and what is not alike; seeds that were asked for."""
    name = told_apart([side.lead for side in view.sides])[view.sides[column].lead.id]
    if place.kind == "param":
        value = next(param.sides[column] for param in view.params if param.key == place.name)
        return f"{place.name} of {name}: {param_text(value)}", ""
    assert view.comparison is not None
    row = next(row for row in view.comparison.rows if row.metric == place.name)
    detected = (view.detected[row.metric].sentence,) if row.metric in view.detected else ()
    if not column:
        first = row.cells[0]
        said = f"{row.metric}, {name}, the baseline: {_of_baseline(first)}"
        return said, _step(first.baseline_at_step), *detected
    cell = row.cells[column - 1]
    return f"{row.metric}, {name}: {verdict_sentence(cell)}", " · ".join(_circumstances(cell)), *detected


def _metric(row: ComparedRow, found: Comparison, change: Change, plain: bool) -> Row:
    tone: Tone = "dim" if is_bare(row) else ""
    first = row.cells[0]
    baseline = Cell(_value(first.baseline_value), sign=_missing(row.metric, first, found.baseline, 0))
    cells = [
        Cell(
            _value(cell.value),
            plain_text(_change(cell, change), plain=plain),
            plain_text(_sign(found.baseline, row.metric, cell), plain=plain),
            _TONES.get(cell.verdict.word, ""),
        )
        for cell in row.cells
    ]
    key = Place("metric", row.metric).key
    return Row(key, row.metric, (baseline, *cells), tone, bold=row.metric == found.primary)


def _value(value: float | None) -> str:
    return number(value) or "–"


def _change(cell: Compared, change: Change) -> str:
    if change == "percent":
        return change_text(cell)
    return "" if change == "none" or cell.delta is None else f"{'+' if cell.delta > 0 else ''}{number(cell.delta)}"


def _sign(baseline: Side, metric: str, cell: Compared) -> str:
    """The verdict's sign, then what a reader must know at once: results that are missing, a run still going."""
    return cell.sign + _missing(metric, cell, cell.side, 1) + going_mark(cell, baseline)


def _missing(metric: str, cell: Compared, side: Side, which: Literal[0, 1]) -> str:
    """How many seeds count of those that were begun; nothing where all do, or none ever had the metric."""
    counting, begun = seeds_of(cell, side, which)
    is_logged = any(metric in run.metrics for run in side.runs)
    return f"{counting}/{begun}" if counting < begun and is_logged else ""


def _of_baseline(cell: Compared) -> str:
    found = cell.verdict.difference
    spread = f" · SD {number(found.sd[0])}" if found.n[0] > 1 and found.sd is not None else ""
    return f"{_value(cell.baseline_value)}{spread} · N {found.n[0]:,}"


def _circumstances(cell: Compared) -> Iterator[str]:
    steps = cell.at_step, cell.baseline_at_step
    if steps[0] == steps[1]:
        yield _step(steps[0])
    else:
        yield f"{_step(steps[0]) or 'at no step'}, the baseline {_step(steps[1]) or 'at none'}"
    yield from map(reason_sentence, cell.reasons)


def _step(step: int | None) -> str:
    return "" if step is None else f"at step {step:,}"


def _runs(side: Side) -> str:
    """How many runs it is of, without the word where that has no room."""
    told = runs_text(side)
    return told if len(told) <= WIDEST else told.replace(" runs", "", 1)


def _cut_inside(name: str, *, sign: str) -> str:
    """The sign and the name, a long one with its end."""
    room = WIDEST - len(sign)
    return sign + (name if len(name) <= room else f"{name[: room - _END - 1]}…{name[-_END:]}")
