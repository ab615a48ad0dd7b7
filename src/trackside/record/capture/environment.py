"""What a run runs on: the Python, the installed packages, the processor, the graphics cards, the batch job."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackside.record import hashes

_JOB_VARIABLES = (
    "SLURM_JOB_ID",
    "SLURM_JOB_NAME",
    "SLURM_ARRAY_JOB_ID",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_RESTART_COUNT",
    "SLURM_JOB_PARTITION",
    "CUDA_VISIBLE_DEVICES",
    "APPTAINER_NAME",
    "SINGULARITY_NAME",
)
_CPU_INFO = Path("/proc/cpuinfo")
_NVIDIA = Path("/proc/driver/nvidia/gpus")
_INSTALLED = (".dist-info", ".egg-info")


def job() -> dict[str, str]:
    """What the batch system says of the job, as far as it says anything."""
    return {name.lower(): os.environ[name] for name in _JOB_VARIABLES if name in os.environ}


def capture() -> dict[str, Any]:
    """Versions, the number of packages and the fingerprint of their list, names of processor and graphics cards."""
    packages = sorted(_packages())
    system = os.uname()
    return {
        "python": sys.version.partition(" ")[0],
        "platform": f"{system.sysname} {system.release} {system.machine}",
        "packages": len(packages),
        "lock": hashes.of_bytes("\n".join(packages).encode()),
        "cpu": _cpu(),
        "gpu": _gpus(),
    }


def _packages() -> set[str]:
    """Installed distributions as `name-version`, by the names of their folders: reading each one's metadata is slow."""
    found: set[str] = set()
    for folder in sys.path:
        try:
            names = [entry.name for entry in Path(folder or ".").iterdir()]
        except OSError:
            continue
        for name in names:
            stem, dot, kind = name.rpartition(".")
            if dot + kind in _INSTALLED:
                found.add(stem.lower())
    return found


def _cpu() -> str | None:
    try:
        said = _CPU_INFO.read_text(errors="replace")
    except OSError:
        return os.uname().machine
    names = [line.partition(":")[2].strip() for line in said.splitlines() if line.startswith("model name")]
    return f"{names[0]} × {len(names)}" if names else os.uname().machine


def _gpus() -> list[str]:
    """Names of NVIDIA cards as the driver's files give them; asking a library would start up the cards."""
    return sorted(_driver_names())


def _driver_names() -> Iterator[str]:
    if not _NVIDIA.is_dir():
        return
    for card in _NVIDIA.iterdir():
        try:
            said = (card / "information").read_text(errors="replace")
        except OSError:
            continue
        for line in said.splitlines():
            if line.startswith("Model:"):
                yield line.partition(":")[2].strip()
