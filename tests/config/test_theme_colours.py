"""Whether the shipped themes can be read and their curves told apart, by everybody and on every terminal."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from colour_science import contrast, delta_e, distance
from rich.color import ColorSystem
from textual.color import Color

import trackside.tui
from trackside.charts.colours import DARK, DISTINCT, LIGHT
from trackside.config import themes
from trackside.config.themes import Theme
from trackside.tui.colours import tones
from trackside.tui.colours.theming import CURSOR, one_of_sixteen, textual_theme

SHIPPED = {theme.name: theme for theme in themes.themes()[0]}
IN_RGB = [name for name, theme in SHIPPED.items() if not theme.ansi]
AA, AAA = 4.5, 7.0
"""WCAG 2.2, 1.4.3 and 1.4.6."""

GRAPHIC = 3.0
"""WCAG 2.2, 1.4.11: what a curve needs against the ground it is drawn on."""

APART = 10.0
"""Of patches side by side one ΔE can be noticed; of thin lines that do not touch, several times as much is needed
(Szafir 2018, Modeling Color Difference for Visualization Design, IEEE TVCG 24(1))."""

SHEETS = "\n".join(
    path.read_text() for ending in ("*.py", "*.tcss") for path in Path(trackside.tui.__path__[0]).rglob(ending)
)
TEXTS = {*re.findall(r"(?<!-)\bcolor: \$([\w-]+)", SHEETS), *re.findall(r'"\$([\w-]+)"', SHEETS), *tones.TEXTS.values()}
SHADES = {f"primary {percent}%" for percent in tones.SHADES.values()}
"""Grounds of the cells of a matrix: what is written on them has no tone. With 16 colours there are none."""

GROUNDS = {*re.findall(r"background: \$([\w-]+(?: \d+%)?)", SHEETS), *tones.GROUNDS.values(), *SHADES}
OF_TEXTUAL = (
    {"text-disabled", "block-cursor-foreground", "text-primary"},
    {"panel-lighten-1"},
)
"""Texts and grounds of toasts, boxes to type in, lists and the palette."""


def variables(theme: Theme) -> dict[str, str]:
    made = textual_theme(theme)
    return {**made.to_color_system().generate(), **made.variables}


def colour(theme: Theme, name: str, ground: str | None = None, *, in_256: bool = False) -> str:
    """What a variable of a theme comes to on a ground, as `#rrggbb`."""
    variable, _, part = name.partition(" ")
    words = variables(theme)[variable] + (f" {part}" if part else "")
    if words.startswith("ansi_"):
        return themes.ANSI[words.removeprefix("ansi_")]
    value, percent = words.split()[0], words.split()[1:]
    found = Color.parse(value)
    if percent:
        found = found.with_alpha(found.a * float(percent[0].rstrip("%")) / 100)
    if ground is not None:
        found = Color.parse(ground) + found
    if not in_256:
        return found.hex6.lower()
    triplet = found.rich_color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor()
    return triplet.hex


def test_the_distance_is_that_of_the_paper() -> None:
    assert delta_e((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert delta_e((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)
    assert delta_e((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)) == pytest.approx(1.2644, abs=1e-4)
    assert delta_e((50, -1, 2), (50, 0, 0)) == pytest.approx(2.3669, abs=1e-4)


def test_five_themes_are_shipped() -> None:
    assert list(SHIPPED) == ["16-colour", "colour-blind-safe", "dark", "high-contrast", "light"]
    assert [name for name, theme in SHIPPED.items() if not theme.dark] == ["light"]
    assert [name for name, theme in SHIPPED.items() if theme.ansi] == [themes.SIXTEEN]


@pytest.mark.parametrize("in_256", [False, True], ids=["in RGB", "in 256 colours"])
@pytest.mark.parametrize("name", SHIPPED)
def test_every_text_of_the_style_sheets_can_be_read_on_every_ground(name: str, in_256: bool) -> None:
    theme, least = SHIPPED[name], AAA if name == "high-contrast" else AA
    assert {"foreground-muted", "text-error", "text-success", "accent"} <= TEXTS
    assert {"surface", "panel", "block-cursor-background", "background"} <= GROUNDS
    base = colour(theme, "background")
    in_colour = (GROUNDS | OF_TEXTUAL[1]) - ({CURSOR, *SHADES} if theme.ansi else set())
    grounds = {ground: colour(theme, ground, base, in_256=in_256) for ground in in_colour}
    for text in TEXTS | OF_TEXTUAL[0]:
        for ground, below in grounds.items():
            if ground in SHADES and text != "foreground":
                continue
            found = contrast(colour(theme, text, below, in_256=in_256), below)
            assert found >= least, f"${text} on ${ground}: {found:.2f}"


@pytest.mark.parametrize("name", SHIPPED)
def test_curves_stand_out_from_their_ground(name: str) -> None:
    theme = SHIPPED[name]
    for ground in ("background", "surface"):
        below = colour(theme, ground)
        assert [curve for curve in theme.curve_colours if contrast(curve, below) < GRAPHIC] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_curves_are_told_apart_and_the_first_eight_also_with_deuteranopia(name: str) -> None:
    curves = SHIPPED[name].curve_colours
    assert len(curves) == (20 if name in IN_RGB else DISTINCT)
    near = {pair: distance(*pair) for pair in combinations(curves, 2)}
    assert {pair: round(found, 1) for pair, found in near.items() if found < APART} == {}
    near = {pair: distance(*pair, deuteranopia=True) for pair in combinations(curves[:DISTINCT], 2)}
    assert {pair: round(found, 1) for pair, found in near.items() if found < APART} == {}


def test_a_colour_blind_person_tells_good_from_bad() -> None:
    told = [colour(SHIPPED["colour-blind-safe"], tone) for tone in ("success", "warning", "error")]
    assert [pair for pair in combinations(told, 2) if distance(*pair, deuteranopia=True) < APART] == []


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast"])
def test_texts_and_curves_are_the_same_with_256_colours(name: str) -> None:
    theme = SHIPPED[name]
    said = {where: one for where, one in variables(theme).items() if where in TEXTS}
    assert [one for one in (*said.values(), *theme.curves) if not is_xterm_256(one)] == []


def is_xterm_256(said: str) -> bool:
    """Whether a colour is one of the 216 of the cube or the 24 greys."""
    red, green, blue = (int(said[place : place + 2], 16) for place in (1, 3, 5))
    grey = red == green == blue and red in range(8, 239, 10)
    return grey or all(level in (0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF) for level in (red, green, blue))


def test_curves_of_the_16_colours_are_written_as_what_they_are() -> None:
    theme = SHIPPED[themes.SIXTEEN]
    numbers = [one_of_sixteen(curve).number for curve in theme.curve_colours]
    assert numbers == [list(themes.ANSI).index(name) for name in theme.curves]


def test_what_is_drawn_without_a_theme_has_the_colours_of_the_usual_ones() -> None:
    assert (SHIPPED["dark"].curves, SHIPPED["light"].curves) == (DARK, LIGHT)
