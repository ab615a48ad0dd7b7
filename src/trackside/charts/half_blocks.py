"""An image as cells of a terminal, two pixels in each: an upper and a lower half block.

Where the terminal has no such character a cell is one pixel, which the background shows.
"""

from dataclasses import dataclass, field
from itertools import groupby

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackside.charts.spec import Charset, Picture, Segment

Pixels = NDArray[np.uint8]
"""Red, green and blue, shape (height, width, 3)."""


@dataclass(frozen=True, slots=True)
class Image:
    """The pixels to draw, told from others by the hash of the file that they come from."""

    digest: bytes
    pixels: Pixels = field(compare=False, repr=False)


class ImageSpec(msgspec.Struct, frozen=True):
    """An image, and the cells that it is drawn in, as large as fits."""

    image: Image
    width: int
    height: int
    charset: Charset


def draw(spec: ImageSpec) -> Picture:
    """The image in cells, from their upper left corner on."""
    pixels = _fitted(spec.image.pixels, spec.width, spec.height)
    if spec.charset == "ascii":
        halves = pixels.reshape(len(pixels) // 2, 2, -1, 3).mean(axis=1).astype(np.uint8)
        return Picture(tuple(_row(" ", [f"on {colour}" for colour in line]) for line in _colours(halves)))
    lines = _colours(pixels)
    return Picture(
        tuple(
            _row("▀", [f"{above} on {below}" for above, below in zip(*pair, strict=True)])
            for pair in zip(lines[::2], lines[1::2], strict=True)
        )
    )


def _fitted(pixels: Pixels, columns: int, lines: int) -> Pixels:
    """As many pixels as the cells have, at an even height.

    Small images grow by a whole factor, so that each pixel is as large as the others; of large ones each pixel is the
    mean of those in its place.
    """
    height, width, _ = pixels.shape
    scale = min(columns / width, 2 * lines / height)
    scale = float(int(scale)) if scale >= 1 else scale
    rows, across = max(1, round(height * scale)), max(1, round(width * scale))
    return _resized(_resized(pixels, rows + rows % 2, 0), across, 1)


def _resized(pixels: Pixels, count: int, axis: int) -> Pixels:
    edges = np.arange(count + 1) * pixels.shape[axis] // count
    # Of an empty span reduceat gives the pixel that it begins at.
    sums = np.add.reduceat(pixels, edges[:-1], axis=axis, dtype=np.int64)
    lengths = np.maximum(np.diff(edges), 1).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    means: Pixels = (sums // lengths).astype(np.uint8)
    return means


def _colours(pixels: Pixels) -> list[list[str]]:
    return [[f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in line] for line in pixels.tolist()]


def _row(character: str, styles: list[str]) -> tuple[Segment, ...]:
    return tuple(Segment(character * sum(1 for _ in same), style) for style, same in groupby(styles))
