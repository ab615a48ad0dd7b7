"""A theme as Textual takes it, and what a terminal without its colours is shown instead."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme as TextualTheme

from trackside.config.themes import ANSI, Theme

CURSOR = "block-cursor-background"
"""The variable of the row that keys act on."""

CURVE = "curve-"
"""What the variables of the curves' colours begin with; then comes their place, from 0."""

_NO_COLOUR = Style.from_color(None, None)
_REVERSED = Style(reverse=True)


def textual_theme(theme: Theme) -> TextualTheme:
    """With all variables that the style sheets of trackside, and of the widgets that are Textual's, take colours of."""
    said = msgspec.structs.asdict(theme.colours)
    colours: dict[str, Any] = {name: f"ansi_{colour}" if theme.ansi else colour for name, colour in said.items()}
    muted, cursor, foreground = colours.pop("muted"), colours.pop("cursor"), colours["foreground"]
    tones = {
        f"text-{name}": colours[name] for name in ("primary", "secondary", "accent", "success", "warning", "error")
    }
    variables = {
        **colours,
        **{f"{CURVE}{place}": colour for place, colour in enumerate(theme.curve_colours)},
        **tones,
        "text": foreground,
        **dict.fromkeys(("text-muted", "text-disabled", "foreground-muted"), muted),
        **dict.fromkeys(("block-cursor-foreground", "block-cursor-blurred-foreground"), foreground),
        **dict.fromkeys((CURSOR, "block-cursor-blurred-background"), cursor),
        "panel-lighten-1": colours["panel"],
        "border-blurred": "ansi_bright_black" if theme.ansi else colours["panel"],
        "ansi-background": colours["background"],
        "ansi-foreground": foreground,
        "footer-background": colours["surface"],
        "footer-key-foreground": colours["accent"],
    }
    made = TextualTheme(theme.name, colours["primary"], dark=theme.dark, ansi=theme.ansi, variables=variables)
    return replace(made, **colours)


def curve_colours(variables: dict[str, str]) -> tuple[str, ...]:
    """The colours of curves, among the variables of the theme that is in use; none of a theme of Textual's own."""
    count = sum(name.startswith(CURVE) for name in variables)
    return tuple(variables[f"{CURVE}{place}"] for place in range(count))


@lru_cache(256)
def one_of_sixteen(colour: str) -> RichColor:
    """The nearest colour to `#rrggbb` that every terminal with colours has."""
    named = list(ANSI.values())
    exactly = RichColor.from_ansi(named.index(colour)) if colour in named else None
    return exactly or RichColor.parse(colour).downgrade(ColorSystem.STANDARD)


class ReversedCursor(LineFilter):
    """Shows what stands on the colour of the cursor reversed and in no colour: no one of sixteen suits all others."""

    def __init__(self) -> None:
        super().__init__(enabled=False)
        self._cursor: RichColor | None = None

    def look_for(self, cursor: str | None) -> None:
        """Reverse what has this background, a colour as Textual's themes have it; nothing without one."""
        self._cursor = None if cursor is None else Color.parse(cursor).rich_color
        self.enabled = cursor is not None

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments, those of the cursor reversed."""
        return [
            Segment(text, _weight(style) + _REVERSED, control)
            if self._is_cursor(style)
            else Segment(text, style, control)
            for text, style, control in segments
        ]

    def _is_cursor(self, style: Style | None) -> bool:
        return style is not None and style.bgcolor is not None and style.bgcolor == self._cursor


class Colourless(LineFilter):
    """Takes away every colour, and leaves weight, underlines and what is reversed."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments without colours."""
        return [Segment(text, None if style is None else _weight(style), control) for text, style, control in segments]


@lru_cache(1024)
def _weight(style: Style) -> Style:
    return Style(
        bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, reverse=style.reverse,
        strike=style.strike, link=style.link, meta=style.meta or None,
    )  # fmt: skip
