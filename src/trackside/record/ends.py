"""How a script ends, for runs that are open then: an exception, `sys.exit`, a signal, or simply the last line.

Whatever was in place before (`sys.excepthook`, `sys.exit`, a signal's handler) is called as before, and put back when
no run is open any more. Of a run it knows only that it can be finished and told of a signal.
"""

import atexit
import builtins
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType, ModuleType, TracebackType
from typing import Any, Literal, NamedTuple, NoReturn, Protocol

from trackside.record import script
from trackside.record.secrets import masked
from trackside.record.unheard import Unheard
from trackside.record.values import encodable, short_repr
from trackside.record.worker import at_end_of_process, is_worker

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_EXITS = ((sys, "exit"), (builtins, "exit"), (builtins, "quit"))
_BY_SIGNAL = 128
_INTERRUPTED = _BY_SIGNAL + signal.SIGINT
_LONGEST_TEXT = 64 << 10
_INT64 = 1 << 63


class Ending(NamedTuple):
    """What a run says of its end."""

    status: Literal["finished", "failed", "killed", "crashed"]
    exit_code: int | None
    traceback: str | None = None


class Recorded(Protocol):
    """What an open run is to this module."""

    @property
    def process(self) -> int:
        """The process that opened the run."""

    @property
    def signalled(self) -> bool:
        """Whether a signal came that asked it to stop."""

    def end(self, ending: Ending) -> None:
        """End the run; nothing if it has ended."""

    def mark_signal(self, name: str) -> None:
        """Write down that a signal came."""


def judge(error: BaseException | None, *, signalled: bool) -> Ending:
    """The ending of a run that `error` ends; None is the end of its block or script.

    Ctrl-C and an exit that a signal asked for are `killed`; a signal that was caught, with a clean end, is not.
    """
    if error is None or isinstance(error, GeneratorExit):
        return Ending("finished", 0)
    if isinstance(error, SystemExit):
        return judge_exit(error.code, signalled=signalled)
    if isinstance(error, KeyboardInterrupt):
        return Ending("killed", _INTERRUPTED, _traceback(error))
    return Ending("failed", 1, _traceback(error))


def judge_exit(code: object, *, signalled: bool) -> Ending:
    """The ending of a run whose script calls `sys.exit(code)`."""
    number = code if isinstance(code, int) else int(code is not None)
    if number == 0:
        return Ending("finished", 0)
    text = None if isinstance(code, int) else _kept(f"SystemExit: {_text(code)}", code=False)
    number = number if -_INT64 <= number < _INT64 else -1  # what Python makes of one that is too large
    return Ending("killed" if signalled and number >= _BY_SIGNAL else "failed", number, text)


class _Exit:
    """`sys.exit` or its like, as scripts call it: `called` is told the code, and then it does what it did before."""

    def __init__(self, module: ModuleType, name: str, called: Callable[[object], None]) -> None:
        self._module, self._name, self._called = module, name, called
        self._original: Callable[[object], Any] = getattr(module, name)
        setattr(module, name, self)

    def __call__(self, code: object = None, /) -> NoReturn:
        self._called(code)
        self._original(code)
        raise SystemExit(code)

    def __repr__(self) -> str:
        return repr(self._original)

    def put_back(self) -> None:
        """Undo it, unless somebody else has wrapped it since."""
        if getattr(self._module, self._name, None) is self:
            setattr(self._module, self._name, self._original)


def _exits() -> Iterator[tuple[ModuleType, str]]:
    """Where `sys.exit` and its like are: in their modules, and where the script has imported them by name."""
    originals = [getattr(module, name) for module, name in _EXITS if hasattr(module, name)]
    yield from ((module, name) for module, name in _EXITS if hasattr(module, name))
    main = sys.modules.get("__main__")
    if main is not None:
        bound = [name for name, value in vars(main).items() if any(value is original for original in originals)]
        yield from ((main, name) for name in bound)


class _Watch:
    """The hooks of this process, in place while a run is open."""

    def __init__(self) -> None:
        self.runs: list[Recorded] = []
        self._script: FrameType | None = None
        self._exit_code: object = script.UNKNOWN
        self._excepthook: Callable[..., Any] = sys.excepthook
        self._exits: list[_Exit] = []
        self._handlers: dict[int, Any] = {}
        self.inherited: list[Recorded] = []
        self._forking = threading.local()
        self._unheard = Unheard(_SIGNALS, self._on_unheard)
        self._process = -1

    def add(self, run: Recorded) -> None:
        self.runs.append(run)
        if threading.current_thread() is threading.main_thread():
            self._unheard.start()
            for number in _SIGNALS:
                self._wrap(number)
        if len(self.runs) > 1:
            return
        self._script = script.frame()
        self._exit_code = script.UNKNOWN
        self._excepthook, sys.excepthook = sys.excepthook, self._on_exception
        self._exits = [_Exit(module, name, self._note_exit) for module, name in list(_exits())]
        if self._process != os.getpid():
            self._process = os.getpid()
            at_end_of_process(self._at_exit)

    def remove(self, run: Recorded) -> None:
        if run not in self.runs:
            return
        self.runs.remove(run)
        if not self.runs:
            self._put_back()

    def before_fork(self) -> None:
        """Let signals wait: one that came to the new process before `after_fork` would be lost with its handler."""
        if self._handlers:
            self._forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._handlers)

    def after_fork(self) -> None:
        """In a process that was forked off: it is nothing to the runs that it inherited, nor they to its signals."""
        self.inherited += self.runs
        self.runs = []
        atexit.unregister(self._at_exit)
        self._put_back()
        self.forked()

    def forked(self) -> None:
        """Let signals come again."""
        mask = self._forking.__dict__.pop("mask", None)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _put_back(self) -> None:
        if sys.excepthook == self._on_exception:
            sys.excepthook = self._excepthook
        for wrapped in self._exits:
            wrapped.put_back()
        if threading.current_thread() is threading.main_thread():
            self._unheard.stop()
            for number, previous in self._handlers.items():
                if signal.getsignal(number) == self._on_signal:
                    signal.signal(number, previous)
            self._handlers.clear()

    def _wrap(self, number: int) -> None:
        """Be told of a signal, unless it is ignored or handled outside Python."""
        previous = signal.getsignal(number)
        if previous not in (None, signal.SIG_IGN, self._on_signal):
            self._handlers[number] = signal.signal(number, self._on_signal)

    def _own_runs(self) -> list[Recorded]:
        """Those that were opened by this process, and not by the one that it was forked from; the newest first."""
        return [run for run in reversed(self.runs) if run.process == os.getpid()]

    def _on_unheard(self, number: int) -> None:
        """Do what the signal would have done. Only SIGKILL ends a process whose main thread does not come back."""
        if signal.getsignal(number) == self._on_signal and self._handlers.get(number) == signal.SIG_DFL:
            for run in self._own_runs():
                run.mark_signal(signal.Signals(number).name)
            os.kill(os.getpid(), signal.SIGKILL)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._unheard.heard(number)
        for run in self._own_runs():
            run.mark_signal(signal.Signals(number).name)
        previous = self._handlers.get(number, signal.SIG_DFL)
        if callable(previous):
            previous(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        runs = self._own_runs()
        try:
            self._excepthook(kind, error, trace)
        finally:  # ending a run may wait for its captures, and who looks at the screen waits for the traceback
            for run in runs:
                run.end(judge(error, signalled=run.signalled))

    def _note_exit(self, code: object) -> None:
        if threading.current_thread() is threading.main_thread():
            self._exit_code = code

    def _at_exit(self) -> None:
        """A worker's function is not the script: what ended it is the exception that is on its way, if there is one.

        Ctrl-C ends what is told of a run; there is no script any more that it could end.
        """
        error = sys.exc_info()[1]
        for run in self._own_runs():
            signalled = run.signalled
            with suppress(KeyboardInterrupt):
                run.end(judge(error, signalled=signalled) if is_worker() else self._judge_script(signalled=signalled))

    def _judge_script(self, *, signalled: bool) -> Ending:
        """The ending of a run that the script left open. A `sys.exit` that was caught is no end."""
        called = self._exit_code is not script.UNKNOWN
        if self._script is None:
            return judge_exit(self._exit_code if called else None, signalled=signalled)
        if not script.was_left(self._script):
            return Ending("finished", 0)
        code = self._exit_code if called else script.code_raised(self._script)
        if code is not script.UNKNOWN:
            return judge_exit(code, signalled=signalled)
        where = f"{self._script.f_code.co_filename}, line {self._script.f_lineno}"
        return Ending("failed", None, _kept(f"SystemExit, raised by hand, left {where}", code=False))


_watch = _Watch()
os.register_at_fork(before=_watch.before_fork, after_in_parent=_watch.forked, after_in_child=_watch.after_fork)


def watch(run: Recorded) -> None:
    """See to it that `run` is ended with the script."""
    _watch.add(run)


def forget(run: Recorded) -> None:
    """The run has ended."""
    _watch.remove(run)


def open_runs() -> list[Recorded]:
    """Runs of this process that have not ended, the oldest first."""
    return [run for run in _watch.runs if run.process == os.getpid()]


def all_runs() -> list[Recorded]:
    """Runs that are open in this process, or were when it was forked off."""
    return [*_watch.runs, *_watch.inherited]


def _traceback(error: BaseException) -> str:
    try:
        said = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001  an exception of somebody else's may raise anything when it is asked
        said = type(error).__name__
    return _kept(said, code=True)


def _text(code: object) -> str:
    try:
        return str(code)
    except Exception:  # noqa: BLE001  as above
        return short_repr(code)


def _kept(text: str, *, code: bool) -> str:
    """The end of a text as it is written down: without secrets, and such that a frame holds it."""
    return masked(encodable(text[-2 * _LONGEST_TEXT :]), code=code)[-_LONGEST_TEXT:]
