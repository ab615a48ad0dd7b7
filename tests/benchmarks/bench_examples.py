"""Which of 100,000 examples flipped between two runs: read, paired, and looked through for a text."""

import os
import random
import tempfile
from pathlib import Path
from statistics import median
from unittest import mock

import msgspec
from harness import Row, seconds

import trackside
from trackside.compare.sides import side_of_runs
from trackside.services.comparison.examples.examples_view import load
from trackside.store.store import Store

EXAMPLES = 100_000
TIMES = 5


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory(prefix="trackside-bench-") as folder:
        root = Path(folder) / "store"
        with mock.patch.dict(os.environ, {"TRACKSIDE_CAPTURE": "none"}):
            ids = [_record(root, seed) for seed in range(2)]
        store = Store.open(root)
        store.refresh()
        baseline, candidate = (side_of_runs([store.run(run_id)]) for run_id in ids)
        view = load(store, baseline, candidate, "eval")
        lines = [line for table in view.tables for line in table.lines]
        floor = _median(lambda: [msgspec.json.decode(line) for line in lines])
        taken = {
            "read and paired": _median(lambda: load(store, baseline, candidate, "eval").find()),
            "looked through for a text": _median(lambda: view.find("99", everything=True)),
        }
        store.close()
    return [
        Row(
            f"examples of two runs × {EXAMPLES:,}, {how}",
            once * 1e3,
            1_000.0,
            "ms",
            f"{once / floor:.1f} × decoding their lines",
        )
        for how, once in taken.items()
    ]


def _record(root: Path, seed: int) -> str:
    chance = random.Random(seed)
    scores = [chance.randrange(2) for _ in range(EXAMPLES)]
    texts = [f"question {number} of many" for number in range(EXAMPLES)]
    with trackside.init(project="bench", seed=seed, store=root, quiet=True) as run:
        run.log_examples("eval", ids=range(EXAMPLES), scores=scores, text=texts)
    return str(run.id)


def _median(done) -> float:
    return median(seconds(done) for _ in range(TIMES))
