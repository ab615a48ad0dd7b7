"""What a screen can be written as: by the ending of a file's name, each made when it is asked for."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from trackside.charts.spec import ChartOptions, Curve
from trackside.model.errors import UsageError
from trackside.services.new_file import appearing

ANY_END = ""
"""Whatever a name ends in."""
_LONGEST_NAME = 255
"""Bytes that a file system takes."""


class Export(msgspec.Struct, frozen=True):
    """`what` it is, the `name` that is suggested, and what makes the content, by ending; the making takes a worker.

    What has one format alone has it under `ANY_END`.
    """

    what: str
    name: str
    formats: Mapping[str, Callable[[], bytes]]

    @property
    def says(self) -> str:
        """What is to be known of the name."""
        ends = "" if ANY_END in self.formats else f", in the format of the name's end: {', '.join(self.formats)}"
        return f"enter writes {self.what}{ends}; escape does not"

    def place(self, text: str) -> Path:
        """The file that a person names. UsageError where its name says no format, or where no file can have it."""
        try:
            place = Path(text.strip()).expanduser()
        except RuntimeError:
            raise UsageError(f"{text.strip()}: nobody of that name has a home here") from None
        if "\0" in text or len(place.name.encode(errors="replace")) > _LONGEST_NAME:
            raise UsageError(f"{place.name[:20]}…: no file can have that name; a shorter one of plain letters can do")
        if place.suffix not in self.formats and ANY_END not in self.formats:
            raise UsageError(f"{place.name}: a name that ends in {', '.join(self.formats)} says the format")
        return place

    def content(self, place: Path) -> bytes:
        """What the file shall hold."""
        return self.formats[ANY_END if ANY_END in self.formats else place.suffix]()

    def write(self, place: Path, *, over: bool) -> None:
        """Write it, whole or not at all, and `over` a file that is there only if told to.

        TracksideError where its folder is not there, or such a file is.
        """
        content = self.content(place)
        with appearing(place, over=over) as stream:
            stream.write(content)


def chart_formats(charts: Sequence[tuple[str, tuple[Curve, ...], ChartOptions]]) -> dict[str, Callable[[], bytes]]:
    """What makes files of charts, each by its title, its curves and how they are looked at."""

    def drawn(form: str) -> bytes:
        from trackside.services.sharing import chart_files, figure

        those = [chart_files.Drawn(*chart) for chart in charts]
        if form == ".csv":
            return chart_files.csv_text(those)
        picture = chart_files.figure(those)
        return figure.svg(picture) if form == ".svg" else figure.png(picture)

    return {form: partial(drawn, form) for form in (".svg", ".png", ".csv")}


def file_name(words: str, ending: str) -> str:
    """A name for a file of that: letters, digits and dashes."""
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in words).strip("-.")
    return f"{plain[:60] or 'trackside'}{ending}"
