"""Colours of runs: a run has one colour everywhere, and no two of those shown share one while there are enough.

The colours are exact entries of the xterm-256 palette, so that they survive a terminal without RGB.
"""

import zlib
from collections.abc import Iterable, Sequence

DARK = (
    "#5fafff", "#ffaf5f", "#875fff", "#00ffaf", "#af8700", "#008787", "#5f875f", "#afafaf", "#ff005f", "#ffafff",
    "#afd700", "#00d7d7", "#ffafaf", "#d75f00", "#d700af", "#00af00", "#ff5faf", "#ffd700", "#00af87", "#af87d7",
)  # fmt: skip
LIGHT = (
    "#005faf", "#d75f00", "#875fff", "#af0000", "#5f005f", "#af5f87", "#5f875f", "#585858", "#5f5f00", "#0000d7",
    "#008787", "#af00af", "#ff005f", "#5f0000", "#878700", "#005f00", "#0087d7", "#af005f", "#af5f5f", "#008700",
)  # fmt: skip
DISTINCT = 8
"""So many colours at the beginning of a palette everybody tells apart; the others are for when these are given out."""
_CUBE = (0, 95, 135, 175, 215, 255)


def assign(owners: Iterable[str], palette: Sequence[str]) -> dict[str, str]:
    """A colour for each owner, by the hash of its name; who comes first keeps its own where two would have one.

    The most distinct colours come first, as far as they reach, then the others; after the last one all of them again.
    """
    palette = list(dict.fromkeys(palette))
    tiers = [tier for tier in (palette[:DISTINCT], palette[DISTINCT:]) if tier]
    colours: dict[str, str] = {}
    taken: set[str] = set()
    for owner in dict.fromkeys(owners) if palette else ():
        if len(taken) == len(palette):
            taken.clear()
        tier = next(tier for tier in tiers if not taken.issuperset(tier))
        slot = zlib.crc32(owner.encode("utf-8", "surrogatepass")) % len(tier)
        while tier[slot] in taken:
            slot = (slot + 1) % len(tier)
        taken.add(tier[slot])
        colours[owner] = tier[slot]
    return colours


def xterm(colour: str) -> int:
    """The nearest entry of the xterm-256 palette to `#rrggbb`."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    steps = [_nearest(part) for part in (red, green, blue)]
    grey = min(max(round((red + green + blue) / 3 - 8) // 10, 0), 23)
    cube = tuple(_CUBE[step] for step in steps)
    if _distance(cube, (red, green, blue)) <= _distance((8 + 10 * grey,) * 3, (red, green, blue)):
        return 16 + 36 * steps[0] + 6 * steps[1] + steps[2]
    return 232 + grey


def exact(colour: str) -> str:
    """That entry as `#rrggbb`: of two terminals, one of which has 256 colours, both show the same."""
    number = xterm(colour)
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    cube = number - 16
    return "#" + "".join(f"{_CUBE[step]:02x}" for step in (cube // 36, cube // 6 % 6, cube % 6))


def dimmed(colour: str, towards: str, part: float = 0.6) -> str:
    """The colour moved towards another, by a part of the way."""
    mixed = (
        round(int(colour[at : at + 2], 16) * (1 - part) + int(towards[at : at + 2], 16) * part) for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _nearest(part: int) -> int:
    return min(range(6), key=lambda step: abs(_CUBE[step] - part))


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
