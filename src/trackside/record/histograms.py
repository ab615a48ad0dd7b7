"""Numbers of any kind as a histogram. Arrays are asked by the numpy that is loaded with them; none is imported."""

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Any

from trackside.model.errors import UsageError
from trackside.model.histogram import MOST, Histogram, fitted
from trackside.record.values import number, short_repr


def histogram(values: Any, bins: int) -> Histogram:
    """Values in bins that are equally wide: as many as the square root of their number, and at most `bins`.

    A tuple of counts and edges, as numpy's `histogram` gives it, is kept in its own bins, neighbours of which are put
    together where there are more than `bins`. Masked values do not count. UsageError where there are no real numbers.
    """
    if not 0 < bins <= MOST:
        raise UsageError(f"bins={bins!r}: a histogram has 1 to {MOST:,} bins")
    if isinstance(values, tuple) and len(values) == 2 and all(map(_is_many, values)):
        return _counted(*values, bins)
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values if values.is_complex() else values.double()
    if hasattr(values, "compressed"):
        values = values.compressed()
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(values, "__array__"):
        array = numpy.asarray(values)
        if array.dtype.kind == "c":
            raise UsageError(
                "a histogram is of real numbers, and these are complex: give their abs(), or a part of them"
            )
        return _of_array(array.astype(float).ravel(), numpy, bins)
    return _of_list(_numbers(values), bins)


def _counted(counts: Any, edges: Any, bins: int) -> Histogram:
    try:
        return fitted(_numbers(counts), _numbers(edges), bins)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _of_array(array: Any, numpy: Any, bins: int) -> Histogram:
    finite = array[numpy.isfinite(array)]
    apart: dict[str, Any] = {
        "nan": int(numpy.isnan(array).sum()),
        "above": int((array == math.inf).sum()),
        "below": int((array == -math.inf).sum()),
    }
    span = (float(finite.min()), float(finite.max())) if len(finite) else None

    def counted(low: float, width: float, bins: int) -> list[int]:
        places = numpy.minimum(((finite / 2 - low / 2) / width * bins).astype(int), bins - 1)
        found: list[int] = numpy.bincount(places, minlength=bins).tolist()
        return found

    return _even(span, len(finite), bins, counted, apart)


def _of_list(numbers: list[float], bins: int) -> Histogram:
    finite = [value for value in numbers if math.isfinite(value)]
    apart: dict[str, Any] = {
        "nan": sum(value != value for value in numbers),
        "above": numbers.count(math.inf),
        "below": numbers.count(-math.inf),
    }

    def counted(low: float, width: float, bins: int) -> list[int]:
        counts = [0] * bins
        for value in finite:
            counts[min(int((value / 2 - low / 2) / width * bins), bins - 1)] += 1
        return counts

    return _even((min(finite), max(finite)) if finite else None, len(finite), bins, counted, apart)


def _even(
    span: tuple[float, float] | None,
    size: int,
    most: int,
    counted: Callable[[float, float, int], list[int]],
    apart: Mapping[str, Any],
) -> Histogram:
    """So many finite values of a span in bins that are equally wide, as `counted` counts them.

    It is given the least value, half of the span's width, which no float is too small for, and the number of bins.
    """
    if span is None:
        return Histogram(**apart)
    low, high = span
    width = high / 2 - low / 2
    if not width:
        return Histogram(span, (size,), **apart)
    bins = min(most, math.isqrt(size - 1) + 1)
    return Histogram(span, tuple(counted(low, width, bins)), **apart)


def _is_many(part: Any) -> bool:
    return isinstance(part, Sized) and _is_iterable(part)


def _is_iterable(values: Any) -> bool:
    return isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping)


def _numbers(values: Any) -> list[float]:
    """All numbers of an iterable, however deep they lie in it."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if not _is_iterable(values):
        raise UsageError(f"a histogram is of numbers, or of counts and edges, not of {type(values).__name__}")
    found: list[float] = []
    for value in values:
        one = value if type(value) is float else number(value)
        if one is not None and not isinstance(one, str):
            found.append(float(one))
        elif _is_iterable(value):
            found += _numbers(value)
        else:
            raise UsageError(f"a histogram is of numbers, and {short_repr(value):.80} is none")
    return found
