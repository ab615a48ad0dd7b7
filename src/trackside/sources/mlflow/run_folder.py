"""A run in a file store, `<experiment>/<run>/`: what its files say, in MLflow's words."""

import re
from functools import cached_property
from pathlib import Path

from trackside.sources.inside import lies_in
from trackside.sources.mlflow.artifacts import Kept
from trackside.sources.mlflow.facts import CONTEXT, PARENT, RUN_NAME, Dataset, Said, moment
from trackside.sources.mlflow.folders import (
    META,
    Meta,
    content_of,
    experiment_of,
    files_in,
    folders_in,
    meta_if_any,
    meta_of,
    names_in,
    values_in,
    whole,
    word,
)
from trackside.sources.mlflow.metric_file import last_stamp
from trackside.sources.opening import opened
from trackside.sources.protocol import SourceError

ID = re.compile(r"[0-9a-f]{32}")
PARTS = ("metrics", "params", "tags", "inputs", "outputs")
"""The folders of a run that are read for it, beside its artifacts."""

_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
_STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


class RunFolder:
    """One run of the tree `root`. SourceError where its `meta.yaml` is not there, or says of no run."""

    def __init__(self, path: Path, root: Path) -> None:
        opened(path / META, root).close()
        self._path = path
        self._root = root
        self._meta = meta_of(path)
        if not word(self._meta, "run_id", "run_uuid"):
            raise SourceError(f"{path}/{META}: says of no run, so this folder is none")
        self._names = names_in(path)

    @property
    def artifact_uri(self) -> str:
        """Where MLflow put the artifacts."""
        return word(self._meta, "artifact_uri")

    @cached_property
    def metrics(self) -> dict[str, str]:
        """The paths of the files of its metrics."""
        inside = files_in(f"{self._path}/metrics") if "metrics" in self._names else ()
        return {name: entry.path for name, entry in inside}

    @cached_property
    def tags(self) -> dict[str, str]:
        """Its tags, the user's and MLflow's own."""
        return values_in(f"{self._path}/tags") if "tags" in self._names else {}

    def models(self) -> dict[str, str]:
        """The models of 3.x that came out of it: name by id."""
        found = {}
        for said in self._linked("outputs"):
            model = word(said, "destination_id")
            if _MODEL_ID.fullmatch(model):
                found[model] = word(self._meta_in(self._path.parent / "models" / model), "name") or model
        return found

    def said(self, kept: Kept) -> Said:
        """All that is said of it; `kept` are its artifacts."""
        meta = self._meta
        experiment = experiment_of(self._path)
        status = whole(meta, "status")
        unfinished = status in {1, 2}
        return Said(
            run_id=self._path.name,
            experiment=word(experiment, "name") or self._path.parent.name,
            status=word(meta, "status") if status is None else _STATUSES.get(status, str(status)),
            name=word(meta, "run_name") or self.tags.get(RUN_NAME, ""),
            start=whole(meta, "start_time"),
            end=whole(meta, "end_time"),
            deleted="deleted" in {word(meta, "lifecycle_stage"), word(experiment, "lifecycle_stage")},
            user=word(meta, "user_id"),
            source_name=word(meta, "source_name"),
            entry_point=word(meta, "entry_point_name"),
            source_version=word(meta, "source_version"),
            params=values_in(f"{self._path}/params") if "params" in self._names else {},
            tags=self.tags,
            datasets=self._datasets(),
            last_point=self._last_point() if unfinished else None,
            heard=self._newest() if unfinished else None,
            parent_name=self._name_of(self.tags.get(PARENT, "")),
            requirements=kept.requirements,
            python=kept.python,
        )

    def _linked(self, part: str) -> list[Meta]:
        """What `inputs` or `outputs` say: a folder with a `meta.yaml` for each."""
        return [self._meta_in(path) for path in folders_in(self._path / part)] if part in self._names else []

    def _datasets(self) -> list[Dataset]:
        found = []
        for said in self._linked("inputs"):
            source = word(said, "source_id")
            if word(said, "source_type") == "DATASET" and ID.fullmatch(source):
                dataset = self._meta_in(self._path.parent / "datasets" / source)
                tags = said.get("tags")
                context = word(tags, CONTEXT) if isinstance(tags, dict) else ""
                words = {key: word(dataset, key) for key in ("name", "digest", "source")}
                found.append(Dataset(**words, context=context))
        return found

    def _last_point(self) -> float | None:
        return moment(max(map(last_stamp, self.metrics.values()), default=0))

    def _newest(self) -> float:
        """When a file of the run was last written, in seconds."""
        times = [0.0]
        for part in PARTS:
            for _, entry in files_in(f"{self._path}/{part}"):
                try:
                    times.append(entry.stat(follow_symlinks=False).st_mtime)
                except OSError:
                    continue
        return max(times)

    def _name_of(self, run_id: str) -> str | None:
        """What another run of the store is called; None where there is none of that id."""
        if not ID.fullmatch(run_id):
            return None
        experiment = self._path.parent
        nearest = [experiment] if (experiment / run_id).is_dir() else folders_in(experiment.parent)
        for folder in nearest:
            run = folder / run_id
            tagged = content_of(f"{run}/tags/{RUN_NAME}") if lies_in(run, self._root) else ""
            if name := tagged or word(self._meta_in(run), "run_name"):
                return name
        return None

    def _meta_in(self, folder: Path) -> Meta:
        return meta_if_any(folder, self._root)
