"""What a file of an artifact shows: text, JSON, a table, a confusion matrix, an image, or in words what it is.

Its content is verified against its hash when it is read; damage is said in one line and shown nowhere else. This module
knows no terminal: it gives rows, text and pixels, and the screen aligns them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from trackside.model.counting import counted
from trackside.model.errors import DamagedError, StoreError
from trackside.model.run import Artifact
from trackside.services import images

if TYPE_CHECKING:
    from trackside.charts.half_blocks import Image
    from trackside.store.any_store import AnyStore

LARGEST = 8 * 1024 * 1024
_MOST_ROWS = 2_000
_LONGEST_CELL = 60
_TABLES = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class ArtifactView:
    """How one file looks. `rows` with the heads first where it is a table, `image` where it is one; `text` else.

    `says` is a line above.
    """

    kind: Literal["text", "table", "confusion", "image", "words", "damaged"]
    says: str = ""
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    image: "Image | None" = None


class _Split(msgspec.Struct, forbid_unknown_fields=True):
    """A table whose rows have no names; pandas writes an index beside."""

    columns: list[Any]
    data: list[list[Any]]
    index: list[Any] = []


def view(store: "AnyStore", run_id: str, artifact: Artifact, path: str) -> ArtifactView:
    """Read and verify the file at `path` within the artifact, and say what it shows. Belongs in a worker thread."""
    digest, size = artifact.files[path]
    suffix = PurePosixPath(path).suffix.lower()
    if size > LARGEST:
        return ArtifactView("words", f"{size:,} bytes: too large to show here.")
    try:
        content = store.content(run_id, digest)
    except DamagedError as error:
        return ArtifactView("damaged", f"Damaged on disk: {error}")
    except (StoreError, OSError) as error:
        return ArtifactView("damaged", f"Cannot be read: {error}")
    if artifact.kind == "image" or images.is_image(path):
        return _image(content)
    return show(content, artifact.kind, suffix)


def show(content: bytes, kind: str, suffix: str) -> ArtifactView:
    """What `content` shows, by the artifact's kind and the file's suffix, falling back to plainer ways."""
    if b"\0" in content[:8192]:
        return ArtifactView("words", f"Binary content of {len(content):,} bytes.")
    text = content.decode("utf-8", "replace")
    if kind == "confusion":
        return _confusion(content) or _json(content) or _text(text)
    if kind == "examples" or suffix in _TABLES:
        return _table(content) or _text(text)
    if suffix == ".json":
        return _split_table(content) or _json(content) or _text(text)
    return _text(text)


def _image(content: bytes) -> ArtifactView:
    try:
        image, (width, height) = images.read(content)
    except images.ImageError as error:
        return ArtifactView("words", str(error))
    return ArtifactView("image", f"{width:,} × {height:,} pixels", image=image)


def _text(text: str) -> ArtifactView:
    return ArtifactView("text", text=text) if text else ArtifactView("words", "It is empty.")


def _json(content: bytes) -> ArtifactView | None:
    try:
        return ArtifactView("text", text=msgspec.json.format(content, indent=2).decode())
    except msgspec.DecodeError:
        return None


def _table(content: bytes) -> ArtifactView | None:
    """JSON Lines as a table: objects by their keys, anything else in one column."""
    lines = [line for line in content.splitlines() if line.strip()]
    try:
        rows = [msgspec.json.decode(line) for line in lines[:_MOST_ROWS]]
    except msgspec.DecodeError:
        return None
    heads = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row)) or ["value"]
    cells = [tuple(_cell(row.get(head)) if isinstance(row, dict) else _cell(row) for head in heads) for row in rows]
    return _rows(heads, cells, len(lines))


def _split_table(content: bytes) -> ArtifactView | None:
    """`{"columns": […], "data": [[…], …]}`, as W&B, MLflow and pandas write a table."""
    try:
        said = msgspec.json.decode(content, type=_Split)
    except msgspec.MsgspecError:
        return None
    if any(len(row) != len(said.columns) for row in said.data):
        return None
    cells = [tuple(map(_cell, row)) for row in said.data[:_MOST_ROWS]]
    return _rows([_cell(column) for column in said.columns], cells, len(said.data))


def _rows(heads: list[str], cells: list[tuple[str, ...]], count: int) -> ArtifactView:
    more = "" if count <= _MOST_ROWS else f", the first {_MOST_ROWS:,} shown"
    return ArtifactView("table", f"{counted(count, 'row')}{more}", rows=(tuple(heads), *cells))


def _confusion(content: bytes) -> ArtifactView | None:
    """`{"labels": […], "matrix": [[…]]}` as a grid: actual classes down, predicted ones across."""
    try:
        said = msgspec.json.decode(content)
        matrix = [[float(count) for count in row] for row in said["matrix"]]
        labels = [str(label) for label in said.get("labels") or range(len(matrix))]
    except (msgspec.DecodeError, TypeError, KeyError, ValueError, AttributeError):
        return None
    if len(labels) != len(matrix) or any(len(row) != len(matrix) for row in matrix):
        return None
    heads = ("actual \\ predicted", *labels, "recall")
    numbered = enumerate(zip(labels, matrix, strict=True))
    grid = [(label, *map(_number, row), _recall(row, at)) for at, (label, row) in numbered]
    total = sum(map(sum, matrix))
    right = sum(row[at] for at, row in enumerate(matrix))
    share = f"{right / total:.1%}" if total else "none"
    return ArtifactView("confusion", f"{_number(right)} of {_number(total)} right ({share})", rows=(heads, *grid))


def _recall(row: Iterable[float], at: int) -> str:
    counts = list(row)
    total = sum(counts)
    return f"{counts[at] / total:.1%}" if total else ""


def _number(value: float) -> str:
    return f"{int(value):,}" if math.isfinite(value) and value == int(value) else f"{value:.4g}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, float):
        text = f"{value:.6g}"
    else:
        text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
