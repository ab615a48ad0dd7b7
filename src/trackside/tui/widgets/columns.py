"""Columns that scroll sideways by whole ones while the first stay: which are in sight, how far there is to scroll.

And how a text fills one. Widths are in cells, one for each column; `room` is what there is for all of them with the
gaps between.
"""

from collections.abc import Sequence
from itertools import accumulate, takewhile

from rich.cells import cell_len, set_cell_size

GAP = "  "


def in_sight(widths: Sequence[int], frozen: int, shift: int, room: int) -> list[int]:
    """Numbers of the columns that have room, of which `shift` behind the `frozen` ones are left out.

    Of those that scroll one always shows: one that is wider than all the room is cut.
    """
    shown = [*range(min(frozen, len(widths))), *range(frozen + shift, len(widths))]
    ends = accumulate(widths[number] + len(GAP) for number in shown)
    fitting = sum(1 for _ in takewhile(lambda end: end - len(GAP) <= room, ends))
    return shown[: max(fitting, frozen + 1)]


def furthest(widths: Sequence[int], frozen: int, room: int) -> int:
    """The least shift with which the last column is in sight."""
    last_first = accumulate(width + len(GAP) for width in reversed(widths[frozen:]))
    left = room + len(GAP) - sum(width + len(GAP) for width in widths[:frozen])
    fitting = sum(1 for _ in takewhile(lambda taken: taken <= left, last_first))
    return max(0, len(widths) - frozen - max(fitting, 1))


def fitted(text: str, width: int, *, right: bool) -> str:
    """A text as wide as its column; of one that is wider, the beginning."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - length) + text if right else text + " " * (width - length)


def fitted_head(text: str, width: int, *, right: bool) -> str:
    """A head as wide as its column; of one that is wider, the end, which tells names apart."""
    if cell_len(text) > width:
        taken = accumulate(map(cell_len, reversed(text)))
        fitting = sum(1 for _ in takewhile(lambda cells: cells < width, taken))
        text = f"…{text[len(text) - fitting :]}"
    return fitted(text, width, right=right)


def arrow(sign: str, *, plain: bool) -> str:
    """`‹` or `›` where more columns lie that way, `▸` or `▾` where rows are folded; `plain` without UTF-8."""
    return {"‹": "<", "›": ">", "▸": ">", "▾": "v"}[sign] if plain else sign
