"""A script inside `trackside run` that calls `init()`: the first one joins the run that was begun around it.

Later ones are runs of their own in that run's group. Which one is the first, the exclusive creation of a file says.
"""

import os
import time

from trackside.model.errors import StoreError
from trackside.model.ids import is_id
from trackside.record import earlier
from trackside.record.becoming import going, new_writer, say_given, started, with_own
from trackside.record.capture.parts import Part
from trackside.record.console import capture
from trackside.record.given import Given
from trackside.record.resume import say_anew
from trackside.record.roles import JOINED
from trackside.record.run import Run
from trackside.record.voice import Voice
from trackside.store import locate
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.liveness import Growth, alive

VARIABLE = "TRACKSIDE_RUN"
_CAPTURED_AROUND: tuple[Part, ...] = ("code", "patch", "console", "system")

_MOMENT, _LOOK = 2.0, 0.01

_around: str | None = None
"""The id of the run that was begun around this process."""

_group: str | None = None
"""The group of the run that began around this process, for those that it begins itself."""


def invitation(run: Run) -> dict[str, str]:
    """The variables by which a script that is started now finds `run`."""
    if run.folder is None:
        return {}
    return {VARIABLE: run.id, locate.VARIABLE: str(run.folder.store)}


def is_joined(run: Run) -> bool:
    """Whether a script has joined the run."""
    return run.folder is not None and run.folder.joined.exists()


def left_without_a_word(run: Run) -> bool:
    """Whether the script that joined the run is gone, and has said nowhere how it ended."""
    if run.folder is None or not is_joined(run):
        return False
    try:
        folder = with_own(StorePaths(run.folder.store), run.folder)
        written = [log for log in earlier.logs(folder) if log.opened.get("role") == JOINED]
        last = max(written, key=lambda log: log.place, default=None)
        if last is None or earlier.ends_closed(last.path) or not _is_let_go(last):
            return False
        return folder.own is None or not (folder.own.logs / last.path.name).exists()
    except (OSError, StoreError):
        return False


def _is_let_go(log: earlier.Log) -> bool:
    """Whether nobody holds the log.

    Another program that the script was just about to start holds it a moment longer than the script.
    """
    growth = Growth()
    until = time.monotonic() + _MOMENT
    while alive(log.path, log.opened, growth):
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK)
    return True


def claim(given: Given, voice: Voice) -> RunPaths | None:
    """The run to join; None where there is none, where another script has joined it, or another run is meant.

    The variable is taken out of the environment. What is begun later, here too, belongs to the group of that run.
    """
    global _around, _group
    run_id = os.environ.pop(VARIABLE, "")
    run = StorePaths(locate.find_store()).run(run_id) if is_id(run_id) else None
    said = None if run is None else earlier.manifest_of(run)
    if run is None or said is None:
        if run_id:
            voice.once(VARIABLE, f"{VARIABLE}={run_id:.80} is no run of {locate.find_store()}; this one is of its own")
    else:
        _around, _group = run.id, said.get("group")
        if not given.names_a_run() and _is_first(run):
            return run
    given.group = given.group or _group
    return None


def around() -> str | None:
    """The id of the run that was begun around this process; None where there is none."""
    return _around


def join(run: RunPaths, given: Given, voice: Voice) -> Run:
    """Write into a run that goes on around this process. What its command line said of it holds.

    OSError where its store cannot be written, StoreError where it is none any more.
    """
    paths = StorePaths(run.store)
    said = earlier.manifest_of(run) or {}
    given.leave_to_others(said.get("chosen", ()), _CAPTURED_AROUND)
    edits = earlier.edited(run)
    name = given.name or str(edits.values.get("name") or said.get("name") or run.id)
    with started(new_writer(paths, run, voice, role=JOINED)) as writer:
        stamp = say_anew(paths, run, given, writer, edits.stamp)
        say_given(paths, given, writer, voice, project=given.project, seed=given.seed, total_steps=given.total_steps)
        joined = going(paths, run, name, given, writer, voice, keep=capture.begin, quiet=True, stamp=stamp)
        if given.tags:
            joined.tag(*given.tags)
        return joined


def _is_first(run: RunPaths) -> bool:
    try:
        os.close(os.open(run.joined, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError:
        return False
    return True
