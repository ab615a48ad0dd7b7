"""How a run goes on in another process: a new writer in its folder, after its last one or beside it as a rank."""

import fcntl
import os
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from trackside.model.errors import StoreError, UsageError
from trackside.record import earlier
from trackside.record.artifacts import Shelf
from trackside.record.begin import captures_of, console_of, job, recorder, write_data, write_params
from trackside.record.capture.around import Around
from trackside.record.given import Given
from trackside.record.log import MAIN
from trackside.record.run import Run
from trackside.record.voice import Voice
from trackside.record.writer import Writer
from trackside.store import journal, logfile, manifest
from trackside.store.filesystem import on_network
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths


def continue_run(paths: StorePaths, run: RunPaths, given: Given, voice: Voice, *, quiet: bool) -> Run:
    """Go on with a run whose writer is gone. What is given anew holds from now on.

    UsageError where it is still written to, StoreError where it may not be written.
    """
    said = earlier.manifest_of(run) or {}
    edits = earlier.edited(run)
    name = given.name or str(edits.values.get("name") or said.get("name") or run.id)
    try:
        with _alone(run):
            written = earlier.logs(run)
            _refuse_if_alive(run, name, earlier.still_written(written, ""))
            writer = _open(paths, run, voice, MAIN, "", written)
        stamp = say_anew(paths, run, given, writer, edits.stamp)
    except OSError as error:
        raise StoreError(f"cannot write to run {run.id} in {paths.root}: {error.strerror}; ask its owner") from error
    write_params(given.params, writer, Shelf(paths, writer, voice), voice)
    write_data(given.places, writer)
    fresh = {"seed": given.seed, "total_steps": given.total_steps, "host": recorder()["host"], "job": job()}
    writer.say(Kind.STATE, {"run": {key: value for key, value in fresh.items() if value is not None}})
    captures = captures_of(given, run, manifest.file_mode(paths.root), writer, voice)
    going_on = Run(paths, run.id, name, writer, voice, captures, quiet=quiet, stamp=stamp)
    going_on.start(console_of(given, paths, run, writer, voice))
    if given.tags:
        going_on.tag(*given.tags)
    return going_on


def join_as_rank(paths: StorePaths, run: RunPaths, rank: int, voice: Voice) -> Run:
    """Write the series of rank `rank` of a run that rank 0 makes, or made. It may be there first.

    UsageError where that rank is still written to by another process, OSError where the store cannot be written.
    """
    with _alone(run, paths):
        written = earlier.logs(run)
        _refuse_if_alive(run, f"rank {rank} of", earlier.still_written(written, f"@{rank}"))
        writer = _open(paths, run, voice, f"rank {rank}", f"@{rank}", written)
    joined = Run(paths, run.id, f"rank {rank}", writer, voice, Around.nothing(), quiet=True)
    joined.start(None)
    return joined


def _open(paths: StorePaths, run: RunPaths, voice: Voice, role: str, whose: str, written: list[earlier.Log]) -> Writer:
    before = earlier.resumed_so_far(written, whose)
    writer = Writer(
        run,
        manifest.file_mode(paths.root),
        recorder(),
        voice,
        buffered=on_network(paths.root),
        role=role,
        resume=0 if before is None else before + 1,
    )
    if before is not None:
        writer.go_on_after(partial(earlier.largest_step, run, whose))
    writer.start()
    return writer


def _refuse_if_alive(run: RunPaths, name: str, log: earlier.Log | None) -> None:
    if log is not None:
        who = f"process {log.opened.get('pid')} on {log.opened.get('host')}"
        raise UsageError(f"{name} ({run.id}) still runs: {who} writes it; end that first, or begin another run")


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

    A file system without locks is no reason not to go on.
    """
    if make_in is not None:
        manifest.make_folder(run.logs, make_in.root)
    descriptor = os.open(run.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
