"""Runs as a store of MLflow: a file store, which every version of MLflow reads, and which needs no database's schema.

Values are to the bit, times to the millisecond, as MLflow has them. What it has no word for stands in tags
(`trackside.id`, `group`, `seed`) and among the artifacts, below `trackside/`.
"""

import hashlib
import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from trackside.model.errors import DamagedError
from trackside.model.progress import OnProgress
from trackside.model.run import Artifact, DataRef, Param, Run
from trackside.model.visible import visible
from trackside.services.exchange.mlflow_names import names
from trackside.services.new_folder import appearing
from trackside.sources.mlflow.facts import NAME, TRACKSIDE
from trackside.store.any_store import AnyStore

if TYPE_CHECKING:
    from trackside.store.curves import Series


_RUN_ID = re.compile(r"[0-9a-f]{32}")
_META = "meta.yaml"
_STATUSES = {"running": 1, "finished": 3, "failed": 4, "crashed": 4, "killed": 5}
_LOCAL = 4
_DEFAULT = "0"
_LINES = 100_000
_LONGEST_DIGEST = 36


class Exported(msgspec.Struct):
    """What was written. `renamed` are names as they are in MLflow, by what they were; `left_out` says why."""

    runs: list[str] = msgspec.field(default_factory=list)
    points: int = 0
    renamed: dict[str, str] = msgspec.field(default_factory=dict)
    left_out: list[str] = msgspec.field(default_factory=list)


def export_mlflow(store: AnyStore, runs: Sequence[str], out: Path, on_progress: OnProgress | None = None) -> Exported:
    """Write runs into a new folder, which appears whole or not at all. TracksideError where it is there already."""
    exported = Exported()
    with appearing(out) as (temporary, place):
        (temporary / ".trash").mkdir()
        created: dict[str, float] = {}
        for done, run in enumerate(store.runs(list(runs)), start=1):
            created[run.project] = min(run.created, created.get(run.project, run.created))
            _Writer(store, run, temporary, place, exported).write()
            exported.runs.append(run.id)
            if on_progress is not None:
                on_progress(done, len(runs))
        for project, began in created.items():
            _write_experiment(temporary, place, project, began)
    return exported


class _Writer:
    """Writes one run into the store that is made at `root`, and will stand at `place`."""

    def __init__(self, store: AnyStore, run: Run, root: Path, place: Path, exported: Exported) -> None:
        self._store = store
        self._run = run
        self._experiment = experiment_id(run.project)
        self._id = run_id(run)
        self._folder = root / self._experiment / self._id
        self._artifact_uri = (place / self._experiment / self._id / "artifacts").as_uri()
        self._exported = exported

    def write(self) -> None:
        run = self._run
        for part in ("metrics", "params", "tags", "artifacts"):
            (self._folder / part).mkdir(parents=True)
        self._write_meta()
        self._write_values("params", {key: text(value) for key, value in run.params.items()})
        self._write_values("tags", tags(run))
        for metric, name in self._names("metrics", run.metrics).items():
            self._write_history(name, self._store.series(run.id, metric))
        for role, data in run.data.items():
            self._write_dataset(role, data)
        for artifact in run.artifacts.values():
            self._write_artifact(artifact)
        self._write_own()

    def _write_meta(self) -> None:
        run = self._run
        meta: dict[str, Any] = {
            "artifact_uri": self._artifact_uri,
            "deleted_time": milliseconds(run.ended or run.created) if run.archived else None,
            "end_time": None if run.ended is None else milliseconds(run.ended),
            "entry_point_name": "",
            "experiment_id": self._experiment,
            "lifecycle_stage": "deleted" if run.archived else "active",
            "run_id": self._id,
            "run_name": run.name,
            "run_uuid": self._id,
            "source_name": "",
            "source_type": _LOCAL,
            "source_version": "",
            "start_time": milliseconds(run.created),
            "status": _STATUSES[run.status],
            "tags": [],
            "user_id": run.user or "",
        }
        _write_yaml(self._folder, meta)

    def _names(self, part: str, wanted: Mapping[str, Any]) -> dict[str, str]:
        given = names(wanted)
        self._exported.renamed |= {f"{part}/{name}": new for name, new in given.items() if new != name}
        return given

    def _write_values(self, part: str, values: Mapping[str, str]) -> None:
        for key, name in self._names(part, values).items():
            _new_file(self._folder / part / name).write_bytes(values[key].encode(errors="replace"))

    def _write_history(self, name: str, series: "Series") -> None:
        created = milliseconds(self._run.created)
        with _new_file(self._folder / "metrics" / name).open("w", encoding="ascii") as file:
            for first in range(0, len(series), _LINES):
                part = slice(first, first + _LINES)
                rows = zip(
                    series.time[part].tolist(), series.value[part].tolist(), series.step[part].tolist(), strict=True
                )
                file.writelines(
                    f"{created if math.isnan(time) else milliseconds(time)} {value!r} {step}\n"
                    for time, value, step in rows
                )
        self._exported.points += len(series)

    def _write_dataset(self, role: str, data: DataRef) -> None:
        digest = (data.fingerprint or "").partition(":")[2][:_LONGEST_DIGEST] or "unknown"
        dataset = _hex(f"{data.uri}\0{digest}")
        folder = self._folder.parent / "datasets" / dataset
        folder.mkdir(parents=True, exist_ok=True)
        said = {
            "digest": digest,
            "name": PurePosixPath(data.uri).name or role,
            "profile": None,
            "schema": None,
            "source": json.dumps({"uri": data.uri}),
            "source_type": "local",
        }
        _write_yaml(folder, said)
        used = self._folder / "inputs" / _hex(f"{dataset}\0{role}")
        used.mkdir(parents=True)
        link = {"source_type": "DATASET", "source_id": dataset, "destination_type": "RUN", "destination_id": self._id}
        _write_yaml(used, link | {"tags": {"mlflow.data.context": role}})

    def _write_artifact(self, artifact: Artifact) -> None:
        alone = list(artifact.files) == [PurePosixPath(artifact.name).name]
        for path, (digest, _) in artifact.files.items():
            name = artifact.name if alone else f"{artifact.name}/{path}"
            try:
                self._put(name, self._store.content(self._run.id, digest))
            except (DamagedError, OSError, ValueError) as error:
                self._exported.left_out.append(f"{self._run.name}: {visible(name)}: {error}")

    def _write_own(self) -> None:
        """What MLflow has no place for."""
        run = self._run
        kept = {
            "patch.diff": self._store.patch(run.id),
            "requirements.txt": self._store.lock(run.id),
            "environment.json": msgspec.json.format(msgspec.json.encode(run.environment)).decode(),
        }
        for name, content in kept.items():
            if content:
                self._put(f"trackside/{name}", content.encode(errors="replace"))
        for name, given in names(run.texts).items():
            rows = self._store.texts(run.id, name)
            lines = (json.dumps({"step": step, "time": time, "text": said}) for step, time, said in rows)
            self._put(f"trackside/texts/{given}.jsonl", "".join(f"{line}\n" for line in lines).encode())

    def _put(self, name: str, content: bytes) -> None:
        """A file among the artifacts; ValueError where its name leads out of their folder, or is taken."""
        parts = name.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ValueError("its name is no path of a file")
        path = self._folder.joinpath("artifacts", *parts)
        if path.exists():
            raise ValueError("another artifact has a file of that name")
        _new_file(path).write_bytes(content)


def experiment_id(project: str) -> str:
    """The id of a project's experiment: digits, always the same."""
    if project == "Default":
        return _DEFAULT
    number = int.from_bytes(hashlib.blake2b(project.encode(errors="replace"), digest_size=8).digest(), "big")
    return str(10**17 + number % (9 * 10**17))


def run_id(run: Run) -> str:
    """An id as MLflow has them, always the same; of a run that came from MLflow, the one it had there."""
    known = run.source_id if run.source == NAME else None
    return known if known and _RUN_ID.fullmatch(known) else _hex(run.id)


def milliseconds(seconds: float) -> int:
    """A time as MLflow has it."""
    return round(seconds * 1000)


def text(value: Param) -> str:
    """A param as MLflow keeps it: what Python makes of it; lists as JSON."""
    return json.dumps(value) if isinstance(value, list) else str(value)


def tags(run: Run) -> dict[str, str]:
    """What a run says beside params and metrics. A tag `a:b` is the tag `a` of value `b`, one without `:` is `true`."""
    own = {
        "mlflow.runName": run.name,
        "mlflow.note.content": run.notes,
        "mlflow.user": run.user,
        "mlflow.source.name": shlex.join(run.command),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": run.code.commit,
        "mlflow.source.git.branch": run.code.branch,
        "mlflow.source.git.repoURL": run.code.remote,
        "mlflow.source.git.dirty": None if run.code.dirty is None else str(run.code.dirty).lower(),
        f"{TRACKSIDE}id": run.id,
        f"{TRACKSIDE}host": run.host,
        f"{TRACKSIDE}seed": None if run.seed is None else str(run.seed),
        f"{TRACKSIDE}group": run.group,
    }
    found = {key: value for key, value in own.items() if value}
    for tag in run.tags:
        key, _, value = tag.partition(":")
        if key and value and key not in found:
            found[key] = value
        else:
            found[tag] = "true"
    return found


def _write_experiment(root: Path, place: Path, project: str, created: float) -> None:
    number = experiment_id(project)
    meta = {
        "artifact_location": (place / number).as_uri(),
        "creation_time": milliseconds(created),
        "experiment_id": number,
        "last_update_time": milliseconds(created),
        "lifecycle_stage": "active",
        "name": project,
    }
    _write_yaml(root / number, meta)


def _write_yaml(folder: Path, said: Mapping[str, Any]) -> None:
    (folder / _META).write_text(yaml.safe_dump(dict(said), allow_unicode=True), encoding="utf-8", errors="replace")


def _new_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _hex(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()
