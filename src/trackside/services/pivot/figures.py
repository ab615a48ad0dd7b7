"""The figures of a cell as text: rounded to their uncertainty, and set so that decimal points lie below one another."""

import math
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from trackside.compare.pivot import Cell

_DIGITS = 4
"""Significant digits of a value whose uncertainty is not known."""

_SMALLEST, _LARGEST = -4, 6
"""Powers of ten between which numbers stand as they are."""

_MOST_DECIMALS = 15


class Number(msgspec.Struct, frozen=True):
    """A number, and what the widest one of its column has more before and after it."""

    text: str
    before: str = ""
    after: str = ""


class Figures(msgspec.Struct, frozen=True):
    """The numbers of a cell: mean and half-width of its interval, else the values themselves, else the mean alone.

    All of them are to be multiplied by ten to the power of `exponent`.
    """

    numbers: tuple[Number, ...]
    interval: bool = False
    exponent: int = 0

    @property
    def text(self) -> str:
        """`0.931 ± 0.012`, `0.91, 0.93` or `0.9`, with spaces for what others have more; nothing without numbers."""
        padded = (f"{' ' * len(one.before)}{one.text}{' ' * len(one.after)}" for one in self.numbers)
        joined = (" ± " if self.interval else ", ").join(padded)
        if not self.exponent:
            return joined
        return f"({joined})e{self.exponent}" if len(self.numbers) > 1 else f"{joined}e{self.exponent}"


def figures(cell: Cell) -> Figures:
    """Two significant digits of the half-width and the mean as far; without an interval, four digits."""
    if not cell.n:
        return Figures(())
    return figures_of(cell.mean, cell.half_width, cell.sample.values if cell.n <= 2 else ())


def figures_of(mean: float, half_width: float | None, values: Sequence[float]) -> Figures:
    """Of a mean, the half-width of its interval where it has one, and in place of both the values of one or two."""
    if half_width is not None:
        return _set((mean, half_width), _place_of(half_width, 2), interval=True)
    alone = values or (mean,)
    return _set(alone, _place_of(max(map(abs, alone)), _DIGITS))


def aligned(column: Sequence[Figures]) -> list[Figures]:
    """The same with room beside the numbers, where they are means and half-widths of one scale."""
    alike = [one for one in column if one.interval and not one.exponent]
    widest = [_widest([one.numbers[place].text for one in alike]) for place in range(2 if alike else 0)]

    def beside(one: Figures) -> Figures:
        if not one.interval or one.exponent:
            return one
        return Figures(tuple(_padded(*pair) for pair in zip(one.numbers, widest, strict=True)), interval=True)

    return [beside(one) for one in column]


def _set(values: Sequence[float], place: int, *, interval: bool = False) -> Figures:
    """`place` is the power of ten that the last digit stands for."""
    size = max((_power_of(abs(value)) for value in values if value), default=0)
    exponent = 0 if _SMALLEST <= size <= _LARGEST else size
    decimals = min(exponent - place, _MOST_DECIMALS)
    if interval:
        texts = [_rounded(value, exponent, decimals) for value in values]
    else:
        texts = [_shortest(_rounded(value, exponent, max(0, decimals))) for value in values]
    return Figures(tuple(map(Number, texts)), interval, exponent)


def _rounded(value: float, exponent: int, decimals: int) -> str:
    scaled = Decimal(value).scaleb(-exponent)
    return f"{round(scaled, decimals):z.{max(0, decimals)}f}"


def _shortest(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _place_of(size: float, digits: int) -> int:
    """The power of ten that the last of so many significant digits stands for."""
    return (int(f"{size:.{digits - 1}e}".partition("e")[2]) if size else 0) - digits + 1


def _power_of(size: float) -> int:
    return math.floor(math.log10(size))


def _widest(texts: Sequence[str]) -> tuple[str, str]:
    halves = [_halves(text) for text in texts]
    return max((whole for whole, _ in halves), key=len), max((rest for _, rest in halves), key=len)


def _padded(number: Number, widest: tuple[str, str]) -> Number:
    whole, rest = _halves(number.text)
    before = widest[0][: len(widest[0]) - len(whole)]
    return Number(number.text, before, widest[1][len(rest) :])


def _halves(text: str) -> tuple[str, str]:
    whole, point, decimals = text.partition(".")
    return whole, point + decimals
