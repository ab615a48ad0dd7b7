"""Short histories of many runs at once, where the answer is sure to be whole."""

from collections.abc import Sequence

import msgspec

from trackside.sources.mlflow.answers import Metric, Run
from trackside.sources.mlflow.rest_client import Client, ServerError
from trackside.sources.mlflow.rest_history import PAGE, Part

_BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
_CUT_OFF = 25_000
"""An answer of as many points may lack some."""

_POINTS = 200_000

Short = dict[str, Part]
"""Whole histories by metric, each shorter than a page."""


class _Of(Metric, frozen=True):
    run_id: str = ""


class _Bulk(msgspec.Struct, frozen=True):
    metrics: list[_Of] = []


def short_histories(client: Client, runs: Sequence[Run]) -> dict[str, Short]:
    """For each run, by its id, those histories that came whole; a metric that several have takes one question.

    What is not in it is asked for by itself, and so is everything where the server does not know the question.
    """
    found: dict[str, Short] = {run.info.id: {} for run in runs}
    left = _POINTS
    for key, ids in _shared(runs).items():
        if left <= 0:
            break
        try:
            answer = client.get(_BULK, [("metric_key", key), *(("run_id", one) for one in ids)], _Bulk).metrics
        except ServerError as error:
            if error.passing:
                raise
            break
        left -= len(answer)
        if len(answer) < _CUT_OFF:
            for run, history in _by_run(answer).items():
                if run in found and len(history) < PAGE:
                    found[run][key] = Part.of(None, history)
    return found


def _shared(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Metrics that several of the runs have, and whose last step promises a short history."""
    whose: dict[str, list[str]] = {}
    for run in runs:
        for latest in run.data.metrics:
            if abs(latest.step) < PAGE:
                whose.setdefault(latest.key, []).append(run.info.id)
    return {key: ids for key, ids in whose.items() if len(ids) > 1}


def _by_run(points: Sequence[_Of]) -> dict[str, list[Metric]]:
    histories: dict[str, list[Metric]] = {}
    for point in points:
        histories.setdefault(point.run_id, []).append(point)
    return histories
