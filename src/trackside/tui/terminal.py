"""Text from strangers made harmless for a terminal, and what the terminal can show."""

import locale

from textual import constants

from trackside.model.visible import beginning, visible

LONGEST = 1_000
"""Characters of a name, or of what is told in a line: more fit no terminal, and take long to measure."""


def is_plain() -> bool:
    """Whether the locale lacks UTF-8, so that signs must be ASCII. What standard output is set to may be another."""
    return "utf" not in locale.getencoding().lower()


def inert(text: str) -> str:
    """The beginning of `text` with control characters made visible, line ends kept."""
    return visible(beginning(text, LONGEST), keep="\n")


def one_line(text: str, most: int = LONGEST) -> str:
    """As `inert`, with line ends made visible too; of more than so many characters, the beginning."""
    return visible(beginning(text, most))


def in_browser() -> bool:
    """Whether the app is shown in a browser: `trackside serve` sets Textual's variable for that."""
    return constants.DRIVER is not None
