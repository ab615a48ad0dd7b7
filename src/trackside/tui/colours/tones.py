"""The colours, weights and grounds that widgets share, by name.

They follow from the theme alone. As component classes of Textual's, every widget looked each of them up in the style
sheet when it was made and whenever the theme changed, which took longer than all other styles together.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.widget import Widget

_COLOURED = {
    "dim": "foreground-muted",
    "key": "foreground-muted",
    "good": "text-success",
    "add": "text-success",
    "bad": "text-error",
    "remove": "text-error",
    "warn": "text-warning",
    "link": "text-accent",
    "chosen": "text-accent",
    "hunk": "text-accent",
    "muted": "foreground-muted",
}
_SHADES = {"shade-1": 0.08, "shade-2": 0.16, "shade-3": 0.22, "shade-4": 0.28, "shade-5": 0.34}
"""Grounds, the strongest last, and how much of the theme's first colour each has."""

_VARIABLES = (
    *dict.fromkeys(_COLOURED.values()),
    "text-primary",
    "foreground",
    "background",
    "surface",
    "panel",
    "block-cursor-background",
)


class Toned(Widget):
    """A widget that paints in tones."""

    @property
    def tones(self) -> Mapping[str, Style]:
        """What is added to the widget's own style, by name; "" adds nothing."""
        return tones(self.app)

    def theme_changed(self) -> None:
        """Paint again: nothing of the widget's own style need have changed."""
        self.refresh()


def tones(app: App[Any]) -> Mapping[str, Style]:
    """Every tone, in the colours of the theme that the app shows."""
    variables = app.theme_variables
    return _tones(tuple(variables[name] for name in _VARIABLES), app.native_ansi_color)


@lru_cache(maxsize=8)
def _tones(colours: tuple[str, ...], ansi: bool) -> Mapping[str, Style]:
    of = dict(zip(_VARIABLES, map(Color.parse, colours), strict=True))
    # Of sixteen colours none is a shade of another, and the row that keys do not act on has to be seen all the same.
    ground, shade = of["background"], of["text-primary"]
    shades = {name: Style() if ansi else _ground(ground.blend(shade, share)) for name, share in _SHADES.items()}
    made = {
        "": Style.null(),
        **{name: _text(of[variable]) for name, variable in _COLOURED.items()},
        **shades,
        "running": _text(of["text-primary"]) + Style(bold=True),
        **dict.fromkeys(("head", "strong"), Style(bold=True)),
        "columns": _text(of["foreground-muted"]) + _ground(of["surface"]),
        "column": _text(of["foreground"]) + _ground(of["surface"]) + Style(bold=True, underline=True),
        "row": _ground(of["panel"]) + Style(underline=ansi or None),
        "cursor": _ground(of["block-cursor-background"]),
        "mark": _text(of["text-accent"]) + Style(bold=True),
        "match": Style(reverse=True),
    }
    return MappingProxyType(made)


def _text(colour: Color) -> Style:
    return Style(color=colour.rich_color)


def _ground(colour: Color) -> Style:
    return Style(bgcolor=colour.rich_color)
