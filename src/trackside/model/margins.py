"""How small a difference does not matter, as a person types it: `0.002` of a metric's unit, or `0.5%`."""

import math
import re

import msgspec

_TYPED = re.compile(
    r"(?P<number>(\d{1,30}\.?\d{0,30}|\.\d{1,30})(e[+-]?\d{1,3})?) ?(?P<percent>%)?", re.ASCII | re.IGNORECASE
)


class Margin(msgspec.Struct, frozen=True):
    """A number above zero: of the metric's unit or, where it is relative, of the baseline's value (0.005 is 0.5 %)."""

    value: float
    relative: bool = False

    def beside(self, baseline: float) -> float:
        """The margin in units of the metric, beside a baseline of this value."""
        return self.value * abs(baseline) if self.relative else self.value


def parse_margin(text: str) -> Margin | None:
    """The margin that `text` says; None where it says none."""
    typed = _TYPED.fullmatch(text.strip())
    if typed is None:
        return None
    relative = typed["percent"] is not None
    value = float(typed["number"]) / (100 if relative else 1)
    return Margin(value, relative) if 0 < value < math.inf else None
