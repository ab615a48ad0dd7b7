"""`baseline`, `goal`, `project`: what a project is compared against, by which metrics, and what does not matter."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from trackside.cli import output
from trackside.cli.completion import complete_metric, complete_project, complete_run
from trackside.cli.grid import NAME, Column
from trackside.cli.options import Place, as_json, remark_on_edits, with_store

if TYPE_CHECKING:
    from trackside.services.edit import Undo
    from trackside.store.any_store import AnyStore

Command = TypeVar("Command", bound=Callable[..., Any])

_NONE = "none"
_NUMBER = re.compile(r"\d{1,9}")


def _seeds(_context: click.Context, _option: click.Parameter, typed: str | None) -> int | str | None:
    from trackside.services.project.decisions import MOST_SEEDS

    if typed in (None, _NONE):
        return typed
    if not _NUMBER.fullmatch(typed) or not 0 < int(typed) <= MOST_SEEDS:
        raise click.BadParameter(f"{typed!r} is neither a number from 1 to {MOST_SEEDS:,} nor none.")
    return int(typed)


def _margin(_context: click.Context, _option: click.Parameter, typed: str | None) -> str | None:
    from trackside.services.project.decisions import check_margin

    if typed is not None and typed != _NONE:
        check_margin(typed)
    return typed


def _globs(_context: click.Context, _option: click.Parameter, typed: tuple[str, ...]) -> tuple[str, ...]:
    from trackside.services.project.decisions import check_globs

    check_globs(typed)
    return typed


def _of_project(command: Command) -> Command:
    option = click.option(
        "--project",
        metavar="PROJECT",
        help="The project, where the store has several.",
        shell_complete=complete_project,
    )
    return option(command)


@click.command("baseline", short_help="Say or choose what a project is compared against.")
@click.argument("run", required=False, shell_complete=complete_run)
@click.option("--clear", is_flag=True, help="Take the baseline of RUN's project, or of --project, away.")
@click.option("--seeds", metavar="N|none", callback=_seeds, help="How many seeds are planned.")
@click.option("--pair", type=click.Choice(["seed", _NONE]), help="Whether a seed fixes the same split on both sides.")
@click.option("--history", is_flag=True, help="Print who chose which baseline, and when.")
@_of_project
@as_json
@with_store
def baseline_command(
    place: Place,
    run: str | None,
    clear: bool,
    seeds: int | Literal["none"] | None,
    pair: Literal["seed", "none"] | None,
    history: bool,
    project: str | None,
    json_: bool,
) -> None:
    """Make RUN the baseline of its project; without RUN, list the baselines."""
    from trackside.services.lookup import resolve
    from trackside.services.project import decisions

    plans = seeds is not None or pair is not None
    if history and (run or clear or plans):
        raise click.UsageError("--history only prints: leave out what it is given with.")
    store = place.open()
    if history:
        _print_history(store, _meant(store, project), json_=json_)
        return
    if not (run or clear or plans):
        _print_baselines(store, _meant(store, project), json_=json_)
        return
    found = None if run is None else store.run(resolve(store, run, project, remark=output.remark))
    project = found.project if found is not None else decisions.chosen_project(store, project)
    undos = []
    if found is not None or clear:
        undos.append(decisions.set_baseline(store, project, None if found is None or clear else found.id))
    if seeds is not None:
        undos.append(decisions.plan_seeds(store, project, None if seeds == "none" else seeds))
    if pair is not None:
        undos.append(decisions.pair_by(store, project, None if pair == "none" else pair))
    if json_ and not plans:
        _print_baselines(store, [project], json_=True)
    else:
        _tell(store, project, undos, json_=json_)
        _remark_on_baselines(store, [project])
    remark_on_edits(store)


@click.command("goal", short_help="Say which direction of a metric is better, and what does not matter.")
@click.argument("metric", required=False, shell_complete=complete_metric)
@click.argument("goal", required=False, type=click.Choice(["min", "max", _NONE]), metavar="[min|max|none]")
@click.option("--primary/--no-primary", default=None, help="Judge runs by this metric.")
@click.option(
    "--margin", metavar="TEXT|none", callback=_margin, help="A difference that does not matter: 0.002, or 0.5%."
)
@_of_project
@as_json
@with_store
def goal_command(
    place: Place,
    metric: str | None,
    goal: Literal["min", "max", "none"] | None,
    primary: bool | None,
    margin: str | None,
    project: str | None,
    json_: bool,
) -> None:
    """Say whether METRIC should be small (min) or large (max); without METRIC, list all, and who says so.

    The list tells of every metric its goal and who says it: a person here, the script by define_metric, another system
    such as wandb, or the name.
    """
    from trackside.compare.eval_data import not_evaluated
    from trackside.services.project import decisions

    store = place.open()
    if metric is None and primary is None and margin is None:
        _print_goals(store, _meant(store, project), json_=json_)
        return
    if metric is None or (goal is None and primary is None and margin is None):
        raise click.UsageError("say of which METRIC, and min, max or none, --primary or --margin.")
    project = decisions.chosen_project(store, project)
    decisions.check_metric(store, project, metric)
    undos = []
    if goal is not None:
        undos.append(decisions.set_goal(store, project, metric, None if goal == "none" else goal))
    if primary is not None:
        undos.append(decisions.set_primary(store, project, metric if primary else None))
    if margin is not None:
        undos.append(decisions.set_margin(store, project, metric, None if margin == _NONE else margin))
    _tell(store, project, undos, json_=json_)
    if where := not_evaluated(metric):
        output.remark(f"{metric} is measured {where}: it gets no verdict")
    remark_on_edits(store)


@click.command("project", short_help="Say what a project decided, and what does not matter in it.")
@click.argument("project", required=False, shell_complete=complete_project)
@click.option(
    "--ignore",
    metavar="PARAM",
    multiple=True,
    callback=_globs,
    help="A param, or a glob of params, that does not matter.",
)
@click.option("--heed", metavar="PARAM", multiple=True, callback=_globs, help="A param, or a glob, that matters again.")
@click.option(
    "--evaluation",
    metavar="FILE",
    multiple=True,
    callback=_globs,
    help="A file, or a glob of files, that is part of the evaluation.",
)
@click.option(
    "--no-evaluation",
    metavar="FILE",
    multiple=True,
    callback=_globs,
    help="A file, or a glob, that is no part of it any more.",
)
@click.option(
    "--withdraw",
    metavar="WHAT",
    help="Mind again what was acknowledged: of this code, such as eval_data, or of a value that begins so.",
)
@as_json
@with_store
def project_command(
    place: Place,
    project: str | None,
    ignore: tuple[str, ...],
    heed: tuple[str, ...],
    evaluation: tuple[str, ...],
    no_evaluation: tuple[str, ...],
    withdraw: str | None,
    json_: bool,
) -> None:
    """Print what PROJECT, or each, decided on how its runs are compared, and its scripts declared, or change it."""
    from trackside.services.project import decisions

    store = place.open()
    if not (ignore or heed or evaluation or no_evaluation or withdraw is not None):
        _print_projects(store, _meant(store, project), json_=json_)
        return
    project = decisions.chosen_project(store, project)
    undos = [] if withdraw is None else decisions.withdraw(store, project, withdraw)
    for params, ignored in ((ignore, True), (heed, False)):
        if params:
            undos.append(decisions.ignore(store, project, params, ignored))
    for files, listed in ((evaluation, True), (no_evaluation, False)):
        if files:
            undos.append(decisions.list_evaluation(store, project, files, listed))
    _tell(store, project, undos, json_=json_)
    for glob, near in decisions.without_params(store, project, ignore).items():
        output.remark(f"no run of {project} has a param {glob} so far{near}")
    if evaluation:
        _remark_on_evaluation(evaluation)
    remark_on_edits(store)


def _meant(store: "AnyStore", project: str | None) -> list[str]:
    """The project that was named, or all."""
    from trackside.services.project.decisions import chosen_project

    return store.projects() if project is None else [chosen_project(store, project)]


def _tell(store: "AnyStore", project: str, undos: "Sequence[Undo]", *, json_: bool) -> None:
    """Print what was decided: in a sentence each, or as the document of all that the project decided."""
    if json_:
        _print_documents(store, [project])
        return
    for undo in undos:
        output.say(undo.says)


def _print_baselines(store: "AnyStore", projects: list[str], *, json_: bool) -> None:
    if json_:
        output.json({project: store.project(project).baseline for project in projects})
        return
    from trackside.services.project.baseline import baseline_of_project

    rows = []
    for project in projects:
        baseline = baseline_of_project(store, project)
        name = "" if baseline is None or baseline.run is None else baseline.run.name
        decided = store.project(project)
        seeds = "" if decided.seeds is None else f"{decided.seeds:,}"
        rows.append((project, "-" if baseline is None else baseline.run_id, name, seeds, decided.pair or ""))
    titles = ("project", "baseline", "name", "seeds planned", "paired by")
    output.table([Column(title, least=NAME) for title in titles], rows)
    _remark_on_baselines(store, projects)


def _print_history(store: "AnyStore", projects: list[str], *, json_: bool) -> None:
    from trackside.services.cells import date
    from trackside.services.project.baseline import baseline_history

    history = {project: baseline_history(store, project) for project in projects}
    if json_:
        output.json({project: [one.document() for one in choices] for project, choices in history.items()})
        return
    rows = [
        (date(one.time), project, one.run_id or "-", one.name or "", "@".join(filter(None, (one.user, one.host))))
        for project, choices in history.items()
        for one in choices
    ]
    titles = ("when", "project", "baseline", "name", "by")
    output.table([Column(title, least=NAME) for title in titles], rows)


def _print_goals(store: "AnyStore", projects: list[str], *, json_: bool) -> None:
    if json_:
        _print_documents(store, projects)
        return
    from trackside.services.project.goals import metric_goals
    from trackside.services.project.page import goal_text

    rows = [
        (project, one.metric, goal_text(one), one.primary_from or "", one.margin or "", one.eval_data or "")
        for project in projects
        for one in metric_goals(store, project)
    ]
    titles = ("project", "metric", "goal", "primary", "margin", "eval data")
    output.table([Column(title, least=NAME) for title in titles], rows)


def _print_projects(store: "AnyStore", projects: list[str], *, json_: bool) -> None:
    if json_:
        _print_documents(store, projects)
        return
    from trackside.services.project.page import project_rows

    rows = {project: project_rows(store, project) or [("nothing decided", "")] for project in projects}
    output.blocks([output.Block(project, output.pairs(words)) for project, words in rows.items()])
    _remark_on_baselines(store, projects)


def _print_documents(store: "AnyStore", projects: list[str]) -> None:
    from trackside.services.project.page import project_document

    output.json({project: project_document(store, project) for project in projects})


def _remark_on_evaluation(globs: tuple[str, ...]) -> None:
    """Tell a person which files of an evaluation are not to be found from here."""
    from trackside.services.comparison.provenance.evaluation_code import without_files

    for glob in without_files(globs, Path()):
        output.remark(f"no file of this folder's repository matches {glob}: name files by their path from its top")


def _remark_on_baselines(store: "AnyStore", projects: list[str]) -> None:
    """Tell a person which baselines do not stand any more as they were chosen."""
    from trackside.services.project.baseline import baseline_of_project

    for project in projects:
        baseline = baseline_of_project(store, project)
        if baseline is not None and baseline.trouble is not None:
            output.remark(baseline.trouble)
