"""`trackside show`: everything known of one run, as text or as JSON."""

import shlex
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

import click

from trackside.cli import output
from trackside.cli.completion import complete_run
from trackside.cli.grid import NAME, Column, aligned
from trackside.cli.options import Place, as_json, with_store
from trackside.cli.output import Block
from trackside.model import clock
from trackside.model.counting import counted
from trackside.model.errors import StoreError, UsageError
from trackside.services.wording import size

if TYPE_CHECKING:
    from trackside.model.imported import Imported
    from trackside.model.run import Run
    from trackside.store.any_store import AnyStore

_DIGITS = 6
_LAST_WORDS = 10
_LONGEST = 2_000
_LONGEST_NAME = 60
_MOST_FILES = 10
_METRICS = (
    Column("metric", least=NAME),
    Column("last", "right"),
    Column("at step", "right"),
    Column("best", "right"),
    Column("at step", "right"),
    Column("min", "right"),
    Column("max", "right"),
    Column("mean", "right"),
    Column("points", "right"),
    Column("goal"),
)
_MACHINE = (
    Column("series", least=NAME),
    Column("last", "right"),
    Column("min", "right"),
    Column("max", "right"),
    Column("mean", "right"),
)


@click.command("show", short_help="Print everything known of a run.")
@click.argument("run", shell_complete=complete_run)
@click.option("--console", is_flag=True, help="Print what the run printed instead.")
@click.option("--artifact", metavar="NAME", help="Write a file of this artifact to standard output instead.")
@click.option("--system", is_flag=True, help="Print the series of the machine too.")
@as_json
@with_store
def show_command(place: Place, run: str, console: bool, artifact: str | None, system: bool, json_: bool) -> None:
    """Print everything known of RUN."""
    from trackside.services.documents import full_document
    from trackside.services.lookup import resolve

    store = place.open()
    found = store.run(resolve(store, run, remark=output.remark))
    if console:
        _print_console(store, found, json_=json_)
        return
    if artifact is not None:
        _write_artifact(store, found, artifact)
        return
    now = time.time()
    if json_:
        output.json(full_document(found, now, _imported(store, found)))
        return
    sections = [Block("", _head(found, now)), *_sections(store, found, system=system)]
    output.blocks([block for block in sections if block.lines])


def _head(run: "Run", now: float) -> list[str]:
    from trackside.services.cells import duration
    from trackside.services.run.overview import origin, progress_sentence

    code = "" if run.exit_code in (None, 0) else f", exit code {run.exit_code}"
    return _pairs(
        {
            "name": run.name,
            "id": run.id,
            "status": run.status + code,
            "project": run.project,
            "group": run.group,
            "tags": " ".join(run.tags),
            "notes": run.notes,
            "started": None if run.began is None else _started(run.began, now),
            "took" if run.ended else "so far": duration(run.duration(now)),
            "progress": "" if run.progress.step is None else progress_sentence(run),
            "command": shlex.join(run.command),
            "folder": run.cwd,
            "source": origin(run),
            "where": "@".join(part for part in (run.user, run.host) if part),
            "seed": None if run.seed is None else str(run.seed),
            "hidden": "archived" if run.archived else None,
        }
    )


def _started(began: float, now: float) -> str:
    from trackside.services.cells import ago

    since = ago(now - began)
    at = clock.moment(began).strftime("%Y-%m-%d %H:%M:%S")
    return f"{at}, {'just now' if since == 'now' else f'{since} ago'}"


def _sections(store: "AnyStore", run: "Run", *, system: bool) -> Iterator[Block]:
    from trackside.services.cells import param
    from trackside.services.console.lines import last_lines
    from trackside.services.run.lineage import lineage
    from trackside.services.run.overview import concerns

    yield Block("health", output.sentences(concern.sentence for concern in concerns(run)))
    machine = _machine(run)
    folded = [f"and {len(machine) - 1:,} of the machine: --system shows them"] if machine and not system else []
    yield Block("metrics", [*_metrics(run), *folded])
    yield Block("machine", machine if system else [])
    yield Block("params", _pairs({key: param(value) for key, value in run.params.items()}))
    yield Block("texts", _pairs(run.texts))
    yield Block("data", _data(run))
    yield Block("code", _code(run, _imported(store, run)))
    yield Block("environment", _environment(run))
    yield Block("job", _pairs({key: None if value is None else str(value) for key, value in run.job.items()}))
    yield Block("marks", _marks(run))
    yield Block("artifacts", _artifacts(run))
    yield Block("lineage", [f"{kin.what} {kin.words}".strip() for kin in lineage(store, run)])
    yield Block("console", last_lines(store, run.id, _LAST_WORDS))
    yield Block("traceback", (run.traceback or "").rstrip().splitlines())


def _write_artifact(store: "AnyStore", run: "Run", name: str) -> None:
    from trackside.services.artifacts.artifact_files import command, find

    found, path = find(run, name)
    if sys.stdout.isatty():
        raise UsageError(f"a terminal is no place for a file; write it into one: {command(run.id, name)}")
    sys.stdout.buffer.write(store.content(run.id, found.files[path][0]))


def _print_console(store: "AnyStore", run: "Run", *, json_: bool) -> None:
    from trackside.services.console.lines import all_lines

    found = all_lines(store, run)
    if json_:
        output.json([{"time": line.time, "step": line.step, "text": line.text} for line in found])
        return
    for line in found:
        (output.remark if line.missing else output.say)(line.text)


def _pairs(values: Mapping[str, str | None]) -> list[str]:
    rows = []
    for key, value in values.items():
        if value:
            first, *further = _bounded(value.rstrip()).split("\n")
            rows += [(key, first), *(("", line) for line in further)]
    return output.pairs(rows)


def _bounded(text: str, most: int = _LONGEST) -> str:
    """The beginning of a text that is too long to be read here."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters; --json has them all)"


def _metrics(run: "Run") -> list[str]:
    from trackside.services.cells import number
    from trackside.services.run.overview import metrics_in_order

    rows = []
    for name, metric in metrics_in_order(run.metrics, run.primary):
        values = (metric.last, metric.last_step, metric.best, metric.best_step, metric.min, metric.max, metric.mean)
        shown = [number(value, _DIGITS) for value in values]
        points = f"{metric.count:,}" + (f" ({metric.nonfinite:,} not finite)" if metric.nonfinite else "")
        name_shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        title = f"{name_shown} *" if name == run.primary else name_shown
        rows.append((title, *shown, points, metric.goal or ""))
    return output.table_lines(_METRICS, rows) if rows else []


def _machine(run: "Run") -> list[str]:
    from trackside.services.metrics.machine import label, machine_in_order, reading

    rows = [
        (label(name), *(reading(run.source, name, value) for value in (stats.last, stats.min, stats.max, stats.mean)))
        for name, stats in machine_in_order(run)
    ]
    return output.table_lines(_MACHINE, rows) if rows else []


def _data(run: "Run") -> list[str]:
    rows = []
    for role, data in run.data.items():
        files = "" if data.files is None else counted(data.files, "file")
        rows.append((role, data.uri, files, "" if data.bytes is None else size(data.bytes), data.fingerprint or ""))
    return aligned((), rows)


def _imported(store: "AnyStore", run: "Run") -> "Imported":
    """The files that a run imported; none, and a remark, where their list cannot be read."""
    try:
        return store.imported(run.id)
    except StoreError as error:
        output.remark(str(error))
        return {}


def _code(run: "Run", imported: "Imported") -> list[str]:
    code = run.code
    kept = "" if code.patch_bytes is None else f" ({size(code.patch_bytes)} of patch)"
    changed = "differs from the commit" if code.dirty else "has untracked files" if code.patch_bytes else None
    changed = f"{changed}{kept}" if changed else None
    known = {"commit": code.commit, "branch": code.branch, "work tree": changed, "remote": code.remote}
    return _pairs({**known, "imported": _some(imported)})


def _some(paths: Collection[str]) -> str:
    """How many files, and the first of them."""
    more = f", and {len(paths) - _MOST_FILES:,} more" if len(paths) > _MOST_FILES else ""
    return f"{counted(len(paths), 'file')}: {', '.join(islice(paths, _MOST_FILES))}{more}" if paths else ""


def _environment(run: "Run") -> list[str]:
    environment = run.environment
    return _pairs(
        {
            "python": environment.python,
            "platform": environment.platform,
            "cpu": environment.cpu,
            "memory": None if environment.memory is None else size(environment.memory),
            "gpu": "\n".join(environment.gpu),
            "driver": environment.driver,
            "cuda": environment.cuda,
            "container": environment.container,
            "packages": None if environment.packages is None else str(environment.packages),
            "lock": environment.lock,
            **{key: str(value) for key, value in environment.determinism.items()},
        }
    )


def _marks(run: "Run") -> list[str]:
    rows = [("" if mark.step is None else f"step {mark.step:,}", mark.kind, mark.text) for mark in run.marks]
    return aligned((), rows)


def _artifacts(run: "Run") -> list[str]:
    rows = [
        (name, artifact.kind, size(artifact.bytes), counted(len(artifact.files), "file"))
        for name, artifact in run.artifacts.items()
    ]
    return aligned((), rows)
