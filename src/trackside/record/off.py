"""The run that keeps nothing.

It is what `init()` gives with `TRACKSIDE_MODE=off`, in all but the first process of a distributed job, and where no
store can be written.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from trackside.model.goals import Goal
from trackside.model.histogram import MOST_BINS
from trackside.record.console.capture import Capture
from trackside.record.ends import Ending
from trackside.record.run import Run


class OffRun(Run):
    """Takes every call of a run, and does nothing."""

    def __init__(self, name: str | None) -> None:
        self.id = ""
        self.name = name or "off"
        self.process = os.getpid()
        self.signalled = False

    def __reduce__(self) -> tuple[Callable[..., Run], tuple[Any, ...]]:
        return OffRun, (self.name,)

    @property
    def role(self) -> str:
        """It has none."""
        return "off"

    @property
    def folder(self) -> None:
        """None."""
        return

    def start(self, console: Capture | None) -> None:
        """Do nothing."""

    def log(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Do nothing."""

    def define_metric(
        self, name: str, *, goal: Goal | None = None, primary: bool = False, eval_data: str | None = None
    ) -> None:
        """Do nothing."""

    def tag(self, *add: str, remove: Iterable[str] = ()) -> None:
        """Do nothing."""

    def note(self, text: str, step: int | None = None) -> None:
        """Do nothing."""

    def log_text(self, name: str, text: str, step: int | None = None) -> None:
        """Do nothing."""

    def log_artifact(
        self, path: str | os.PathLike[str], name: str | None = None, kind: str = "file", step: int | None = None
    ) -> None:
        """Do nothing."""

    def log_examples(
        self, name: str, *, ids: Iterable[Any], scores: Iterable[Any], step: int | None = None, **columns: Iterable[Any]
    ) -> None:
        """Do nothing."""

    def log_table(self, name: str, table: Any, step: int | None = None) -> None:
        """Do nothing."""

    def log_confusion_matrix(
        self, name: str, matrix: Any, labels: Sequence[Any] | None = None, step: int | None = None
    ) -> None:
        """Do nothing."""

    def log_histogram(self, name: str, values: Any, step: int | None = None, *, bins: int = MOST_BINS) -> None:
        """Do nothing."""

    def log_image(self, name: str, image: Any, step: int | None = None) -> None:
        """Do nothing."""

    def finish(self, status: Literal["finished", "failed", "killed"] = "finished") -> None:
        """Do nothing."""

    def end(self, ending: Ending) -> None:
        """Do nothing."""

    def mark_signal(self, name: str) -> None:
        """Do nothing."""
