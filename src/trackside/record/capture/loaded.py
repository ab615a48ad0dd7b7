"""Which code this process has loaded: the files of its modules, those of the code that runs, and since when.

Nothing of a module's own is called: some load others, or raise, when they are asked for an attribute.
"""

import os
import sys
import time
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import CodeType, FrameType, ModuleType

from trackside.record import host, script, worker
from trackside.store.identity import start_of_process

IN_NO_FILE = "<"
"""What a name begins with that is no file's, such as `<stdin>`."""


def modules() -> Iterator[str]:
    """Where modules come from, by what imported them, else by their own word. `<stdin>` and its like are no places."""
    for module in list(sys.modules.values()):
        if issubclass(type(module), ModuleType):
            known = ModuleType.__getattribute__(module, "__dict__")
            spec = known.get("__spec__")
            origin = spec.origin if type(spec) is ModuleSpec and spec.has_location else known.get("__file__")
            if type(origin) is str and not origin.startswith(IN_NO_FILE):
                yield origin


def callers() -> list[str]:
    """What the code that has led here calls its files, the script's last; nothing where there is no script.

    Names are as they were compiled: relative, or of no file at all, such as `<string>`. What is typed at a prompt or in
    the cells of a notebook is in no file.
    """
    begun = script.frame()
    return [] if begun is None or host.is_kernel() else [code.co_filename for code in (*_codes(), begun.f_code)]


def began() -> float:
    """When the process began to load code, in seconds since the epoch, as far as the system tells.

    A worker may have been forked off with all that the process before it had loaded.
    """
    starts = [start_of_process(), *([start_of_process(os.getppid())] if worker.is_worker() else [])]
    known = [ticks / os.sysconf("SC_CLK_TCK") for ticks in starts if ticks is not None]
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + min(known) if known else time.time()


def _codes() -> Iterator[CodeType]:
    frame: FrameType | None = sys._getframe()  # noqa: SLF001  the one way to who has called
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back
