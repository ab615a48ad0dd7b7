"""Themes: TOML files, those that are shipped and those in the person's own folder. It knows no screen."""

import re
from functools import cache
from pathlib import Path
from typing import TypeAlias

import msgspec

from trackside.config.mistakes import Mistake, mistakes_of
from trackside.config.paths import themes_folder
from trackside.config.typed import Faults, nearest, typed
from trackside.model.toml_text import readable

USUAL = "dark"
SIXTEEN = "16-colour"
"""The one for terminals that have no more colours."""

ANSI = {
    "black": "#000000", "red": "#cd0000", "green": "#00cd00", "yellow": "#cdcd00",
    "blue": "#0000ee", "magenta": "#cd00cd", "cyan": "#00cdcd", "white": "#e5e5e5",
    "bright_black": "#7f7f7f", "bright_red": "#ff0000", "bright_green": "#00ff00", "bright_yellow": "#ffff00",
    "bright_blue": "#5c5cff", "bright_magenta": "#ff00ff", "bright_cyan": "#00ffff", "bright_white": "#ffffff",
}  # fmt: skip
"""The sixteen names, and what xterm makes of them where nobody chose otherwise."""

_PACKAGE = Path(__file__).parent.parent
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Colours(msgspec.Struct, frozen=True):
    """What has which colour. Every text is to be read on every ground: background, surface, panel and cursor."""

    primary: str
    secondary: str
    accent: str
    foreground: str
    muted: str
    background: str
    surface: str
    panel: str
    cursor: str
    """The row that keys act on. In a theme of 16 colours it marks the cells that are shown reversed."""
    success: str
    warning: str
    error: str


class Theme(msgspec.Struct, frozen=True):
    """Colours as `#rrggbb`, or by their names in `ANSI`. `curves` are those of runs, as they are given out."""

    colours: Colours
    curves: tuple[str, ...]
    dark: bool = True
    ansi: bool = False
    name: str = ""

    @property
    def curve_colours(self) -> tuple[str, ...]:
        """The same as `#rrggbb`."""
        return tuple(ANSI.get(colour, colour).lower() for colour in self.curves)


Found: TypeAlias = tuple[Theme, tuple[Mistake, ...]]


def names() -> list[str]:
    """The names of all themes, without reading them."""
    return sorted({file.stem for folder in (_shipped_folder(), themes_folder()) for file in folder.glob("*.toml")})


def theme(name: str) -> Found:
    """The theme of that name, a person's own before a shipped one, and what is mistaken in their own.

    In the place of one that is mistaken, or not there, is the shipped one of that name, or the usual one.
    """
    shipped = _shipped_folder() / f"{name}.toml"
    instead = _shipped(name if shipped.is_file() else USUAL)
    own = themes_folder() / f"{name}.toml"
    found, mistakes = _load(own) if own.is_file() else (None, ())
    return found or instead, mistakes


def usual() -> Theme:
    """The shipped one that is shown where nobody chose another."""
    return _shipped(USUAL)


def themes() -> tuple[list[Theme], tuple[Mistake, ...]]:
    """All themes that can be read, by their names, and what is mistaken in the others."""
    found = [theme(name) for name in names()]
    readable_ones = [one for name, (one, _) in zip(names(), found, strict=True) if one.name == name]
    return readable_ones, tuple(mistake for _, mistakes in found for mistake in mistakes)


@cache
def _shipped(name: str) -> Theme:
    found, mistakes = _load(_shipped_folder() / f"{name}.toml")
    assert found is not None, mistakes
    return found


def _shipped_folder() -> Path:
    installed = _PACKAGE / "themes"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "themes"


def _load(file: Path) -> tuple[Theme | None, tuple[Mistake, ...]]:
    """The theme of a file; None where anything is mistaken in it."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, (Mistake(file, None, f"cannot be read: {error}"),)
    document, broken = readable(text)
    found, faults = typed({"name": file.stem, **document}, Theme)
    if broken is not None:
        faults = {}
    elif found is not None:
        faults |= _colourless(found)
    mistakes = mistakes_of(file, text, {"name": file.stem, **document}, faults, broken)
    return None if mistakes else found, mistakes


def _colourless(found: Theme) -> Faults:
    """What is no colour."""
    said: dict[tuple[str | int, ...], str] = {
        ("colours", name): colour for name, colour in msgspec.structs.asdict(found.colours).items()
    }
    said.update((("curves", place), colour) for place, colour in enumerate(found.curves))
    faults: Faults = {at: why for at, colour in said.items() if (why := _fault(colour, ansi=found.ansi))}
    if not found.curves:
        faults["curves",] = "needs a colour at least"
    return faults


def _fault(colour: str, *, ansi: bool) -> str:
    if ansi:
        return "" if colour in ANSI else f"has {colour!r}, which is none of the sixteen{nearest(colour, list(ANSI))}"
    return "" if _HEX.fullmatch(colour) else f"is a colour such as '#5fafff', not {colour!r}"
