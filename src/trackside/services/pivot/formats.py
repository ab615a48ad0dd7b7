"""A pivot as text in the format that is asked for, and as a file whose name says which."""

from collections.abc import Callable, Mapping
from pathlib import Path

from trackside.compare.pivot import Pivot
from trackside.model.errors import UsageError
from trackside.services.new_file import appearing
from trackside.services.pivot.data import csv_text
from trackside.services.pivot.latex import latex
from trackside.services.pivot.markdown import markdown

FORMATS: Mapping[str, Callable[[Pivot], str]] = {"Markdown": markdown, "LaTeX": latex, "CSV": csv_text}
_ENDINGS = {".md": "Markdown", ".tex": "LaTeX", ".csv": "CSV"}


def checked_place(text: str) -> Path:
    """The file that a person named. UsageError where its name says no format, or something is there already."""
    place = Path(text).expanduser()
    if place.suffix not in _ENDINGS:
        raise UsageError(f"{place.name}: a name that ends in {', '.join(_ENDINGS)} says the format")
    if place.exists():
        raise UsageError(f"{place} is there already")
    return place


def write(pivot: Pivot, place: Path) -> None:
    """Write it in the format of the file's name. TracksideError where its folder is not there."""
    with appearing(place) as stream:
        stream.write(FORMATS[_ENDINGS[place.suffix]](pivot).encode())
