"""A text that has few lines: what it has no room for is left out from a word on, and an ellipsis says so."""

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from trackside.charts import cells


class InShort(Widget):
    """As many lines as the text needs, and at most the `max-height` that its style sheet gives."""

    DEFAULT_CSS = "InShort { height: auto; max-height: 1; }"

    text = reactive("", layout=True)

    def render(self) -> Content:
        """The lines."""
        return Content("\n".join(self._lines(self.content_size.width)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """How many lines there are."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[str]:
        most = self.styles.max_height
        assert most is not None
        return cells.wrapped(self.text, width, int(most.value))
