"""The answers of a tracking server, in the shapes in which they come. What a server leaves out is empty."""

import math
from typing import Annotated

import msgspec

from trackside.model.bounds import Int64

Milliseconds = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class Pair(msgspec.Struct, frozen=True):
    """A param or a tag."""

    key: str
    value: str | None = ""


class Metric(msgspec.Struct, frozen=True):
    """A point, in a history or as a run's latest."""

    key: str = ""
    value: float = math.nan
    timestamp: Milliseconds = 0
    step: Int64 = 0


class Experiment(msgspec.Struct, frozen=True):
    """An experiment."""

    experiment_id: str
    name: str = ""
    lifecycle_stage: str = ""


class Experiments(msgspec.Struct, frozen=True):
    """A page of experiments."""

    experiments: list[Experiment] = []
    next_page_token: str | None = None


class Info(msgspec.Struct, frozen=True):
    """What a run is, of itself."""

    run_id: str = ""
    run_uuid: str = ""
    experiment_id: str = ""
    run_name: str | None = None
    user_id: str | None = None
    status: str = ""
    start_time: Milliseconds | None = None
    end_time: Milliseconds | None = None
    artifact_uri: str | None = None
    lifecycle_stage: str = ""

    @property
    def id(self) -> str:
        """The run's id; old servers have another word for it."""
        return self.run_id or self.run_uuid


class Data(msgspec.Struct, frozen=True):
    """What was logged to a run; of metrics only the latest points."""

    metrics: list[Metric] = []
    params: list[Pair] = []
    tags: list[Pair] = []


class Dataset(msgspec.Struct, frozen=True):
    """Data that a run read; `source` is JSON as text."""

    name: str = ""
    digest: str = ""
    source_type: str = ""
    source: str = ""


class DatasetInput(msgspec.Struct, frozen=True):
    """What a run read data for: a tag says its context."""

    dataset: Dataset = Dataset()
    tags: list[Pair] = []


class Inputs(msgspec.Struct, frozen=True):
    """What a run read."""

    dataset_inputs: list[DatasetInput] = []


class ModelOutput(msgspec.Struct, frozen=True):
    """A model that a run logged, where models stand for themselves (MLflow 3)."""

    model_id: str


class Outputs(msgspec.Struct, frozen=True):
    """What a run made."""

    model_outputs: list[ModelOutput] = []


class Run(msgspec.Struct, frozen=True):
    """A run, without its histories."""

    info: Info
    data: Data = Data()
    inputs: Inputs = Inputs()
    outputs: Outputs = Outputs()


class ModelInfo(msgspec.Struct, frozen=True):
    """What a model is."""

    name: str = ""


class Model(msgspec.Struct, frozen=True):
    """A model, without its files."""

    info: ModelInfo = ModelInfo()


class OneModel(msgspec.Struct, frozen=True):
    """The answer to the question for one model."""

    model: Model = Model()


class OneRun(msgspec.Struct, frozen=True):
    """The answer to the question for one run."""

    run: Run


class Runs(msgspec.Struct, frozen=True):
    """A page of runs."""

    runs: list[Run] = []
    next_page_token: str | None = None


class History(msgspec.Struct, frozen=True):
    """A page of a metric's history."""

    metrics: list[Metric] = []
    next_page_token: str | None = None


class Listed(msgspec.Struct, frozen=True):
    """A file or folder among a run's artifacts."""

    path: str
    is_dir: bool = False
    file_size: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Listing(msgspec.Struct, frozen=True):
    """A page of a folder of artifacts."""

    files: list[Listed] = []
    next_page_token: str | None = None
