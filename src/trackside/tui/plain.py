"""Signs for a terminal without UTF-8."""

_PLAIN = str.maketrans("▲▼△▽↗Δ·…±–−★→ρη×✎↓↑", "AV^v/d-.+--B>rexnv^")
"""A claim on two methods is a capital, one on two runs alone is small."""


def plain_text(text: str, *, plain: bool) -> str:
    """The text, or in a terminal without UTF-8 one that stands for it."""
    return text.translate(_PLAIN) if plain else text
