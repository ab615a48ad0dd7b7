"""`trackside compare` and `trackside check`: runs beside the baseline, and the same verdicts as an exit status."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from trackside.cli import output
from trackside.cli.completion import complete_metric, complete_runs
from trackside.cli.grid import NAME, Column
from trackside.cli.options import Command, Place, as_json, with_store
from trackside.services.comparison.findings import STATUSES, findings

if TYPE_CHECKING:
    from trackside.compare.comparison import Comparison
    from trackside.services.comparison.detecting import Detection
    from trackside.store.any_store import AnyStore


def _comparing(command: Command) -> Command:
    """The options that say what is compared."""
    options: tuple[Callable[[Command], Command], ...] = (
        click.option("--baseline", metavar="RUN", shell_complete=complete_runs, help="Instead of the project's."),
        click.option(
            "--metric", "metrics", multiple=True, shell_complete=complete_metric, help="Only this; repeatable."
        ),
        click.option(
            "--at",
            default="auto",
            metavar="POINT",
            help="auto (last, and common while a run goes on), last, best, primary-best, common, mean-last=K, step=N, "
            "time=T.",
        ),
        click.option(
            "--margin",
            "margins",
            multiple=True,
            metavar="[METRIC=]M",
            help="What is too little to matter, such as 0.002 or 0.5%: in METRIC, else in those that --metric names or "
            "in the primary one; repeatable.",
        ),
        click.option("--each", is_flag=True, help="Every run by itself, without its replicates."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("compare", short_help="Compare runs with the baseline.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", shell_complete=complete_runs)
@_comparing
@click.option("--detect", metavar="D", help="How many seeds would find a difference such as 0.002 or 0.5%.")
@click.option("--acknowledge", metavar="CODE", help="Accept the reasons of this code for good; needs --note.")
@click.option("--note", help="Why what is acknowledged is no obstacle.")
@click.option("--md", "as_markdown", is_flag=True, help="Print Markdown.")
@click.option("--html", "report", metavar="FILE", type=Path, help="Write a report with curves, for a browser, too.")
@as_json
@with_store
def compare_command(
    place: Place,
    detect: str | None,
    acknowledge: str | None,
    note: str | None,
    as_markdown: bool,
    report: Path | None,
    json_: bool,
    **asked: Any,
) -> None:
    """Compare every RUN with the baseline: metrics, verdicts and what differs.

    A RUN stands for its replicates, which differ in the seed alone; group:NAME or another filter stands for each
    method of which it finds a run.

    What bars a claim has a code in [brackets]; --acknowledge declares that the two values it names are no obstacle,
    until `trackside project --withdraw CODE`.

    Signs: ▲ better · ▼ worse · = the same · ~ within noise · ◇ outside · △ ▽ better, worse on these examples ·
    ? not comparable · * accepted. The report of --html explains them, and so does ? in the app.
    """
    if as_markdown and json_:
        raise click.UsageError("--md and --json: one of them.")
    if (acknowledge is None) is not (note is None):
        raise click.UsageError("--acknowledge and --note: one goes with the other.")
    store = place.open()
    found = _compared(store, **asked)
    if acknowledge is not None and note is not None:
        from trackside.services.comparison.acknowledging import acknowledge as accept

        for sentence in accept(store, found, acknowledge, note):
            output.remark(sentence)
        found = _compared(store, **asked)
    detected: list[Detection] = []
    if detect is not None:
        from trackside.services.comparison.detecting import detect as seeds_for

        detected = seeds_for(found, detect)
    if report is not None:
        from trackside.services.comparison.reports.html_page import write_html

        write_html(found, store, report, detected)
        output.remark(f"the report is in {report}")
    if json_:
        from trackside.services.comparison.reports.document import comparison_document

        output.json(comparison_document(store, found, detected))
    elif as_markdown:
        from trackside.services.comparison.reports.markdown_page import markdown

        click.echo(markdown(found, detected), nl=False)
    else:
        _print(found, detected)


@click.command("check", short_help="Compare, and end with a status for CI.")
@click.argument("run", metavar="RUN", shell_complete=complete_runs)
@_comparing
@click.option(
    "--fail-on", default="worse,incomparable", show_default=True, metavar="FINDINGS", help=f"Of {', '.join(STATUSES)}."
)
@click.option("--require", type=click.Choice(["not-worse"]), help="End with 0 only if this is shown.")
@click.option("--summary-file", type=click.Path(dir_okay=False, path_type=Path), help="Append Markdown to this file.")
@as_json
@with_store
def check_command(
    place: Place,
    run: str,
    fail_on: str,
    require: str | None,
    summary_file: Path | None,
    json_: bool,
    **asked: Any,
) -> None:
    """Compare RUN with the baseline and end with 0, or with what was found.

    3 is worse, 4 incomparable, 5 noise, untested, outside or provisional; the gravest of 4, 3, 5. What the examples of
    one run each show is untested. Without --metric, all metrics count that are measured on data for evaluation. A RUN
    without a value of what --metric names, else of the primary metric, is incomparable.
    """
    from trackside.services.comparison.checking import check

    wanted = findings(fail_on)
    store = place.open()
    found = _compared(store, runs=(run,), **asked)
    checked = check(found, wanted, named=asked["metrics"], not_worse=require is not None)
    if summary_file is not None:
        from trackside.services.comparison.reports.markdown_page import markdown
        from trackside.services.markdown import as_text

        with summary_file.open("a", encoding="utf-8") as stream:
            stream.write(f"### trackside check: {as_text(checked.says)}\n\n{markdown(found)}")
    if json_:
        from trackside.services.comparison.reports.document import comparison_document

        output.json(comparison_document(store, found) | {"status": checked.status, "says": checked.says})
    else:
        _print(found)
        output.say()
        output.say(checked.says)
    raise SystemExit(checked.status)


def _compared(
    store: "AnyStore",
    *,
    runs: tuple[str, ...],
    baseline: str | None,
    metrics: tuple[str, ...],
    at: str,
    margins: tuple[str, ...],
    each: bool,
) -> "Comparison":
    from trackside.compare.points import parse_at
    from trackside.services.comparison.comparing import Asked, compared

    asked = Asked(runs, baseline, parse_at(at), metrics, each, margins)
    return compared(store, asked, remark=output.remark)


def _print(found: "Comparison", detected: "Sequence[Detection]" = ()) -> None:
    from trackside.compare.differs.facts import params
    from trackside.services.comparison import words
    from trackside.services.comparison.point_words import points_sentence

    sides = [found.baseline, *found.candidates]
    for sentence in words.barring_sentences(found):
        output.prose(sentence)
    output.prose(points_sentence(found))
    output.say()
    heads = [words.head_name(found, side) for side in sides]
    cells = {
        row.metric: [
            words.baseline_text(row.cells[0], found.baseline),
            *(words.cell_text(cell, found.baseline) for cell in row.cells),
        ]
        for row in found.rows
    }
    _side_by_side("metric", heads, cells, "right")
    for sentence in words.accepted_sentences(found):
        output.prose(sentence)
    _print_verdicts(found)
    differing = params(found.baseline.lead, [side.lead for side in found.candidates])
    if differing:
        output.say()
        _side_by_side("param", heads, {row.key: list(map(str, row.sides)) for row in differing}, "left")
    besides = [
        *words.bare_sentences(found),
        *words.unverified_sentences(found),
        *words.near_sentences(found),
        *(one.sentence for one in detected),
    ]
    if besides:
        output.say()
    for sentence in besides:
        output.prose(sentence)


def _print_verdicts(found: "Comparison") -> None:
    """What is claimed of each metric, and what it rests on."""
    from trackside.services.comparison import words

    for row in found.rows:
        judged = words.judged_cells(row)
        if judged:
            output.say()
            output.say(row.metric)
        for cell in judged:
            output.prose(f"{words.side_name(cell.side)}: {words.verdict_sentence(cell)}", f"  {cell.sign or ' '} ")
            for reason in words.telling_reasons(cell):
                output.prose(words.reason_sentence(reason), "      ")


def _side_by_side(what: str, heads: list[str], cells: dict[str, list[str]], align: Literal["left", "right"]) -> None:
    """A column for each side where they fit, else a line for each."""
    columns = [Column(what), *(Column(head, align) for head in heads)]
    rows = [[name, *texts] for name, texts in cells.items()]
    if output.fits(columns, rows):
        output.table(columns, rows)
        return
    lines = [
        [name if place == 0 else "", head, text]
        for name, texts in cells.items()
        for place, (head, text) in enumerate(zip(heads, texts, strict=True))
    ]
    output.table([Column(what), Column("run", least=NAME), Column("value", align)], lines)
