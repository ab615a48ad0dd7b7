"""A run in a process that was started with it as an argument: what `pickle` makes of it there.

Where the run is known already, in the process that opened it or one that was forked from that, it is the same object.
Elsewhere, as in a spawned worker, it writes a log of its own, like a forked child, and never ends the run.
"""

import threading
from pathlib import Path

from trackside.model.errors import StoreError
from trackside.record import ends
from trackside.record.becoming import new_writer
from trackside.record.capture.around import Around
from trackside.record.off import OffRun
from trackside.record.roles import role_of_child
from trackside.record.run import Run
from trackside.record.voice import Voice
from trackside.store import manifest

_OF_NOBODY = -1
_lock = threading.Lock()
_joined: dict[tuple[str, str], Run] = {}


def join(root: str, run_id: str, name: str, role: str, resume: int) -> Run:
    """The run of that id in this process. It keeps nothing, and says so, where the store is out of reach."""
    role = role_of_child(role)
    with _lock:
        for run in (*ends.all_runs(), *_joined.values()):
            if isinstance(run, Run) and run.id == run_id and role in (run.role, role_of_child(run.role)):
                return run
        run = _joined[run_id, role] = _open(Path(root), run_id, name, role, resume)
        return run


def _open(root: Path, run_id: str, name: str, role: str, resume: int) -> Run:
    voice = Voice()
    try:
        paths, _ = manifest.open_paths(root)
        writer = new_writer(paths, paths.run(run_id), voice, role=role, resume=resume)
    except (StoreError, OSError) as error:
        voice.once("store", f"what this process logs is not kept: {error}")
        return OffRun(name)
    run = Run(paths, run_id, name, writer, voice, Around.nothing(), quiet=True)
    run.process = _OF_NOBODY
    return run
