"""A metric's history from a tracking server, page by page, and from where it was left.

Pages are offsets into an order by time: what is logged later stands behind. A position remembers the last point that
was read, so that a history into which something was put before it is noticed, and read anew.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from trackside.sources.mlflow.answers import History, Metric
from trackside.sources.mlflow.histories import restored
from trackside.sources.mlflow.rest_client import Client, ServerError

PAGE = 5_000
"""Points of one answer; of a run that goes on, the last page is asked for again and again."""

_MOST_PAGES = 100_000
_HISTORY = "/api/2.0/mlflow/metrics/get-history"


class ChangedError(Exception):
    """A history is not the continuation of what was read of it."""


Told = tuple[int, int, str]
"""A point as it is told from others, also where it is no number: timestamp, step, `repr` of the value."""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """So many points of the page that `token` asks for were read, and the last one of them."""

    token: str | None
    read: Annotated[int, msgspec.Meta(ge=1)]
    last: Told


class Part(msgspec.Struct, frozen=True):
    """Points of one metric in their order, and where the history stands after them. `stamps` are milliseconds."""

    stamps: "array[int]"
    steps: "array[int]"
    values: "array[float]"
    position: Position

    @classmethod
    def of(cls, token: str | None, page: Sequence[Metric], read: int = 0) -> "Part":
        """The points of a page, but for the first `read` ones."""
        fresh = page[read:]
        return cls(
            array("q", (metric.timestamp for metric in fresh)),
            array("q", (metric.step for metric in fresh)),
            array("d", (restored(metric.value) for metric in fresh)),
            Position(token, len(page), told(page[-1])),
        )


def parts(client: Client, run: str, key: str, since: Position | None) -> Iterator[Part]:
    """What a metric has since a position. ChangedError where the history is another than that the position is of."""
    token, read = (since.token, since.read) if since else (None, 0)
    for _ in range(_MOST_PAGES):
        asked: dict[str, str | int] = {"run_id": run, "metric_key": key, "max_results": PAGE}
        if token:
            asked["page_token"] = token
        page = client.get(_HISTORY, asked, History)
        if since and (len(page.metrics) < read or told(page.metrics[read - 1]) != since.last):
            raise ChangedError
        if len(page.metrics) > read:
            yield Part.of(token, page.metrics, read)
        if not page.next_page_token:
            return
        if page.next_page_token == token or not page.metrics:
            break
        since, token, read = None, page.next_page_token, 0
    raise ServerError(f"{client.address} answers {key[:100]!r} with pages without end", 200)


def told(metric: Metric) -> Told:
    """A point as it is told from others."""
    return metric.timestamp, metric.step, repr(metric.value)
