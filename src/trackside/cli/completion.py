"""`trackside completion SHELL`, and what the shell completes: runs, tags, metrics, filters.

A completion answers within the time of a keystroke and never complains: it reads the index as it is, and where there
is no store, or none that can be read, it offers nothing.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from trackside.cli.options import Place
from trackside.model.errors import TracksideError
from trackside.model.system import listed
from trackside.model.visible import visible

if TYPE_CHECKING:
    from trackside.model.run import Run
    from trackside.store.any_store import AnyStore

_RECENT = 500
_PLACES = ("@last", "@prev", "@baseline")
_PLAIN = re.compile(r"[\w@%+=:,./][\w@%+=:,./-]*")
_IN_FILTER = re.compile(r'[\w@%+=:,./<>~*"() -]*')
"""What a filter needs, which is typed within quotes: nothing in it makes a shell run a command."""

_WHERE = {
    "bash": '~/.bashrc:   eval "$(trackside completion bash)"',
    "zsh": '~/.zshrc:   eval "$(trackside completion zsh)"',
    "fish": "~/.config/fish/completions/trackside.fish:   trackside completion fish | source",
}


@click.command("completion", short_help="Print the shell's completion script.")
@click.argument("shell", type=click.Choice(list(_WHERE)))
def completion_command(shell: str) -> None:
    """Print a script that teaches SHELL to complete commands, runs, tags, metrics and filters."""
    from trackside.cli.main import cli

    script = get_completion_class(shell)
    assert script is not None
    click.echo(f"# In {_WHERE[shell]}")
    click.echo(script(cli, {}, "trackside", "_TRACKSIDE_COMPLETE").source())


def complete_run(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names, ids and places such as `@last` that begin with what was typed; nothing after a RUN was given."""
    given = context.params.get("words")
    return [] if given else _runs(context, incomplete)


def complete_runs(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The same for verbs that take several runs."""
    return _runs(context, incomplete)


def complete_tag_changes(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """After `+` and `-` the tags of the store, before them runs."""
    if not incomplete.startswith(("+", "-")):
        return _runs(context, incomplete)
    tags = sorted({tag for run in _recent(context) for tag in run.tags if _is_plain(tag)})
    return _starting(incomplete, ((incomplete[0] + tag, "") for tag in tags))


def complete_metric(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of metrics."""
    return _starting(incomplete, ((name, "") for name in _metrics(_recent(context))))


def complete_project(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of projects."""
    store = _store(context)
    names = [] if store is None else store.projects()
    return _starting(incomplete, ((name, "") for name in names if _is_plain(name)))


def complete_filter(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What the filter language expects where the typed text ends."""
    store = _store(context)
    if store is None:
        return []
    from trackside.query.complete import complete
    from trackside.services.table.selecting import vocabulary

    found = complete(incomplete, len(incomplete), vocabulary(store.frame(())))
    plain = (one for one in found if _IN_FILTER.fullmatch(one.text))
    return [CompletionItem(incomplete[: one.start] + one.text, help=one.help) for one in plain]


def _runs(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """A name that is no plain word to a shell is left out; its run has an id."""
    runs = _recent(context)
    names = [(run.name, visible(f"{run.status}, {run.project}")) for run in runs if _is_plain(run.name)]
    identities = [(run.id, visible(run.name)) for run in runs] if incomplete else []
    places = [*_PLACES, *(f"@best:{metric}" for metric in _metrics(runs))] if incomplete.startswith("@") else []
    return _starting(incomplete, [*((place, "") for place in places), *names, *identities])


def _recent(context: click.Context) -> "list[Run]":
    store = _store(context)
    return [] if store is None else store.first_page(_RECENT)


def _metrics(runs: "list[Run]") -> list[str]:
    return listed({name for run in runs for name in run.metrics if _is_plain(name)})


def _is_plain(name: str) -> bool:
    """Whether a shell takes it for one word as it stands: no option, and no command in it."""
    return _PLAIN.fullmatch(name) is not None


def _starting(incomplete: str, words: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    return [CompletionItem(word, help=said or None) for word, said in words if word.startswith(incomplete)]


def _store(context: click.Context) -> "AnyStore | None":
    from trackside.services.places.opening import open_places

    root = context.find_root()
    place = context.obj if isinstance(context.obj, Place) else Place(tuple(root.params.get("store") or ()))
    try:
        return open_places(place.paths).store
    except (TracksideError, OSError):
        return None
