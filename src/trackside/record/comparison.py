"""What a run that finished tells of its comparison with the baseline and the previous run.

Another process finds it, since that takes libraries which a training process does not load. It is started once the
run's end is written, and is not waited for longer than 3 s.
"""

import subprocess
import sys
from contextlib import suppress
from itertools import islice

import msgspec

from trackside.record import closing, host
from trackside.record.closing import Closing
from trackside.record.worker import is_worker
from trackside.store.layout import RunPaths, StorePaths

PATIENCE = 3.0
_LONG = 100 * PATIENCE
_REAPED_WITHIN = 0.5
_MODULE = "trackside.cli.closing"


def is_wanted(store: StorePaths, run: RunPaths, said: Closing) -> bool:
    """Whether there may be something to tell of a run that finished, and it is worth the time.

    That is so at a terminal, and elsewhere after a run that is made no more than 1 % longer. In a worker it is not:
    others of its kind are still training. A run that declared no primary metric may have one that a script declared
    which joined it, or that a person chose for the project.
    """
    if said.status != "finished" or is_worker() or not (said.seconds >= _LONG or _at_terminal()):
        return False
    try:
        is_judged = said.primary is not None or run.joined.exists() or store.projects.exists()
        return is_judged and len(list(islice(store.run_ids(), 2))) > 1
    except OSError:  # a store that cannot be read
        return False


def sentences(run: RunPaths) -> list[str]:
    """What the other process found; nothing where it could not. Ctrl-C ends it too."""
    try:
        command = [host.interpreter(), "-P", "-X", "utf8", "-m", _MODULE, str(run.store), run.id]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            said, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
            with suppress(subprocess.TimeoutExpired):  # it hangs in a file system: then it is left to itself
                process.wait(_REAPED_WITHIN)
        return msgspec.json.decode(said, type=list[str])
    except subprocess.TimeoutExpired:
        return [f"not compared within {PATIENCE:g} s; `{closing.command('compare', run)}` takes its time"]
    except (OSError, msgspec.MsgspecError):
        return []


def _at_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (AttributeError, ValueError):  # a stand-in that cannot say, or one that is closed
        return False
