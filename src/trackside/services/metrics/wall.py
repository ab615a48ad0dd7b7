"""Which metrics of a run share a chart on its wall, and how the charts follow one another in sections.

Training and validation of one metric share a chart; charts whose names begin alike up to a slash are a section.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from trackside.model.natural import Order, natural
from trackside.model.system import is_system
from trackside.query.patterns import containing

_SPLITS = ("train", "training", "val", "valid", "validation", "dev", "eval", "test")
_SPLIT = re.compile(rf"^({'|'.join(_SPLITS)})[/_.](.+)$", re.IGNORECASE)


class WallChart(msgspec.Struct, frozen=True):
    """One chart of the wall: what its metrics have in common, and the metrics, training first."""

    title: str
    metrics: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called whatever parts of the data it was measured on."""
        return family(self.metrics[0])

    @property
    def section(self) -> str:
        """The part of its name before the first slash; empty without one."""
        first, slash, _ = self.name.partition("/")
        return first if slash else ""


class Tile(msgspec.Struct, frozen=True):
    """A place on the wall: one chart, or all of a section that is folded.

    `section` is said where one begins, and `of` how many charts it has.
    """

    charts: tuple[WallChart, ...]
    section: str = ""
    of: int = 0
    folded: bool = False


def wall(metrics: Iterable[str], primary: str | None = None) -> list[WallChart]:
    """All metrics in charts: the primary metric's, then by name those of no section, the sections, the machine's."""
    known = set(metrics)
    families: dict[str, list[str]] = {}
    for metric in known:
        families.setdefault(family(metric), []).append(metric)
    charts = [_chart(name, members) for name, members in families.items()]
    return sorted(charts, key=lambda chart: (primary not in chart.metrics, *_place(chart)))


def tiles(charts: Sequence[WallChart], pinned: Sequence[str] = (), folded: Iterable[str] = ()) -> list[Tile]:
    """The charts in their places: those pinned (by name) first, then the sections, of which some are `folded`.

    A chart alone makes no section.
    """
    order = {name: number for number, name in enumerate(pinned)}
    first = sorted((chart for chart in charts if chart.name in order), key=lambda chart: order[chart.name])
    others = [chart for chart in charts if chart.name not in order]
    counts = Counter(chart.section for chart in others)
    found = [Tile((chart,)) for chart in first]
    begun: set[str] = set()
    for chart in others:
        section, of = chart.section, counts[chart.section]
        if not section or of < 2:
            found.append(Tile((chart,)))
        elif section not in folded:
            found.append(Tile((chart,), "" if section in begun else section, of))
        elif section not in begun:
            found.append(Tile(tuple(one for one in others if one.section == section), section, of, folded=True))
        begun.add(section)
    return found


def why_no_section(chart: WallChart) -> str:
    """Why a chart has nothing to be folded with."""
    if chart.section:
        return f"{chart.name} is pinned, or the only chart of {chart.section}/: nothing to fold"
    if chart.name != chart.metrics[0]:
        split = chart.metrics[0].removesuffix(chart.name)
        return f"{split} says on which data {chart.name} was measured, and makes no section; other words before a / do"
    return f"{chart.name} is in no section: those are of charts that share what is before a /"


def usual_axis(metric: str) -> str:
    """The x axis that a metric is looked at along first: what a machine does, it does in time."""
    return "relative" if is_system(metric) else "step"


def family(metric: str) -> str:
    """The metric's name without the part of the data that it is measured on: `val/loss` and `train/loss` are `loss`."""
    found = _SPLIT.match(metric)
    return metric if found is None else found[2]


def narrowed(charts: Iterable[WallChart], pattern: str) -> list[WallChart]:
    """The charts with a metric in which the regular expression is found, case ignored. Raises `PatternError`.

    Without one those of the machine, which are seen together elsewhere, are left out.
    """
    if not pattern:
        return [chart for chart in charts if not is_system(chart.title)]
    every = list(charts)
    found = containing([metric for chart in every for metric in chart.metrics], pattern)
    return [chart for chart in every if not found.isdisjoint(chart.metrics)]


def _chart(name: str, members: list[str]) -> WallChart:
    members = sorted(members, key=_split_order)
    return WallChart(members[0] if len(members) == 1 else name, tuple(members))


def _place(chart: WallChart) -> tuple[bool, bool, Order, Order]:
    section = chart.section
    return is_system(chart.title), bool(section), natural(section), natural(chart.title)


def _split_order(metric: str) -> tuple[int, Order]:
    found = _SPLIT.match(metric)
    return (-1 if found is None else _SPLITS.index(found[1].lower()), natural(metric))
