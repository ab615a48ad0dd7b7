"""What a run that is recorded with everything on takes from training: time and memory, its helper's included."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from harness import Row

STEPS_PER_SECOND = 100
METRICS = 20
WARM_SECONDS = 4
SECONDS = 16
"""Long enough for a reading of the system, which comes every 15 s."""
TURNS = 3
MIB = 1 << 20

TRAINING = """
import hashlib, json, os, sys, time
from pathlib import Path
store, steps_per_second, metrics, warm, seconds = sys.argv[1], *map(int, sys.argv[2:])
values = {f"train/metric-{number}": number / 3 for number in range(metrics)}
content = bytes(1 << 20)

def training(seconds, log):
    '''Steps of real work at a steady pace; seconds of CPU that went into the work, and into everything else.'''
    work, began, all_cpu = 0.0, time.perf_counter(), time.process_time()
    for step in range(seconds * steps_per_second):
        before = time.thread_time()
        hashlib.sha256(content).digest()
        work += time.thread_time() - before
        log(step)
        print(f"step {step} loss {values['train/metric-1']:.4f}")
        time.sleep(max(0.0, began + (step + 1) / steps_per_second - time.perf_counter()))
    return work, time.process_time() - all_cpu - work

def rss(process):
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

import msgspec
bare = rss("self")
helpers = []
if store:
    import trackside
    run = trackside.init(project="bench", store=store, quiet=True, params={"lr": 1e-3}, data={"train": sys.executable})
    log = lambda step: run.log(values, step=step)
else:
    log = lambda step: None
training(warm, log)
work, rest = training(seconds, log)
for process in filter(str.isdecimal, os.listdir("/proc")):
    try:
        command = Path(f"/proc/{process}/cmdline").read_text().split("\\0")
        if store and "-c" not in command and any(part.startswith(store) for part in command):
            helpers.append(rss(process))
    except OSError:
        pass
print(json.dumps({"work": work, "rest": rest, "bare": bare, "rss": rss("self"), "helpers": helpers}), file=sys.stderr)
if store:
    run.finish()
"""


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as folder:
        turns = [(train(Path(folder) / str(turn)), train(None)) for turn in range(TURNS)]
    slower = [100 * (ours["rest"] - floor["rest"]) / SECONDS for ours, floor in turns]
    own = median(ours["rest"] for ours, _ in turns) / SECONDS * 1000
    bare = median(floor["rest"] for _, floor in turns) / SECONDS * 1000
    memory = [(ours["rss"] - ours["bare"]) / MIB for ours, _ in turns]
    helpers = [helper / MIB for ours, _ in turns for helper in ours["helpers"]]
    pace = f"{STEPS_PER_SECOND} steps/s × {METRICS} metrics, each printed, everything captured"
    beside = f"{own:.1f} ms of CPU a second beside the work, {bare:.1f} ms without"
    largest = f"resident, the largest of {len(helpers)}"
    return [
        Row("training slowed by", median(slower), 1, "%", "the same loop without trackside", f"{pace}; {beside}"),
        Row("memory of the training process", median(memory), 15, "MiB", "importing msgspec alone", "resident"),
        Row("memory of the console's helper", max(helpers), 12, "MiB", "nothing", largest),
    ]


def train(store: Path | None) -> dict[str, Any]:
    """One training, recorded into `store` or not at all: what it measured."""
    numbers = (STEPS_PER_SECOND, METRICS, WARM_SECONDS, SECONDS)
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, str(store or ""), *map(str, numbers)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TRACKSIDE_")},
    )
    return dict(json.loads(done.stderr.splitlines()[-1]))
