"""What a file of an artifact shows: lines, a tree that folds, or a picture below the lines that are said of it."""

from collections.abc import Sequence
from itertools import zip_longest

from textual.app import ComposeResult
from textual.containers import Vertical

from trackside.services.artifacts import folding_tree, histogram_view
from trackside.services.artifacts.artifact_view import ArtifactView
from trackside.services.artifacts.folding_tree import Path, TreeRow
from trackside.tui.terminal import is_plain
from trackside.tui.widgets.histogram_view import HistogramView
from trackside.tui.widgets.image_view import ImageView
from trackside.tui.widgets.lines import Line, Lines, aligned, plain_lines

_INDENT = 2
_STYLES = {"text": "good", "number": "link", "other": "warn", "container": "dim"}
_GAP = "  "


class FileView(Vertical):
    """Shows one file after another. Keys are its owner's to give to it and to the `lines`."""

    DEFAULT_CSS = """
    FileView { height: 1fr; width: 1fr; }
    FileView > ImageView, FileView > HistogramView { display: none; }
    FileView.-image > ImageView, FileView.-histogram > HistogramView { display: block; }
    FileView.-image > Lines { height: 1; }
    FileView.-histogram > Lines { height: auto; max-height: 6; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines = Lines()
        self._image = ImageView()
        self._histograms = HistogramView()
        self._seen: ArtifactView | None = None
        self._unfolded: frozenset[Path] = frozenset()

    def compose(self) -> ComposeResult:
        """The lines above the picture."""
        yield self.lines
        yield self._image
        yield self._histograms

    def show(self, seen: ArtifactView | None, below: Sequence[Line] = ()) -> None:
        """Show what a file shows, and lines `below` its words; nothing where there is none."""
        self._seen = seen
        self._histograms.show(None if seen is None else seen.histograms)
        if seen is not None and seen.kind == "tree":
            self._fold(folding_tree.first_unfolded(seen.document))
        elif seen is not None and seen.rows:
            lines, fixed = _table(seen)
            self.lines.show(lines, fixed)
        else:
            self.lines.show([] if seen is None else [*_words(seen), *self._reading(), *below])
        self._image.show(None if seen is None else seen.image)
        self.set_class(self.is_picture, "-image")
        self.set_class(seen is not None and seen.histograms is not None, "-histogram")

    @property
    def is_tree(self) -> bool:
        """Whether what is shown folds."""
        return self._seen is not None and self._seen.kind == "tree"

    @property
    def is_picture(self) -> bool:
        """Whether what is shown is an image, which is seen whole."""
        return self._seen is not None and self._seen.image is not None

    def open(self) -> bool:
        """Fold or unfold the container under the cursor; whether there is one."""
        row = self._row
        if row is None or row.folded is None:
            return False
        self._fold(self._unfolded ^ {row.path})
        return True

    def sideways(self, steps: int) -> bool:
        """Unfold to the right, fold to the left, or from within a container go to its head; else move or scroll.

        Returns whether there was anything to unfold, to fold, to move in or to scroll.
        """
        row = self._row
        if self._seen is not None and self._seen.histograms is not None:
            self._histograms.move(steps)
            return True
        if row is None:
            self.lines.sideways(steps)
            return bool(self.lines.max_scroll_x)
        if row.folded == (steps > 0):
            return self.open()
        if steps > 0 or not row.path:
            return False
        paths = [line.target.path for line in self.lines.lines if isinstance(line.target, TreeRow)]
        self.lines.to_line(paths.index(row.path[:-1]))
        return True

    def on_histogram_view_moved(self) -> None:
        """Say what the histograms under the cursor are."""
        if self._seen is not None and self._seen.histograms is not None:
            self.lines.show([*_words(self._seen), *self._reading()])

    def search(self, text: str) -> int:
        """Look for `text`, in a tree also in what is folded; how many lines have it."""
        if text and self._seen is not None and self.is_tree:
            self._fold(folding_tree.first_unfolded(self._seen.document, folding_tree.MOST_ROWS))
        return self.lines.search(text)

    def _reading(self) -> list[Line]:
        """What the histograms under the cursor are; nothing where there are none."""
        logged = self._histograms.under_cursor
        return [Line.of(histogram_view.reading(logged))] if logged else []

    @property
    def _row(self) -> TreeRow | None:
        target = self.lines.lines[self.lines.cursor].target if self.lines.lines else None
        return target if isinstance(target, TreeRow) else None

    def _fold(self, unfolded: frozenset[Path]) -> None:
        assert self._seen is not None
        self._unfolded = unfolded
        self.lines.show(map(_branch, folding_tree.rows(self._seen.document, unfolded)))


def _words(seen: ArtifactView) -> list[Line]:
    said = [Line.of(seen.says, "bad" if seen.kind == "damaged" else "dim")] if seen.says else []
    return said + plain_lines(seen.text)


def _branch(row: TreeRow) -> Line:
    """A row of a tree: its sign, its key, its value."""
    signs = "v>" if is_plain() else "▾▸"
    sign = " " if row.folded is None else signs[row.folded]
    indent = " " * (_INDENT * row.depth)
    key = ((row.key, "key"), ("  ", "")) if row.path else ()
    return Line(((f"{indent}{sign} ", "dim"), *key, (row.text, _STYLES[row.kind])), row, hang=len(indent) + 4)


def _table(seen: ArtifactView) -> tuple[list[Line], int]:
    """The lines of a table, and how many of them are its head."""
    heads = (seen.rows[0], *((seen.types,) if seen.types else ()))
    body = seen.rows[1:]
    numeric = frozenset(range(1, len(seen.rows[0]))) if seen.shades else _numeric_columns(body)
    cells = aligned([*heads, *body], right=numeric)
    said = [Line.of(seen.says, "dim"), Line.of("")]
    said += [Line.of(_GAP.join(row), ("key", "dim")[number]) for number, row in enumerate(cells[: len(heads)])]
    rows = [_shaded(row, shades) for row, shades in zip_longest(cells[len(heads) :], seen.shades, fillvalue=())]
    return said + rows, len(said)


def _shaded(cells: Sequence[str], shades: Sequence[int]) -> Line:
    """A row; of a matrix each count, which follow the name of the row, on the ground of its shade."""
    styles = ["", *(f"shade-{shade}" if shade else "" for shade in shades)]
    pairs = zip_longest(cells, styles[: len(cells)], fillvalue="")
    return Line(tuple(part for cell, style in pairs for part in ((cell, style), (_GAP, style or ""))), hang=None)


def _numeric_columns(rows: tuple[tuple[str, ...], ...]) -> frozenset[int]:
    columns = range(len(rows[0])) if rows else range(0)
    return frozenset(column for column in columns if all(_is_number(row[column]) for row in rows))


def _is_number(cell: str) -> bool:
    try:
        float(cell or "0")
    except ValueError:
        return False
    return True
