"""Which curves are judged, by their names: losses, norms of gradients, and how busy graphics cards are.

What a name does not say is not guessed: a metric of another kind is judged by no rule but that for values that are not
finite.
"""

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from trackside.model.system import is_system

Kind: TypeAlias = Literal["loss", "gradient", "card"]

_LOSSES = frozenset({"loss", "nll", "perplexity", "ppl", "bpb", "mse", "rmse", "mae", "error", "err"})
_GAMES = frozenset(
    {"policy", "actor", "critic", "value", "vf", "pg", "q", "qf", "entropy", "alpha", "kl", "reward", "advantage"}
    | {"gen", "generator", "disc", "discriminator", "adv", "adversarial", "g", "d", "gan", "commitment", "surrogate"}
)
"""Losses of players against each other, and of reinforcement learning: they rise and fall while all is well."""

_HELD_OUT = frozenset({"val", "valid", "validation", "dev", "eval", "test"})
_TRAINING = frozenset({"train", "training"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_CARD = re.compile(r"gpu[./_]?\d+[./_](use|gpu|gpu_utilization|utilization(_percentage)?)$")


@lru_cache(maxsize=100_000)
def judged(metric: str) -> Kind | None:
    """What kind of curve a metric is; None where no rule judges it."""
    if is_system(metric):
        return "card" if _CARD.search(metric) else None
    words = _words(metric)
    if words & {"grad", "grads", "gradient", "gradients", "gnorm"}:
        return "gradient"
    return "loss" if words & _LOSSES and not words & _GAMES else None


@lru_cache(maxsize=100_000)
def is_held_out(metric: str) -> bool:
    """Whether a metric is measured on data that is not trained on."""
    return bool(_words(metric) & _HELD_OUT)


@lru_cache(maxsize=100_000)
def family(metric: str) -> str:
    """What `train/loss`, `val/loss` and `loss` have in common."""
    return " ".join(word.lower() for word in _WORD.findall(metric) if word.lower() not in _HELD_OUT | _TRAINING)


def _words(metric: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(metric))
