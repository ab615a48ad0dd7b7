"""The colours of ranks: from one hue over grey to another, so that what mixes is grey. Without a palette, weights."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackside.charts.arrays import Floats
from trackside.charts.colours import dimmed

STEPS = 5
_GREY = "#808080"
_WEIGHTS = ("muted", "muted", "", "strong", "strong")


class Shades(msgspec.Struct, frozen=True):
    """Styles of the ranks, from the lowest fifth to the highest, and of the runs that are left out."""

    styles: tuple[str, ...]
    left_out: str

    def of(self, ranks: Floats) -> NDArray[np.str_]:
        """The style of each rank, 0 to 1."""
        return np.array(self.styles)[np.clip((ranks * STEPS).astype(np.intp), 0, STEPS - 1)]


def shades(palette: tuple[str, ...], ground: str) -> Shades:
    """The shades that a palette and the colour of the background make."""
    if len(palette) < 2:
        return Shades(_WEIGHTS, "muted")
    high, low = palette[:2]
    grey = dimmed(_GREY, ground, 0.35)
    return Shades((low, dimmed(low, grey, 0.5), grey, dimmed(high, grey, 0.5), high), dimmed(_GREY, ground, 0.8))
