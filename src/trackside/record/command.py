"""A command recorded as a run of its own: started, listened to, and its end told. It is what `trackside run` does.

For the command's output this process is what the helper is for a script that calls `init()`.
"""

import os
import shutil
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from trackside.model.errors import TracksideError
from trackside.record import ends, inside, launcher, program
from trackside.record.console import child
from trackside.record.console.child import Child
from trackside.record.console.helper import Keeper, Kept, Relay, Stream
from trackside.record.console.listener import Listener
from trackside.record.console.rules import Template
from trackside.record.ends import Ending
from trackside.record.given import Given
from trackside.record.run import Run
from trackside.record.start import record_somewhere
from trackside.record.values import short_repr
from trackside.record.voice import Voice, say
from trackside.store import manifest
from trackside.store.layout import RunPaths, StorePaths

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_BY_SIGNAL = 128
_PATIENCE = 5.0
_FAULTS = frozenset(
    {signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS}
)


class NoCommandError(TracksideError):
    """The command cannot be run. The exit status is the one that shells give."""

    def __init__(self, command: str, why: str | None = None) -> None:
        if os.sep in command and Path(command).is_file():
            super().__init__(f"cannot run {command}: {why or 'it is not executable'}; `chmod +x` it, or name its shell")
            self.exit_status = _NOT_EXECUTABLE
        else:
            super().__init__(f"there is no command {command!r} to run")
            self.exit_status = _NOT_FOUND


def record(
    command: list[str], given: Given, store: str | None, templates: Sequence[Template], voice: Voice, *, quiet: bool
) -> int:
    """Run `command` and record it: its exit status, 128 + n where signal n ended it. NoCommandError without one.

    Where the calls of a script would do nothing, as in the other processes of a distributed job, the command runs in
    this process's place.
    """
    if shutil.which(command[0]) is None:
        raise NoCommandError(command[0])
    if launcher.is_off() or not launcher.is_first_of_job():
        os.execvp(command[0], command)  # noqa: S606
    program.stand_for(command)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, child.HEARD)
    console = _Console()
    run = record_somewhere(given, store, voice, quiet=quiet, keep=console.begin)

    def signalled(number: signal.Signals) -> None:
        if number in child.ASKING_TO_STOP:
            run.mark_signal(number.name)

    listener = Listener(run.log, templates, lambda: inside.is_joined(run))

    def heard(data: bytes, target: int) -> None:
        try:
            listener.feed(data, target)
        except Exception as error:  # noqa: BLE001  what the command prints is passed on, whatever a rule makes of it
            voice.once("metrics", f"not all metrics that the command prints can be read: {short_repr(error)}")
        console.keep(data, target)  # after its metrics are logged, so that a line is found at the step that it tells of

    environment = {**os.environ, **inside.invitation(run)}
    try:
        started = Child(command, environment, blocked, signalled, voice)
    except OSError as error:
        _end(run, Ending("failed", _NOT_EXECUTABLE), blocked)
        raise NoCommandError(command[0], error.strerror) from error
    relay = Relay(started.streams, heard, lambda _: None)
    relay.run(stop=started.ended)
    status = started.wait()
    how = ending(status, signalled=run.signalled)
    if how.status == "finished" and inside.left_without_a_word(run):
        how = how._replace(status="crashed")
    _end(run, how, blocked)
    _tell([] if quiet else listener.unmatched)
    if relay.streams and not os.fork():
        _stay_behind(relay.streams)
    return status if status >= 0 else _BY_SIGNAL - status


def ending(status: int, *, signalled: bool) -> Ending:
    """How a command ended that left `status`, the negative number of a signal where one ended it.

    A signal that asks to stop makes it `killed`, also where the command ended otherwise after it; a fault, and SIGKILL
    out of the blue, `crashed`.
    """
    if status >= 0:
        return ends.judge_exit(status, signalled=signalled)
    crashed = -status in _FAULTS and not signalled
    return Ending("crashed" if crashed else "killed", _BY_SIGNAL - status)


def _end(run: Run, how: Ending, blocked: Iterable[int]) -> None:
    """End the run, with the signals of before. The command has ended: asking to stop means not to wait for captures."""
    before = {number: signal.getsignal(number) for number in child.ASKING_TO_STOP}
    heeded = {number: handler for number, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    for number in heeded:
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    with suppress(KeyboardInterrupt):
        run.end(how)
    for number, handler in heeded.items():
        signal.signal(number, handler)


def _tell(unmatched: Iterable[str]) -> None:
    for rule in unmatched:
        say(f"no line matched {rule!r}")


def _stay_behind(streams: Sequence[Stream]) -> None:
    """Pass on, in a process that nobody waits for, what processes print that the command has left behind.

    None of it belongs to the run, which has ended.
    """
    os.setsid()
    Relay(streams, lambda *_: None, lambda _: None).run()
    os._exit(0)


class _Console:
    """Keeps what the command prints, as the console of the run."""

    def __init__(self) -> None:
        self._keeper: Keeper | None = None

    def begin(self, store: StorePaths, run: RunPaths, writer: str, voice: Voice) -> "_Console | None":
        """Keep it in the folder of `run`; None, and a word, where that cannot be."""
        try:
            manifest.make_folder(run.console, store.root)
            kept = Kept(str(run.console / writer), manifest.file_mode(store.root))
            self._keeper = Keeper(kept, lambda: voice.once("console lost", "not all of the console can be kept"))
        except OSError as error:
            voice.once("console", f"what this run prints is not kept: {error.strerror}")
            return None
        return self

    def keep(self, data: bytes, target: int) -> None:
        """Take what the command printed to this descriptor."""
        if self._keeper is not None:
            self._keeper.put(data, target)

    def end(self, *, failed: bool) -> None:  # noqa: ARG002  its traceback has been printed
        """The run has ended."""
        self.close()

    def close(self) -> None:
        """Write what was taken."""
        if self._keeper is not None:
            self._keeper.close(_PATIENCE)

    def forget(self) -> None:
        """In a forked process: keep nothing."""
        self._keeper = None
