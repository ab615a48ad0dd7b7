"""Which direction of a metric is better, when nobody said: inferred from the words of its name.

The last word that is in a table decides: `val/accuracy_loss` is a loss.
"""

import re
from functools import lru_cache
from typing import Literal

Goal = Literal["min", "max"]

SMALLER_IS_BETTER = frozenset(
    {"loss", "error", "err", "mae", "mse", "rmse", "mape", "nll", "perplexity", "ppl", "bpb"}
    | {"latency", "wer", "cer", "fid", "regret", "divergence", "kl"}
)
LARGER_IS_BETTER = frozenset(
    {"acc", "accuracy", "f1", "auc", "auroc", "auprc", "ap", "map", "precision", "recall", "r2", "iou", "dice"}
    | {"bleu", "rouge", "psnr", "ssim", "reward", "return", "score", "elo", "winrate", "throughput", "top1", "top5"}
)
_WORD = re.compile(r"([A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z])([0-9]*)")


@lru_cache(maxsize=100_000)
def infer_goal(metric: str) -> Goal | None:
    """`min`, `max`, or None where no word of the name is known."""
    for word, digits in reversed(_WORD.findall(metric)):
        spellings = {word.lower(), word.lower() + digits}
        if spellings & SMALLER_IS_BETTER:
            return "min"
        if spellings & LARGER_IS_BETTER:
            return "max"
    return None
