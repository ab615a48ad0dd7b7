"""`trackside merge`: looking after whole stores."""

from pathlib import Path

import click

from trackside.cli import output
from trackside.cli.options import Place, as_json, with_store


@click.command("merge", short_help="Take in all that another store has.")
@click.argument("other", metavar="OTHER_STORE", type=click.Path(path_type=Path))
@as_json
@with_store
def merge_command(place: Place, other: Path, json_: bool) -> None:
    """Take into the store all that OTHER_STORE has and it has not: runs, edits, decisions of projects, artifacts.

    OTHER_STORE is only read. Again, and in the other direction, does no harm: of every file the longer copy stays.
    Two that contradict each other are both kept, one of them in the run's folder `aside`.
    """
    from trackside.services import upkeep

    store = place.open()
    with output.progress("merging") as report:
        merged = upkeep.merge(store, other, report)
    if json_:
        output.json(upkeep.merged_document(merged))
        return
    for sentence in upkeep.merged_sentences(merged):
        output.say(sentence)
