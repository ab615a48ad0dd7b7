"""Params as the screens say them, in one line."""

import json

from trackside.compare.differs.facts import ParamRow
from trackside.compare.differs.rows import MISSING, Missing
from trackside.model.run import Param

_LONGEST_VALUE = 500


def param_text(value: Param | Missing) -> str:
    """A param as one line: text as it is, everything else as JSON; a word for one that is not there."""
    if value is MISSING:
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def values_text(row: ParamRow) -> str:
    """A param's values, that of the baseline first: `0.1 → 0.2`."""
    return " → ".join(map(param_text, row.sides))
