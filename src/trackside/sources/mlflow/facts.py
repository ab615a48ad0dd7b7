"""What MLflow says of a run, in trackside's words. Who reads it, from files, a database or a server, fills in `Said`.

Knows no file and no connection.
"""

import contextlib
import json

import msgspec

from trackside.model.foreign import Facts
from trackside.model.run import Code, DataRef, Environment, Param
from trackside.model.status import CRASHED, FAILED, FINISHED, KILLED, Status
from trackside.sources.numbers import moment_of, step_of
from trackside.sources.recent import heard, is_recent

NAME = "mlflow"
"""What runs of MLflow say as their source, wherever they were read."""


LONGEST_TAG = 100
"""Characters of a tag; what is longer is a text of the run."""

PARENT = "mlflow.parentRunId"
RUN_NAME = "mlflow.runName"
CONTEXT = "mlflow.data.context"
TRACKSIDE = "trackside."
"""How tags begin that an export of trackside's sets, for what MLflow has no word for: `group`, `host`, `seed`, `id`."""

_OWN = ("mlflow.", TRACKSIDE)
_NOTES = "mlflow.note.content"
_UNFINISHED = {"RUNNING", "SCHEDULED"}
_ENDS: dict[str, Status] = {"FINISHED": FINISHED, "FAILED": FAILED, "KILLED": KILLED}


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that a run had as input. `source` is JSON, `context` what it was used for, such as `training`."""

    name: str
    digest: str = ""
    source: str = ""
    context: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A run in MLflow's words. Times are milliseconds since the epoch, `status` is a word such as `FINISHED`.

    In seconds, `last_point` is the time of the newest point, `heard` when its files changed last.
    `parent_name` is what the run is called whose id the tag `mlflow.parentRunId` names, where that is known.
    `requirements` and `python` are of the model that was logged.
    """

    run_id: str
    experiment: str
    status: str
    name: str = ""
    start: int | None = None
    end: int | None = None
    deleted: bool = False
    user: str = ""
    source_name: str = ""
    entry_point: str = ""
    source_version: str = ""
    params: dict[str, str] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    datasets: list[Dataset] = msgspec.field(default_factory=list)
    last_point: float | None = None
    heard: float | None = None
    parent_name: str | None = None
    requirements: str | None = None
    python: str | None = None


def facts(said: Said, now: float) -> Facts:
    """A run in trackside's words; `now` is the time, in seconds."""
    tags = said.tags
    start, end = moment(said.start), moment(said.end)
    wrote = heard(said.heard, said.last_point) if said.heard else 0
    last = max(wrote, said.last_point or 0, start or 0) or None
    running = said.status in _UNFINISHED and last is not None and is_recent(last, now)
    return Facts(
        name=said.name or tags.get(RUN_NAME) or said.run_id,
        project=said.experiment or "Default",
        created=start or last or 0.0,
        ended=None if running else end or said.last_point or last,
        status=_ENDS.get(said.status, CRASHED),
        running=running,
        group=_group(tags.get(PARENT), said.parent_name) or tags.get(f"{TRACKSIDE}group"),
        tags=[label for label in map(_label, sorted(tags.items())) if label and not _is_text(label)],
        notes=tags.get(_NOTES, ""),
        archived=said.deleted,
        user=tags.get("mlflow.user") or said.user or None,
        host=tags.get(f"{TRACKSIDE}host"),
        seed=step_of(tags.get(f"{TRACKSIDE}seed")),
        command=_command(said),
        params={key: typed(text) for key, text in said.params.items()},
        data=_data(said.datasets),
        code=_code(said),
        environment=Environment(
            python=said.python,
            packages=len(_packages(said.requirements)) if said.requirements else None,
            container=tags.get("mlflow.docker.image.uri"),
        ),
        lock=said.requirements,
    )


def texts(tags: dict[str, str]) -> dict[str, str]:
    """Those of the user's tags that are texts rather than labels: long ones, and such of several lines."""
    return {key: value for key, value in tags.items() if (label := _label((key, value))) and _is_text(label)}


def typed(text: str) -> Param:
    """A param as the number or bool that it was, where its text says just that and nothing is lost; else the text."""
    if text in {"True", "False"}:
        return text == "True"
    if not text[:1].isdecimal() and text[:1] != "-":
        return text
    with contextlib.suppress(ValueError):
        if text.lstrip("-").isdecimal():
            return number if len(text) < 20 and str(number := int(text)) == text and abs(number) < 1 << 63 else text
        if len(text) < 32 and text != "-inf" and repr(decimal := float(text)) == text:
            return decimal
    return text


def moment(milliseconds: int | None) -> float | None:
    """A time of MLflow in seconds; None for none, for zero and for what no calendar has."""
    return (moment_of(milliseconds) or None) if milliseconds else None


def _label(tag: tuple[str, str]) -> str | None:
    """A tag of the user as trackside has them; None for those that MLflow itself sets."""
    key, value = tag
    if key.startswith(_OWN):
        return None
    return key if value.lower() in {"", "true"} else f"{key}:{value}"


def _is_text(label: str) -> bool:
    return len(label) > LONGEST_TAG or not label.isprintable()


def _group(parent: str | None, name: str | None) -> str | None:
    """A nested run stands with its siblings: under its parent's name, told from others of that name by the id."""
    return f"{name} ({parent[:8]})" if parent and name else parent or None


def _command(said: Said) -> list[str]:
    source = said.tags.get("mlflow.source.name") or said.source_name
    entry = said.tags.get("mlflow.project.entryPoint") or said.entry_point
    return [word for word in (source, entry) if word]


def _code(said: Said) -> Code:
    tags = said.tags
    dirty = tags.get("mlflow.source.git.dirty") or tags.get("mlflow.git.dirty")
    return Code(
        commit=tags.get("mlflow.source.git.commit") or said.source_version or None,
        branch=tags.get("mlflow.source.git.branch"),
        dirty=None if dirty is None else dirty.lower() == "true",
        remote=tags.get("mlflow.source.git.repoURL"),
    )


def _data(datasets: list[Dataset]) -> dict[str, DataRef]:
    """Datasets by their role; those that share one, or have none, by their names."""
    found: dict[str, DataRef] = {}
    for dataset in datasets:
        names = (dataset.context, dataset.name, f"{dataset.name} {dataset.digest}".strip())
        role = next((name for name in names if name and name not in found), None)
        if role is not None:
            fingerprint = f"mlflow:{dataset.digest}" if dataset.digest else None
            found[role] = DataRef(uri=_address(dataset) or dataset.name, fingerprint=fingerprint)
    return found


def _address(dataset: Dataset) -> str | None:
    """Where a dataset came from, as its source says, in one of the ways in which sources say that."""
    try:
        source = json.loads(dataset.source)
    except (ValueError, RecursionError):
        return None
    if not isinstance(source, dict):
        return None
    given = (source.get(key) for key in ("uri", "url", "path", "table_name", "delta_table_name"))
    return next((address for address in given if isinstance(address, str) and address), None)


def _packages(requirements: str) -> list[str]:
    lines = (line.strip() for line in requirements.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]
