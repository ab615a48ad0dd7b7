"""What is captured around a run, as jobs for the thread beside training: the slowest last."""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

from trackside.record import hashes
from trackside.record.capture import code, data, environment, patch
from trackside.record.capture.parts import Part
from trackside.record.secrets import masked_url
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import manifest
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths

Job: TypeAlias = Callable[[threading.Event], None]
"""Captures one thing. It gives up once the event is set."""


def jobs(
    parts: Iterable[Part], run: RunPaths, mode: int, writer: Writer, places: Mapping[str, str], voice: Voice
) -> list[Job]:
    """A job for each of the `parts` that takes longer than `init()` may; files go into `run`'s folder, with `mode`."""
    wanted: dict[Part, list[Job]] = {
        "code": [partial(_say, writer, "code", code.capture)],
        "patch": [partial(_keep_patch, writer, run, mode)],
        "environment": [partial(_say, writer, "environment", environment.capture)],
        "data": [partial(_fingerprint, writer, voice, role, place) for role, place in places.items()],
    }
    return [job for part, some in wanted.items() if part in parts for job in some]


def _say(writer: Writer, section: str, capture: Callable[[], dict[str, Any]], _: threading.Event) -> None:
    writer.say(Kind.STATE, {section: capture()})


def _keep_patch(writer: Writer, run: RunPaths, mode: int, stop: threading.Event) -> None:
    content = patch.capture(run.store, stop)
    if content is None:
        return
    if content:
        manifest.write_whole(run.patch, content, mode)
    writer.say(Kind.STATE, {"code": {"patch_bytes": len(content)}})


def _fingerprint(writer: Writer, voice: Voice, role: str, place: str, stop: threading.Event) -> None:
    try:
        read = data.fingerprint(place, stop)
    except hashes.StoppedError:
        voice.once(f"data {role}", f"the run ended before all of data {role!r} was read; it has no fingerprint")
    except OSError as error:
        voice.once(f"data {role}", f"data {role!r} at {masked_url(place)} has no fingerprint: {error.strerror}")
    else:
        writer.say(Kind.STATE, {"data": {role: {"uri": masked_url(place), **read._asdict()}}})
