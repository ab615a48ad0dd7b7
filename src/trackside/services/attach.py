"""A store from Python, for notebooks and scripts: runs and curves as polars frames. It only reads."""

import os
import time
from typing import TYPE_CHECKING, Any

from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.services.lookup import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from trackside.compare.comparison import Comparison
    from trackside.services.places.opening import Opening


def attach(*places: str | os.PathLike[str] | None) -> "Reader":
    """A reader of the store in a folder; left out, it is the one that `trackside` without `--store` means.

    A place may also hold runs of another system, and there may be several, which are read as one.
    StoreError where there is no store and no run.
    """
    from trackside.services.places.opening import open_places

    return Reader(open_places([os.fspath(place) for place in places if place is not None]))


class Reader:
    """Reads a store. Every call sees what is on disk by then, of running runs too.

    RUN is an id, a unique prefix or suffix of one, a unique name, `@last`, `@prev`, `@baseline` or `@best:METRIC`.
    UsageError where it means no run or several.
    """

    def __init__(self, opened: "Opening") -> None:
        self._opened = opened
        self._store = opened.store

    def runs(self, filter: str = "") -> "pl.DataFrame":  # noqa: A002  the word that every surface of trackside uses
        """Runs that match a filter, newest first, one a row; archived ones only where the filter asks about them.

        Columns: what is known of every run (`id`, `name`, `status`, `created`, `duration_s`, …), `param.KEY`,
        and of metrics `metric.KEY` (the last value), `min.KEY`, `max.KEY`, `mean.KEY`, `best.KEY`, `at_best.KEY`.
        Times are seconds since the epoch. FilterError says where the filter is mistaken.
        """
        from trackside.services.table.selecting import Query, select

        self._opened.catch_up()
        view = select(self._store.frame(), Query(filter=filter), time.time())
        if view.error is not None:
            raise view.error
        return view.frame[view.order]

    def run(self, run: str) -> Run:
        """Everything known of RUN that is not a curve or a file."""
        self._opened.catch_up()
        return self._store.run(resolve(self._store, run))

    def curve(self, metric: str, *runs: str, superseded: bool = False) -> "pl.DataFrame":
        """Every point of a metric of the RUNs, in the order of (step, time) in each run.

        Columns: `run` (its id), `step` Int64, `time` Float64 (seconds since the epoch), `value` Float64, which may be
        NaN or infinite. A run without the metric has no rows. `METRIC@N` is the series of rank N. `superseded` asks
        for the points too that a resume replaced, and for a Boolean column of that name that tells which these are.
        """
        import polars as pl

        if not runs:
            raise UsageError("curve() takes a metric and at least one RUN, such as curve('loss', '@last')")
        self._opened.catch_up()
        frames = []
        for run_id in dict.fromkeys(resolve(self._store, run) for run in runs):
            points = self._store.series(run_id, metric, superseded=superseded)
            columns: dict[str, NDArray[Any]] = {"step": points.step, "time": points.time, "value": points.value}
            if points.superseded is not None:
                columns["superseded"] = points.superseded
            frames.append(pl.DataFrame(columns).select(pl.lit(run_id).alias("run"), pl.all()))
        return pl.concat(frames)

    def compare(
        self,
        *runs: str,
        baseline: str | None = None,
        at: str = "auto",
        metrics: "Sequence[str]" = (),
        margin: "str | Sequence[str]" = (),
        each: bool = False,
    ) -> "Comparison":
        """Compare RUNs with the baseline of their project, or with `baseline`; arguments as of `trackside compare`.

        `margin` is one or several, such as `"0.5%"` or `["val/accuracy=0.5%", "val/loss=0.002"]`.
        `rows` of what comes back hold verdicts and all that they rest on; `frame()` is all of it as a polars frame.
        """
        from trackside.compare.points import parse_at
        from trackside.services.comparison.comparing import Asked, compared

        if not runs:
            raise UsageError("compare() takes at least one RUN, such as compare('@last')")
        self._opened.catch_up()
        margins = (margin,) if isinstance(margin, str) else tuple(margin)
        return compared(self._store, Asked(runs, baseline, parse_at(at), tuple(metrics), each, margins))

    def close(self) -> None:
        """Let go of the store's index."""
        self._store.close()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<trackside store {', '.join(self._store.addresses)}>"
