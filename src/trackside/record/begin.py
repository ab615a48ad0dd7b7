"""How a run's folder comes to be: the log of its first writer, what was known at once, the captures beside training."""

import os
import sys
import time as clock
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.ids import new_id
from trackside.record import names
from trackside.record import params as parameters
from trackside.record.artifacts import Shelf
from trackside.record.background import Jobs
from trackside.record.capture import environment
from trackside.record.capture.jobs import jobs
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
from trackside.store.layout import StorePaths
from trackside.store.liveness import boot_id

_SHOWN = 1000
_PROJECT = "default"


def begin(paths: StorePaths, given: Given, voice: Voice, *, quiet: bool) -> Run:
    """Make the run's folder. Its log is there before `run.json`, which makes it a run, so that it never seems dead.

    OSError where the store cannot be written.
    """
    created = clock.time()
    run_id = new_id(created)
    folder = paths.run(run_id)
    manifest.make_folder(folder.logs, paths.root)
    mode = manifest.file_mode(paths.root)
    writer = Writer(folder, mode, _recorder(), voice, buffered=on_network(paths.root))
    writer.start()
    _write_params(given.params, writer, Shelf(paths, writer, voice), voice)
    _write_data(given.places, writer)
    name = given.name or names.generate()
    said = {
        "format": journal.FORMAT,
        "id": run_id,
        "project": given.project or _PROJECT,
        "name": name,
        "created": created,
        **_recorder(),
        "boot": boot_id(),
        "command": command(),
        "cwd": encodable(_cwd()),
        "python": sys.version.partition(" ")[0],
        "group": given.group,
        "notes": given.notes,
        "tags": given.tags,
        "seed": given.seed,
        "total_steps": given.total_steps,
        "source": "trackside",
        "job": _job(),
    }
    try:
        manifest.write_whole(folder.manifest, msgspec.json.encode(said), mode)
    except OSError:
        writer.close(0)
        raise
    captures = Jobs(jobs(given.parts, folder, mode, writer, given.places, voice), partial(_capture_failed, voice))
    run = Run(paths, run_id, name, writer, voice, captures, quiet=quiet)
    run.start(capture.begin(paths, folder, writer.name, voice) if "console" in given.parts else None)
    return run


def command() -> list[str]:
    """The command line of this process as it can be typed again, secrets masked."""
    return masked_arguments([encodable(part) for part in (sys.executable, *sys.orig_argv[1:])])


def _recorder() -> dict[str, str]:
    return {"user": identity.user(), "host": os.uname().nodename}


def _job() -> dict[str, str]:
    return {name: masked(encodable(value)) for name, value in environment.job().items()}


def _write_params(flat: dict[str, Any], writer: Writer, shelf: Shelf, voice: Voice) -> None:
    """Write params; of one that is too long for a frame the beginning, and all of it as an artifact."""
    for key, content in parameters.too_long(flat).items():
        name = f"param/{key}"
        voice.once(f"param {key}", f"param {key!r} has {len(content)} bytes; it is kept as the artifact {name!r}")
        flat[key] = content[:_SHOWN].decode(errors="ignore") + "…"
        shelf.keep_bytes(content, "value.txt", name, "param", None)
    for part in parameters.in_frames(flat):
        writer.say(Kind.STATE, {"params": part})


def _write_data(places: dict[str, str], writer: Writer) -> None:
    if places:
        writer.say(Kind.STATE, {"data": {role: {"uri": masked_url(place)} for role, place in places.items()}})


def _capture_failed(voice: Voice, error: Exception) -> None:
    voice.once(f"capture {error!r}", f"something about the run could not be captured: {error!r}")


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""
