"""`trackside curve`: a metric of one run or of several, drawn on a terminal, or as JSON or CSV."""

import csv
import io
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from trackside.cli import output
from trackside.cli.completion import complete_metric, complete_runs
from trackside.cli.options import Place, as_json, with_store
from trackside.config.reading import read
from trackside.model.errors import UsageError
from trackside.model.visible import visible
from trackside.services.csv_cells import as_cell
from trackside.tui.keys.actions import ACTIONS

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore
    from trackside.store.curves import Series

_SMALLEST_POINTS = 2


@click.command("curve", short_help="Draw a metric, or print its points.")
@click.argument("metric", shell_complete=complete_metric)
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", shell_complete=complete_runs)
@click.option("--x", metavar="step|time|relative|METRIC", help="What runs along the axis; step if it is left out.")
@click.option(
    "--smooth", type=click.FloatRange(0, 1, max_open=True), help="Moving average, 0 to 1; else as it is configured."
)
@click.option("--log", "log_y", is_flag=True, help="A logarithmic axis; values that are not positive are left out.")
@click.option(
    "--points", type=click.IntRange(_SMALLEST_POINTS), help="At most so many points a curve, in --json and --csv."
)
@click.option("--csv", "csv_", is_flag=True, help="Print run, metric, step, time and value as CSV.")
@click.option("--superseded", is_flag=True, help="In --json and --csv, also the points that a resume replaced.")
@as_json
@with_store
def curve_command(
    place: Place,
    metric: str,
    runs: tuple[str, ...],
    x: str | None,
    smooth: float | None,
    log_y: bool,
    points: int | None,
    csv_: bool,
    superseded: bool,
    json_: bool,
) -> None:
    """Draw METRIC of every RUN. --json and --csv print its points as they were logged, ordered by step and time.

    METRIC@N is the series of rank N.
    """
    if json_ or csv_:
        _check_data(x, smooth, log_y=log_y, both=json_ and csv_)
    elif points is not None:
        raise click.UsageError("--points thins what --json and --csv print; a drawing loses no spike without it.")
    elif superseded:
        raise click.UsageError(
            "--superseded adds points to what --json and --csv print; a drawing is of those that count."
        )
    from trackside.services.lookup import resolve
    from trackside.services.metrics.wall import usual_axis

    store = place.open()
    ids = list(dict.fromkeys(resolve(store, text, remark=output.remark) for text in runs))
    if not json_ and not csv_:
        smooth = read(ACTIONS).settings.smoothing if smooth is None else smooth
        _draw(store, metric, ids, x or usual_axis(metric), smooth, log_y=log_y)
        return
    series = [_thinned(_series(store, run_id, metric, superseded=superseded), points) for run_id in ids]
    if json_:
        _print_json(metric, ids, series)
    else:
        _print_csv(metric, ids, series)


def _check_data(x: str | None, smooth: float | None, *, log_y: bool, both: bool) -> None:
    if both:
        raise click.UsageError("--json and --csv: one of them.")
    if x not in (None, "step") or smooth or log_y:
        raise click.UsageError(
            "--x, --smooth and --log shape the drawing; --json and --csv print the points as logged."
        )


def _series(store: "AnyStore", run_id: str, metric: str, *, superseded: bool) -> "Series":
    series = store.series(run_id, metric, superseded=superseded)
    if not len(series.step):
        raise _lacking(store, run_id, metric)
    return series


def _lacking(store: "AnyStore", run_id: str, metric: str) -> UsageError:
    from trackside.model.nearest import meant
    from trackside.model.system import listed

    run = store.run(run_id)
    known = listed(run.metrics)
    hint = meant(metric, known) or (f"; it has {', '.join(known[:5])}" if known else "; it has none")
    return UsageError(f"{run.name} ({run_id}) has no metric {metric!r}{hint}")


def _thinned(series: "Series", points: int | None) -> "Series":
    from trackside.services.exchange.metrics_file import thinned

    return series if points is None else thinned(series, points)


def _print_json(metric: str, ids: list[str], series: list["Series"]) -> None:
    from trackside.services.documents import curve_document

    documents = [curve_document(run_id, metric, one) for run_id, one in zip(ids, series, strict=True)]
    output.json(documents[0] if len(documents) == 1 else documents, indent=0)


def _print_csv(metric: str, ids: list[str], series: list["Series"]) -> None:
    page = io.StringIO()
    rows = csv.writer(page, lineterminator="\n")
    named = as_cell(metric)
    flagged = [] if series[0].superseded is None else ["superseded"]
    rows.writerow(["run", "metric", "step", "time", "value", *flagged])
    for run_id, one in zip(ids, series, strict=True):
        flags = [] if one.superseded is None else [one.superseded.tolist()]
        points = zip(one.step.tolist(), one.time.tolist(), one.value.tolist(), *flags, strict=True)
        rows.writerows((run_id, named, *point) for point in points)
    click.echo(page.getvalue(), nl=False)


def _draw(store: "AnyStore", metric: str, ids: list[str], x: str, smooth: float, *, log_y: bool) -> None:
    from trackside.charts import plain
    from trackside.charts.spec import ChartSpec
    from trackside.services.metrics.curves import chart_options, curves

    found = curves(store, ids, metric, x, smooth)
    owners = {curve.owner for curve in found}
    for run_id in ids:
        if run_id not in owners:
            raise _lacking(store, run_id, metric)
    width, height = output.canvas()
    spec = ChartSpec(
        curves=tuple(replace(curve, label=visible(curve.label)) for curve in found),
        width=width,
        height=height,
        options=chart_options(x).but(log_y=log_y, smooth=smooth),
        title=visible(metric),
    )
    click.echo(plain.coloured(spec) if output.in_colour() else plain.text(spec, ascii_only=output.ascii_only()))
