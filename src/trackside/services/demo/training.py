"""Starts the processes of the demo, a few at a time, and ends them."""

import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from types import TracebackType
from typing import Self

from trackside.model.errors import TracksideError
from trackside.services.demo.plan import BASELINE, PROJECT, Planned, planned
from trackside.services.project.decisions import set_baseline
from trackside.store import manifest
from trackside.store.store import Store

AT_ONCE = 3
WATCHED_SECONDS = 7.0
"""How long a run of 600 steps takes where somebody watches."""

_STEPS = 600
_LAST_WORDS = 3


def start(root: Path, *, seconds: float = WATCHED_SECONDS, runs: Sequence[Planned] | None = None) -> "Training":
    """Begin to train into the store at `root`, which is made if need be. StoreError where it cannot be."""
    manifest.create(root)
    return Training(root, planned() if runs is None else runs, seconds)


class Training:
    """The processes that train. Leaving its `with` block ends those that are still there."""

    def __init__(self, root: Path, runs: Sequence[Planned], seconds: float) -> None:
        self._root = root
        self._seconds = seconds
        self._scratch = tempfile.TemporaryDirectory(prefix="trackside-demo-")
        Path(self._scratch.name, "checkpoints").mkdir()
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[str]] = set()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="demo")
        self._trainings = [self._pool.submit(self._train, run) for run in runs]

    def wait(self, on_ended: Callable[[int, int], None] | None = None) -> None:
        """Until all runs have ended; `on_ended` is told how many have, of how many.

        TracksideError if one ended otherwise than it was meant to.
        """
        for ended, training in enumerate(as_completed(self._trainings), start=1):
            training.result()
            if on_ended is not None:
                on_ended(ended, len(self._trainings))

    def stop(self) -> None:
        """End what still trains, as SIGTERM does, and start nothing more."""
        with self._lock:
            self._stopping.set()
            for process in self._processes:
                process.terminate()
        self._pool.shutdown(cancel_futures=True)
        self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _train(self, run: Planned) -> None:
        with self._lock:
            if self._stopping.is_set():
                return
            process = self._launch(run)
            self._processes.add(process)
        words = self._follow(run, process)
        code = process.wait()
        with self._lock:
            self._processes.remove(process)
        if not self._stopping.is_set() and (code == 0) is not (run.ends == "finished"):
            raise TracksideError(f"the demo's run {run.name} ended with status {code}: {' '.join(words)}")

    def _launch(self, run: Planned) -> "subprocess.Popen[str]":
        seconds = self._seconds * run.steps / _STEPS
        checkpoints = Path(self._scratch.name) / run.checkpoints
        command = [sys.executable, "-m", "trackside.services.demo.train", *run.arguments()]
        return subprocess.Popen(
            [*command, f"--project={PROJECT}", f"--seconds={seconds:g}", f"--checkpoints={checkpoints}"],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def _environment(self) -> dict[str, str]:
        """What a run's process gets: this store, one core, and nothing of how trackside is set up here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKSIDE_")}
        return {**kept, "TRACKSIDE_STORE": str(self._root.absolute()), "OMP_NUM_THREADS": "1"}

    def _follow(self, run: Planned, process: "subprocess.Popen[str]") -> list[str]:
        """Read what a run prints until it ends, and do what is meant to happen to it; its last words."""
        assert process.stdout is not None
        words: deque[str] = deque(maxlen=_LAST_WORDS)
        with process.stdout as lines:
            for line in lines:
                if not words and run.name == BASELINE:
                    self._make_baseline(run)
                if run.kill_at is not None and line.startswith(f"step {run.kill_at} "):
                    process.terminate()
                words.append(line.strip())
        return list(words)

    def _make_baseline(self, run: Planned) -> None:
        store = Store.open(self._root)
        store.refresh()
        set_baseline(store, PROJECT, store.ids_matching(run.name)[0])
        store.close()
