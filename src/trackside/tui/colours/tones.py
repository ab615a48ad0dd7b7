"""The colours, weights and grounds that widgets share, by name.

They follow from the theme alone. As component classes of Textual's, every widget looked each of them up in the style
sheet when it was made and whenever the theme changed, which took longer than all other styles together.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.widget import Widget

from trackside.tui.colours.theming import CURSOR

TEXTS = {
    "dim": "foreground-muted",
    "muted": "foreground-muted",
    "key": "foreground-muted",
    "good": "text-success",
    "add": "text-success",
    "bad": "text-error",
    "remove": "text-error",
    "warn": "text-warning",
    "link": "text-accent",
    "chosen": "text-accent",
    "mark": "text-accent",
    "hunk": "text-accent",
    "running": "text-primary",
    "columns": "foreground-muted",
    "column": "foreground",
}
"""Tones that have a colour, and the theme's variable for it."""

GROUNDS = {"columns": "surface", "column": "surface", "row": "panel", "cursor": CURSOR}
"""Tones that have a ground, and the theme's variable for it."""

SHADES = {"shade-1": 8, "shade-2": 16, "shade-3": 22, "shade-4": 28, "shade-5": 34}
"""Grounds, the strongest last, and how many percent of the theme's first colour each has."""

_BOLD = "head", "strong", "mark", "running", "column"
_VARIABLES = (*dict.fromkeys((*TEXTS.values(), *GROUNDS.values())), "background")


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
    made: defaultdict[str, Style] = defaultdict(Style.null)
    made[""] = Style.null()
    for name, variable in TEXTS.items():
        made[name] += Style(color=of[variable].rich_color)
    for name, variable in GROUNDS.items():
        made[name] += Style(bgcolor=of[variable].rich_color)
    for name, percent in SHADES.items():
        # Of sixteen colours none is a shade of another.
        shade = of["background"].blend(of["text-primary"], percent / 100).rich_color
        made[name] = Style.null() if ansi else Style(bgcolor=shade)
    for name in _BOLD:
        made[name] += Style(bold=True)
    made["column"] += Style(underline=True)
    made["match"] = Style(reverse=True)
    if ansi:
        # The row that keys do not act on has to be seen all the same.
        made["row"] += Style(underline=True)
    return MappingProxyType(dict(made))
