"""`trackside ls`: the runs table.

Without a filter, an order or chosen columns it comes from the index alone; with one, from the table frame.
"""

import itertools
import time
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from trackside.cli import output
from trackside.cli.completion import complete_filter
from trackside.cli.grid import NAME, WORDS, Column
from trackside.cli.options import Place, as_json, with_store
from trackside.model.counting import counted, listed
from trackside.model.ids import SHOWN
from trackside.services.table.asked import NEWEST_FIRST, Asked, ShownChange, SortKey, asked_by, sort_keys
from trackside.services.table.rows import LAST, REPLICATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trackside.model.run import Run
    from trackside.services.table.rows import Row
    from trackside.services.table.selecting import View
    from trackside.services.table.view import Found
    from trackside.store.any_store import AnyStore

_SCREENFULS = 200
_ALWAYS = 4
_PARAMS = 3
_SHOWN = 8
_VARYING = 6
_ASK = "--columns chooses"


@click.command("ls", context_settings={"ignore_unknown_options": True}, short_help="Print the runs table.")
@click.argument("filter_", nargs=-1, metavar="[FILTER]", type=click.UNPROCESSED, shell_complete=complete_filter)
@click.option("--sort", metavar="KEY,…", help="Order by these; -KEY is from large to small.")
@click.option(
    "--columns",
    metavar="KEY,…",
    help="Fields, params and metrics to show; also min(x), max(x), mean(x), best(x), at_best(x), curve(x), "
    "and what is computed: '=val/loss - train/loss'.",
)
@click.option(
    "--change",
    type=click.Choice(["delta", "percent"]),
    help="With --columns or --group-by: how metrics differ from those of each project's baseline; "
    "? behind what was measured on other data.",
)
@click.option(
    "--view", metavar="NAME", help="As a view of the app shows them; FILTER, --sort and --columns beside it count."
)
@click.option("--limit", type=click.IntRange(0), help="At most so many runs; 0 is all.")
@click.option("--group-by", metavar="KEY,…", help="A row for each value of a key, or for each set of `replicates`.")
@click.option("--csv", "form", flag_value="csv", help="Print it as CSV, values unrounded.")
@click.option("--md", "form", flag_value="md", help="Print it in Markdown.")
@click.option("--parquet", "form", flag_value="parquet", help="Write it as Parquet to standard output.")
@click.option("--skipped", is_flag=True, help="List what could not be read instead, and why.")
@as_json
@with_store
def ls_command(
    place: Place,
    filter_: tuple[str, ...],
    sort: str | None,
    columns: str | None,
    change: ShownChange | None,
    view: str | None,
    limit: int | None,
    group_by: str | None,
    form: str | None,
    skipped: bool,
    json_: bool,
) -> None:
    """Print the runs that match FILTER, newest first: `trackside ls status:failed lr<1e-3 -tag:debug`."""
    _check(filter_, form, json_=json_)
    if skipped:
        _print_skipped(place, json_=json_)
        return
    store = place.open()
    asked = _asked(store, view, filter_, sort, change, group_by)
    if change is not None and (json_ if asked.by else not (columns or view)):
        raise click.UsageError(
            "--change is of columns that are named, or of groups without --json: "
            f"`trackside ls --change {change} --columns 'name,METRIC'`, or `--group-by KEY`."
        )
    if form is not None:
        _write(store, asked, columns, limit or 0, form)
        return
    if limit is None:
        limit = _SCREENFULS if output.on_terminal() and not json_ else 0
    if asked.by:
        _print_groups(store, asked, _words(columns) if columns else asked.columns, limit, json_=json_)
        return
    if columns or view is not None:
        _print_columns(store, asked, _words(columns) if columns else None, limit, json_=json_)
        return
    if filter_ or sort:
        found = _selected(store, asked.filter, asked.sort)
        total = len(found)
        runs = store.runs(found.ids(0, limit or len(found)))
    else:
        newest = _newest(store, limit)
        runs = store.runs([run.id for run in newest]) if json_ else newest  # far away these may be told in short
        total = len(_selected(store, "")) if 0 < limit == len(runs) else len(runs)
    now = time.time()
    if json_:
        _print_json(runs, now)
    else:
        print_runs(runs, now)
    if not json_:
        _tell_aside(total, limit, filtered=bool(filter_))


def _check(filter_: tuple[str, ...], form: str | None, *, json_: bool) -> None:
    """UsageError for words that look like options, and for options that do not go together."""
    if unknown := [word for word in filter_ if word.startswith("--")]:
        raise click.NoSuchOption(unknown[0])
    if form is not None and json_:
        raise click.UsageError(f"--json and --{form}: one of them.")
    if form == "parquet" and output.on_terminal():
        raise click.UsageError("--parquet is no text: send it to a file, as in > runs.parquet")


def _tell_aside(total: int, limit: int, *, filtered: bool, what: str = "run") -> None:
    if filtered and not total:
        output.remark("no run matches this filter")
    if 0 < limit < total:
        output.remark(f"and {counted(total - limit, what)} more; --limit 0 prints all")


def _print_skipped(place: Place, *, json_: bool) -> None:
    from trackside.services.places.skipped import skipped_document, skipped_lines

    store, skipped = place.open_with_skipped()
    output.tell(skipped_document(skipped), skipped_lines(skipped, store.addresses), as_json=json_)


def _write(store: "AnyStore", asked: "Asked", columns: str | None, limit: int, form: str) -> None:
    from trackside.services.sharing.table_files import FORMATS

    click.echo(FORMATS[form](_found(store, asked, _words(columns or "")), limit), nl=False)


def _found(store: "AnyStore", asked: "Asked", columns: "Sequence[str]") -> "Found":
    """What is asked for, with these columns where there are any. UsageError for a word that names nothing here."""
    from trackside.services.table.selecting import known_column, known_sort_key
    from trackside.services.table.shown_columns import shown_column
    from trackside.services.table.view import find

    frame = store.frame((*asked.words, *columns))
    sort = tuple(known_sort_key(key, frame) for key in asked.sort)
    chosen = tuple(dict.fromkeys(shown_column(key, frame) for key in columns)) or asked.columns
    by = tuple(key if key == REPLICATES else known_column(key, frame) for key in asked.by)
    found = find(store, replace(asked, sort=sort, columns=chosen, by=by))
    if found.mistake is not None:
        raise found.mistake
    return found


def _print_json(runs: "list[Run]", now: float) -> None:
    from trackside.services.documents import run_document

    output.json([run_document(run, now) for run in runs])


def _print_groups(store: "AnyStore", asked: Asked, columns: "Sequence[str] | None", limit: int, *, json_: bool) -> None:
    from trackside.services.grouping.document import columns_told, groups_document
    from trackside.services.grouping.replicates import grouped_runs
    from trackside.services.table.rows import NOT_OF_GROUPS, heads
    from trackside.services.table.selecting import varying_columns
    from trackside.services.table.view import rows_of

    view = _selected(store, asked.filter, asked.sort, columns or ())
    if json_:
        groups = grouped_runs(store, view, asked.by, asked.sort, columns_told(view.frame.columns))
        output.json(groups_document(groups, limit))
        return
    found = _found(store, asked, ("name", "status", *(columns or varying_columns(view, _VARYING))))
    shown = tuple(column for column in found.columns if not column.startswith(NOT_OF_GROUPS))
    rows = rows_of(replace(found, columns=shown), 0, limit or found.rows, time.time())
    named = ["group", *heads(shown, found.change)[1:]]
    _print_rows(shown, named, rows)
    _tell_aside(found.rows, limit, filtered=bool(asked.filter), what="group")


def _newest(store: "AnyStore", limit: int) -> "list[Run]":
    """The newest runs without the archived ones."""
    from trackside.services.lookup import newest

    return newest(store, limit=limit or store.count())


def _selected(
    store: "AnyStore", filter_: str, order: tuple[SortKey, ...] = NEWEST_FIRST, columns: "Sequence[str]" = ()
) -> "View":
    from trackside.services.table.selecting import Query, known_sort_key, select

    frame = store.frame((filter_, *(key.key for key in order), *columns))
    for key in order:
        known_sort_key(key, frame)
    view = select(frame, Query(filter=filter_, sort=order), time.time())
    if view.error is not None:
        raise view.error
    return view


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _asked(
    store: "AnyStore",
    view: str | None,
    filter_: tuple[str, ...],
    sort: str | None,
    change: ShownChange | None,
    group_by: str | None,
) -> Asked:
    """What the options ask for, over what a view does."""
    asked = Asked() if view is None else _kept(store, view)
    narrowed = [f"({asked.filter})" if asked.filter and filter_ else asked.filter, *filter_]
    order = sort_keys(_words(sort)) if sort else asked.sort
    by = tuple(dict.fromkeys(_words(group_by))) if group_by else asked.by
    return replace(asked, filter=" ".join(filter(None, narrowed)), sort=order, change=change or asked.change, by=by)


def _kept(store: "AnyStore", name: str) -> Asked:
    """What a view of the app asks for."""
    from trackside.config import paths, state

    views = state.load_views(paths.views_file(store.uuid))
    if name not in views:
        known = f"there are {listed(sorted(views), _SHOWN)}" if views else "the app keeps one by ' and n"
        raise click.UsageError(f"no view of this store is called {name!r}; {known}.")
    return asked_by(views[name])


def _print_columns(store: "AnyStore", asked: Asked, titles: list[str] | None, limit: int, *, json_: bool) -> None:
    from trackside.services.table.chosen_columns import chosen_table

    table = chosen_table(store, asked, titles, limit, ascii_only=output.ascii_only())
    if json_:
        output.json(table.document())
        return
    _print_rows(table.found.columns, table.heads, table.rows)
    _tell_aside(len(table.found.view), limit, filtered=bool(asked.filter))


def _print_rows(columns: "Sequence[str]", heads: "Sequence[str]", rows: "Sequence[Row]") -> None:
    aligned = [cell.align for cell in (rows[0].cells if rows else ())] or ["left"] * len(heads)
    shown = [
        Column(head, align, least=WORDS if column in LAST else NAME if align == "left" else None)
        for column, head, align in zip(columns, heads, aligned, strict=True)
    ]
    output.table(shown, [[cell.text for cell in row.cells] for row in rows], _ASK)


def print_runs(runs: "list[Run]", now: float) -> None:
    """The table that nobody chose columns for; what is empty in all of its rows is left out."""
    from trackside.services.cells import ago, duration, param

    varying = _varying_params(runs)
    mixed = len({run.source for run in runs}) > 1
    columns = [
        Column("run", dim=True),
        Column("name", least=NAME),
        *([Column("source")] if mixed else []),
        Column("project", least=NAME),
        Column("status"),
        Column("age", "right"),
        Column("best"),
        Column("progress", "right"),
        Column("took", "right"),
        *(Column(key, "right", least=_least(runs, key)) for key in varying),
        Column("group", least=NAME),
        Column("tags", least=WORDS),
        Column("health", least=WORDS),
    ]
    rows = [
        (
            run.id[-SHOWN:],
            run.name,
            *([run.source] if mixed else []),
            run.project,
            run.status,
            ago(None if run.began is None else now - run.began),
            _best(run),
            _progress(run),
            duration(run.duration(now)),
            *(param(run.params.get(key)) for key in varying),
            run.group or "",
            " ".join(run.tags),
            " ".join(run.health),
        )
        for run in runs
    ]
    kept = [at for at in range(len(columns)) if at < _ALWAYS or any(row[at] for row in rows)]
    output.table([columns[at] for at in kept], [[row[at] for at in kept] for row in rows], _ASK)


def _varying_params(runs: "list[Run]") -> list[str]:
    """The first few params that are not the same in all runs."""
    if len(runs) < 2:
        return []
    keys = dict.fromkeys(key for run in runs for key in run.params)
    first = runs[0].params
    varying = (key for key in keys if any(run.params.get(key) != first.get(key) for run in runs))
    return list(itertools.islice(varying, _PARAMS))


def _least(runs: "list[Run]", key: str) -> int | None:
    """The cells that a param's column may be cut to: numbers never are."""
    numbers = all(isinstance(run.params.get(key), int | float | None) for run in runs)
    return None if numbers else WORDS


def _progress(run: "Run") -> str:
    from trackside.services.cells import progress

    steps = run.progress
    return progress(steps.step, steps.total_steps, steps.eta_s, running=run.status == "running")


def _best(run: "Run") -> str:
    """The primary metric where it was best, its last value where no goal says what is best."""
    from trackside.services.cells import number

    metric = run.metrics.get(run.primary or "")
    if metric is None:
        return ""
    value = metric.last if metric.best is None else metric.best
    return "" if value is None else f"{run.primary} {number(value)}"
