"""What a run runs in: the Python, the system, and the batch job that started it."""

import os
from typing import Any

from trackside.record.capture import machine
from trackside.record.capture.interpreter import Interpreter

_JOB_VARIABLES = (
    "SLURM_JOB_ID",
    "SLURM_JOB_NAME",
    "SLURM_ARRAY_JOB_ID",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_RESTART_COUNT",
    "SLURM_JOB_PARTITION",
    "SLURM_JOB_NODELIST",
    "SLURM_CLUSTER_NAME",
    "PBS_JOBID",
    "LSB_JOBID",
    "CUDA_VISIBLE_DEVICES",
    "APPTAINER_NAME",
    "SINGULARITY_NAME",
)
"""The variables whose values are kept, those of `determinism` aside; no others ever are."""


def job() -> dict[str, str]:
    """What the batch system says of the job, as far as it says anything."""
    return {name.lower(): os.environ[name] for name in _JOB_VARIABLES if name in os.environ}


def capture(python: Interpreter | None) -> dict[str, Any]:
    """The version of Python, the system, and the machine."""
    system = os.uname()
    return {
        "python": None if python is None else python.version,
        "platform": f"{system.sysname} {system.release} {system.machine}",
        **machine.capture(),
    }
