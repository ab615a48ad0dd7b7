"""`trackside import`: copies runs from files into the store."""

from pathlib import Path

import click

from trackside.cli import output
from trackside.cli.options import Place, as_json, with_store


@click.command("import", short_help="Copy runs from a bundle into the store.")
@click.argument("paths", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@as_json
@with_store
def import_command(place: Place, paths: tuple[Path, ...], json_: bool) -> None:
    """Copy the runs of each FILE into the store. FILE is a bundle that `trackside export RUN… --out FILE` made.

    Importing it again takes only what is new; what the store has and the bundle has not stays.
    """
    from trackside.services import imports, merging

    store = place.store(create=True)
    documents = []
    for path in paths:
        with output.progress(f"importing {path.name}") as report:
            merged = imports.import_path(store, path, report)
        documents.append({"path": str(path)} | merging.merged_document(merged))
        if not json_:
            for sentence in merging.merged_sentences(merged):
                output.say(f"{path}: {sentence}")
    if json_:
        output.json(documents)
