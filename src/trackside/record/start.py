"""How a run begins: `init()` checks what it was given, finds the store and puts the run's folder into it."""

import os
import sys
import time as clock
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.errors import StoreError, UsageError
from trackside.model.ids import new_id
from trackside.record import names
from trackside.record.background import Jobs
from trackside.record.run import Run
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import journal, locate, manifest
from trackside.store.filesystem import on_network
from trackside.store.journal import Kind
from trackside.store.layout import StorePaths
from trackside.store.liveness import boot_id


def init(
    project: str = "default",
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
    """Begin a run."""
    voice = Voice()
    paths = manifest.create(locate.find_store(store))
    run_id = new_id()
    run = paths.run(run_id)
    manifest.make_folder(run.logs, paths.root)
    mode = manifest.file_mode(paths.root)
    import getpass

    identity = {"user": getpass.getuser(), "host": os.uname().nodename}
    writer = Writer(run, mode, identity, voice, buffered=on_network(paths.root))
    name = name or names.generate()
    if params:
        writer.say(Kind.STATE, {"params": dict(params)})
    said = {
        "format": journal.FORMAT,
        "id": run_id,
        "project": project,
        "name": name,
        "created": clock.time(),
        **identity,
        "boot": boot_id(),
        "pid": os.getpid(),
        "command": [sys.executable, *sys.argv],
        "cwd": os.getcwd(),
        "python": sys.version.partition(" ")[0],
        "group": group,
        "notes": notes,
        "tags": list(tags),
        "seed": seed,
        "total_steps": total_steps,
        "source": "trackside",
        "job": {},
    }
    writer.beat()
    manifest.write_whole(run.manifest, msgspec.json.encode(said), mode)
    recorded = Run(paths, run_id, name, writer, voice, Jobs((), lambda _: None), quiet=quiet)
    recorded.start()
    return recorded
