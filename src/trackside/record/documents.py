"""Tables, per-example results, confusion matrices and images as the content of artifacts.

Of foreign arrays and frames only methods are called that all of their kind have; nothing is imported for them.
"""

import math
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.errors import UsageError
from trackside.record.params import plain
from trackside.record.values import number, short_repr

_PNG_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as JSON Lines; NaN and the infinities are the texts of those names."""
    encode = msgspec.json.encode
    return b"".join(encode(_finite(plain(row, _silent))) + b"\n" for row in rows)


def from_columns(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows from columns. UsageError where they are not equally long."""
    lists = {str(key): _listed(column, str(key)) for key, column in columns.items()}
    lengths = {key: len(column) for key, column in lists.items()}
    if len(set(lengths.values())) > 1:
        raise UsageError(f"the columns are not equally long: {', '.join(f'{k} {n}' for k, n in lengths.items())}")
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def examples(ids: Any, scores: Any, columns: Mapping[str, Any]) -> bytes:
    """Per-example results as JSON Lines. UsageError where an id or a score is no such, or columns differ in length."""
    listed = from_columns({"id": ids, "score": scores, **columns})
    return json_lines({**row, "id": _id(row["id"]), "score": _score(row["score"], row["id"])} for row in listed)


def _id(value: Any) -> str | int | float:
    known = plain(value, _silent)
    if isinstance(known, str):
        return known
    if isinstance(known, int | float) and not isinstance(known, bool) and math.isfinite(known):
        return known
    raise UsageError(f"{short_repr(value):.80} as an id: give each example a text or a number of its own")


def _score(value: Any, of: Any) -> float | None:
    """A score as a number; None where there is none."""
    if value is None:
        return None
    score = number(value)
    if score is None:
        raise UsageError(f"{short_repr(value):.80} as the score of example {short_repr(of):.80}: give a number")
    return float(score)


def table_rows(table: Any) -> list[Mapping[str, Any]]:
    """Rows of a table: a list of dicts, a dict of columns, or a frame of polars or pandas. Else UsageError."""
    if isinstance(table, Mapping):
        return list(from_columns(table))
    if hasattr(table, "to_dicts"):
        return list(table.to_dicts())
    if hasattr(table, "to_dict"):
        return list(table.to_dict(orient="records"))
    if isinstance(table, Iterable) and not isinstance(table, str | bytes):
        rows = list(table)
        if all(isinstance(row, Mapping) for row in rows):
            return rows
    raise UsageError(f"a table is a list of dicts, a dict of columns or a frame, not {type(table).__name__}")


def confusion(matrix: Any, labels: Sequence[Any] | None) -> bytes:
    """A confusion matrix as JSON: rows are the true classes. UsageError unless it is square and the labels fit."""
    cells = [_listed(row, "a row") for row in _listed(matrix, "matrix")]
    size = len(cells)
    named = [str(label) for label in labels] if labels is not None else [str(place) for place in range(size)]
    if any(len(row) != size for row in cells) or len(named) != size:
        raise UsageError(
            f"a confusion matrix has as many rows as columns and labels; this has {size} rows, "
            f"{sorted({len(row) for row in cells})} columns and {len(named)} labels"
        )
    return msgspec.json.encode({"labels": named, "matrix": _finite(plain(cells, _silent))})


def image_file(image: Any) -> tuple[bytes, str]:
    """The content of an image file and its suffix.

    `image` is a path, the bytes of a PNG or JPEG file, a PIL image, a matplotlib figure, or an array of
    height × width (× 1, 3 or 4 channels), of bytes or of floats from 0 to 1. UsageError for anything else.
    """
    if isinstance(image, str | Path):
        path = Path(image)
        return path.read_bytes(), path.suffix or ".png"
    if isinstance(image, bytes):
        return image, ".jpg" if image.startswith(b"\xff\xd8") else ".png"
    for save in ("savefig", "save"):
        if callable(getattr(image, save, None)) and not hasattr(image, "shape"):
            return _saved(getattr(image, save)), ".png"
    if hasattr(image, "shape") and hasattr(image, "tolist"):
        return _png(image), ".png"
    raise UsageError(
        f"an image is a path, bytes of a file, a PIL image, a figure or an array, not {type(image).__name__}"
    )


def _saved(save: Any) -> bytes:
    import io

    stream = io.BytesIO()
    save(stream, format="png")
    return stream.getvalue()


def _png(array: Any) -> bytes:
    """An array as a PNG file (source: the PNG specification, 8 bits a channel, no filter)."""
    shape = tuple(int(length) for length in array.shape)
    channels = shape[2] if len(shape) == 3 else 1
    if len(shape) not in (2, 3) or channels not in _PNG_COLOURS or 0 in shape:
        raise UsageError(
            f"an image array is height × width, or × 1, 3 or 4 channels, not {' × '.join(map(str, shape))}"
        )
    rows = array.tolist()
    fraction = "float" in str(array.dtype)
    lines = b"".join(b"\0" + _samples(row, fraction=fraction) for row in rows)
    header = struct.pack(">IIBBBBB", shape[1], shape[0], 8, _PNG_COLOURS[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _samples(row: list[Any], *, fraction: bool) -> bytes:
    flat = [sample for pixel in row for sample in pixel] if isinstance(row[0], list) else row
    scale = 255 if fraction else 1
    return bytes(min(255, max(0, round(sample * scale))) if sample == sample else 0 for sample in flat)


def _listed(column: Any, name: str) -> list[Any]:
    listed = column.tolist() if hasattr(column, "tolist") else column
    if isinstance(listed, Iterable) and not isinstance(listed, str | bytes | Mapping):
        return list(listed)
    raise UsageError(f"{name} is of type {type(column).__name__}, not a list")


def _finite(value: Any) -> Any:
    """JSON has no words for NaN and the infinities."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _silent(line: str) -> None:
    """A table may hold anything: what has no JSON is its repr there, without a word."""
