"""What a comparison of one metric found: the difference, and the interval and p of one and the same procedure.

It says nothing of better or worse; `verdict` does, once the families are adjusted and the goal is known.
"""

from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.intp]

Scope = Literal["method", "runs"]
Interval = tuple[float, float]

ALPHA = 0.05
"""The share of false claims that is put up with where nothing else was said."""


class Difference(msgspec.Struct, frozen=True):
    """Candidate − baseline of one metric. Pairs are (baseline, candidate).

    `values` are the sides' means, NaN where there is none; `n` counts what was tested, in `unit`. `scope` says of what
    the test speaks: of two methods, or of these two runs only. A confidence interval is one of the difference; a
    prediction interval says where the difference would lie if the candidate were one more seed of the baseline. Where
    `p` is None there is no interval either, and `why_not` says why in one line. `left_out` counts the results that
    were not finite. `notes` are lines that a reader needs to judge the figures.
    """

    method: str
    n: tuple[int, int]
    unit: Literal["seeds", "pairs of seeds", "examples", "groups"]
    values: tuple[float, float]
    delta: float
    sd: tuple[float, float] | None = None
    scope: Scope | None = None
    interval: Interval | None = None
    interval_kind: Literal["confidence", "prediction"] | None = None
    level: float = 1 - ALPHA
    p: float | None = None
    p_exact: float | None = None
    why_not: str | None = None
    left_out: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
