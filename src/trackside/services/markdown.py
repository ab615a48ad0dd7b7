"""Text that came from runs, in Markdown: it is shown as it is, and means nothing."""

import re

from trackside.model.visible import visible

_MEANT = {sign: f"\\{sign}" for sign in "\\`*_[]<>|~$&"}
_CALLS = {"@": "@&#8203;", "#": "\\#&#8203;"}
"""GitHub looks for people and issues once Markdown has taken its backslashes away; a space of no width stops it."""
_SIGNS = str.maketrans(_MEANT | _CALLS)
_LINKS = re.compile(r"(?i):(?=//)|(?<=www)\.")


def as_text(text: str) -> str:
    """One line: no markup, no links, nobody called by name, no control characters."""
    return _LINKS.sub(lambda found: f"&#{ord(found[0])};", visible(text).translate(_SIGNS))
