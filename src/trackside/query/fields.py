"""What every run has: the fields that a filter may ask about, by the names that a person types."""

from typing import Literal

import msgspec

Kind = Literal["text", "status", "system", "list", "flag", "number", "time", "duration"]


class Field(msgspec.Struct, frozen=True):
    """A field: its column in the table of runs, and what its values are."""

    column: str
    kind: Kind
    help: str


FIELDS: dict[str, Field] = {
    "tag": Field("tags", "list", "a tag"),
    "status": Field("status", "status", "running, finished, failed, killed, crashed"),
    "project": Field("project", "text", "the project"),
    "group": Field("group", "text", "the group of a sweep or an ablation"),
    "name": Field("name", "text", "the run's name"),
    "id": Field("id", "text", "the run's id"),
    "user": Field("user", "text", "who ran it"),
    "host": Field("host", "text", "where it ran"),
    "health": Field("health", "list", "nonfinite, spike, divergence, stalled, …"),
    "notes": Field("notes", "text", "why it was run"),
    "store": Field("store", "text", "the store that it is in, where several are open"),
    "source": Field("source", "system", "the system that recorded it"),
    "source.id": Field("source_id", "text", "what that system calls it"),
    "source.address": Field("address", "text", "where it was read"),
    "command": Field("command", "text", "the command line"),
    "traceback": Field("traceback", "text", "how it failed"),
    "primary": Field("primary", "text", "its primary metric"),
    "created": Field("created", "time", "when it began"),
    "ended": Field("ended", "time", "when it ended"),
    "last_point": Field("last_point", "time", "when it logged last"),
    "since": Field("created", "time", "began after this"),
    "until": Field("created", "time", "began before this"),
    "duration": Field("duration_s", "duration", "how long it took"),
    "age": Field("created", "duration", "how long ago it began"),
    "seed": Field("seed", "number", "the seed"),
    "step": Field("step", "number", "the largest step"),
    "total_steps": Field("total_steps", "number", "the steps that were planned"),
    "exit_code": Field("exit_code", "number", "the exit code"),
    "archived": Field("archived", "flag", "true or false"),
}
ALIASES = {"tags": "tag", "duration_s": "duration", "started": "created"}
"""Other words for fields."""

HEADS = {
    "run": "id",
    "took": "duration",
    "begun": "created",
    "last": "last_point",
    "logged": "last_point",
    "planned": "total_steps",
}
"""Other words for fields, heads of tables among them. A param or a metric of that name comes first."""

STATISTICS = ("metric", "min", "max", "mean", "best", "at_best")
