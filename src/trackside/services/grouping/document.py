"""Groups as a document: the keys and the runs of each, how they stand, and what metrics and params come to."""

from typing import Any

from trackside.compare.statistics.difference import ALPHA
from trackside.services.grouping.groups import Fact, Groups, Measured
from trackside.services.table.rows import title

Document = dict[str, Any]
_STATISTICS = {"last": "metric", "best": "best"}


def columns_told(columns: list[str]) -> list[str]:
    """The columns of the table that a document of groups tells of."""
    return [name for name in columns if name.startswith(("param.", "metric.", "best."))]


def groups_document(groups: Groups, limit: int) -> list[Document]:
    """The first groups, all of them where `limit` is 0."""
    return [_document(groups, number) for number in range(limit or len(groups))[: len(groups)]]


def _document(groups: Groups, number: int) -> Document:
    told = columns_told(groups.view.frame.columns)
    facts = {name: fact for name in told if (fact := groups.fact(number, name)) is not None and fact.high is not None}
    metrics = [name.removeprefix("metric.") for name in told if name.startswith("metric.")]
    return {
        "by": {title(key): value for key, value in groups.values(number).items()},
        "runs": groups.runs(number),
        "statuses": groups.statuses(number),
        "metrics": {metric: found for metric in metrics if (found := _statistics(groups, number, metric))},
        "params": {title(name): fact.high for name, fact in facts.items() if fact.different == 1},
        "varying": {title(name): _varying(fact) for name, fact in facts.items() if fact.different > 1},
    }


def _statistics(groups: Groups, number: int, metric: str) -> Document:
    found = {name: groups.measured(number, f"{kind}.{metric}") for name, kind in _STATISTICS.items()}
    return {name: _measured(measured) for name, measured in found.items() if measured is not None}


def _measured(measured: Measured) -> Document:
    return {
        "n": measured.n,
        "mean": measured.mean,
        "half_width": measured.half_width,
        "level": None if measured.half_width is None else 1 - ALPHA,
        "values": list(measured.values) or None,
        "why_not": measured.why_not or None,
    }


def _varying(fact: Fact) -> Document:
    return {"from": fact.low, "to": fact.high, "different": fact.different}
