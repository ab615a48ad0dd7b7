"""How a run's folder comes to be: the log of its first writer, what was known at once, the captures beside training."""

import os
import sys
import time as clock
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from trackside.model.errors import UsageError
from trackside.model.ids import new_id
from trackside.record import names, program
from trackside.record import params as parameters
from trackside.record.artifacts import Shelf
from trackside.record.background import Jobs
from trackside.record.capture import environment
from trackside.record.capture.around import Around
from trackside.record.capture.jobs import Captures
from trackside.record.capture.system import Sampler
from trackside.record.console import capture
from trackside.record.given import Given
from trackside.record.run import Run
from trackside.record.secrets import masked, masked_arguments, masked_url
from trackside.record.values import encodable
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import identity, journal, manifest
from trackside.store.filesystem import on_network
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.liveness import boot_id

_SHOWN = 1000
_PROJECT = "default"

Keep: TypeAlias = Callable[[StorePaths, RunPaths, str, Voice], capture.Capture | None]
"""Begins to keep the console of a run, under the name of a writer; None where that cannot be."""


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
    mode = manifest.file_mode(paths.root)
    writer = Writer(folder, mode, recorder(), voice, buffered=on_network(paths.root))
    writer.start()
    write_params(given.params, writer, Shelf(paths, writer, voice), voice)
    write_data(given.places, writer)
    name = given.name or names.generate()
    said = {
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
        "source": "trackside",
        "job": job(),
    }
    try:
        manifest.write_whole(folder.manifest, msgspec.json.encode(said), mode)
    except OSError:
        writer.close(0)
        raise
    run = Run(paths, run_id, name, writer, voice, captures_of(given, folder, mode, writer, voice), quiet=quiet)
    run.start(keep(paths, folder, writer.name, voice) if "console" in given.parts else None)
    return run


def command() -> list[str]:
    """The command line as it can be typed again, secrets masked."""
    return masked_arguments([encodable(part) for part in program.command()])


def recorder() -> dict[str, str]:
    """Who records, and on which machine."""
    return {"user": identity.user(), "host": os.uname().nodename}


def job() -> dict[str, str]:
    """What the scheduler of the machine says of the job that this is, secrets masked."""
    return {name: masked(encodable(value)) for name, value in environment.job().items()}


def write_params(flat: dict[str, Any], writer: Writer, shelf: Shelf, voice: Voice) -> None:
    """Write params; of one that is too long for a frame the beginning, and all of it as an artifact."""
    for key, content in parameters.too_long(flat).items():
        name = f"param/{key}"
        voice.once(f"param {key}", f"param {key!r} has {len(content)} bytes; it is kept as the artifact {name!r}")
        flat[key] = content[:_SHOWN].decode(errors="ignore") + "…"
        shelf.keep_bytes(content, "value.txt", name, "param", None)
    for part in parameters.in_frames(flat):
        writer.say(Kind.STATE, {"params": part})


def write_data(places: dict[str, str], writer: Writer) -> None:
    """Write where the data of each role is; fingerprints follow when it has been read."""
    if places:
        writer.say(Kind.STATE, {"data": {role: {"uri": masked_url(place)} for role, place in places.items()}})


def captures_of(given: Given, run: RunPaths, mode: int, writer: Writer, voice: Voice) -> Around:
    """What is captured beside training, and at its end."""
    captures = Captures(given.parts, run, mode, writer, voice)
    beside, last = captures.beside_training(given.places), captures.at_the_end()
    sampler = Sampler(writer, run.store) if "system" in given.parts else None
    return Around(Jobs(beside, last, partial(_capture_failed, voice)), sampler)


def console_of(given: Given, paths: StorePaths, run: RunPaths, writer: Writer, voice: Voice) -> capture.Capture | None:
    """What keeps the words that the process prints; None where that is switched off."""
    return capture.begin(paths, run, writer.name, voice) if "console" in given.parts else None


def _capture_failed(voice: Voice, error: Exception) -> None:
    voice.once(f"capture {error!r}", f"something about the run could not be captured: {error!r}")


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""
