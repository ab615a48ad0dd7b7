"""Image files as pixels to draw.

They come from strangers: a header that claims too much is not believed, and whatever else is wrong with a file is an
ImageError of one line. Pillow, which is an extra, is imported with the first image.
"""

from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from trackside.model.errors import TracksideError

if TYPE_CHECKING:
    import PIL.Image

    from trackside.charts.half_blocks import Image, Pixels

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ppm", ".pgm"})
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM")
_MOST_PIXELS = 1 << 25
_LONGEST_SIDE = 384
"""Of what is drawn: no terminal has room for more."""

_PAPER = "white"
"""What transparent pixels lie on: most plots are drawn in black."""


_TO_BYTE = 257
"""From samples of 16 bits: 65,535 is 255."""


class ImageError(TracksideError):
    """An image that cannot be shown, and why."""


def is_image(path: str) -> bool:
    """Whether the name of a file is that of an image."""
    return PurePosixPath(path).suffix.lower() in _SUFFIXES


def read(content: bytes) -> "tuple[Image, tuple[int, int]]":
    """An image, of an animation the first, and the width and height of its file in pixels. ImageError otherwise."""
    try:
        import PIL.Image
    except ImportError:
        raise ImageError(f"{_image_of(content)}: `pip install 'trackside[images]'` lets it be shown.") from None
    try:
        return _read(content)
    except ImageError:
        raise
    except PIL.UnidentifiedImageError:
        raise ImageError(f"{len(content):,} bytes that are no {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}.") from None
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise ImageError(f"{_image_of(content)} and far too many pixels: too large to show here.") from None
    except Exception as error:
        # Its decoders raise anything over damaged content.
        raise ImageError(f"{_image_of(content)} that is damaged: {error}") from error


def _read(content: bytes) -> "tuple[Image, tuple[int, int]]":
    import PIL.Image
    from blake3 import blake3

    from trackside.charts.half_blocks import Image

    with PIL.Image.open(BytesIO(content), formats=_FORMATS) as file:
        width, height = file.size
        if width * height > _MOST_PIXELS:
            raise ImageError(f"An image of {width:,} × {height:,} pixels: too large to show here.")
        return Image(blake3(content).digest(), _pixels(file)), (width, height)


def _pixels(file: "PIL.Image.Image") -> "Pixels":
    import numpy as np
    import PIL.Image

    if file.mode.startswith("I"):
        seen = PIL.Image.fromarray((np.asarray(file) // _TO_BYTE).clip(0, 255).astype(np.uint8)).convert("RGBA")
    else:
        seen = file.convert("RGBA")
    seen.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), PIL.Image.Resampling.BOX)
    paper = PIL.Image.new("RGBA", seen.size, _PAPER)
    return np.asarray(PIL.Image.alpha_composite(paper, seen).convert("RGB"))


def _image_of(content: bytes) -> str:
    return f"An image of {len(content):,} bytes"
