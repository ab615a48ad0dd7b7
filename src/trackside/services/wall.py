"""Which metrics of a run share a chart on its wall: training and validation of one metric do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from trackside.model.natural import Order, natural
from trackside.model.system import is_system

_SPLITS = ("train", "training", "val", "valid", "validation", "dev", "eval", "test")
_SPLIT = re.compile(rf"^({'|'.join(_SPLITS)})[/_.](.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WallChart:
    """One chart of the wall: what its metrics have in common, and the metrics, training first."""

    title: str
    metrics: tuple[str, ...]


def wall(metrics: Iterable[str], primary: str | None = None) -> list[WallChart]:
    """All metrics in charts, the one of the primary metric first, then by title; those of the machine come last."""
    known = set(metrics)
    families: dict[str, list[str]] = {}
    for metric in known:
        families.setdefault(family(metric), []).append(metric)
    charts = [_chart(name, members) for name, members in families.items()]
    return sorted(
        charts, key=lambda chart: (primary not in chart.metrics, is_system(chart.title), natural(chart.title))
    )


def usual_axis(metric: str) -> str:
    """The x axis that a metric is looked at along first: what a machine does, it does in time."""
    return "relative" if is_system(metric) else "step"


def family(metric: str) -> str:
    """The metric's name without the part of the data that it is measured on: `val/loss` and `train/loss` are `loss`."""
    found = _SPLIT.match(metric)
    return metric if found is None else found[2]


def narrowed(charts: Iterable[WallChart], pattern: str) -> list[WallChart]:
    """The charts with a metric in which the regular expression is found, case ignored. Raises `re.error`.

    Without one those of the machine, which are seen together elsewhere, are left out.
    """
    if not pattern:
        return [chart for chart in charts if not is_system(chart.title)]
    expression = re.compile(pattern, re.IGNORECASE)
    return [chart for chart in charts if any(map(expression.search, chart.metrics))]


def _chart(name: str, members: list[str]) -> WallChart:
    members = sorted(members, key=_split_order)
    return WallChart(members[0] if len(members) == 1 else name, tuple(members))


def _split_order(metric: str) -> tuple[int, Order]:
    found = _SPLIT.match(metric)
    return (-1 if found is None else _SPLITS.index(found[1].lower()), natural(metric))
