"""A process that logs what it is told to, and says when."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "logging"
"""The run that it logs to."""

_SCRIPT = """
import sys, time, trackside
run = trackside.init(project="bench", name=sys.argv[2], store=sys.argv[1], quiet=True)
for line in sys.stdin:
    run.log({"loss": float(line)})
    print(time.monotonic(), flush=True)
run.finish()
"""


@contextmanager
def logging(store: Path) -> Iterator[Callable[[float], float]]:
    """Another process that logs what it is given; each call gives the moment at which `log()` returned there."""
    command = [sys.executable, "-c", _SCRIPT, str(store), NAME]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        given, said = process.stdin, process.stdout

        def log(value: float) -> float:
            given.write(f"{value}\n")
            given.flush()
            return float(said.readline())

        yield log
        given.close()
        process.wait(30)
