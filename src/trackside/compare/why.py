"""What could explain the difference of two sides, the likeliest first: association, and never proof.

A metric that was measured on other data explains itself. Then come params that go together with the metric over the
project's other runs, the stronger the earlier; then what those runs tell nothing of, in the order in which it usually
matters; last what they speak against, and versions that hardly ever matter.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from trackside.compare.differs.code import Who
from trackside.compare.statistics.correlation import Association
from trackside.model.counting import counted
from trackside.model.natural import natural
from trackside.model.run import Param

Kind = Literal["eval data", "param", "steps", "code", "data", "package", "hardware", "environment", "seed"]


class Suspect(msgspec.Struct, frozen=True):
    """Something in which the sides differ: both values as text, None where a side has none or does not say.

    `association` is that of a param with the metric over the project's runs that are on neither side, `agrees` whether
    its change would move the metric the way in which it did move; None where that is not known. `minor` says of what
    hardly ever matters why, and `imported` of a file of the code which of the runs imported it, as far as it is known.
    """

    kind: Kind
    name: str
    baseline: str | None
    candidate: str | None
    association: Association | None = None
    agrees: bool | None = None
    minor: str | None = None
    imported: Who | None = None


class Cause(msgspec.Struct, frozen=True):
    """A suspect, and in one line why it stands where it stands."""

    suspect: Suspect
    why: str


_WHY: dict[Kind, str] = {
    "eval data": "the metric is measured on it",
    "param": "other runs do not tell how much it matters",
    "steps": "a longer run may be all of it",
    "code": "what a change of code does is not known",
    "data": "other data to learn from",
    "package": "another major version",
    "hardware": "seldom more than other rounding",
    "environment": "seldom more than other rounding",
    "seed": "another seed alone may turn it",
}
_IMPORTED: dict[Who | None, str] = {
    "both": "both runs imported it: what the change does is not known",
    "candidate": "only this run imported it: what the change does is not known",
    "baseline": "only the baseline imported it: what the change does is not known",
    None: _WHY["code"],
    "neither": "neither run imported it; they may have read it otherwise",
}
"""Why a file of the code stands where it stands; what was imported comes first."""

_USUAL: tuple[Kind, ...] = ("steps", "param", "code", "data", "package", "hardware", "environment", "seed")


def ranked(suspects: Iterable[Suspect]) -> tuple[Cause, ...]:
    """The suspects as causes, the likeliest first; in whatever order they are given."""
    return tuple(Cause(suspect, _why(suspect)) for suspect in sorted(suspects, key=_place))


def agrees(found: Association, before: Param, after: Param, delta: float) -> bool | None:
    """Whether a param's change goes the way in which the metric moved by `delta`; None where it has no way."""
    numbers = [value for value in (before, after) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < 2 or found.kind != "rank correlation" or not found.estimate or not delta:
        return None
    return ((numbers[1] > numbers[0]) == (found.estimate > 0)) == (delta > 0)


def _seen(found: Association) -> bool:
    """Whether the interval leaves out that there is none; where all follows from the param there is no interval."""
    if found.interval is None:
        return found.strength > 0
    return not found.interval[0] <= 0 <= found.interval[1]


def import_order(imported: Who | None) -> int:
    """The place of a file among others, by who imported it: those of both runs first, those of neither last."""
    return list(_IMPORTED).index(imported)


def _place(suspect: Suspect) -> tuple[int, float, int, int, object]:
    """What a suspect is sorted by: how much speaks for it, its strength, its kind, who imported it, its name."""
    if suspect.kind == "eval data":
        return 0, 0.0, 0, 0, natural(suspect.name)
    found = suspect.association
    if suspect.minor:
        tier = 5
    elif suspect.kind == "seed":
        tier = 4
    elif found is None or found.estimate is None:
        tier = 2
    else:
        tier = 1 if _seen(found) and suspect.agrees is not False else 3
    strength = 0.0 if found is None else -found.strength
    return tier, strength, _USUAL.index(suspect.kind), import_order(suspect.imported), natural(suspect.name)


def _why(suspect: Suspect) -> str:
    found = suspect.association
    if suspect.minor:
        return suspect.minor
    if found is None:
        return _IMPORTED[suspect.imported] if suspect.kind == "code" else _WHY[suspect.kind]
    if found.estimate is None:
        return f"{_WHY[suspect.kind]}: {found.why_not}"
    if not _seen(found):
        return f"no association seen: {_figures(found)}"
    way = {True: ", which fits the way it went", False: ", which speaks against the way it went", None: ""}
    return f"{_figures(found)}{way[suspect.agrees]}"


def _figures(found: Association) -> str:
    """`ρ -0.80 (95 %: -0.90 … -0.50) over 24 other runs`; η where the param has no order."""
    sign, letter = ("+", "ρ") if found.kind == "rank correlation" else ("", "η")
    said = f"{letter} {found.estimate:{sign}.2f}"
    if found.interval is not None:
        low, high = found.interval
        said += f" ({100 * found.level:.4g} %: {low:{sign}.2f} … {high:{sign}.2f})"
    return f"{said} over {counted(found.n, 'other run')}"
