"""What `log()` was given, looked at closely: which values are floats, which are kept as text, which step is meant."""

import math
import operator
from collections.abc import Mapping
from typing import Any

from trackside.record import values
from trackside.record.values import Complain, Value

_FIRST_STEP, _LAST_STEP = -(1 << 63), (1 << 63) - 1


def read(given: Mapping[Any, Any], complain: Complain) -> tuple[dict[str, float], dict[str, Value]]:
    """The floats of a row, and apart from them its texts and the whole numbers that no float holds.

    Nested mappings are flattened with `/`; True and False are 1 and 0; None is left out; what is neither a number
    nor text is kept as the text of its `repr`, and complained of.
    """
    floats: dict[str, float] = {}
    others: dict[str, Value] = {}
    for key, value in values.flatten(given, "/", complain):
        if value is None:
            continue
        number = values.number(value)
        if isinstance(number, float):
            floats[key] = number
        elif number is not None:
            others[key] = number
        elif isinstance(value, str):
            others[key] = values.encodable(value)
        else:
            kind = type(value).__name__
            complain(
                f"value {key}", f"metric {key!r} is neither a number nor text but {kind}; its repr is kept as text"
            )
            others[key] = values.short_repr(value)
    return floats, others


def whole_step(step: Any) -> int | None:
    """A step as an integer: whole floats and integers of any kind count; None for anything else."""
    try:
        found = operator.index(step)
    except TypeError:
        number = values.number(step)
        if not isinstance(number, float) or not math.isfinite(number) or number != int(number):
            return None
        found = int(number)
    return found if _FIRST_STEP <= found <= _LAST_STEP else None
