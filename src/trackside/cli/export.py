"""`trackside export`: metrics of runs as one CSV or Parquet file."""

import sys
from pathlib import Path

import click

from trackside.cli import output
from trackside.cli.completion import complete_filter, complete_runs
from trackside.cli.options import Place, with_store


@click.command("export", short_help="Write metrics of runs to a CSV or Parquet file.")
@click.argument("runs", nargs=-1, metavar="RUN…", shell_complete=complete_runs)
@click.option("--filter", "filter_", metavar="FILTER", help="All runs of a filter.", shell_complete=complete_filter)
@click.option("--csv", "form", flag_value="csv", help="Comma-separated text.")
@click.option("--parquet", "form", flag_value="parquet", help="Parquet.")
@click.option("--out", required=True, metavar="FILE", help="Where to; - is standard output.")
@with_store
def export_command(place: Place, runs: tuple[str, ...], filter_: str | None, form: str | None, out: str) -> None:
    """Write every point of every metric of each RUN, one a row: run, name, metric, step, time, value."""
    from trackside.services.export import FORMATS, export
    from trackside.services.lookup import chosen

    written = FORMATS.get(form or Path(out).suffix.removeprefix("."))
    if written is None:
        raise click.UsageError("which format? --csv or --parquet, or a FILE that ends so.")
    store = place.open()
    ids = chosen(store, runs, filter_)
    with output.progress("exporting runs") as report:
        if out == "-":
            export(store, ids, sys.stdout.buffer, written, report)
            return
        points = export(store, ids, Path(out), written, report)
    output.say(f"{points:,} points of {len(ids):,} {'run' if len(ids) == 1 else 'runs'} are in {out}")
