"""What `trackside export --mlflow` writes, read by MLflow itself: the folder, and the database that it makes of it."""

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import trackside
from trackside.model.run import Run
from trackside.services.exchange.export_mlflow import export_mlflow, milliseconds
from trackside.store.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytest.importorskip("mlflow", reason="needs mlflow: `just vendors` runs it")
pytestmark = pytest.mark.timeout(600)

ODD = [0.1, math.nan, math.inf, -math.inf, 5e-324, 1e300, -1e-300, float(2**53 + 2), 1 / 3]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    root = tmp_path / "store"
    (tmp_path / "weights.bin").write_bytes(bytes(range(256)) * 100)
    params = {"lr": 1e-3, "model": {"depth": 4}, "layers": [1, 2], "prompt": "a\nb", "odd %": True, "none": None}
    with trackside.init(
        project="digits/ä",
        name="../brisk",
        group="sweep",
        tags=["first", "team:vision"],
        notes="# why\nbecause",
        params=params,
        store=root,
        quiet=True,
    ) as run:
        for step, value in enumerate(ODD):
            run.log({"odd": value, "train/loss": 1 / (step + 1)}, step=step)
        run.log({"train": 1.0}, step=-3)
        run.log_artifact(tmp_path / "weights.bin", name="model/best")
    run = trackside.init(project="Default", store=root, quiet=True)
    run.log({"odd": 2.0}, step=1)
    run.finish("failed")
    store = Store.open(root)
    store.refresh()
    yield store
    store.close()


def assert_equal(client: "MlflowClient", run: Run, store: Store, *, infinity: float) -> None:
    """What MLflow reads of a run is what trackside has."""
    (found,) = client.search_runs(
        [experiment.experiment_id for experiment in client.search_experiments()], f"tags.`trackside.id` = '{run.id}'"
    )
    assert client.get_experiment(found.info.experiment_id).name == run.project
    assert found.info.run_name == run.name
    assert (found.info.start_time, found.info.end_time) == (milliseconds(run.created), milliseconds(run.ended or 0))
    assert found.info.status == {"finished": "FINISHED", "failed": "FAILED"}[run.status]
    assert found.data.tags.get("mlflow.note.content", "") == run.notes
    assert found.data.params.get("lr") == ("0.001" if run.params else None)
    names = {"train": next((key for key in found.data.metrics if key.startswith("train_")), "train")}
    assert len(found.data.metrics) == len(run.metrics)
    for metric in run.metrics:
        series = store.series(run.id, metric)
        points = client.get_metric_history(found.info.run_id, names.get(metric, metric))
        expected = [
            (step, milliseconds(time), repr(math.copysign(infinity, value) if math.isinf(value) else value))
            for step, time, value in zip(series.step.tolist(), series.time.tolist(), series.value.tolist(), strict=True)
        ]
        assert sorted((point.step, point.timestamp, repr(point.value)) for point in points) == sorted(expected)


def test_mlflow_reads_an_export_equal(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    out = tmp_path / "out"
    runs = store.first_page(10)
    export_mlflow(store, [run.id for run in runs], out)
    client = MlflowClient(out.as_uri())
    assert sorted(run.status for run in runs) == ["failed", "finished"]
    for run in runs:
        assert_equal(client, run, store, infinity=math.inf)
    (brisk,) = client.search_runs(
        [client.get_experiment_by_name("digits/ä").experiment_id], "tags.team = 'vision' and tags.first = 'true'"
    )
    assert brisk.data.params["prompt"] == "a\nb"
    assert brisk.data.params["odd _"] == "True"
    assert brisk.data.params["layers"] == "[1, 2]"
    copied = client.download_artifacts(brisk.info.run_id, "model/best", str(tmp_path))
    assert (Path(copied) / "weights.bin").read_bytes() == bytes(range(256)) * 100


def test_mlflow_makes_a_database_of_an_export(store: Store, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    out = tmp_path / "out"
    runs = store.first_page(10)
    export_mlflow(store, [run.id for run in runs], out)
    target = f"sqlite:///{tmp_path / 'mlflow.db'}"
    command = [sys.executable, "-m", "mlflow", "migrate-filestore", "--source", str(out), "--target", target]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    client = MlflowClient(target)
    for run in runs:
        assert_equal(client, run, store, infinity=1.7976931348623157e308)
