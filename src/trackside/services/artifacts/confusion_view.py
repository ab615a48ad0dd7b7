"""A confusion matrix as a grid: actual classes down, predicted ones across, with the recall and precision of each."""

import math
from collections.abc import Sequence

import msgspec

_SHADES = 5


class ConfusionView(msgspec.Struct, frozen=True):
    """`rows` with the heads first, the last one the precision of each predicted class, the last column the recall.

    `shades` has a number from 0 to 5 for each count of the matrix: the share of its actual class, in fifths.
    """

    says: str
    rows: tuple[tuple[str, ...], ...]
    shades: tuple[tuple[int, ...], ...]


def confusion(content: bytes) -> ConfusionView | None:
    """The matrix in `{"labels": […], "matrix": [[…]]}`; None where it is none."""
    try:
        said = msgspec.json.decode(content)
        matrix = [[float(count) for count in row] for row in said["matrix"]]
        labels = [str(label) for label in said.get("labels") or range(len(matrix))]
    except (msgspec.DecodeError, TypeError, KeyError, ValueError, AttributeError):
        return None
    if len(labels) != len(matrix) or any(len(row) != len(matrix) for row in matrix):
        return None
    columns = [list(column) for column in zip(*matrix, strict=True)]
    right = [row[at] for at, row in enumerate(matrix)]
    recalls = [_share(hits, sum(row)) for hits, row in zip(right, matrix, strict=True)]
    precisions = [_share(hits, sum(column)) for hits, column in zip(right, columns, strict=True)]
    grid = [(label, *map(_number, row), recall) for label, row, recall in zip(labels, matrix, recalls, strict=True)]
    total = sum(map(sum, matrix))
    return ConfusionView(
        f"{_number(sum(right))} of {_number(total)} right ({_share(sum(right), total) or 'none'})",
        (("actual \\ predicted", *labels, "recall"), *grid, ("precision", *precisions, "")),
        tuple(tuple(_shades(row)) for row in matrix),
    )


def _shades(row: Sequence[float]) -> list[int]:
    total = sum(row)
    if not total or not math.isfinite(total):
        return [0] * len(row)
    return [min(_SHADES, max(0, math.ceil(_SHADES * count / total))) for count in row]


def _share(part: float, total: float) -> str:
    return f"{part / total:.1%}" if total else ""


def _number(value: float) -> str:
    return f"{int(value):,}" if math.isfinite(value) and value == int(value) else f"{value:.4g}"
