"""Write the samples of Weights & Biases with its own client: python make_wandb.py FOLDER, with wandb and numpy there.

They go to FOLDER/<version of the client>, with what was logged in expected.json beside them. Each run is a process of
its own, offline, in a Git repository made for it with a file that was changed. Runs: `whole`; `raising` and
`interrupted`, which end by an exception; `resumed`, in two folders; and `dying`, which is cut off once the client has
written. Of old clients `whole` alone.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

RUNS = ("whole", "raising", "interrupted", "resumed", "dying")
TRAIN = "import sys\n\nimport recorded\n\nrecorded.record(*sys.argv[1:])\n"
STEPS = {"whole": 40, "raising": 4, "interrupted": 4, "resumed": 6, "dying": 30}
CONFIG = {
    "lr": 0.001,
    "batch_size": 32,
    "model": {"depth": 4, "name": "net-é", "dims": [8, 16]},
    "amp": True,
    "seed": 7,
}


def row(how, step):
    found = {"train/loss": 1 / (step + 1), "lr": 1e-3 * 0.9**step}
    if how != "whole":
        return found
    if step % 10 == 0:
        found |= {
            "val/accuracy": 1 - 0.9 ** (step + 1),
            "epoch": step // 10,
            "nested": {"a": {"b": step}, "word": "hi"},
        }
    odd = {30: math.nan, 31: math.inf, 32: -math.inf, 33: 1e-310, 34: 2**60 + 1, 35: True, 36: -0.0, 37: 1e22}
    if step in odd:
        found["odd"] = odd[step]
    return found


def record(how, folder):
    import wandb

    again = {"id": "again", "resume": "allow"} if how == "resumed" else {}
    run = wandb.init(
        dir=folder, project="samples", name=f"run {how}", tags=["small", "größer ↑"], notes="why: größer ↑",
        group="trials", job_type="train", config=CONFIG, settings=wandb.Settings(save_code=True), **again,
    )  # fmt: skip
    run.config.update({"late": "value"})
    try:
        run.define_metric("val/*", step_metric="epoch", summary="max", goal="maximize")
    except TypeError:
        run.define_metric("val/*", step_metric="epoch", summary="max")
    run.define_metric("train/loss", summary="min")
    for step in range(STEPS[how]):
        run.log(row(how, step) | (objects(wandb, folder) if how == "whole" and step == 20 else {}), step=step)
    print("10%\r50%\rdone", flush=True)
    if how == "raising":
        raise ValueError("boom")
    if how == "interrupted":
        raise KeyboardInterrupt
    if how == "dying":
        time.sleep(20)
        os._exit(9)
    run.summary["best"] = 0.125
    run.summary["verdict"] = "good"
    if how == "whole":
        artifacts(wandb, run)
    run.finish()


def objects(wandb, folder):
    return {
        "table": wandb.Table(columns=["a", "b"], data=[[1, "x"], [2, "y"]]),
        "page": wandb.Html("<b>bold</b>"),
        "weights": wandb.Histogram([1, 2, 3], num_bins=4),
    }


def artifacts(wandb, run):
    for name, kind in (("net", "model"), ("digits", "dataset")):
        artifact = wandb.Artifact(name, kind)
        artifact.add_file("train.py")
        run.log_artifact(artifact)


def statistics(how):
    found = {}
    for _ in range(2 if how == "resumed" else 1):
        for step in range(STEPS[how] - (how == "dying")):
            for name, value in flat(row(how, step)):
                if isinstance(value, str):
                    continue
                one = found.setdefault(name, {"count": 0, "nonfinite": 0, "sum_finite": 0.0})
                one["count"] += 1
                one["nonfinite"] += not math.isfinite(value)
                one["sum_finite"] += value if math.isfinite(value) else 0.0
                one |= {"last": float(value) if math.isfinite(value) else str(value), "last_step": step}
    if how in ("whole", "resumed"):
        found["best"] = {"count": 1, "last": 0.125, "last_step": STEPS[how] - 1}
    return found


def flat(values, path=""):
    for key, value in values.items():
        yield from flat(value, f"{path}{key}.") if isinstance(value, dict) else [(path + key, value)]


def expected(how):
    status = {"raising": "failed", "interrupted": "killed", "dying": "crashed"}.get(how, "finished")
    params = dict(flat(CONFIG)) | {"late": "value", "job_type": "train"}
    return {"status": status, "params": params, "metrics": statistics(how)}


def repository(folder):
    folder.mkdir(parents=True)
    (folder / "recorded.py").write_text(Path(__file__).read_text())
    (folder / "train.py").write_text(TRAIN)
    git = ("git", "-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    remote = "https://example.org/train.git"
    for words in ("init -q", "add train.py", "commit -qm begin", f"remote add origin {remote}"):
        subprocess.run([*git, *words.split()], cwd=folder, check=True)
    (folder / "train.py").write_text(TRAIN + "# changed\n")


def main(folder):
    import wandb

    target = Path(folder) / wandb.__version__
    shutil.rmtree(target, ignore_errors=True)
    work = Path(os.environ.get("WORK", "work")).absolute()
    runs = RUNS if wandb.__version__.startswith("0.31") else RUNS[:1]
    environment = os.environ | {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "HOME": str(work / "home")}
    for how in runs:
        shutil.rmtree(work, ignore_errors=True)
        repository(work / "train")
        for _ in range(2 if how == "resumed" else 1):
            subprocess.run(
                [sys.executable, "train.py", how, str(work)], cwd=work / "train", env=environment, check=False
            )
            time.sleep(1.5)
        for run in sorted((work / "wandb").glob("offline-run-*")):
            shutil.copytree(run, target / how / "wandb" / run.name, ignore=shutil.ignore_patterns("tmp", "logs"))
    (target / "expected.json").write_text(
        json.dumps({how: expected(how) for how in runs}, indent=1, ensure_ascii=False) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1])
