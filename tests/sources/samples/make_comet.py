"""Write the samples of Comet's offline mode with its own client: python make_comet.py FOLDER, with comet_ml installed.

They go to FOLDER/<version of the client>, with what was logged in expected.json beside them. Each run is a process of
its own, in a Git repository made for it. The list of the system's packages, which would be most of a sample, is
not recorded. Runs: `whole`, `raising`, `continued` (two archives), and `dying`, of which the client leaves an empty
archive and the folder `leftover`; of old clients `whole` alone.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = ("whole", "raising", "continued", "dying")


def losses(how):
    found = [1 / (step + 1) for step in range(20)]
    return [*found[:15], *([math.nan, math.inf, -math.inf, math.nan, 0.5] if how == "whole" else found[15:])]


def record(how, folder):
    import comet_ml

    comet_ml.OfflineExperiment.set_os_packages = lambda *_: None
    experiment = comet_ml.OfflineExperiment(
        project_name="samples", offline_directory=folder, auto_output_logging="simple", display_summary_level=0
    )
    experiment.set_name(f"run {how}")
    experiment.add_tags(["small", "größer ↑"])
    experiment.log_parameters({"lr": 0.001, "batch_size": 32, "betas": [0.9, 0.99], "amp": True, "resume": None})
    experiment.log_parameters({"model": {"depth": 4, "name": "net-é"}})
    experiment.log_other("notes", "why: größer ↑")
    experiment.log_other("best epoch", 3)
    experiment.log_dataset_info(name="digits", version="v2", path="s3://data/digits")
    for step, loss in enumerate(losses(how)):
        experiment.log_metric("loss", loss, step=step, epoch=step // 10)
        if step % 5 == 0:
            with experiment.train():
                experiment.log_metric("accuracy", step / 20, step=step)
            with experiment.validate():
                experiment.log_metric("accuracy", step / 40, step=step)
    experiment.log_metric("half", 0.25, step=20.5)
    experiment.log_asset_data({"a": 1}, name="tables/first.json", step=19)
    experiment.log_text("a sample of text", step=19)
    experiment.log_confusion_matrix([0, 1, 1], [0, 1, 0], step=19)
    experiment.log_model("net", "train.py")
    print("10%\r50%\rdone", flush=True)
    if how == "raising":
        sys.tracebacklimit = 0
        raise ValueError("boom")
    if how == "dying":
        experiment.flush()
        os._exit(9)
    experiment.end()
    if how == "continued":
        again = comet_ml.ExistingOfflineExperiment(
            previous_experiment=experiment.get_key(), offline_directory=folder, display_summary_level=0
        )
        again.log_metric("loss", 0.03125, step=20)
        again.add_tag("again")
        again.end()


def expected(how):
    count = 21 if how == "continued" else 20
    loss = [*losses(how), *([0.03125] if how == "continued" else [])]
    finite = [value for value in loss if math.isfinite(value)]
    sums = {"nonfinite": count - len(finite), "sum_finite": math.fsum(finite)}
    return {
        "loss": {"count": count, "last_step": count - 1, "last": loss[-1], **sums},
        "train/accuracy": {"count": 4, "last_step": 15, "last": 0.75, "nonfinite": 0, "sum_finite": 1.5},
        "validate/accuracy": {"count": 4, "last_step": 15, "last": 0.375, "nonfinite": 0, "sum_finite": 0.75},
        "half": {"count": 1, "last": 0.25},
        "step": {"count": 1, "last": 20.5},
    }  # fmt: skip


def repository(folder):
    def git(*arguments):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)

    folder.mkdir()
    git("init", "-b", "main")
    (folder / "train.py").write_text("print('before')\n")
    git("add", "train.py")
    git("-c", "user.name=ana", "-c", "user.email=ana@example.org", "commit", "-m", "Begin")
    git("remote", "add", "origin", "https://ana:secret@example.org/net.git")
    (folder / "train.py").write_text("print('after')\n")


def main(out):
    import comet_ml

    target = Path(out) / comet_ml.__version__
    with tempfile.TemporaryDirectory() as scratch:
        work, tools, client = (Path(scratch, name) for name in ("work", "tools", "client"))
        repository(work)
        tools.mkdir()
        client.mkdir()
        (tools / "git").symlink_to(shutil.which("git"))
        environment = {"PATH": str(tools), "HOME": scratch, "TMPDIR": str(client)}
        runs = RUNS if hasattr(comet_ml.OfflineExperiment, "flush") else RUNS[:1]
        for how in runs:
            (target / how).mkdir(parents=True)
            command = [sys.executable, str(Path(__file__).resolve()), str((target / how).resolve()), how]
            subprocess.run(command, cwd=work, env=environment, check=False)
        for messages in client.glob("*/messages.json"):
            shutil.copytree(messages.parent, target / "dying" / "leftover")
    document = {how: expected(how) for how in runs}
    (target / "expected.json").write_text(json.dumps(document, indent=1, sort_keys=True))


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) == 2 else record(sys.argv[2], sys.argv[1])
