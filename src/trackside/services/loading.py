"""What is spared while the app, or the process that reads for it, is being loaded, and somebody waits for it.

Python does not look for garbage that refers to itself: what is loaded stays until the end, and a look at all of it
takes a tenth of a second, longer than a person waits for a cursor without noticing. And numpy's OpenBLAS, which the
app has no large matrices for, begins no threads: one for each processor, all of which spin for a while, on two
processors for 70 ms of one.
"""

import gc
import os
from contextlib import ExitStack

_THREADS, _ANY_THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"

_until_loaded = ExitStack()


def begin() -> None:
    """Before anything is loaded. Whoever asked for a number of threads themselves has it."""
    gc.disable()
    if os.environ.keys().isdisjoint((_THREADS, _ANY_THREADS)):
        os.environ[_THREADS] = "1"
        _until_loaded.callback(os.environ.pop, _THREADS)


def end() -> None:
    """Look for garbage from now on, not at what is there already; programs started from now on are told of nothing."""
    _until_loaded.close()
    gc.freeze()
    gc.enable()
