"""What can be asked of a store over a connection: each call, what it is given, and what it answers.

Both ends read it here, and both check what the other says against it. It loads neither polars nor numpy.
"""

from typing import Any, Literal

import msgspec

from trackside.model.lineage import Holder
from trackside.model.run import Mark, ProjectSettings, Run
from trackside.store import manifest

Moment = tuple[str, int]
"""Which index it is, and the number of its latest change."""

Known = tuple[int, int, float]
"""How many points of a metric are known, and the step and time of the last of them."""

MOST_PRINTED = 1 << 16
"""Bytes of a console that are asked for at once."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A store that was opened there: `name` is where it lies on that machine, `first` its newest runs.

    `format` is that of its files, where these are read here.
    """

    uuid: str
    format: int = manifest.FORMAT
    name: str
    is_foreign: bool = False
    first: list[Run] = []


class Numbers(msgspec.Struct, frozen=True, array_like=True):
    """`planes` are 8·n bytes: the first of each number, then the second.

    `diffed` where each is less the one before, `less` the place of the column that each is less.
    """

    planes: bytes
    diffed: bool = False
    less: int | None = None


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The values of one column that are there. `missing` has a bit for each row, and is empty where none is missing.

    Words and lists are places in `known`; an id is several numbers. The values of one that is `held_back` are not sent.
    """

    name: str
    kind: Literal["float", "int", "bool", "words", "lists", "ids"]
    values: list[Numbers] = []
    missing: bytes = b""
    known: list[str | list[str]] = []
    held_back: bool = False


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows, all of their columns."""

    count: int
    columns: list[Column]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of the runs that changed since a moment, and the ids of those that changed and have none."""

    moment: Moment
    gone: list[str]
    rows: Rows


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Whole columns of the table in the order of its ids, of which `of` is the fingerprint."""

    of: str
    rows: Rows


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a metric in the order of (step, time): those after the first `start`, or of an outline some of `of`."""

    start: int
    of: int
    count: int
    step: Numbers
    time: Numbers
    value: Numbers
    superseded: bytes = b""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A choice of a baseline: the fields of `store.edited.BaselineChoice`."""

    time: float | None
    run: str | None
    user: str | None
    host: str | None


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What changed there: ids of runs, names of projects."""

    runs: list[str]
    projects: list[str]


ARGUMENTS: dict[str, Any] = {
    "open": tuple[str],
    "catch_up": tuple[()],
    "follow": tuple[()],
    "first_page": tuple[int],
    "count": tuple[()],
    "trashed": tuple[()],
    "run": tuple[str],
    "runs": tuple[list[str]],
    "ids_matching": tuple[str],
    "holders": tuple[list[str]],
    "projects": tuple[()],
    "project": tuple[str],
    "baseline_choices": tuple[str],
    "table": tuple[Moment, list[str]],
    "columns": tuple[list[str]],
    "points": tuple[str, str, Known],
    "outline": tuple[str, str, Known],
    "close_up": tuple[str, str, float | None, float | None],
    "superseded": tuple[str, str],
    "overview": tuple[str, str, int],
    "texts": tuple[str, str],
    "console": tuple[str],
    "printed": tuple[str, str, int, int, int],
    "stamps": tuple[str, str, int, int],
    "content": tuple[str, str],
    "patch": tuple[str],
    "imported": tuple[str],
    "lock": tuple[str],
    "set_fields": tuple[str, dict[str, Any]],
    "tags": tuple[str, list[str], list[str]],
    "mark": tuple[str, int | None, str],
    "unmark": tuple[str, Mark],
    "set_project": tuple[str, dict[str, Any]],
    "remark": tuple[()],
}
"""The types of what each call is given."""

ANSWERS: dict[str, Any] = {
    "open": Opened,
    "catch_up": list[tuple[str, str]],
    "follow": None,
    "first_page": list[Run],
    "count": int,
    "trashed": list[str],
    "run": Run,
    "runs": list[Run],
    "ids_matching": list[str],
    "holders": list[Holder],
    "projects": list[str],
    "project": ProjectSettings,
    "baseline_choices": list[Choice],
    "table": Table,
    "columns": Columns,
    "points": Points,
    "outline": Points,
    "close_up": Points,
    "superseded": Points,
    "overview": list[Numbers],
    "texts": list[tuple[int, float, str]],
    "console": list[tuple[str, int, int]],
    "printed": bytes,
    "stamps": bytes,
    "content": bytes,
    "patch": str | None,
    "imported": dict[str, str | None],
    "lock": str | None,
    "set_fields": None,
    "tags": None,
    "mark": Mark,
    "unmark": None,
    "set_project": None,
    "remark": str,
    "open_files": Opened,
    "go_through": int,
    "names": list[str],
    "follow_files": None,
}
"""The type of what each call answers; the last are those of the agent that knows files alone."""
