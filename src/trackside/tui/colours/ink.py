"""The colours that a script printed in, as the theme shows them: what could not be read in them is shown plainly."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rich.style import Style
from textual.color import Color

from trackside.services.console.terminal_lines import Colour as PrintedColour
from trackside.services.console.terminal_lines import Ink

_PALETTE = (
    "foreground-muted",
    "text-error",
    "text-success",
    "text-warning",
    "text-primary",
    "text-secondary",
    "text-accent",
    "foreground",
)
"""The theme's variables for a terminal's first eight colours, black to white; the next eight are the bright ones."""

_LEAST_CONTRAST = 1.8
_CUBE = (0, 95, 135, 175, 215, 255)
_BLACK, _WHITE = Color(0, 0, 0), Color(255, 255, 255)


def palette(variables: Mapping[str, str]) -> tuple[Color, ...]:
    """The colours of a theme, by its variables, for a terminal's first eight."""
    return tuple(Color.parse(variables[name]) for name in _PALETTE)


def style_of(ink: Ink, named: Sequence[Color], background: Color) -> Style:
    """The style of an ink; `named` are the theme's colours for a terminal's first eight."""
    ground = None if ink.ground is None else _colour(ink.ground, named)
    under = ground or background
    text = None if ink.colour is None else _colour(ink.colour, named)
    if ground is not None and text is None:
        text = max(_BLACK, _WHITE, key=lambda colour: _contrast(colour, ground))
    if text is not None and _contrast(text, under) < _LEAST_CONTRAST:
        text = None if ground is None else max(_BLACK, _WHITE, key=lambda colour: _contrast(colour, ground))
    return Style(
        color=None if text is None else text.rich_color,
        bgcolor=None if ground is None else ground.rich_color,
        bold=ink.bold or None,
        dim=ink.dim or None,
        italic=ink.italic or None,
        underline=ink.underline or None,
        reverse=ink.reverse or None,
        strike=ink.strike or None,
    )


def _colour(printed: PrintedColour, named: Sequence[Color]) -> Color:
    if isinstance(printed, str):
        return Color.parse(printed)
    if printed < 16:
        return named[printed % 8]
    return _of_cube(printed)


def _of_cube(number: int) -> Color:
    """Of the 256: from 16 on a cube of six steps a side, from 232 on greys, as xterm has them."""
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return Color(grey, grey, grey)
    place = number - 16
    return Color(_CUBE[place // 36], _CUBE[place // 6 % 6], _CUBE[place % 6])


@lru_cache(maxsize=1_024)
def _contrast(one: Color, other: Color) -> float:
    """The ratio of their luminances, from 1 to 21, as WCAG 2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
