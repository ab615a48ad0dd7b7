"""Charts as text: the plain twin for NO_COLOR and for terminals without UTF-8, and colours for `trackside curve`.

It knows no terminal: the caller says what the terminal can do.
"""

from msgspec.structs import replace

from trackside.charts.colours import DARK, xterm
from trackside.charts.picture import draw
from trackside.charts.spec import ChartSpec, Segment

_RESET = "\x1b[0m"
_STYLES = {"muted": "\x1b[2m", "strong": "\x1b[1m", "mark": "\x1b[1m"}


def text(spec: ChartSpec, *, ascii_only: bool = False) -> str:
    """The chart without colours: curves end in letters that the legend names. No line ends in blanks."""
    charset = "ascii" if ascii_only else spec.charset
    picture = draw(replace(spec, palette=(), charset=charset))
    lines = "\n".join(line.rstrip() for line in picture.text.splitlines())
    return lines.replace("…", "~").encode("ascii", "replace").decode() if ascii_only else lines


def coloured(spec: ChartSpec) -> str:
    """The chart with the escape sequences of the xterm-256 palette."""
    picture = draw(replace(spec, palette=spec.palette or DARK))
    return "\n".join("".join(_escaped(segment) for segment in row) for row in picture.rows)


def _escaped(segment: Segment) -> str:
    if not segment.style or not segment.text.strip():
        return segment.text
    opening = _STYLES.get(segment.style) or f"\x1b[38;5;{xterm(segment.style)}m"
    return f"{opening}{segment.text}{_RESET}"
