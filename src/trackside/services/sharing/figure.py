"""A picture of lines, areas and words, for paper and slides: as SVG, or as PNG where Pillow is there.

Coordinates are units from the upper left, which are pixels of the SVG; a PNG has twice as many each way.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal, TypeAlias
from xml.etree.ElementTree import Element, tostring

import msgspec

from trackside.model.errors import TracksideError
from trackside.model.visible import visible
from trackside.services.comparison.reports.html_elements import element

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["start", "middle", "end"]

PAPER = "#ffffff"
TEXT_SIZE = 13
_SHARPER = 2
_FINER = 2
"""A PNG is drawn so many times larger still, and then made smaller: that smooths its lines."""
_ANCHORS = {"start": "lm", "middle": "mm", "end": "rm"}


class Line(msgspec.Struct, frozen=True):
    """A line through points; `dash` is how long its strokes and the gaps between them are, 0 for none."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.5
    dash: float = 0.0


class Area(msgspec.Struct, frozen=True):
    """What points surround."""

    points: tuple[Point, ...]
    colour: str


class Words(msgspec.Struct, frozen=True):
    """Text whose middle line is at that height."""

    text: str
    at: Point
    colour: str
    anchor: Anchor = "start"


Shape: TypeAlias = Line | Area | Words


class Figure(msgspec.Struct, frozen=True):
    """What is drawn, the first below all others."""

    width: int
    height: int
    shapes: tuple[Shape, ...]


def svg(figure: Figure) -> bytes:
    """A file of its own, which loads nothing."""
    size = {"width": str(figure.width), "height": str(figure.height)}
    ground = element("rect", fill=PAPER, **size)
    drawn = [ground, *map(_element, figure.shapes)]
    picture = element("svg", *drawn, xmlns="http://www.w3.org/2000/svg", **size)
    return tostring(picture, encoding="unicode").encode()


def png(figure: Figure) -> bytes:
    """An image of twice the size. TracksideError where there is no Pillow."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise TracksideError("PNG is drawn by Pillow: pip install 'trackside[images]', or export SVG") from error
    scale = _SHARPER * _FINER
    image = Image.new("RGB", (figure.width * scale, figure.height * scale), PAPER)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(TEXT_SIZE * scale)
    for shape in figure.shapes:
        match shape:
            case Line():
                for points in _strokes(shape):
                    pen.line(_scaled(points, scale), shape.colour, round(shape.width * scale), joint="curve")
            case Area():
                pen.polygon(_scaled(shape.points, scale), shape.colour)
            case Words():
                place = (shape.at[0] * scale, shape.at[1] * scale)
                pen.text(place, visible(shape.text), shape.colour, font=font, anchor=_ANCHORS[shape.anchor])
    file = BytesIO()
    image.resize((figure.width * _SHARPER, figure.height * _SHARPER), Image.Resampling.BOX).save(file, "PNG")
    return file.getvalue()


def _element(shape: Shape) -> Element:
    match shape:
        case Line():
            look = {"fill": "none", "stroke": shape.colour, "stroke_width": f"{shape.width:g}"}
            dashes = {"stroke_dasharray": f"{shape.dash:g}"} if shape.dash else {}
            points = shape.points if len(shape.points) > 1 else shape.points * 2
            return element("polyline", points=_written(points), stroke_linecap="round", **look, **dashes)
        case Area():
            return element("polygon", points=_written(shape.points), fill=shape.colour)
        case Words():
            font = {"font_family": "sans-serif", "font_size": str(TEXT_SIZE), "text_anchor": shape.anchor}
            x, y = (f"{part:.1f}" for part in shape.at)
            return element("text", shape.text, x=x, y=y, dy="0.35em", fill=shape.colour, **font)


def _written(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _scaled(points: Sequence[Point], scale: int) -> list[Point]:
    return [(x * scale, y * scale) for x, y in points]


def _strokes(line: Line) -> list[tuple[Point, ...]]:
    """The strokes of a dashed line; of a single point a dot."""
    if len(line.points) == 1:
        x, y = line.points[0]
        return [((x - line.width / 2, y), (x + line.width / 2, y))]
    if not line.dash:
        return [line.points]
    strokes: list[tuple[Point, ...]] = []
    stroke: list[Point] = [line.points[0]]
    left, drawn = line.dash, True
    for (x0, y0), (x1, y1) in zip(line.points, line.points[1:], strict=False):
        length, gone = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 0.0
        while length - gone > left:
            gone += left
            at = (x0 + (x1 - x0) * gone / length, y0 + (y1 - y0) * gone / length)
            if drawn:
                strokes.append((*stroke, at))
            stroke, left, drawn = [at], line.dash, not drawn
        left -= length - gone
        stroke.append((x1, y1))
    return [*strokes, tuple(stroke)] if drawn and len(stroke) > 1 else strokes
