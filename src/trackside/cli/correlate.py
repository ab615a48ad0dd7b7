"""`trackside correlate`: how params go together with a metric."""

import time

import click

from trackside.cli import output
from trackside.cli.completion import complete_filter, complete_metric
from trackside.cli.grid import Column
from trackside.cli.options import Place, as_json, with_store
from trackside.cli.output import Block
from trackside.model.errors import TracksideError


@click.command(
    "correlate", context_settings={"ignore_unknown_options": True}, short_help="Say how params go with a metric."
)
@click.argument("filter_", nargs=-1, metavar="[FILTER]", type=click.UNPROCESSED, shell_complete=complete_filter)
@click.option(
    "--metric", metavar="METRIC|best(METRIC)|…", shell_complete=complete_metric, help="Instead of the primary one."
)
@click.option("--mix-eval-data", is_flag=True, help="Also where runs were evaluated on unlike data.")
@as_json
@with_store
def correlate_command(
    place: Place, filter_: tuple[str, ...], metric: str | None, mix_eval_data: bool, json_: bool
) -> None:
    """Say how each param goes together with METRIC over the runs that match FILTER, the strongest first.

    By ranks, with intervals, from ten runs on. It is association: what was varied together cannot be told apart.
    """
    if unknown := [word for word in filter_ if word.startswith("--")]:
        raise click.NoSuchOption(unknown[0])
    from trackside.services.comparison.correlations import Asked, correlations, correlations_document, figures, notes
    from trackside.services.comparison.eval_data import UnlikeDataError

    asked = Asked(metric, " ".join(filter_), mix_eval_data=mix_eval_data)
    try:
        found = correlations(place.open(), asked, time.time())
    except UnlikeDataError as error:
        raise TracksideError(f"{error}; --mix-eval-data takes them together") from error
    if json_:
        output.json(correlations_document(found))
        return
    columns = [*map(Column, ("param", "estimate", "95 % interval")), Column("runs", "right"), Column("")]
    rows = [[one.param, *figures(one), f"{one.n:,}", one.why_not or ""] for one in found.found]
    said = output.table_lines(columns, rows) if rows else ["the runs differ in no param"]
    output.blocks([Block(f"params with {found.metric}", said), Block("", output.sentences(notes(found)))])
