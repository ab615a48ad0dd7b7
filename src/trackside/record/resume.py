"""How a run goes on in another process: a new writer in its folder, after its last one or beside it as a rank."""

import fcntl
import os
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from trackside.model.errors import StoreError, UsageError
from trackside.record import earlier
from trackside.record.becoming import going, new_writer, recorder, say_given, started
from trackside.record.begin import job
from trackside.record.capture.around import Around
from trackside.record.console import capture
from trackside.record.given import Given
from trackside.record.roles import MAIN
from trackside.record.run import Run
from trackside.record.still_written import still_written
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import journal, logfile, manifest
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths

LOCK_SECONDS = 60.0
"""Somebody who holds the lock may be watching a log of another machine, which takes 15 s."""

_LOOK_SECONDS = 0.05


def continue_run(paths: StorePaths, run: RunPaths, given: Given, voice: Voice, *, quiet: bool) -> Run:
    """Go on with a run whose writer is gone. What is given anew holds from now on.

    UsageError where it is still written to, StoreError where it may not be written.
    """
    said = earlier.manifest_of(run) or {}
    edits = earlier.edited(run)
    name = given.name or str(edits.values.get("name") or said.get("name") or run.id)
    fresh = {"seed": given.seed, "total_steps": given.total_steps, "host": recorder()["host"], "job": job()}
    try:
        with _alone(run), started(_writer(paths, run, voice, name, MAIN, "")) as writer:
            stamp = say_anew(paths, run, given, writer, edits.stamp)
            say_given(paths, given, writer, voice, **fresh)
            going_on = going(paths, run, name, given, writer, voice, keep=capture.begin, quiet=quiet, stamp=stamp)
            if given.tags:
                going_on.tag(*given.tags)
            return going_on
    except OSError as error:
        raise StoreError(f"cannot write to run {run.id} in {paths.root}: {error.strerror}; ask its owner") from error


def join_as_rank(paths: StorePaths, run: RunPaths, rank: int, voice: Voice) -> Run:
    """Write the series of rank `rank` of a run that rank 0 makes, or made. It may be there first.

    UsageError where that rank is still written to by another process, OSError where the store cannot be written.
    """
    name, role, whose = f"rank {rank} of", f"rank {rank}", f"@{rank}"
    with _alone(run, paths), started(_writer(paths, run, voice, name, role, whose)) as writer:
        joined = Run(paths, run.id, role, writer, voice, Around.nothing(), quiet=True)
        joined.start(None)
        return joined


def _writer(paths: StorePaths, run: RunPaths, voice: Voice, name: str, role: str, whose: str) -> Writer:
    """The writer that goes on after the last one of `whose` series. UsageError where that is still there."""
    written = earlier.logs(run)
    still = still_written(written, whose, voice)
    if still is not None:
        who = f"process {still.opened.get('pid')} on {still.opened.get('host')}"
        raise UsageError(f"{name} ({run.id}) still runs: {who} writes it; end that first, or begin another run")
    before = earlier.resumed_so_far(written, whose)
    writer = new_writer(paths, run, voice, role=role, resume=0 if before is None else before + 1)
    if before is not None:
        writer.go_on_after(partial(earlier.largest_step, run, whose))
    return writer


def say_anew(paths: StorePaths, run: RunPaths, given: Given, writer: Writer, seen: int) -> int:
    """Name, group and notes that were given anew, as an edit that is later than all others; its stamp."""
    stamp = max(int(clock.time() * 1e6), seen + 1)
    fields = {"name": given.name, "group": given.group, "notes": given.notes or None}
    edit = {"stamp": stamp, "set": {key: value for key, value in fields.items() if value is not None}}
    if not edit["set"]:
        return stamp
    manifest.make_folder(run.edits, paths.root)
    opened = {"format": journal.FORMAT, "run": run.id, "writer": writer.name, "seq": 0, "role": "edit", **recorder()}

    def first(inode: int) -> bytes:
        opening = journal.packed(Kind.OPEN, {**opened, "inode": inode, "time": clock.time()})
        return opening + journal.packed(Kind.STATE, edit)

    os.close(logfile.create(run.edits, writer.name, manifest.file_mode(paths.root), first))
    return stamp


@contextmanager
def _alone(run: RunPaths, make_in: StorePaths | None = None) -> Iterator[None]:
    """Be the only process of this machine that looks who writes a run, and becomes its writer.

    A file system without locks is no reason not to go on. UsageError where another process holds it for too long.
    """
    if make_in is not None:
        manifest.make_folder(run.logs, make_in.root)
    descriptor = os.open(run.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            _lock(descriptor, run)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, run: RunPaths) -> None:
    until = clock.monotonic() + LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.monotonic() > until:
                raise UsageError(
                    f"another process has been about to write run {run.id} for {LOCK_SECONDS:.0f} s, and may have been "
                    "stopped; end that first, or begin another run"
                ) from None
        clock.sleep(_LOOK_SECONDS)
