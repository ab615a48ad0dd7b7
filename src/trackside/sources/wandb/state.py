"""What is known of a run so far, as JSON: with it in a cursor, reading goes on where it stopped."""

from typing import Any

import msgspec


class Part(msgspec.Struct):
    """One file of a run, of which a run that was resumed has several.

    All up to `offset` has been read; `before` are the bytes that stand before it, in hex. `started` is when this
    part of the run began; `joined` says that it was resumed without word of earlier steps, until its
    own were compared with them.
    """

    offset: int = 0
    before: str = ""
    started: float | None = None
    producer: str = ""
    damaged: int = 0
    joined: bool = False


class State(msgspec.Struct):
    """A run. `config` and `summary` are folded, each value as the JSON text that came; keys are names joined by dots.

    `logged` are the names that rows have, `summarized` is what of the summary was told as points. `media` are the files
    in which objects of history lie, until they are told: kind, step, time; `listed` those that were, size and mtime.
    `senseless` is how many histograms made no sense.
    """

    parts: dict[str, Part] = {}
    run_id: str = ""
    name: str = ""
    entity: str = ""
    project: str = ""
    group: str = ""
    job_type: str = ""
    sweep: str = ""
    notes: str = ""
    host: str = ""
    tags: list[str] = []
    started: float | None = None
    commit: str = ""
    remote: str = ""
    config: dict[str, str] = {}
    environment: dict[str, Any] = {}
    data: dict[str, dict[str, Any]] = {}
    logged: set[str] = set()
    goals: dict[str, str] = {}
    summary: dict[str, str] = {}
    summarized: dict[str, str] = {}
    exit_code: int | None = None
    ended: float | None = None
    preempted: bool = False
    last_step: int = -1
    last_time: float | None = None
    errors: str = ""
    media: dict[str, list[Any]] = {}
    listed: dict[str, list[int]] = {}
    senseless: int = 0
    remarks: list[str] = []

    def cursor(self) -> Any:
        """All of it as JSON."""
        return msgspec.to_builtins(self, str_keys=True)


def restored(cursor: Any) -> State:
    """The state that a cursor holds; one of a run of which nothing was read, where it holds none."""
    return State() if cursor is None else msgspec.convert(cursor, State)
