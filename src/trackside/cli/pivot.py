"""`trackside table`: a pivot of runs, for a paper or a terminal."""

import time

import click

from trackside.cli import output
from trackside.cli.completion import complete_filter, complete_metric
from trackside.cli.grid import Column
from trackside.cli.options import Place, as_json, with_store
from trackside.cli.output import Block
from trackside.model.errors import TracksideError


@click.command("table", context_settings={"ignore_unknown_options": True}, short_help="Print a pivot of runs.")
@click.argument("filter_", nargs=-1, metavar="[FILTER]", type=click.UNPROCESSED, shell_complete=complete_filter)
@click.option("--rows", required=True, metavar="KEY,…", help="Fields, params or metrics: a row for each value.")
@click.option("--cols", metavar="KEY,…", help="The same for columns; one column if it is left out.")
@click.option(
    "--value",
    "values",
    required=True,
    multiple=True,
    metavar="METRIC|best(METRIC)|…",
    shell_complete=complete_metric,
    help="What stands in the cells, several with commas between; also duration, step, total_steps.",
)
@click.option("--name", "names", multiple=True, metavar="KEY=TEXT", help="What a key or a value is called; repeatable.")
@click.option("--md", is_flag=True, help="Print it in Markdown.")
@click.option("--latex", is_flag=True, help="Print it in LaTeX, with booktabs.")
@click.option("--csv", "csv_", is_flag=True, help="Print one line a cell, every figure by itself and unrounded.")
@click.option(
    "--mix-eval-data", is_flag=True, help="Also where runs were evaluated on unlike data; the caption says so."
)
@click.option("--caption", metavar="TEXT", help="The first words of the caption.")
@as_json
@with_store
def table_command(
    place: Place,
    filter_: tuple[str, ...],
    rows: str,
    cols: str | None,
    values: tuple[str, ...],
    names: tuple[str, ...],
    md: bool,
    latex: bool,
    csv_: bool,
    mix_eval_data: bool,
    caption: str | None,
    json_: bool,
) -> None:
    """Print means over seeds of the runs that match FILTER, with 95 % intervals, the best ones marked.

    trackside table --rows model --cols lr --value 'best(val/accuracy)'
    """
    if unknown := [word for word in filter_ if word.startswith("--")]:
        raise click.NoSuchOption(unknown[0])
    if md + latex + csv_ + json_ > 1:
        raise click.UsageError("--md, --latex, --csv, --json: one of them.")
    if not _keys(rows):
        raise click.UsageError("--rows names no key.")
    from trackside.services.comparison.eval_data import UnlikeDataError
    from trackside.services.pivot import data, markdown, plain
    from trackside.services.pivot import latex as in_latex
    from trackside.services.pivot.page import page
    from trackside.services.pivot.pivot import Asked, pivot

    asked = Asked(
        rows=_keys(rows),
        columns=_keys(cols or ""),
        values=values,
        filter=" ".join(filter_),
        mix_eval_data=mix_eval_data,
        caption=caption,
        names=tuple(map(_name, names)),
    )
    try:
        found = pivot(place.open(), asked, time.time())
    except UnlikeDataError as error:
        raise TracksideError(f"{error}; --mix-eval-data puts them into one table") from error
    if json_:
        output.json(data.document(found))
    elif csv_:
        click.echo(data.csv_text(found), nl=False)
        for note in page(found, emphasis="bold").sentences:
            output.remark(note)
    elif md:
        click.echo(markdown.markdown(found), nl=False)
    elif latex:
        click.echo(in_latex.latex(found), nl=False)
    else:
        said = plain.plain(found)
        columns = [Column(head) for head in (*said.row_heads, *said.heads)]
        lines = output.table_lines(columns, plain.rows(said))
        output.blocks([Block(said.title, lines), Block("", output.sentences(said.notes))])


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(",") if key.strip())


def _name(text: str) -> tuple[str, str]:
    key, equals, name = text.partition("=")
    if not equals:
        raise click.UsageError(f"--name {text}: it is KEY=TEXT.")
    return key, name
