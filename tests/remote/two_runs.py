"""The store that is read from afar."""

from pathlib import Path

from small_store import record

import trackside


def two_runs(root: Path) -> Path:
    """Record two runs in a store at `root`; the first left a file and a histogram."""
    note = root.parent / "notes.txt"
    note.write_text("kept\n")
    with trackside.init(project="digits", name="tall-oak", store=root, quiet=True, params={"lr": 0.1}) as run:
        for step in range(40):
            run.log({"train/loss": 2 / (step + 1), "val/accuracy": step / 40}, step=step)
        run.log_artifact(note, name="notes", kind="text")
        run.log_histogram("weights", [1, 2, 2])
    record(root, "red-fir", params={"lr": 0.2})
    return root
