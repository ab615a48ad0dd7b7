"""How a process becomes one of the writers of a run: by a log of its own, and by what it says in it first."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

from trackside.record import params as parameters
from trackside.record.artifacts import Shelf
from trackside.record.background import Tasks
from trackside.record.capture.around import Around
from trackside.record.capture.system import Sampler
from trackside.record.capture.tasks import Captures
from trackside.record.console import capture
from trackside.record.given import Given
from trackside.record.roles import MAIN
from trackside.record.run import Run
from trackside.record.secrets import masked_url
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import identity, locate, manifest
from trackside.store.filesystem import on_network
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths

_SHOWN = 1000

Keep: TypeAlias = Callable[[StorePaths, RunPaths, str, Voice], capture.Capture | None]
"""Begins to keep the console of a run, under the name of a writer; None where that cannot be."""


def recorder() -> dict[str, str]:
    """Who records, and on which machine."""
    return {"user": identity.user(), "host": os.uname().nodename}


def new_writer(paths: StorePaths, run: RunPaths, voice: Voice, *, role: str = MAIN, resume: int = 0) -> Writer:
    """A writer of the run, whose log is made with its first frame. StoreError where there is no store any more."""
    mode, buffered = manifest.file_mode(paths.root), on_network(paths.root)
    return Writer(with_own(paths, run), mode, recorder(), voice, buffered=buffered, role=role, resume=resume)


def with_own(paths: StorePaths, run: RunPaths) -> RunPaths:
    """The run's folder, with the one of this user's that has what could not be written there."""
    _, said = manifest.open_paths(paths.root)
    return RunPaths(run.root, StorePaths(locate.own_edits(str(said["uuid"]))).run(run.id))


@contextmanager
def started(writer: Writer) -> Iterator[Writer]:
    """Make the log now, so that the run is seen to run; where what follows fails, it is closed again.

    OSError where it cannot be made.
    """
    writer.start()
    try:
        yield writer
    except BaseException:
        writer.close(0)
        raise


def say_given(paths: StorePaths, given: Given, writer: Writer, voice: Voice, **fresh: Any) -> None:
    """Say what `init()` was told of params and data, and in `fresh` what replaces what the run's file says."""
    _write_params(given.params, writer, Shelf(paths, writer, voice), voice)
    _write_data(given.places, writer)
    if said := {key: value for key, value in fresh.items() if value is not None}:
        writer.say(Kind.STATE, {"run": said})


def going(
    paths: StorePaths,
    run: RunPaths,
    name: str,
    given: Given,
    writer: Writer,
    voice: Voice,
    *,
    keep: Keep,
    quiet: bool,
    stamp: int = 0,
) -> Run:
    """The run that `writer` writes, with all that is captured around it begun. `keep` begins to keep the console."""
    captures = _captures_of(given, run, manifest.file_mode(paths.root), writer, voice)
    compares = "comparison" in given.parts
    found = Run(paths, run.id, name, writer, voice, captures, quiet=quiet, compares=compares, stamp=stamp)
    found.start(keep(paths, run, writer.name, voice) if "console" in given.parts else None)
    return found


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
    """Write where the data of each role is; fingerprints follow when it has been read."""
    if places:
        writer.say(Kind.STATE, {"data": {role: {"uri": masked_url(place)} for role, place in places.items()}})


def _captures_of(given: Given, run: RunPaths, mode: int, writer: Writer, voice: Voice) -> Around:
    """What is captured beside training, and at its end."""
    captures = Captures(given.parts, run, mode, writer, voice)
    failed = partial(_capture_failed, voice)
    tasks = Tasks(captures.beside_training(given.places), captures.at_the_end(), failed, captures.later())
    sampler = Sampler(writer, run.store) if "system" in given.parts else None
    return Around(tasks, sampler)


def _capture_failed(voice: Voice, error: Exception) -> None:
    voice.once(f"capture {error!r}", f"something about the run could not be captured: {error!r}")
