"""A screen as a text that can be read in a diff: what it says, and below it, line by line, in which roles it says it.

    12  1 foreground, 9 muted, 30 accent bold on panel

is line 12: from column 1 on in the theme's `foreground`, from 9 on in `muted`; the ground is told where it is not the
`background`. A role is one for all themes, so that one text holds for all of them. Colours of no one role, as those of
blends and images are, are spelled out, theme by theme.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from itertools import accumulate, groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.types import SerializedData

from trackside.tui.colours.theming import CURSOR, one_of_sixteen

Roles = Mapping[tuple[str, ...], str]
"""The role that a colour has, by what it is in each theme."""

_PLAIN = (
    "foreground",
    "background",
    "surface",
    "panel",
    "primary",
    "secondary",
    "accent",
    "success",
    "warning",
    "error",
)
_ROLES = {name: name for name in _PLAIN} | {"text-muted": "muted", "border-blurred": "rule", CURSOR: "cursor"}
_SHAPES = ("bold", "dim", "italic", "underline", "strike")


class Look(NamedTuple):
    """How a cell looks: in one theme by its colours, of all themes by their roles."""

    ink: str
    ground: str
    shape: str

    def __str__(self) -> str:
        ground = "" if self.ground == "background" else f"on {self.ground}"
        return " ".join(part for part in (self.ink, self.shape, ground) if part) or self.ground


class Screens(SingleFileSnapshotExtension):
    """Each in a file of its own."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    def diff_lines(self, serialized_data: SerializedData, snapshot_data: SerializedData) -> Iterator[str]:
        """What differs, with no colours."""
        kept, now = str(snapshot_data).splitlines(), str(serialized_data).splitlines()
        yield from unified_diff(kept, now, "as it was", "as it is", n=0, lineterm="")


class Picture(NamedTuple):
    """A screen in one theme: its lines, and by role the colours of the theme as its cells have them."""

    lines: Sequence[Sequence[tuple[str, Look]]]
    roles: Mapping[str, str]

    @property
    def words(self) -> str:
        """What stands on it."""
        return "\n".join("".join(character for character, _ in line).rstrip() for line in self.lines)


def picture(rows: Iterable[Iterable[Segment]], variables: Mapping[str, str]) -> Picture:
    """The picture of rendered rows in a theme of these variables."""
    curves = {name: name for name in variables if name.startswith("curve-")}
    is_ansi = variables["background"].startswith("ansi_")
    roles = {role: _hue(_colour(variables[name], sixteen=is_ansi)) for name, role in (_ROLES | curves).items()}
    cursor = roles["cursor"] if is_ansi else ""
    return Picture([list(_cells(row, cursor)) for row in rows], roles)


def text_of(pictures: Sequence[Picture]) -> str:
    """The text of a screen in several themes. AssertionError where these do not show the same words."""
    words = [one.words for one in pictures]
    assert len(set(words)) == 1, "\n".join(["themes show other words", *words])
    roles: dict[tuple[str, ...], str] = {}
    for role, colours in _by_role(pictures):
        roles.setdefault(tuple(colours), role)
    lines = zip(*(one.lines for one in pictures), strict=True)
    return "\n".join([words[0], "─" * 40, *_numbered(_runs(line, roles) for line in lines), ""])


def _by_role(pictures: Sequence[Picture]) -> list[tuple[str, list[str]]]:
    common = [role for role in pictures[0].roles if all(role in one.roles for one in pictures)]
    return [(role, [one.roles[role] for one in pictures]) for role in common]


def _colour(said: str, *, sixteen: bool) -> Color:
    """A variable of a theme as rich has it, as the app shows it."""
    if said.startswith("ansi_"):
        return Color.parse(said.removeprefix("ansi_"))
    return one_of_sixteen(said) if sixteen else Color.parse(said)


def _cells(row: Iterable[Segment], cursor: str) -> Iterator[tuple[str, Look]]:
    """Characters and their looks. What is reversed in no colour stands on the `cursor` of a theme of sixteen."""
    for text, style, control in row:
        if not control:
            look = _look(style or Style.null(), cursor)
            yield from ((character, _blank(look) if character == " " else look) for character in text)


def _look(style: Style, cursor: str) -> Look:
    shape = " ".join(name for name in _SHAPES if getattr(style, name))
    if not style.reverse:
        return Look(_hue(style.color), _hue(style.bgcolor), shape)
    has_colours = style.color is not None or style.bgcolor is not None
    return Look(_hue(style.bgcolor), _hue(style.color), shape) if has_colours else Look("", cursor, shape)


def _blank(look: Look) -> Look:
    """Of a blank nothing is seen but the ground, and lines through it."""
    return look if "underline" in look.shape or "strike" in look.shape else Look("", look.ground, "")


def _hue(colour: Color | None) -> str:
    if colour is None or colour.is_default:
        return "default"
    return f"colour {colour.number}" if colour.number is not None else colour.get_truecolor().hex


def _runs(themes: Sequence[Sequence[tuple[str, Look]]], roles: Roles) -> str:
    """Of a line in all themes, from which column on it is in which look."""
    looks = _filled([_told([look for _, look in cells], roles) for cells in zip(*themes, strict=True)])
    columns = [1, *accumulate((cell_len(character) for character, _ in themes[0]), initial=1)][1:]
    starts = [place for place, look in enumerate(looks) if place == 0 or look != looks[place - 1]]
    return ", ".join(f"{columns[place]} {looks[place]}" for place in starts)


def _told(looks: Sequence[Look], roles: Roles) -> Look:
    inks = tuple(look.ink for look in looks)
    grounds = tuple(look.ground for look in looks)
    shapes = dict.fromkeys(look.shape for look in looks)
    ground = roles.get(grounds) or "|".join(grounds)
    return Look(
        _role(inks, roles),
        ground,
        "|".join(shape or "plain" for shape in shapes) if len(shapes) > 1 else looks[0].shape,
    )


def _role(inks: tuple[str, ...], roles: Roles) -> str:
    """The role of an ink; in a theme that shows it reversed on the cursor, it is in no colour."""
    if not any(inks):
        return ""
    fitting = (
        role
        for colours, role in roles.items()
        if all(ink in ("", colour) for ink, colour in zip(inks, colours, strict=True))
    )
    return roles.get(inks) or next(fitting, "|".join(ink or "-" for ink in inks))


def _filled(looks: list[Look]) -> list[Look]:
    """Blanks in the look of what stands before them on the same ground, or else behind."""
    for order in (range(1, len(looks)), range(len(looks) - 2, -1, -1)):
        for place in order:
            beside = looks[place - order.step]
            if not looks[place].ink and not looks[place].shape and beside.ground == looks[place].ground:
                looks[place] = Look(beside.ink, beside.ground, "" if "underline" in beside.shape else beside.shape)
    return looks


def _numbered(lines: Iterable[str]) -> Iterator[str]:
    """Each line with its number; equal ones beneath each other are told once."""
    at = 1
    for line, same in groupby(lines):
        last = at + len(list(same)) - 1
        yield f"{at if at == last else f'{at}-{last}':>5}  {line}"
        at = last + 1
