"""Text that came from runs, in Markdown: it is shown as it is, and means nothing."""

import re

from trackside.model.visible import visible

_MEANT = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|~#$&"})
_LINKS = re.compile(r"(?i):(?=//)|(?<=www)\.")


def as_text(text: str) -> str:
    """No markup, no links, no control characters."""
    return _LINKS.sub(lambda found: f"&#{ord(found[0])};", visible(text).translate(_MEANT))
