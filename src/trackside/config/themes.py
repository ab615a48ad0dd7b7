"""Themes: TOML files, those that are shipped and those in the person's own folder. It knows no screen."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from trackside.config.paths import themes_folder
from trackside.model.errors import UsageError

_PACKAGE = Path(__file__).parent.parent


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Colours as `#rrggbb`. `curves` are those of runs, in the order in which they are given out."""

    name: str
    dark: bool
    colours: dict[str, str]
    curves: list[str]


def themes() -> dict[str, Theme]:
    """All themes by name; a person's own comes before a shipped one of the same name."""
    found = dict(_shipped())
    folder = themes_folder()
    if folder.is_dir():
        found |= {theme.name: theme for theme in map(_load, sorted(folder.glob("*.toml")))}
    return found


def names() -> list[str]:
    """The names of all themes, without reading them."""
    return sorted({file.stem for folder in (_shipped_folder(), themes_folder()) for file in folder.glob("*.toml")})


def theme(name: str) -> Theme:
    """The theme of that name. UsageError where there is none."""
    known = themes()
    if name not in known:
        raise UsageError(f"there is no theme {name!r}; choose one of {', '.join(sorted(known))}")
    return known[name]


@cache
def _shipped() -> dict[str, Theme]:
    return {theme.name: theme for theme in map(_load, sorted(_shipped_folder().glob("*.toml")))}


def _shipped_folder() -> Path:
    installed = _PACKAGE / "themes"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "themes"


def _load(file: Path) -> Theme:
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        return msgspec.convert({"name": file.stem, **said}, Theme)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"the theme {file} cannot be read: {error}") from None
