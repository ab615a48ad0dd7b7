"""Arrays as this room has them, apart from `spec`, which is loaded where numpy is not yet wanted."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]


def chosen(values: Floats, flags: Flags) -> Floats:
    """The values that have their flag; where all have, the same array: a long curve is not copied for nothing."""
    return values if flags.all() else values[flags]
