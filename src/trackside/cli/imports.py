"""`trackside import`: copies runs from bundles and from other systems into the store."""

from collections.abc import Iterator
from typing import Any

import click

from trackside.cli import output
from trackside.cli.options import Place, as_json, with_store


@click.command("import", short_help="Copy runs of other systems, or of a bundle, into the store.")
@click.argument("places", nargs=-1, required=True, metavar="PLACE…")
@click.option("--no-artifacts", is_flag=True, help="Leave the content of artifacts where it is.")
@as_json
@with_store
def import_command(place: Place, places: tuple[str, ...], no_artifacts: bool, json_: bool) -> None:
    """Copy the runs of each PLACE into the store.

    PLACE is a folder, file or address of another system (TensorBoard, W&B, MLflow, Neptune, Comet, DVCLive, …), or a
    bundle that `trackside export RUN… --out FILE` made. Importing it again takes only what is new; nothing is ever
    written to PLACE.
    """
    from trackside.services.exchange import imports
    from trackside.services.places.opening import unmade
    from trackside.services.places.skipped import skipped_sentence

    new = unmade(place.folder()) is not None
    store = place.store(create=True)
    documents = []
    with imports.taken_back(store, new=new):
        for named in places:
            source = imports.as_shown(named)
            with output.progress(f"importing {source}") as report:
                done = imports.import_place(store, named, artifacts=not no_artifacts, on_progress=report)
            skipped = getattr(done, "skipped", [])
            if skipped:
                output.remark(
                    skipped_sentence(skipped, [source], all_at=f"`trackside ls --skipped --store {source}` lists them")
                )
            document, sentences = _told(done)
            documents.append({"path": source} | document)
            if not json_:
                for sentence in sentences:
                    output.say(f"{source}: {sentence}")
    if json_:
        output.json(documents)


def _told(done: Any) -> tuple[dict[str, Any], Iterator[str]]:
    """What was done, as a document and in sentences."""
    from trackside.services.exchange import importing, merging
    from trackside.services.exchange.importing import Imported

    if isinstance(done, Imported):
        return importing.imported_document(done), importing.imported_sentences(done)
    return merging.merged_document(done), merging.merged_sentences(done)
