"""`trackside why`: what could explain how a run differs from its baseline."""

from typing import TYPE_CHECKING

import click

from trackside.cli import output
from trackside.cli.completion import complete_metric, complete_run
from trackside.cli.grid import aligned
from trackside.cli.options import Place, as_json, with_store
from trackside.cli.output import Block

if TYPE_CHECKING:
    from trackside.services.comparison.why import Why

_MOST = 20


@click.command("why", short_help="Say what could explain a difference.")
@click.argument("run", metavar="RUN", shell_complete=complete_run)
@click.option("--baseline", metavar="RUN", shell_complete=complete_run, help="Instead of the project's.")
@click.option("--metric", metavar="METRIC", shell_complete=complete_metric, help="Instead of the primary one.")
@as_json
@with_store
def why_command(place: Place, run: str, baseline: str | None, metric: str | None, json_: bool) -> None:
    """Say what could explain how RUN differs from the baseline, the likeliest first, and where their curves part.

    It is association: params come by how they go together with the metric over the project's other runs.
    """
    from trackside.services.comparison.why import why
    from trackside.services.comparison.why_words import curve_sentences, head_sentence, why_document

    found = why(place.open(), run, baseline, metric, remark=output.remark)
    if json_:
        output.json(why_document(found))
        return
    about, parting = output.sentences([head_sentence(found)]), output.sentences(curve_sentences(found))
    output.blocks([Block("", about), _causes(found), Block("", parting)])


def _causes(found: "Why") -> Block:
    from trackside.services.comparison.why_words import NOTHING, PROVISO, cause_texts

    if not found.causes:
        return Block("", [NOTHING])
    rows = [(f"{place:,}", *cause_texts(cause)) for place, cause in enumerate(found.causes[:_MOST], 1)]
    left = len(found.causes) - len(rows)
    more = [f"and {left:,} more; --json has them all"] if left else []
    return Block(f"what could explain it: {PROVISO}", [*aligned((), rows), *more])
