"""Seeding the random number generators of the libraries that a script uses."""

import operator
import random
import sys

from trackside.model.errors import UsageError

_NUMPY_SEEDS = 1 << 32
_TORCH_SEEDS = 1 << 64


def seed_everything(seed: int) -> int:
    """Seed `random`, and numpy, torch and tensorflow where the script has imported them by now; gives the seed back.

    jax has no generator of its own to seed: make its key from the same number. UsageError unless `seed` is an integer.
    """
    seed = read_seed(seed)
    random.seed(seed)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(seed % _NUMPY_SEEDS)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed % _TORCH_SEEDS)
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed % (_TORCH_SEEDS >> 1))
    return seed


def read_seed(seed: object) -> int:
    """A seed as an integer of at most 64 bits. UsageError for anything else."""
    try:
        whole = operator.index(seed)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(f"seed={seed!r:.80} is not a whole number") from None
    if not -(1 << 63) <= whole < _TORCH_SEEDS:
        raise UsageError(f"seed={whole} does not fit into 64 bits")
    return whole
