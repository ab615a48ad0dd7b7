"""`trackside merge` and `trackside doctor`: looking after whole stores."""

import click

from trackside.cli import output
from trackside.cli.options import Place, as_json, with_store


@click.command("merge", short_help="Take in all that another store has.")
@click.argument("other", metavar="OTHER_STORE")
@as_json
@with_store
def merge_command(place: Place, other: str, json_: bool) -> None:
    """Take into the store all that OTHER_STORE has and it has not: runs, edits, decisions of projects, artifacts.

    OTHER_STORE is only read. Again, and in the other direction, does no harm: of every file the longer copy stays.
    Two that contradict each other are both kept, one of them in the run's folder `aside`.
    """
    from trackside.services.exchange import merging

    store = place.store()
    with output.progress("merging") as report:
        merged = merging.merge(store, other, report)
    output.tell(merging.merged_document(merged), merging.merged_sentences(merged), as_json=json_)


@click.command("doctor", short_help="Verify all that the store holds.")
@click.option("--repair", is_flag=True, help="Save what can be saved; what was damaged is kept in folders named aside.")
@as_json
@with_store
def doctor_command(place: Place, repair: bool, json_: bool) -> int:
    """Verify every log, segment, edit and artifact of the store, and say in a line each what is damaged.

    The exit status is 1 where anything is, or was before it was repaired. What killed processes left over is no damage.
    """
    from trackside.services import doctor

    store = place.store()
    with output.progress("verifying") as report:
        examined = doctor.doctor(store, report, repair=repair)
    document = doctor.examined_document(store, examined)
    output.tell(document, doctor.examined_sentences(store, examined), as_json=json_)
    return 1 if examined.damaged else 0
