"""A terminal's screen as SVG: a grid of cells, every character at its own place, so that no font can shift a column.

It knows neither the app nor trackside: it takes rows of rich segments.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI

WIDTH, HEIGHT = 8.4, 16.4
_SIZE = 14
_BASELINE = 13.0
_MARGIN = 10
_FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"
_DIM = 0.6
_DOT = 2.2
_BRAILLE = 0x2800
_DOTS = ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1))
"""Row and column of the dot that each bit of a braille character raises, as Unicode numbers them."""


def svg(rows: Sequence[Iterable[Segment]], title: str, background: str) -> str:
    """The picture of a screen; `background` is the colour around it."""
    lines = [list(_cells(row)) for row in rows]
    columns = max((line[-1][0] + 1 for line in lines if line), default=0)
    width, height = f"{columns * WIDTH + 2 * _MARGIN:g}", f"{len(lines) * HEIGHT + 2 * _MARGIN:g}"
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    font = f'font-family="{_FONTS}" font-size="{_SIZE}" xml:space="preserve"'
    drawn = [part for at, line in enumerate(lines) for part in _row(line, at * HEIGHT)]
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="6" fill="{background}"/>',
        f'<g transform="translate({_MARGIN} {_MARGIN})" {font}>',
    ]
    return "\n".join([*head, *drawn, "</g></svg>", ""])


Cell = tuple[int, str, Style]


def _cells(row: Iterable[Segment]) -> Iterator[Cell]:
    """Column, character and style of each character of a row."""
    column = 0
    for text, style, control in row:
        if control:
            continue
        for character in text:
            yield column, character, style or Style.null()
            column += cell_len(character)


def _row(line: list[Cell], top: float) -> Iterator[str]:
    for _, group in groupby(line, key=lambda cell: _colours(cell[2])):
        cells = list(group)
        left = cells[0][0] * WIDTH
        wide = (cells[-1][0] + cell_len(cells[-1][1]) - cells[0][0]) * WIDTH
        ink, paper = _colours(cells[0][2])
        yield f'<rect x="{left:g}" y="{top:g}" width="{wide + 0.3:g}" height="{HEIGHT + 0.3:g}" fill="{paper}"/>'
    for style, group in groupby((cell for cell in line if not cell[1].isspace()), key=lambda cell: cell[2]):
        cells = list(group)
        ink, _ = _colours(style)
        if words := [cell for cell in cells if not _is_braille(cell[1])]:
            places = " ".join(f"{cell[0] * WIDTH:g}" for cell in words)
            text = escape("".join(cell[1] for cell in words))
            yield f'<text x="{places}" y="{top + _BASELINE:g}" fill="{ink}"{_shape(style)}>{text}</text>'
        if dots := "".join(_dots(cell, top) for cell in cells if _is_braille(cell[1])):
            yield f'<path d="{dots}" stroke="{ink}" stroke-width="{_DOT}" stroke-linecap="round"/>'


def _is_braille(character: str) -> bool:
    """Few monospaced fonts have these: they are drawn."""
    return _BRAILLE <= ord(character) < _BRAILLE + 256


def _dots(cell: Cell, top: float) -> str:
    raised = ord(cell[1]) - _BRAILLE
    left = cell[0] * WIDTH
    return "".join(
        f"M{left + (column + 0.5) * WIDTH / 2:.1f} {top + (row + 0.5) * HEIGHT / 4:.1f}h.01"
        for bit, (row, column) in enumerate(_DOTS)
        if raised >> bit & 1
    )


def _shape(style: Style) -> str:
    shape = ' font-weight="bold"' if style.bold else ""
    shape += ' font-style="italic"' if style.italic else ""
    return shape + (' text-decoration="underline"' if style.underline else "")


def _colours(style: Style) -> tuple[str, str]:
    """Of the ink and of the paper, as `#rrggbb`."""
    ink, paper = _triplet(style.color, foreground=True), _triplet(style.bgcolor, foreground=False)
    if style.reverse:
        ink, paper = paper, ink
    if style.dim:
        ink = tuple(round(paper[at] + (ink[at] - paper[at]) * _DIM) for at in range(3))
    return f"#{bytes(ink).hex()}", f"#{bytes(paper).hex()}"


def _triplet(colour: Color | None, *, foreground: bool) -> tuple[int, ...]:
    return (colour or Color.default()).get_truecolor(DIMMED_MONOKAI, foreground=foreground)
