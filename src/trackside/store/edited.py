"""What edits say that no index holds: what a project decided, who chose its baseline, when a run was trashed."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from trackside.model.run import ProjectSettings
from trackside.store import decisions, files, said
from trackside.store.decode import Decoder
from trackside.store.fold import Stamped, stamp
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.said import FieldEdit

STAMPS_A_SECOND = 1_000_000
"""A stamp counts microseconds since the epoch, as long as no clock is behind the edits that were in sight."""


def read_project(paths: StorePaths, project: str) -> tuple[ProjectSettings, int]:
    """What a project decided, and the greatest stamp among its edits."""
    fields: dict[str, Stamped] = {}
    for layer in paths.layers():
        for writer, edit in _edits(layer.project_edits(project)):
            for field, value in edit.set.items():
                stamp(fields, field, Stamped(edit.stamp, writer, value))
    settings = decisions.settings({field: edited.value for field, edited in fields.items()})
    return settings, max((edited.stamp for edited in fields.values()), default=0)


def trashed_since(run: RunPaths) -> float | None:
    """When a run was moved to the trash, in seconds since the epoch; None where it is not there."""
    fields: dict[str, Stamped] = {}
    for writer, edit in _edits(run.edits):
        if "trashed" in edit.set:
            stamp(fields, "trashed", Stamped(edit.stamp, writer, edit.set["trashed"]))
    edited = fields.get("trashed")
    return edited.stamp / STAMPS_A_SECOND if edited is not None and edited.value else None


def _edits(folder: Path) -> Iterator[tuple[str, FieldEdit]]:
    """The edits in a folder that set fields, each with its writer; without what only damage brings about."""
    for log in files.plain(folder):
        try:
            content = files.read_plain(log)
        except FileNotFoundError:  # somebody empties the trash
            continue
        for frame in Decoder().feed(content, verify="all").others:
            if frame.kind == Kind.STATE:
                with suppress(*said.NONSENSE):
                    yield log.stem, said.field_edit(frame.payload)
