"""A sheet of cells to write on: text at a place, and cells in bulk. It knows nothing of what is drawn."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trackside.charts import cells
from trackside.charts.arrays import Flags
from trackside.charts.spec import Segment

_PLAIN = str.maketrans("…·▸│┃├┝○▲━─└●★", "~->|#++o^--+o*")
_TEXT = "<U8"
"""Of a cell: a letter with what combines with it, or the name of a style."""


class Sheet:
    """`height` × `width` cells, row 0 uppermost. What lies outside is not written; a `plain` one has ASCII only."""

    def __init__(self, width: int, height: int, *, plain: bool = False) -> None:
        self._plain = plain
        self._glyphs = np.full((height, width), " ", dtype=_TEXT)
        self._styles = np.full((height, width), "", dtype=_TEXT)

    def write(self, row: int, column: int, text: str, style: str = "", room: int | None = None) -> int:
        """Write text from a cell on, cut to `room` cells and to the sheet, and return the cells that it took."""
        height, width = self._glyphs.shape
        if not 0 <= row < height or not 0 <= column < width:
            return 0
        text = cells.cut(text, min(width - column, width if room is None else max(room, 0)))
        if self._plain:
            text = text.translate(_PLAIN).encode("ascii", "replace").decode()
        at = column
        for letter in text:
            if (size := cells.width(letter)) == 0:
                if at > column:
                    self._glyphs[row, at - 1 : at] = self._glyphs[row, at - 1] + letter
                continue
            self._glyphs[row, at : at + size] = [letter, *[""] * (size - 1)]
            self._styles[row, at : at + size] = style
            at += size
        return at - column

    def fill(self, top: int, left: int, glyphs: NDArray[np.str_], styles: NDArray[np.str_], where: Flags) -> None:
        """Put a block of cells there, row 0 uppermost, those of `where` only."""
        rows, columns = glyphs.shape
        self._glyphs[top : top + rows, left : left + columns][where] = glyphs[where]
        self._styles[top : top + rows, left : left + columns][where] = styles[where]

    def rows(self) -> tuple[tuple[Segment, ...], ...]:
        """The cells as segments, those of one style joined."""
        return tuple(_segments(*row) for row in zip(self._glyphs, self._styles, strict=True))


def _segments(glyphs: NDArray[np.str_], styles: NDArray[np.str_]) -> tuple[Segment, ...]:
    starts = [0, *(np.flatnonzero(styles[1:] != styles[:-1]) + 1).tolist(), len(styles)]
    letters, names = glyphs.tolist(), styles.tolist()
    return tuple(Segment("".join(letters[start:end]), names[start]) for start, end in pairwise(starts))
