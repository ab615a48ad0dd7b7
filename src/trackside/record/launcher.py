"""Which process of a job records: what the launchers of distributed training say in the environment."""

import os

from trackside.model.errors import UsageError


def is_off() -> bool:
    """Whether `TRACKSIDE_MODE=off`. UsageError where it is set to something else."""
    mode = os.environ.get("TRACKSIDE_MODE", "")
    if mode not in ("", "on", "off"):
        raise UsageError(f"TRACKSIDE_MODE={mode}: it is `off`, or `on` as when it is not set")
    return mode == "off"


def is_first_of_job() -> bool:
    """Whether this is the process of a distributed job that records. Slurm's numbers count only beside MASTER_ADDR."""
    ranks = [("RANK", "WORLD_SIZE")]
    if "MASTER_ADDR" in os.environ:
        ranks.append(("SLURM_PROCID", "SLURM_NTASKS"))
    for rank, size in ranks:
        if rank in os.environ:
            return _number(rank) == 0 or _number(size) <= 1
    return True


def _number(variable: str) -> int:
    said = os.environ.get(variable, "0")
    return int(said) if said.isdecimal() else 0
