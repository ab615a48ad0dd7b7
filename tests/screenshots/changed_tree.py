"""A run from a small work tree that differs from its commit, with data of its own: what two of the pictures show."""

import subprocess
import sys
from pathlib import Path

_COMMITTED = """
import math

import trackside

params = {"lr": 3e-4, "dropout": 0.0}
data = {"train": "digits/train", "eval": "digits/eval.npz", "pretraining": "lakefs://corpora/main/digits/"}
with trackside.init(project="digits", params=params, data=data, store=STORE, seed=7, quiet=True) as run:
    run.define_metric("val/accuracy", goal="max", primary=True, eval_data="eval")
    for step in range(200):
        run.log({"train/loss": 2.3 * math.exp(-step / 60), "val/accuracy": 1 - math.exp(-step / 50)}, step=step)
"""
_COMMIT = ("init -q -b dropout", "add -A", "commit -q -m first", "remote add origin git@example.org:ana/digits.git")
_WHO = ("-c", "user.name=ana", "-c", "user.email=ana@example.org")
_CHANGES = (
    ('"dropout": 0.0', '"dropout": 0.2'),
    ("range(200)", "range(400)"),
    ("2.3 * math.exp(-step / 60)", "2.3 * math.exp(-step / 80) + 0.02"),
)
_NEW = """[augment]
shift = 2
rotate = 10

[hub]
token = "hf_not_a_real_one"
"""


def record(store: Path) -> None:
    """Make the work tree beside `store`, and run its script once."""
    tree = store.parent / "digits-training"
    (tree / "digits" / "train").mkdir(parents=True)
    for number in range(12):
        (tree / "digits" / "train" / f"{number:02}.bin").write_bytes(bytes([number]) * 40_000)
    (tree / "digits" / "eval.npz").write_bytes(bytes(123_456))
    script = tree / "train.py"
    script.write_text(_COMMITTED.replace("STORE", repr(str(store))))
    (tree / ".gitignore").write_text("digits/\n")
    for words in _COMMIT:
        subprocess.run(["git", *_WHO, *words.split()], cwd=tree, check=True)
    text = script.read_text()
    for before, after in _CHANGES:
        text = text.replace(before, after)
    script.write_text(text)
    (tree / "augment.toml").write_text(_NEW)
    (tree / ".env").write_text("KEY=value\n")
    subprocess.run([sys.executable, "train.py"], cwd=tree, check=True)
