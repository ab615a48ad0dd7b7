"""Why a run differs from its baseline, in sentences and as a document: the same on every surface."""

import math
from collections.abc import Iterator
from typing import Any

from trackside.charts.axis import position
from trackside.compare.difference_curve import DifferenceCurve
from trackside.compare.reaching import Reached, Reaching, SpeedUp
from trackside.compare.statistics.parting import RUNNING
from trackside.compare.why import Cause
from trackside.model.counting import counted
from trackside.model.hashes import shortened
from trackside.services.cells import number
from trackside.services.comparison.why import Why
from trackside.services.comparison.words import side_name, verdict_sentence
from trackside.services.documents import Document
from trackside.services.metrics.curves import RELATIVE, STEP, TIME, chart_options

_LONGEST = 40
PROVISO = "association, not proof: what differs together cannot be told apart"
NOTHING = "nothing that is known differs: params, code, data, packages, hardware and seeds are alike"


def head_sentence(found: Why) -> str:
    """The metric, both values, and the verdict on them."""
    cell = found.cell
    values = f"{number(cell.value)} v {number(cell.baseline_value)}"
    return f"{found.metric} of {side_name(cell.side)} v {side_name(found.baseline)}: {values}; {verdict_sentence(cell)}"


def cause_texts(cause: Cause) -> tuple[str, str, str, str]:
    """Kind, name, both values as `0.001 → 0.0003` with a dash for what a side does not have, and the why."""
    suspect = cause.suspect
    values = ("–" if one is None else _short(shortened(one)) for one in (suspect.baseline, suspect.candidate))
    return suspect.kind, _short(suspect.name), " → ".join(values), cause.why


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def curve_sentences(found: Why) -> Iterator[str]:
    """Where the curves part, and how soon the candidate gets to the baseline's best."""
    yield parting_sentence(found.curve)
    yield reaching_sentence(found.reaching)


def parting_sentence(curve: DifferenceCurve, x: str = STEP) -> str:
    """The first place from which the difference stays outside the band, or why none is known; and what was left out."""
    return " · ".join((_parting(curve, x), *curve.notes))


def _parting(curve: DifferenceCurve, x: str) -> str:
    if curve.why_not:
        return f"where the curves part: {curve.why_not}"
    one = "evaluation" if x == STEP else "place"
    band = f"a {100 * curve.level:.4g} % band for all {counted(len(curve.places), one)} at once"
    running = f"{counted(RUNNING, one)} running"
    if curve.parts_at is None:
        return f"the curves do not part: nowhere is their difference outside {band} for {running}"
    said = f"the curves part at {_place(curve.parts_at, x)}: from there on their difference stays outside {band}"
    if curve.for_good_at == curve.parts_at:
        return f"{said}, to the last one"
    later = (
        "to the last one it does not" if curve.for_good_at is None else f"for good from {_place(curve.for_good_at, x)}"
    )
    return f"{said}, for {running} or more; {later}"


def _place(value: float, x: str) -> str:
    """`step 1,600`, `12m after the start`, `epoch 3`."""
    if x == STEP:
        return f"step {value:,.0f}"
    said = position(value, chart_options(x).x_kind)
    return {TIME: said, RELATIVE: f"{said} after the start"}.get(x, f"{x} {said}")


def reaching_sentence(found: Reaching) -> str:
    """`it reaches the baseline's best, 0.912, at step 400, the baseline at 560: speed-up 1.4×, 1.3× in time`."""
    if found.why_not or found.target is None:
        return f"how soon it gets to the baseline's best: {found.why_not}"
    best = f"the baseline's best, {number(found.target)}"
    there = sum(one is not None for one in found.candidate)
    if not there:
        return f"it never reaches {best}"
    runs = f" ({there} of {counted(len(found.candidate), 'run')})" if len(found.candidate) > 1 else ""
    usual, reached = found.steps.medians
    if usual is None or reached is None:
        return f"half of its runs or more never reach {best}{runs}"
    at = f"it reaches {best}, at step {reached:,.0f}, the baseline at {usual:,.0f}"
    return f"{at}{_times(found.steps, found.seconds)}{runs}"


def _times(steps: SpeedUp, seconds: SpeedUp) -> str:
    """`: speed-up 1.4× (1.2× to 1.6×), 1.3× in time`; nothing where neither can be told."""
    told = []
    if steps.median is not None and math.isfinite(steps.median):
        several = len(steps.per_seed) > 1 and steps.lowest is not None and steps.highest is not None
        told.append(f"speed-up {_factor(steps.median)}")
        told[0] += f" ({_factor(steps.lowest)} to {_factor(steps.highest)})" if several else ""
    if seconds.median is not None and math.isfinite(seconds.median):
        told.append(f"{_factor(seconds.median)} in time")
    return f": {', '.join(told)}" if told else ""


def _factor(ratio: float | None) -> str:
    return f"{number(ratio, 2)}×"


def why_document(found: Why) -> Document:
    """`trackside why --json`. Pairs are (baseline, candidate); an infinite speed-up is null, as an unknown one is."""
    cell, curve = found.cell, found.curve
    return {
        "baseline": [run.id for run in found.baseline.runs],
        "runs": [run.id for run in cell.side.runs],
        "metric": found.metric,
        "goal": found.goal,
        "values": (cell.baseline_value, cell.value),
        "delta": cell.delta,
        "verdict": cell.verdict.word,
        "causes": [_cause(cause) for cause in found.causes],
        "proviso": PROVISO,
        "parting": {
            "step": None if curve.parts_at is None else int(curve.parts_at),
            "for_good": None if curve.for_good_at is None else int(curve.for_good_at),
            "evaluations": len(curve.places),
            "level": curve.level,
            "n": curve.n,
            "why_not": curve.why_not,
            "notes": curve.notes,
        },
        "reaching": _reaching(found.reaching),
    }


def _cause(cause: Cause) -> dict[str, Any]:
    suspect, found = cause.suspect, cause.suspect.association
    return {
        "kind": suspect.kind,
        "name": suspect.name,
        "values": (suspect.baseline, suspect.candidate),
        "why": cause.why,
        "imported": suspect.imported,
        "association": None
        if found is None
        else {
            "kind": found.kind,
            "estimate": found.estimate,
            "ci": found.interval,
            "ci_level": found.level,
            "n": found.n,
            "agrees": suspect.agrees,
            "why_not": found.why_not,
        },
    }


def _reaching(found: Reaching) -> dict[str, Any]:
    return {
        "target": found.target,
        "why_not": found.why_not,
        "baseline": [_reached(one) for one in found.baseline],
        "candidate": [_reached(one) for one in found.candidate],
        "speed_up": {"steps": _speed_up(found.steps), "seconds": _speed_up(found.seconds)},
    }


def _reached(one: Reached | None) -> dict[str, float] | None:
    return None if one is None else {"step": int(one.step), "seconds": one.seconds}


def _speed_up(found: SpeedUp) -> dict[str, Any]:
    return {
        "medians": found.medians,
        "median": found.median,
        "lowest": found.lowest,
        "highest": found.highest,
        "per_seed": found.per_seed,
    }
