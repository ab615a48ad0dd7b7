"""The normal end of a process, of one that `multiprocessing` made too."""

import atexit
import sys
from collections.abc import Callable


def is_worker() -> bool:
    """Whether `multiprocessing` made this process."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    return multiprocessing is not None and multiprocessing.parent_process() is not None


def at_end_of_process(call: Callable[[], object]) -> None:
    """Call it when this process ends, unless a signal or `os._exit` ends it.

    A worker of `multiprocessing` runs no exit functions but those that its own module was given.
    """
    if is_worker():
        from multiprocessing.util import Finalize

        Finalize(None, call, exitpriority=0)
    else:
        atexit.register(call)
