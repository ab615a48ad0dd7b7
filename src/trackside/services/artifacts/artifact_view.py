"""What a file of an artifact shows: text, a tree, a table, a matrix, histograms, an image, or in words what it is.

Its content is verified against its hash when it is read; damage is said in one line and shown nowhere else. This module
knows no terminal: it gives rows, documents, text and pixels, and the screen lays them out.
"""

import tomllib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from trackside.model.counting import counted
from trackside.model.errors import DamagedError, StoreError, TracksideError
from trackside.model.histogram import HISTOGRAM
from trackside.model.run import Artifact
from trackside.services.artifacts import file_facts, first_rows, histogram_view, images
from trackside.services.artifacts.confusion_view import confusion

if TYPE_CHECKING:
    from trackside.charts.half_blocks import Image
    from trackside.charts.histogram.spec import Histograms
    from trackside.store.any_store import AnyStore

LARGEST = 8 * 1024 * 1024
LARGEST_TABLE = 64 * 1024 * 1024
_MOST_ROWS = first_rows.MOST_ROWS
_MOST_LINES = 10_000
_LONGEST_CELL = 60
_LINES = frozenset({".jsonl", ".ndjson"})


class ArtifactView(msgspec.Struct, frozen=True):
    """How one file looks. `rows` with the heads first where it is a table, `image` where it is one; `text` else.

    `says` is a line above. `types` are those of a table's columns, where its file tells them, and `shades` those of a
    confusion matrix's counts. `document` is what a tree is of, `histograms` what a strip is of.
    """

    kind: Literal["text", "tree", "table", "confusion", "histogram", "image", "words", "damaged"]
    says: str = ""
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    types: tuple[str, ...] = ()
    shades: tuple[tuple[int, ...], ...] = ()
    document: Any = None
    image: "Image | None" = None
    histograms: "Histograms | None" = None


class _Split(msgspec.Struct, forbid_unknown_fields=True):
    """A table whose rows have no names; pandas writes an index beside."""

    columns: list[Any]
    data: list[list[Any]]
    index: list[Any] = []


def view(store: "AnyStore", run_id: str, artifact: Artifact, path: str) -> ArtifactView:
    """Read and verify the file at `path` within the artifact, and say what it shows. Belongs in a worker thread."""
    digest, size = artifact.files[path]
    suffix = PurePosixPath(path).suffix.lower()
    is_large = artifact.kind == HISTOGRAM or suffix in first_rows.SUFFIXES
    if size > (LARGEST_TABLE if is_large else LARGEST):
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
    if suffix in first_rows.SUFFIXES and (table := first_rows.read(content, suffix)) is not None:
        cells = [tuple(map(_cell, row)) for row in table.rows]
        return _rows(list(map(_cell, table.heads)), cells, table.count, table.types)
    if b"\0" in content[:8192]:
        first, *further = file_facts.facts(content)
        return ArtifactView("words", first, "\n".join(further))
    text = content.decode("utf-8", "replace")
    if kind == "confusion":
        return _confusion(content) or _tree(content, ".json") or _text(text)
    if kind == HISTOGRAM:
        return _histograms(content) or _table(content) or _text(text)
    if kind == "examples" or suffix in _LINES:
        return _table(content) or _text(text)
    if suffix == ".json":
        return _split_table(content) or _tree(content, suffix) or _text(text)
    return _tree(content, suffix) or _text(text)


def _image(content: bytes) -> ArtifactView:
    try:
        image, (width, height) = images.read(content)
    except images.ImageError as error:
        return ArtifactView("words", str(error))
    return ArtifactView("image", f"{width:,} × {height:,} pixels", image=image)


def _text(text: str) -> ArtifactView:
    if not text:
        return ArtifactView("words", "It is empty.")
    lines = text.splitlines()
    if len(lines) <= _MOST_LINES:
        return ArtifactView("text", text=text)
    return ArtifactView(
        "text", f"{len(lines):,} lines, the first {_MOST_LINES:,} shown", "\n".join(lines[:_MOST_LINES])
    )


def _tree(content: bytes, suffix: str) -> ArtifactView | None:
    """A document of JSON, YAML or TOML that is more than one value."""
    try:
        document = _document(content, suffix)
    except (msgspec.DecodeError, TracksideError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return None
    return ArtifactView("tree", document=document) if isinstance(document, dict | list) and document else None


def _document(content: bytes, suffix: str) -> Any:
    if suffix == ".json":
        return msgspec.json.decode(content)
    if suffix in (".yaml", ".yml"):
        from trackside.sources import yaml_text

        return yaml_text.load(content, "it")
    return tomllib.loads(content.decode()) if suffix == ".toml" else None


def _confusion(content: bytes) -> ArtifactView | None:
    found = confusion(content)
    return None if found is None else ArtifactView("confusion", found.says, rows=found.rows, shades=found.shades)


def _histograms(content: bytes) -> ArtifactView | None:
    found = histogram_view.histograms(content)
    return None if found is None else ArtifactView("histogram", histogram_view.summary(found), histograms=found)


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


def _rows(heads: list[str], cells: list[tuple[str, ...]], count: int, types: Sequence[str] = ()) -> ArtifactView:
    more = "" if count <= _MOST_ROWS else f", the first {_MOST_ROWS:,} shown"
    return ArtifactView("table", f"{counted(count, 'row')}{more}", rows=(tuple(heads), *cells), types=tuple(types))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, float):
        text = f"{value:.6g}"
    else:
        text = msgspec.json.encode(value, enc_hook=str).decode().strip('"')
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
