"""The order in which a person looks for names: `cpu.2` before `cpu.10`."""

import re

_NUMBER = re.compile(r"([0-9]+)")

Order = tuple[tuple[tuple[int, str], ...], str]


def natural(name: str) -> Order:
    """What to sort names by: text as text and numbers in it by their size, whatever their length."""
    return tuple(_part(part) if place % 2 else (0, part) for place, part in enumerate(_NUMBER.split(name))), name


def _part(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant
