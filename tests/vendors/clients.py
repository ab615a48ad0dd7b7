"""Vendors' own clients, each logging in a process of its own what it is told, and saying when the bytes were there."""

import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

_BEGIN = """
import os, sys, time
folder = sys.argv[1]
os.chdir(folder)
again = lambda: None

def size():
    paths = (os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)
    return [(path, os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in paths if STAYS in path]
"""

_EACH = """
print("ready", flush=True)
step = 0
for line in sys.stdin:
    step += 1
    before = size()
    called = time.monotonic()
    log(step, float(line))
    returned = time.monotonic()
    flush()
    until = time.monotonic() + 60
    while size() == before and time.monotonic() < until:
        time.sleep(0.002)
        again()
    print(called, returned, time.monotonic(), flush=True)
"""

_SCRIPTS = {
    "tensorboardX": """
STAYS = "tfevents"
from tensorboardX import SummaryWriter
writer = SummaryWriter(os.path.join(folder, "one"))
log = lambda step, value: writer.add_scalar("loss", value, step)
log(0, 0.0)
while not any(file_size > 60 for _, file_size, _ in size()):
    writer.flush()
flush = again = writer.flush  # what it has queued, the first one may leave out
""",
    "wandb": """
STAYS = ".wandb"
os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", HOME=folder)
import wandb
run = wandb.init(dir=folder, project="live", settings=wandb.Settings(console="off", x_disable_stats=True))
log = lambda step, value: run.log({"loss": value})
flush = lambda: None
""",
    "mlflow": """
STAYS = "loss"
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
mlflow.set_tracking_uri("file://" + os.path.join(folder, "mlruns"))
mlflow.start_run()
log = lambda step, value: mlflow.log_metric("loss", value, step=step)
flush = lambda: None
""",
    "mlflow, SQLite": """
STAYS = "mlflow.db"
import mlflow
mlflow.set_tracking_uri("sqlite:///" + os.path.join(folder, "mlflow.db"))
mlflow.start_run()
log = lambda step, value: mlflow.log_metric("loss", value, step=step)
flush = lambda: None
""",
    "dvclive": """
STAYS = "loss.tsv"
from dvclive import Live
live = Live(os.path.join(folder, "dvclive"), save_dvc_exp=False)
def log(step, value):
    live.log_metric("loss", value)
flush = live.next_step
""",
}

CLIENTS = [client for client in _SCRIPTS if find_spec(client.partition(",")[0]) is not None]
"""Those that this environment has."""


@dataclass(frozen=True)
class Logged:
    """When a value was logged, by `time.monotonic()`: the call, its return, and the bytes in the file."""

    called: float
    returned: float
    written: float


class Client:
    """A client's process that logs into `folder`; it is ended when the `with` block is left."""

    def __init__(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        command = [sys.executable, "-c", f"{_BEGIN}\n{_SCRIPTS[name]}\n{_EACH}", str(folder)]
        self._errors: TextIO = (folder.parent / "errors").open("w+")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )

    def __enter__(self) -> Self:
        self._line("ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def log(self, value: float) -> Logged:
        """Log a value, flush as the client does, and wait until it is in the file."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{value}\n")
        self._process.stdin.flush()
        return Logged(*map(float, self._line().split()))

    def _line(self, ending: str = "") -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip().endswith(ending):
                return line
        self._errors.seek(0)
        raise AssertionError(f"the client ended: {self._errors.read()[-2000:]}")
