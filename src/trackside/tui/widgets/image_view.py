"""An image on the screen. It knows no file: whoever owns it brings the pixels."""

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style

from trackside.charts.spec import Picture
from trackside.tui.widgets.drawn import CHARSET, Drawn

if TYPE_CHECKING:
    from trackside.charts.half_blocks import Image, ImageSpec


class ImageView(Drawn["ImageSpec"]):
    """An image as large as fits, in half blocks; nothing where there is none."""

    _image: "Image | None" = None

    def show(self, image: "Image | None") -> None:
        """Show this one."""
        self._image = image
        if image is None:
            self.clear()
        else:
            self.redraw()

    def redraw(self, *, anew: bool = False) -> None:
        """Draw what there is."""
        if self._image is not None:
            super().redraw(anew=anew)

    def spec(self) -> "ImageSpec":
        """The image, for the cells that there are now."""
        from trackside.charts.half_blocks import ImageSpec

        assert self._image is not None
        return ImageSpec(self._image, self.size.width, self.size.height, CHARSET)

    def paint(self, spec: "ImageSpec") -> Picture:
        """Draw it, and make its thousands of styles here, so that the event loop finds them made."""
        from trackside.charts.half_blocks import draw

        picture = draw(spec)
        for row in picture.rows:
            for segment in row:
                of_pixels(segment.style)
        return picture

    def _style(self, name: str) -> Style:
        return of_pixels(name)


@lru_cache(maxsize=1 << 15)
def of_pixels(name: str) -> Style:
    """`#rrggbb on #rrggbb` or `on #rrggbb`; rich's own reading of it takes ten times as long."""
    above, _, below = name.rpartition("on ")
    return Style(color=_colour(above) if above else None, bgcolor=_colour(below))


def _colour(name: str) -> Color:
    return Color.from_rgb(*bytes.fromhex(name.strip()[1:]))
