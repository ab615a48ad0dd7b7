"""Image files as pixels: every format that runs log, and those that are broken or made to do harm."""

import io
import random
import struct
import sys
import zlib
from typing import Any

import numpy
import pytest
from PIL import Image

from trackside.services.artifacts import images
from trackside.services.artifacts.images import ImageError, read

RED, BLUE = (255, 0, 0), (0, 0, 255)


def file_of(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def two_pixels() -> Image.Image:
    image = Image.new("RGB", (2, 1), RED)
    image.putpixel((1, 0), BLUE)
    return image


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG file of two bytes of pixels, whose head claims more."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0\0")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "PPM", "WEBP"])
def test_pixels_are_those_of_the_file(kind: str) -> None:
    image, size = read(file_of(two_pixels(), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert size == (2, 1)
    assert image.pixels.tolist() == [[list(RED), list(BLUE)]]


def test_a_photograph_is_about_what_it_was() -> None:
    image, size = read(file_of(Image.new("RGB", (64, 32), RED), "JPEG"))
    assert size == (64, 32)
    assert numpy.abs(image.pixels.astype(int) - RED).max() < 5


def test_transparent_pixels_lie_on_white() -> None:
    image, _ = read(file_of(Image.new("RGBA", (1, 1), (0, 0, 0, 0))))
    assert image.pixels.tolist() == [[[255, 255, 255]]]


def test_samples_of_sixteen_bits_keep_their_shades() -> None:
    image, _ = read(file_of(Image.fromarray(numpy.array([[0, 32_896, 65_535]], numpy.uint16))))
    assert image.pixels[0, :, 0].tolist() == [0, 128, 255]


def test_a_large_image_comes_smaller_and_its_size_is_told() -> None:
    image, size = read(file_of(Image.new("RGB", (4_000, 100), RED)))
    assert size == (4_000, 100)
    assert image.pixels.shape == (10, 384, 3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "0 bytes that are no PNG, JPEG, GIF, WEBP, BMP or PPM."),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "24 bytes that are no PNG, JPEG, GIF, WEBP, BMP or PPM."),
        (b"GIF89a", "6 bytes that are no PNG, JPEG, GIF, WEBP, BMP or PPM."),
        (png_that_claims(64, 64), "An image of 55 bytes that is damaged: "),
        (png_that_claims(8_000, 8_000), "An image of 8,000 × 8,000 pixels: too large to show here."),
        (png_that_claims(10_000, 10_000), "An image of 55 bytes and far too many pixels: too large to show here."),
        (
            png_that_claims(2**31 - 1, 2**31 - 1),
            "An image of 55 bytes and far too many pixels: too large to show here.",
        ),
    ],
)
def test_what_cannot_be_shown_is_one_line(content: bytes, says: str) -> None:
    with pytest.raises(ImageError) as refused:
        read(content)
    assert str(refused.value).startswith(says)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM"])
def test_damaged_files_are_told_or_shown(kind: str) -> None:
    chance = random.Random(kind)
    noise = Image.frombytes("RGB", (16, 16), chance.randbytes(768))
    whole = file_of(noise, kind)
    told = []
    for _ in range(300):
        content = bytearray(whole[: chance.randrange(len(whole) + 1)] if chance.random() < 0.3 else whole)
        for _ in range(chance.randrange(8) if content else 0):
            place = chance.randrange(min(len(content), chance.choice((64, len(content) + 1))))
            content[place] = chance.randrange(256)
        try:
            read(bytes(content))
        except ImageError as error:
            told.append(str(error))
    assert len(told) > 30
    assert all(line.isprintable() for line in told)


def test_without_pillow_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImageError) as refused:
        read(b"12345")
    assert str(refused.value) == "An image of 5 bytes: `pip install 'trackside[images]'` lets it be shown."


def test_images_are_told_by_their_names() -> None:
    assert images.is_image("plots/ROC.PNG")
    assert not images.is_image("png")
