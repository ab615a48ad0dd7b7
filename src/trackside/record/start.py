"""How a run begins: `init()` checks what it was given and finds the store that takes the run."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trackside.model.errors import StoreError, UsageError
from trackside.record import earlier, ends, host, inside, launcher
from trackside.record.becoming import Keep
from trackside.record.begin import begin
from trackside.record.capture import seeds
from trackside.record.console import capture
from trackside.record.given import Given
from trackside.record.off import OffRun
from trackside.record.resume import continue_run, join_as_rank
from trackside.record.run import Run
from trackside.record.voice import Voice
from trackside.store import locate, manifest
from trackside.store.layout import RunPaths, StorePaths


def init(
    project: str | None = None,
    *,
    name: str | None = None,
    group: str | None = None,
    tags: Iterable[str] | None = (),
    notes: str | None = "",
    params: Any = None,
    data: Mapping[str, str | os.PathLike[str]] | None = None,
    total_steps: int | None = None,
    seed: int | None = None,
    store: str | os.PathLike[str] | None = None,
    resume: str | bool | None = None,
    id: str | None = None,  # noqa: A002  what every surface of trackside calls it
    rank: int | None = None,
    quiet: bool = False,
) -> Run:
    """Begin a run, and give the object to log to. Its project is `default` where none is named.

    `params` is a dict, Namespace, dataclass, OmegaConf or pydantic object; `data` maps roles (`train`, `eval`, …) to
    a path, glob, `.dvc` file or address; `total_steps` tells how far the run is; `seed` seeds `random`, and numpy,
    torch and tensorflow where they are imported. `store` is a folder, made if need be; left out, it is
    `$TRACKSIDE_STORE`, the nearest `.trackside/`, the configured one or `~/.local/share/trackside`.

    `resume` continues a run: its id, a part of it, its name, or `@last`. Params, tags, notes and what else is given
    anew holds from then on; points logged before, at the first step that is logged now or later, are superseded.

    Of a distributed job the first process records, and every call of the others does nothing. With `rank` all of them
    record into the run `id`, the same for all, which `trackside.new_id()` makes: rank 0 is the run, and what rank N
    logs as `loss` is its series `loss@N`. `id` with `resume=True` continues that run if it is there, or begins it.

    UsageError where an argument makes no sense, StoreError where a run to continue cannot be written. A store that
    cannot be written is no reason to stop training: the run goes to the user's own store then, and is not recorded
    where that cannot be written either, each with a word.
    With `TRACKSIDE_MODE=off` every call does nothing. Inside `trackside run` the first script that calls it joins the
    run that was begun around it.
    """
    voice = Voice()
    given = Given(
        voice,
        project=project,
        name=name,
        group=group,
        tags=tags,
        notes=notes,
        params=params,
        data=data,
        total_steps=total_steps,
        seed=seed,
        id=id,
        rank=rank,
        resume=resume,
    )
    if seed is not None:
        seeds.seed_everything(seed)
    if launcher.is_off() or (rank is None and not launcher.is_first_of_job()):
        return OffRun(name)
    if host.is_kernel():
        for run in ends.open_runs():
            run.end(ends.Ending("finished", 0))
    around = inside.claim(given, voice)
    if around is not None:
        try:
            return inside.join(around, given, voice)
        except (StoreError, OSError) as error:
            voice.once("join", f"cannot join run {around.id} in {around.store}: {_why(error)}; this one is of its own")
    return record_somewhere(given, store, voice, quiet=quiet)


def record_somewhere(
    given: Given, store: str | os.PathLike[str] | None, voice: Voice, *, quiet: bool, keep: Keep = capture.begin
) -> Run:
    """Begin or continue what was asked for in the store that is meant, else in the user's own, else nowhere."""
    roots = _stores(store)
    known = _to_continue(roots[0], given)
    if known is not None and not given.rank:
        return continue_run(StorePaths(roots[0]), known, given, voice, quiet=quiet)
    refused = []
    for root in roots:
        try:
            run = _begin(manifest.create(root), known, given, voice, quiet=quiet, keep=keep)
        except (StoreError, OSError) as error:
            refused.append(f"cannot record into {root}: {_why(error)}")
            continue
        if refused:
            voice.once("store", f"{refused[0]}; this run goes to {root}")
        return run
    for line in (*refused, "this run is not recorded; training goes on"):
        voice.once(line, line)
    return OffRun(given.name)


def _begin(paths: StorePaths, known: RunPaths | None, given: Given, voice: Voice, *, quiet: bool, keep: Keep) -> Run:
    if given.rank:
        return join_as_rank(paths, known or paths.run(given.id or ""), given.rank, voice)
    return begin(paths, given, voice, quiet=quiet, keep=keep)


def _to_continue(root: Path, given: Given) -> RunPaths | None:
    """The run that is there already and is to be continued; None where one begins."""
    if isinstance(given.resume, str):
        paths, _ = manifest.open_paths(root)
        return earlier.find(paths, given.resume, given.project, around=inside.around())
    run = StorePaths(root).run(given.id) if given.resume and given.id else None
    return run if run is not None and run.manifest.is_file() else None


def _stores(store: str | os.PathLike[str] | None) -> list[Path]:
    """Where to record: the store that is meant, and the user's own where that one cannot be written.

    UsageError where that cannot be known for certain.
    """
    if store is not None and not isinstance(store, str | os.PathLike):
        raise UsageError(f"store={store!r:.80}: it takes the path of a folder")
    locate.configuration()
    meant = locate.find_store(store if store is None or isinstance(store, str) else Path(store))
    if _is_file(meant):
        raise UsageError(f"store={str(meant)!r} is a file; it takes the path of a folder")
    return list(dict.fromkeys((meant, locate.default_store())))


def _why(error: StoreError | OSError) -> str:
    return str(error.strerror if isinstance(error, OSError) else error)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
