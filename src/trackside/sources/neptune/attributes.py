"""Attributes that have one value, and what they say of a run in trackside's words."""

import math
from typing import Any

import msgspec

from trackside.model.bounds import LATEST
from trackside.model.foreign import Facts
from trackside.model.run import Code, DataRef, Param
from trackside.model.status import FAILED, FINISHED

OWN = ("sys/", "monitoring/", "runtime/", "source_code/")
"""Namespaces of the client: nothing in them is a param."""

_UNNAMED = "Untitled"
_VALUES = ("int", "float", "string", "bool", "datetime", "string_set")


class Attributes(msgspec.Struct):
    """What is known of a run: its attributes by path, and what its files and series add."""

    project: str
    run: str
    written: float
    """When its export was: for lack of anything better."""

    values: dict[str, Any] = msgspec.field(default_factory=dict)
    data: dict[str, DataRef] = msgspec.field(default_factory=dict)
    patch: str | None = None
    began: float | None = None
    ended: float | None = None

    def take(self, row: dict[str, Any]) -> None:
        """A row of one value; one that has none of it is of another run that was exported beside this."""
        value = row.get(row["type"]) if row["type"] in _VALUES else None
        if value is None:
            return
        if isinstance(value, list):
            value = sorted({text for text in value if text})
        self.values[row["path"]] = value

    @property
    def is_third(self) -> bool:
        """Whether it is of Neptune 3.x, where runs go by names that users give."""
        return self._text("sys/custom_run_id") == self.run and self._text("sys/id") != self.run

    @property
    def created(self) -> float:
        """Seconds since the epoch; of the first point, where it is not said."""
        said = self._moment("sys/creation_time")
        if said is not None:
            return said
        return self.began if self.began is not None else self.written

    @property
    def fork(self) -> tuple[str, float | None] | None:
        """The run that this one goes on from, and the step."""
        parent = self._text("sys/forking/parent")
        step = self.values.get("sys/forking/step")
        return None if parent is None else (parent, float(step) if isinstance(step, int | float) else None)

    def facts(self) -> Facts:
        """The run in trackside's words. An export is of the past: nothing in it runs."""
        groups = self._texts("sys/group_tags")
        named = self._text("sys/name")
        titled = named if named and named != _UNNAMED else None
        entrypoint = self._text("source_code/entrypoint")
        return Facts(
            name=self.run if self.is_third else titled or self.run,
            project=self.project,
            created=self.created,
            ended=self._end(),
            status=FAILED if self.values.get("sys/failed") is True else FINISHED,
            traceback=self._traceback(),
            group=named if self.is_third else groups[0] if groups else None,
            tags=sorted({*self._texts("sys/tags"), *groups}),
            notes=self._text("sys/description") or "",
            archived=True in (self.values.get("sys/trashed"), self.values.get("sys/archived")),
            user=self._text("sys/owner"),
            host=self._text("sys/hostname") or self._last("hostname"),
            command=[entrypoint] if entrypoint else [],
            params=self._params(),
            data=self.data,
            code=Code(dirty=True, patch_bytes=len(self.patch.encode())) if self.patch else Code(),
            patch=self.patch,
        )

    def _params(self) -> dict[str, Param]:
        """All values outside of the client's own namespaces; a namespace is what a nested dict is elsewhere."""
        given = {path: value for path, value in self.values.items() if not path.startswith(OWN)}
        return {path.replace("/", "."): _param(value) for path, value in given.items()}

    def _end(self) -> float | None:
        running = self.values.get("sys/running_time")
        if isinstance(running, int | float) and running >= 0 and self.created + running < LATEST:
            return self.created + running
        return self.ended if self.ended is not None else self._moment("sys/modification_time")

    def _traceback(self) -> str | None:
        return self._last("traceback") if self.values.get("sys/failed") is True else None

    def _last(self, name: str) -> str | None:
        """A text of one of the processes that the client watched."""
        found = [path for path in self.values if path.startswith("monitoring/") and path.endswith(f"/{name}")]
        return self._text(found[-1]) if found else None

    def _moment(self, path: str) -> float | None:
        value = self.values.get(path)
        known = isinstance(value, float) and math.isfinite(value) and 0 <= value < LATEST
        return value if known else None

    def _text(self, path: str) -> str | None:
        value = self.values.get(path)
        return value if isinstance(value, str) and value else None

    def _texts(self, path: str) -> list[str]:
        value = self.values.get(path)
        return value if isinstance(value, list) else []


def _param(value: Any) -> Param:
    """A value that JSON has: numbers that are not finite become words."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value  # type: ignore[no-any-return]
