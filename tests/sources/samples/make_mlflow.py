"""Write a file store and a SQLite store of the same runs with MLflow's own client: an archive for each version.

    python make_mlflow.py       in an environment with mlflow: once with 2.9.2 (sqlalchemy<2.1), once with the newest

`expected.json` is what was logged. One run is cut off by `os._exit`, one has failed, one is deleted, one lies in a
deleted experiment.
"""

import json
import math
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import mlflow

HERE = Path(__file__).parent / "mlflow"
NEW = int(mlflow.__version__.split(".")[0]) >= 3
PARAMS = {"lr": 0.001, "epochs": 3, "bn": True, "act": "relu", "none": None, "text": "two\nlines ü", "opt.name": "sgd"}
LOSS = [(0, 1.5), (1, 0.75), (1, 0.7), (3, float("nan")), (2, float("inf")), (4, float("-inf")), (5, 0.1), (-1, 9.0)]


def full() -> None:
    import pandas as pd

    with mlflow.start_run(run_name="full", description="why it was made: größer ↑") as run:
        mlflow.set_tags({"stage": "prod", "checked": "true", "report": "line\n" * 40})
        mlflow.log_params(PARAMS)
        for step, value in LOSS:
            mlflow.log_metric("train/loss", value, step=step)
        for step in range(20):
            mlflow.log_metrics({"acc": step / 20, "val/acc": step / 40}, step=step)
        mlflow.log_metric("system/cpu_utilization_percentage", 12.5, step=0)
        frame = pd.DataFrame({"x": [1, 2, 3]})
        mlflow.log_input(
            mlflow.data.from_pandas(frame, source="https://data.example/wine.csv", name="wine"), "training"
        )
        mlflow.log_text("a report", "report.txt")
        mlflow.log_text("1", "tables/one.txt")
        mlflow.log_text("22", "tables/deep/two.txt")
        kind = {"name": "net"} if NEW else {"artifact_path": "net"}
        mlflow.pyfunc.log_model(python_model=Net(), pip_requirements=["numpy==2.0.0", "scipy"], **kind)
        with mlflow.start_run(run_name="fold", nested=True):
            mlflow.log_metric("score", 0.25, step=3)
    mlflow.MlflowClient().set_tag(run.info.run_id, "later", "")


class Net(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


def cut() -> None:
    mlflow.start_run(run_name="cut")
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    os._exit(9)


def others() -> None:
    mlflow.start_run(run_name="broken")
    mlflow.end_run("FAILED")
    with mlflow.start_run(run_name="stopped"):
        mlflow.end_run("KILLED")
    with mlflow.start_run(run_name="dropped") as run:
        mlflow.log_metric("loss", 3.0)
    mlflow.MlflowClient().delete_run(run.info.run_id)
    gone = mlflow.create_experiment("gone")
    with mlflow.start_run(run_name="of gone", experiment_id=gone):
        mlflow.log_metric("loss", 4.0)
    mlflow.MlflowClient().delete_experiment(gone)


def expected() -> dict[str, object]:
    points = lambda pairs: [[step, value if math.isfinite(value) else str(value)] for step, value in pairs]  # noqa: E731
    return {
        "full": {
            "status": "finished",
            "notes": "why it was made: größer ↑",
            "tags": ["checked", "later", "stage:prod"],
            "params": {key: str(value) for key, value in PARAMS.items()},
            "metrics": {
                "train/loss": points(LOSS),
                "acc": [[step, step / 20] for step in range(20)],
                "val/acc": [[step, step / 40] for step in range(20)],
                "system/cpu_utilization_percentage": [[0, 12.5]],
            },
            "artifacts": {"report.txt": 8, "tables/one.txt": 1, "tables/deep/two.txt": 2},
        },
        "fold": {"status": "finished", "nested": "full", "metrics": {"score": [[3, 0.25]]}},
        "cut": {"status": "crashed", "metrics": {"loss": [[step, 1 / (step + 1)] for step in range(5)]}},
        "broken": {"status": "failed"},
        "stopped": {"status": "killed"},
        "dropped": {"status": "finished", "archived": True, "metrics": {"loss": [[0, 3.0]]}},
        "of gone": {"status": "finished", "archived": True, "project": "gone", "metrics": {"loss": [[0, 4.0]]}},
    }


def write(uri: str) -> None:
    """All runs into one store, each part in a process of its own: one of them dies."""
    for part in ("full", "cut", "others"):
        environment = os.environ | {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_TRACKING_URI": uri, "LOGNAME": "ana"}
        subprocess.run([sys.executable, __file__, part], env=environment, check=part != "cut")


def main() -> None:
    if len(sys.argv) > 1:
        mlflow.set_experiment("nets")
        {"full": full, "cut": cut, "others": others}[sys.argv[1]]()
        return
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for store, uri in (("files", "mlruns"), ("database", "sqlite:///mlflow.db")):
            folder = Path(made) / store
            folder.mkdir()
            os.chdir(folder)
            write(uri)
        with tarfile.open(HERE / f"mlflow-{mlflow.__version__}.tar.xz", "w:xz", preset=9) as archive:
            archive.add(made, ".", filter=nobody)
    (HERE / "expected.json").write_text(json.dumps(expected(), indent=1, ensure_ascii=False) + "\n")


def nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main()
