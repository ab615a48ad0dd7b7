"""What a file of an artifact shows: lines, or an image below the line that is said of it."""

from textual.app import ComposeResult
from textual.containers import Vertical

from trackside.services.artifact_view import ArtifactView
from trackside.tui.widgets.image_view import ImageView
from trackside.tui.widgets.lines import Line, Lines, plain_lines, table


class FileView(Vertical):
    """Shows one file after another. Keys are its owner's to give to the `lines`."""

    DEFAULT_CSS = """
    FileView { height: 1fr; width: 1fr; }
    FileView > ImageView { display: none; }
    FileView.-image > ImageView { display: block; }
    FileView.-image > Lines { height: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines = Lines()
        self._image = ImageView()

    def compose(self) -> ComposeResult:
        """The lines above the image."""
        yield self.lines
        yield self._image

    def show(self, seen: ArtifactView | None) -> None:
        """Show what a file shows; nothing where there is none."""
        self.lines.show([] if seen is None else _lines(seen))
        self._image.show(None if seen is None else seen.image)
        self.set_class(seen is not None and seen.image is not None, "-image")


def _lines(seen: ArtifactView) -> list[Line]:
    """What a file shows, as lines."""
    said = [Line.of(seen.says, "bad" if seen.kind == "damaged" else "dim")] if seen.says else []
    if not seen.rows:
        return said + plain_lines(seen.text)
    numeric = frozenset(range(1, len(seen.rows[0]))) if seen.kind == "confusion" else _numeric_columns(seen.rows[1:])
    head, *rows = table(seen.rows, right=numeric)
    return [*said, Line.of(""), Line.of(head, "key", hang=None), *(Line.of(row, hang=None) for row in rows)]


def _numeric_columns(rows: tuple[tuple[str, ...], ...]) -> frozenset[int]:
    columns = range(len(rows[0])) if rows else range(0)
    return frozenset(column for column in columns if all(_is_number(row[column]) for row in rows))


def _is_number(cell: str) -> bool:
    try:
        float(cell or "0")
    except ValueError:
        return False
    return True
