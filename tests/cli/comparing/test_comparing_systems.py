"""Runs of three systems in one comparison, the baseline from one and the candidates from the others."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest

import trackside

SAMPLES = Path(__file__).parents[2] / "sources" / "samples"


@pytest.fixture
def places(tmp_path) -> list[str]:
    """A folder of W&B's, a store of MLflow's and one of ours, as their own clients wrote them."""
    shutil.copytree(SAMPLES / "wandb" / "0.31.0", tmp_path / "wandb", symlinks=True)
    with tarfile.open(SAMPLES / "mlflow" / "mlflow-3.17.2.tar.xz") as archive:
        archive.extractall(tmp_path / "mlflow", filter="data")
    with trackside.init(project="ours", name="own", store=tmp_path / "store", quiet=True) as run:
        run.log({"train/loss": 0.05}, step=3)
    return [str(tmp_path / "wandb"), str(tmp_path / "mlflow" / "files"), str(tmp_path / "store")]


@pytest.mark.parametrize("baseline", ["run whole", "full", "own"])
def test_any_of_them_may_be_the_baseline_of_the_others(call, places, baseline):
    candidates = [name for name in ("run whole", "full", "own") if name != baseline]
    stores = [option for place in places for option in ("--store", place)]
    said = call("compare", *stores, *candidates, "--baseline", baseline, "--each", "--json", on=None)
    assert said.status == 0, said.err
    (row,) = [row for row in json.loads(said.out)["rows"] if row["metric"] == "train/loss"]
    last = {"run whole": 0.025, "full": 0.1, "own": 0.05}
    assert [cell["value"] for cell in row["cells"]] == pytest.approx([last[name] for name in candidates])
    assert row["cells"][0]["baseline_value"] == pytest.approx(last[baseline])
    assert {cell["verdict"] for cell in row["cells"]} == {"untested"}
