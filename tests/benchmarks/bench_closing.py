"""How long a run that ended waits until it is compared, in a store of many runs that somebody has looked at before."""

import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from harness import Row, paired
from make_store import make_store

from trackside.record.comparison import PATIENCE
from trackside.services.places.opening import open_store
from trackside.services.project.decisions import set_baseline

RUNS, ROWS = 10_000, 20
PAIRS = 5
FLOOR = "import polars, scipy.special"


def rows() -> list[Row]:
    """The row of this file."""
    with tempfile.TemporaryDirectory(prefix="trackside-bench-") as folder:
        root = make_store(Path(folder) / "store", runs=RUNS, rows=ROWS)
        with closing(open_store(root)) as store:
            store.refresh()
            last, *others = (run for run in store.first_page(RUNS) if run.status == "finished")
            baseline = next(run for run in reversed(others) if run.project == last.project)
            set_baseline(store, last.project, baseline.id)
        comparing = ("-P", "-m", "trackside.cli.closing", str(root), last.id)
        assert b"against the baseline" in _said(*comparing)
        taken = paired(lambda: _said(*comparing), lambda: _said("-c", FLOOR), PAIRS)
    return [
        Row(
            f"a run's comparison at its end, {RUNS:,} runs",
            taken.ours * 1e3,
            PATIENCE * 1e3,
            "ms",
            f"{taken.ratio:.1f} × a process that imports what it needs",
        )
    ]


def _said(*words: str) -> bytes:
    return subprocess.run([sys.executable, *words], check=True, stdout=subprocess.PIPE).stdout
