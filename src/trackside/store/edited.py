"""What edits say that no run tells: what a project decided, who chose its baseline, when a run was trashed."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from trackside.model.bounds import LATEST
from trackside.model.run import ProjectSettings
from trackside.store import decisions, files, said
from trackside.store.decode import Decoder
from trackside.store.fold import Stamped, stamp
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.said import FieldEdit

STAMPS_A_SECOND = 1_000_000
"""A stamp counts microseconds since the epoch, as long as no clock is behind the edits that were in sight."""


class BaselineChoice(msgspec.Struct, frozen=True):
    """Who chose which run to be the baseline and when, in seconds since the epoch; without a run it was cleared."""

    time: float | None
    run: str | None
    user: str | None
    host: str | None


class _Edit(NamedTuple):
    """Fields that were set, who wrote it, and what that one's log is opened with."""

    fields: FieldEdit
    writer: str
    opened: dict[str, Any]


def read_project(paths: StorePaths, project: str) -> tuple[ProjectSettings, int]:
    """What a project decided, and the greatest stamp among its edits."""
    fields: dict[str, Stamped] = {}
    for edit in _project_edits(paths, project):
        for field, value in edit.fields.set.items():
            stamp(fields, field, Stamped(edit.fields.stamp, edit.writer, value))
    settings = decisions.as_settings({field: edited.value for field, edited in fields.items()})
    return settings, max((edited.stamp for edited in fields.values()), default=0)


def baseline_choices(paths: StorePaths, project: str) -> list[BaselineChoice]:
    """Every choice of a project's baseline, the first one first; what makes no sense is none."""
    edits = [edit for edit in _project_edits(paths, project) if decisions.BASELINE in edit.fields.set]
    edits.sort(key=lambda edit: (edit.fields.stamp, edit.writer))
    return [_choice(edit) for edit in edits if isinstance(edit.fields.set[decisions.BASELINE], str | None)]


def trashed_since(run: RunPaths) -> float | None:
    """When a run was moved to the trash, in seconds since the epoch; None where it is not there."""
    fields: dict[str, Stamped] = {}
    for edit in _edits(run.edits):
        if "trashed" in edit.fields.set:
            stamp(fields, "trashed", Stamped(edit.fields.stamp, edit.writer, edit.fields.set["trashed"]))
    edited = fields.get("trashed")
    return edited.stamp / STAMPS_A_SECOND if edited is not None and edited.value else None


def _choice(edit: _Edit) -> BaselineChoice:
    time = edit.fields.stamp / STAMPS_A_SECOND
    return BaselineChoice(
        time=time if 0 <= time < LATEST else None,
        run=edit.fields.set[decisions.BASELINE],
        user=edit.opened.get("user"),
        host=edit.opened.get("host"),
    )


def _project_edits(paths: StorePaths, project: str) -> Iterator[_Edit]:
    for layer in paths.layers():
        yield from _edits(layer.project_edits(project))


def _edits(folder: Path) -> Iterator[_Edit]:
    """The edits in a folder that set fields, without what only damage brings about."""
    for log in files.plain(folder):
        try:
            content = files.read_plain(log)
        except FileNotFoundError:  # somebody empties the trash
            continue
        frames = Decoder().feed(content, verify="all").others
        opened = said.opened(frames[0] if frames else None)
        for frame in frames:
            if frame.kind == Kind.STATE:
                with suppress(*said.NONSENSE):
                    yield _Edit(said.field_edit(frame.payload), log.stem, opened)
