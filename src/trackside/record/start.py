"""How a run begins: `init()` checks what it was given and finds the store that takes the run."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trackside.model.errors import StoreError, UsageError
from trackside.record import ends, job
from trackside.record.begin import begin
from trackside.record.capture import seeds
from trackside.record.given import Given
from trackside.record.off import OffRun
from trackside.record.run import Run
from trackside.record.voice import Voice
from trackside.store import locate, manifest


def init(
    project: str | None = None,
    *,
    name: str | None = None,
    group: str | None = None,
    tags: Iterable[str] = (),
    notes: str = "",
    params: Any = None,
    data: Mapping[str, str | os.PathLike[str]] | None = None,
    total_steps: int | None = None,
    seed: int | None = None,
    store: str | os.PathLike[str] | None = None,
    quiet: bool = False,
) -> Run:
    """Begin a run, and give the object to log to. Its project is `default` where none is named.

    `params` is a dict, Namespace, dataclass, OmegaConf or pydantic object; `data` maps roles (`train`, `eval`, …) to
    a path, glob, `.dvc` file or address; `total_steps` tells how far the run is; `seed` seeds `random`, and numpy,
    torch and tensorflow where they are imported. `store` is a folder, made if need be; left out, it is
    `$TRACKSIDE_STORE`, the nearest `.trackside/`, the configured one or `~/.local/share/trackside`.

    UsageError where an argument makes no sense. A store that cannot be written is no reason to stop training: the run
    goes to the user's own store then, and is not recorded where that cannot be written either, each with a word.
    With `TRACKSIDE_MODE=off`, and in processes of a distributed job other than the first, every call does nothing.
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
    )
    if seed is not None:
        seeds.seed_everything(seed)
    if job.is_off() or not job.is_first_of_job():
        return OffRun(name)
    if "ipykernel" in sys.modules:
        for run in ends.open_runs():
            run.end(ends.Ending("finished", 0))
    refused = []
    for root in _stores(store):
        try:
            run = begin(manifest.create(root), given, voice, quiet=quiet)
        except (StoreError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            refused.append(f"cannot record into {root}: {why}")
            continue
        if refused:
            voice.once("store", f"{refused[0]}; this run goes to {root}")
        return run
    for line in (*refused, "this run is not recorded; training goes on"):
        voice.once(line, line)
    return OffRun(name)


def _stores(store: str | os.PathLike[str] | None) -> list[Path]:
    """Where to record: the store that is meant, and the user's own where that one cannot be written."""
    if store is not None and not isinstance(store, str | os.PathLike):
        raise UsageError(f"store={store!r:.80}: it takes the path of a folder")
    meant = locate.find_store(None if store is None else os.fspath(store))
    if _is_file(meant):
        raise UsageError(f"store={str(meant)!r} is a file; it takes the path of a folder")
    return list(dict.fromkeys((meant, locate.default_store())))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
