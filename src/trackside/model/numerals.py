"""How numbers are written for people: how many digits, and what parts thousands. One way holds for the whole process.

It is not for documents that programs read.
"""

from typing import Literal, TypeAlias

Separator: TypeAlias = Literal[",", " ", "_", "'", ""]

_FULL = 1e15

_digits = 4
_separator: Separator = ","


def write_by(digits: int, separator: Separator) -> None:
    """Write numbers with so many significant digits, and this between thousands, from now on."""
    global _digits, _separator
    _digits, _separator = digits, separator


def significant_digits() -> int:
    """How many digits of a measured value are shown."""
    return _digits


def grouped(number: int) -> str:
    """`2,000`, or as it was chosen."""
    return f"{number:,}".replace(",", _separator)


def whole(number: float) -> str:
    """A whole number in full, one that is very large with an exponent: `2,000`, `1e25`."""
    return grouped(int(number)) if number < _FULL else f"{number:.{_digits}g}".replace("e+", "e")
