"""Text that came from runs, in CSV: it steers no terminal, and a spreadsheet takes none of it for a formula.

Parquet and JSON hold it as it is.
"""

import re

from trackside.model.visible import visible

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_cell(text: str) -> str:
    """One line, with control characters made visible, and an apostrophe before what would be a formula."""
    shown = visible(text)
    return f"'{shown}" if _FORMULA.match(shown) and not _NUMBER.fullmatch(shown) else shown
