"""How a run's folder comes to be: the log of its first writer, what was known at once, the captures beside training."""

import sys
import time as clock
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.errors import UsageError
from trackside.model.ids import new_id
from trackside.model.run import OWN_SOURCE
from trackside.record import names, program
from trackside.record.becoming import Keep, going, new_writer, recorder, say_given, started
from trackside.record.capture import environment
from trackside.record.console import capture
from trackside.record.given import Given
from trackside.record.run import Run
from trackside.record.secrets import masked, masked_arguments
from trackside.record.values import encodable
from trackside.record.voice import Voice
from trackside.store import journal, manifest
from trackside.store.layout import StorePaths
from trackside.store.liveness import boot_id

_PROJECT = "default"


def begin(paths: StorePaths, given: Given, voice: Voice, *, quiet: bool, keep: Keep = capture.begin) -> Run:
    """Make the run's folder. Its log is there before `run.json`, which makes it a run, so that it never seems dead.

    `keep` begins to keep the console, unless that is switched off.
    UsageError where its id was given and is taken, OSError where the store cannot be written.
    """
    created = clock.time()
    run_id = given.id or new_id(created)
    folder = paths.run(run_id)
    if folder.manifest.exists():
        raise UsageError(f"id={run_id!r} is a run already; with resume=True it is continued")
    manifest.make_folder(folder.logs, paths.root)
    with started(new_writer(paths, folder, voice)) as writer:
        say_given(paths, given, writer, voice)
        name = given.name or names.generate()
        said = _manifest(run_id, name, created, given)
        manifest.write_whole(folder.manifest, msgspec.json.encode(said), manifest.file_mode(paths.root))
        return going(paths, folder, name, given, writer, voice, keep=keep, quiet=quiet)


def _manifest(run_id: str, name: str, created: float, given: Given) -> dict[str, Any]:
    """What `run.json` says: what is known of a run as it begins."""
    return {
        "format": journal.FORMAT,
        "id": run_id,
        "project": given.project or _PROJECT,
        "name": name,
        "created": created,
        **recorder(),
        "boot": boot_id(),
        "command": command(),
        "cwd": encodable(_cwd()),
        "python": sys.version.partition(" ")[0],
        "group": given.group,
        "notes": given.notes,
        "tags": given.tags,
        "seed": given.seed,
        "total_steps": given.total_steps,
        "chosen": given.chosen(),
        "source": OWN_SOURCE,
        "job": job(),
    }


def command() -> list[str]:
    """The command line as it can be typed again, secrets masked."""
    return masked_arguments([encodable(part) for part in program.command()])


def job() -> dict[str, str]:
    """What the scheduler of the machine says of the job that this is, secrets masked."""
    return {name: masked(encodable(value)) for name, value in environment.job().items()}


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""
