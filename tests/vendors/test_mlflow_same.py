"""One store, read where it lies and by a server of MLflow's over it: the same runs."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from gathered import Gathered, gather
from mlflow_servers import running

from trackside.model.run import Environment
from trackside.sources.mlflow.rest import TrackingServer
from trackside.sources.mlflow.source import Mlflow

pytest.importorskip("mlflow", reason="needs mlflow: `just vendors` runs it")
pytestmark = pytest.mark.timeout(600)

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "vendor"


@pytest.mark.parametrize("sample", ["mlflow_file/mlruns", "mlflow_sqlite/mlflow.db"])
def test_a_store_reads_the_same_in_place_and_by_its_server(sample: str, tmp_path: Path) -> None:
    if not SAMPLES.is_dir():
        pytest.skip(f"the samples are not here: no folder {SAMPLES}")
    copy = tmp_path / "copy"
    shutil.copytree(SAMPLES / Path(sample).parent, copy)
    store = copy / Path(sample).name
    for meta in copy.glob("mlruns/*/*/meta.yaml"):
        for part in ("metrics", "params", "tags", "artifacts"):  # MLflow's server has no run without
            (meta.parent / part).mkdir(exist_ok=True)
    in_place = {run.found.identity: run for run in gather(Mlflow(), copy).values()}
    with running(tmp_path, f"sqlite:///{store}" if store.is_file() else str(store)) as server:
        source = TrackingServer()
        served = {run.identity: Gathered(run).take(source.follow(run, None)) for run in source.runs_at(server.address)}
    assert served.keys() == in_place.keys()
    assert len(served) >= 3
    for identity, run in served.items():
        other = in_place[identity]
        assert run.facts is not None
        assert other.facts is not None
        left_out = {"lock": None, "environment": Environment()}
        assert msgspec.structs.replace(run.facts, **left_out) == msgspec.structs.replace(other.facts, **left_out)
        assert {key: json.dumps(told) for key, told in run.statistics().items()} == {
            key: json.dumps(told) for key, told in other.statistics().items()
        }
        assert (run.texts, run.remarks) == (other.texts, [])
