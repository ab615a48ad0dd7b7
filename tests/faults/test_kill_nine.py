"""`kill -9` at random moments: of a process that logs at full speed, and of one that seals.

The suite tries a few moments; TRACKSIDE_KILLS asks for more (`just faults` does).
"""

import contextlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from trackside.cli.main import main
from trackside.store.curves import Series
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")

KILLS = int(os.environ.get("TRACKSIDE_KILLS", "3"))
SMALLEST_SEALED_LOG = 1 << 20

LOGGING = """
import sys, trackside
run = trackside.init(project="faults", store=sys.argv[1], quiet=True)
print(run.id, flush=True)
step = 0
while True:
    run.log({"loss": step * 0.1, "lr": 1 / (step + 1)}, step=step)
    print(step, flush=True)
    step += 1
"""

RECORDING = """
import sys, trackside
for part in range(3):
    with trackside.init(project="faults", name=f"part-{part}", store=sys.argv[1], quiet=True) as run:
        for step in range(40_000):
            run.log({"loss": step * 0.1 + part}, step=step)
            if step % 4 == 0:
                run.log({"val/loss": step * 0.2, "val/acc": float("nan")}, step=step)
"""

SEALING = """
import sys
from pathlib import Path
from trackside.store.store import Store
store = Store.open(Path(sys.argv[1]))
import polars
print("ready", flush=True)
store.seal()
"""


def trackside(store: Path, *arguments: str) -> str:
    """What a command prints that has to succeed."""
    written = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(written, "utf-8")) as out, pytest.raises(SystemExit) as left:
        main(["--store", str(store), *arguments])
    out.flush()
    assert not left.value.code, arguments
    return written.getvalue().decode()


def without_index(store: Path) -> None:
    shutil.rmtree(store / "index", ignore_errors=True)


def curve(store: Path, metric: str, run_id: str) -> dict[int, float]:
    document = json.loads(trackside(store, "curve", metric, run_id, "--json"))
    points = dict(zip(document["step"], document["value"], strict=True))
    assert len(points) == len(document["step"]), "a point was doubled"
    return points


@pytest.mark.parametrize("kill", range(KILLS))
def test_every_step_that_was_printed_after_log_returned_is_in_the_curve(tmp_path, kill):
    moment = random.Random(kill).randrange(60_000)
    store = tmp_path / "store"
    with subprocess.Popen([sys.executable, "-c", LOGGING, str(store)], stdout=subprocess.PIPE, text=True) as logging:
        assert logging.stdout is not None
        run_id = logging.stdout.readline().strip()
        for _ in range(moment):
            logging.stdout.readline()
        logging.send_signal(signal.SIGKILL)
        printed = logging.stdout.read().split("\n")[:-1]
    last = int(printed[-1]) if printed else moment - 1
    expected = {step: step * 0.1 for step in range(last + 1)}

    def all_there() -> None:
        found = curve(store, "loss", run_id)
        assert expected.items() <= found.items()
        assert len(found) <= last + 2

    all_there()
    without_index(store)
    all_there()
    trackside(store, "store", "seal")
    all_there()
    without_index(store)
    all_there()
    assert json.loads(trackside(store, "show", run_id, "--json"))["status"] == "crashed"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A store of three finished runs whose logs are large enough to be sealed."""
    store = tmp_path_factory.mktemp("sealing") / "store"
    subprocess.run([sys.executable, "-c", RECORDING, str(store)], check=True)
    logs = list(store.glob("runs/*/*/w/*.log"))
    assert len(logs) == 3
    assert all(log.stat().st_size > SMALLEST_SEALED_LOG for log in logs)
    return store


def everything(root: Path) -> dict[str, object]:
    """What a reader that opens the store now says of each run: its metrics in numbers, and the bits of every curve."""
    store = Store.open(root)
    try:
        store.refresh()
        runs = store.first_page(10)
        assert len(runs) == 3
        return {
            run.name: {"metrics": msgspec.json.encode(run.metrics)}
            | {metric: bits(store.series(run.id, metric)) for metric in run.metrics}
            for run in runs
        }
    finally:
        store.close()


def bits(series: Series) -> tuple[bytes, bytes, bytes]:
    return series.step.tobytes(), series.time.tobytes(), series.value.tobytes()


def seal(root: Path) -> None:
    store = Store.open(root)
    store.seal()
    store.close()


def test_a_sealer_killed_at_any_moment_loses_and_doubles_nothing(tmp_path, recorded):
    expected = everything(recorded)
    moments = random.Random(9)
    interrupted = 0
    for kill in range(KILLS):
        store = tmp_path / f"store-{kill}"
        shutil.copytree(recorded, store)
        without_index(store)
        sealing = subprocess.Popen([sys.executable, "-c", SEALING, str(store)], stdout=subprocess.PIPE, text=True)
        assert sealing.stdout is not None
        assert sealing.stdout.readline() == "ready\n"
        try:
            sealing.wait(timeout=moments.uniform(0, 0.4))
        except subprocess.TimeoutExpired:
            sealing.kill()
            interrupted += 1
        sealing.stdout.close()
        sealing.wait()
        assert everything(store) == expected
        seal(store)
        assert everything(store) == expected
        assert not list(store.glob("runs/*/*/w/*.log"))
        without_index(store)
        assert everything(store) == expected
        shutil.rmtree(store)
    assert interrupted
