"""How a run stands. A status is derived by the reader from what the run left behind."""

from typing import Literal

Status = Literal["running", "finished", "failed", "killed", "crashed"]

RUNNING: Status = "running"
FINISHED: Status = "finished"
FAILED: Status = "failed"
KILLED: Status = "killed"
CRASHED: Status = "crashed"

ALL: tuple[Status, ...] = (RUNNING, FINISHED, FAILED, KILLED, CRASHED)

ENDS: tuple[Status, ...] = (FINISHED, FAILED, KILLED)
"""What can be said of an end; that a run crashed is what is left where nothing was."""
