"""Images in cells: two pixels in each, in their proportions, as large as fits."""

import numpy
import pytest

from trackside.charts.half_blocks import Image, ImageSpec, draw
from trackside.charts.spec import Charset, Picture


def drawn(pixels: object, width: int, height: int, charset: Charset = "braille") -> Picture:
    return draw(ImageSpec(Image(b"one", numpy.array(pixels, numpy.uint8)), width, height, charset))


def grey(*rows: list[int]) -> list[list[list[int]]]:
    return [[[shade] * 3 for shade in row] for row in rows]


def test_a_cell_shows_the_pixel_above_on_the_one_below() -> None:
    picture = drawn(grey([0, 0, 255], [16, 16, 32]), 3, 1)
    assert [[(part.text, part.style) for part in row] for row in picture.rows] == [
        [("▀▀", "#000000 on #101010"), ("▀", "#ffffff on #202020")]
    ]


def test_without_half_blocks_a_cell_is_the_mean_of_both() -> None:
    picture = drawn(grey([0, 255], [16, 33]), 2, 1, "ascii")
    assert [(part.text, part.style) for part in picture.rows[0]] == [(" ", "on #080808"), (" ", "on #909090")]


@pytest.mark.parametrize(
    ("shape", "cells", "expected"),
    [
        ((8, 8), (40, 14), (24, 12)),
        ((8, 8), (24, 40), (24, 12)),
        ((100, 400), (40, 40), (40, 5)),
        ((400, 100), (40, 40), (20, 40)),
        ((1, 384), (10, 10), (10, 1)),
        ((384, 1), (10, 10), (1, 10)),
    ],
)
def test_an_image_keeps_its_proportions(
    shape: tuple[int, int], cells: tuple[int, int], expected: tuple[int, int]
) -> None:
    picture = drawn(numpy.zeros((*shape, 3)), *cells)
    assert (sum(len(part.text) for part in picture.rows[0]), len(picture.rows)) == expected


def test_of_many_pixels_in_one_the_mean_is_shown() -> None:
    assert drawn(grey([0, 100], [0, 100], [200, 200], [240, 240]), 1, 1).rows[0][0].style == "#323232 on #dcdcdc"


def test_a_small_image_grows_by_a_whole_factor() -> None:
    first, *_ = drawn(grey([0, 255], [0, 255]), 5, 9).rows
    assert [len(part.text) for part in first] == [2, 2]


def test_images_of_other_files_are_others() -> None:
    pixels = numpy.zeros((1, 1, 3), numpy.uint8)
    assert Image(b"one", pixels) == Image(b"one", pixels + 1)
    assert Image(b"one", pixels) != Image(b"two", pixels)
