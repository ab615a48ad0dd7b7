"""The columns that a person set for their projects in the configuration file, where none were chosen in the app."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from trackside.config.settings import ANY_PROJECT
from trackside.model.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from trackside.services.table.selecting import View


class DefaultColumns(msgspec.Struct, frozen=True):
    """The columns, none where nothing is set for these runs; and by project and place what names no column, and why."""

    columns: tuple[str, ...] = ()
    mistaken: tuple[tuple[str, int, str], ...] = ()


def default_columns(configured: Mapping[str, tuple[str, ...]], view: "View", frame: "pl.DataFrame") -> DefaultColumns:
    """Those of the project that all runs of the view are of, else those of any project; as columns of the frame."""
    projects = [str(project) for project, _ in view.counted("project")]
    project = projects[0] if len(projects) == 1 and projects[0] in configured else ANY_PROJECT
    return _of_project(configured, project, frame)


def mistaken_columns(
    configured: Mapping[str, tuple[str, ...]], frame: "pl.DataFrame"
) -> tuple[tuple[str, int, str], ...]:
    """By project and place, which of all the columns that are set is none of the frame's, and why."""
    return tuple(mistake for project in configured for mistake in _of_project(configured, project, frame).mistaken)


def _of_project(configured: Mapping[str, tuple[str, ...]], project: str, frame: "pl.DataFrame") -> DefaultColumns:
    from trackside.services.table.shown_columns import shown_column

    columns, mistaken = [], []
    for place, typed in enumerate(configured.get(project, ())):
        try:
            columns.append(shown_column(typed, frame))
        except UsageError as error:
            mistaken.append((project, place, str(error)))
    return DefaultColumns(tuple(dict.fromkeys(columns)), tuple(mistaken))
