"""A store whose every run, time, machine and path is written here, so that the same screens come out everywhere."""

import hashlib
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
from blake3 import blake3

from trackside.model.foreign import Facts, File, Item, Points, Printed
from trackside.model.ids import ALPHABET, new_id
from trackside.model.run import Code, DataRef, Environment, Mark
from trackside.services.project import decisions
from trackside.store import manifest
from trackside.store.layout import RunPaths
from trackside.store.scribe import Scribe
from trackside.store.store import Store

NOW = 1_773_500_940.0
"""14 March 2026, 15:09 UTC."""

NAME, EMPTY, UNREADABLE = "experiments", "nothing-yet", "logs"
_MINUTE, _HOUR = 60.0, 3_600.0
_STEPS, _EVERY = 600, 10
_COMMIT = "4f1d2c9b7a6e5d4c3b2a19080706050403020100"
_TRACEBACK = """Traceback (most recent call last):
  File "/home/ana/digits/train.py", line 61, in <module>
    save(model, checkpoints / "last.npz")
FileNotFoundError: [Errno 2] No such file or directory: '/scratch/ana/chekpoints/last.npz'
"""
_PATCH = """diff --git a/train.py b/train.py
index 3f1c2ab..9d0e4f7 100644
--- a/train.py
+++ b/train.py
@@ -18,7 +18,8 @@ def train(model, data):
     for step in range(600):
-        loss = model.fit(data.batch(step))
+        loss = model.fit(data.batch(step), clip=1.0)
+        # gradients explode without it
         run.log({"train/loss": loss}, step=step)
"""
_LOCK = "blake3==1.0.5\nnumpy==2.4.1\ntorch==2.10.0\ntrackside==0.1.0\n"
_UNREADABLE = {
    "aim/.aim/run_metadata.sqlite": b"",
    "mlflow/mlflow.db": b"",
    "a-sweep-that-somebody-copied-from-another-machine-before-it-had-ended/of-two-hundred-runs/mlflow.db": b"SQLi",
    "wandb/run-20260314_120000-abc123/run-abc123.wandb": b"not W&B's",
    "tensorboard/events.out.tfevents.1773500940.gpu-box": b"\0" * 24,
}
_PLACE = Environment(
    python="3.11.14", platform="Linux-6.12-x86_64", packages=4, lock="blake3:77aa", gpu=["NVIDIA H100 80GB HBM3"],
    cpu="AMD EPYC 9454", memory=128 << 30, driver="570.86", cuda="12.8", determinism={"python.hash_seed": "0"},
)  # fmt: skip
_METRICS = {"val/accuracy": {"goal": "max", "primary": True, "eval_data": "eval"}, "train/loss": {"goal": "min"}}
_DATA = {
    "train": DataRef(uri="/data/digits/train", fingerprint="blake3:1f2e3d4c", files=12, bytes=480_000),
    "eval": DataRef(uri="/data/digits/eval.npz", fingerprint="blake3:aa11bb22", files=1, bytes=123_456),
}
_OTHER = DataRef(uri="/data/digits/train.npz", fingerprint="blake3:cc33dd44", files=1, bytes=480_000)


def run_id(name: str, created: float) -> str:
    """Always the same for the same name and time."""
    rest = (ALPHABET[byte & 31] for byte in hashlib.sha256(name.encode()).digest()[:16])
    return new_id(created)[:10] + "".join(rest)


def write(root: Path) -> dict[str, str]:
    """Make the store; ids by name."""
    manifest.create(root, known_as="00000000-0000-4000-8000-000000000000")
    ids = dict(_written(root, *planned) for planned in _planned())
    store = Store.open(root)
    store.refresh(thorough=True)
    decisions.set_baseline(store, "digits", ids["lr-0.05-seed-1"])
    store.refresh()
    store.close()
    return ids


def write_unreadable(root: Path) -> None:
    """A folder of other systems whose files cannot be read."""
    for path, content in _UNREADABLE.items():
        file = root / path
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        os.utime(file, (NOW - _HOUR, NOW - _HOUR))


def _planned() -> Iterator[tuple[Facts, list[Item], dict[str, Any]]]:
    for seed in (1, 2, 3):
        yield _method("lr-0.05", seed, 0.900, ("baseline",) if seed == 1 else (), {"lr": 0.05}, hours=52 - seed)
        yield _method("lr-0.3", seed, 0.950, ("promising",), {"lr": 0.3}, hours=40 - seed)
        yield _method("prefetch-8", seed, 0.901, (), {"lr": 0.05, "prefetch": 8}, hours=30 - seed)
    yield _method("too-good", 1, 0.992, ("promising", "suspicious"), {"lr": 0.3}, hours=20, evaluated=_OTHER)
    yield _ended("lr-10", "finished", 4, {"lr": 10.0}, steps=600, explodes=True)
    yield _ended("lr-0.1-typo", "failed", 3, {"lr": 0.1}, steps=310, exit_code=1, traceback=_TRACEBACK)
    yield _ended("five-times-longer", "killed", 2.5, {"lr": 0.05, "steps": 3000}, steps=600, exit_code=143)
    yield _ended("学習率-0.3-温度-試験", "crashed", 2, {"lr": 0.3, "温度": 0.7}, steps=200)
    yield _running()
    yield _elsewhere()


def _method(
    name: str, seed: int, reached: float, tags: tuple[str, ...], params: dict[str, Any], hours: float, **more: Any
) -> tuple[Facts, list[Item], dict[str, Any]]:
    """A run that ended well: of three seeds, with examples that it got right."""
    facts = _facts(f"{name}-seed-{seed}", NOW - hours * _HOUR, params | {"seed": seed, "depth": 2})
    data = _DATA | ({"eval": more["evaluated"]} if more else {})
    facts = msgspec.structs.replace(
        facts, status="finished", ended=facts.created + 9 * _MINUTE, exit_code=0, tags=list(tags), group=name,
        seed=seed, data=data, notes=f"which learning rate? This one is {params['lr']}",
        patch=_PATCH if name == "lr-0.3" else None,
        code=Code(commit=_COMMIT, branch="main", dirty=name == "lr-0.3", remote="git@example.org:ana/digits.git"),
    )  # fmt: skip
    reached += (-0.004, 0.0, 0.004)[seed - 1]
    return facts, [*_curves(facts, reached), *_machine(facts), *_console(facts), *_files(facts, reached)], {}


def _ended(
    name: str, status: Any, hours: float, params: dict[str, Any], *, steps: int, explodes: bool = False, **said: Any
) -> tuple[Facts, list[Item], dict[str, Any]]:
    facts = _facts(name, NOW - hours * _HOUR, params)
    facts = msgspec.structs.replace(facts, status=status, ended=facts.created + steps, **said)
    return facts, [*_curves(facts, 0.6, steps=steps, explodes=explodes), *_console(facts)], {"total_steps": _STEPS}


def _running() -> tuple[Facts, list[Item], dict[str, Any]]:
    """A run that goes on: its last point came 12 s ago."""
    facts = _facts("hidden-128-seed-1", NOW - 252.0, {"lr": 0.05, "hidden": 128}, running=True)
    return facts, [*_curves(facts, 0.93, steps=250), *_console(facts)], {"total_steps": _STEPS}


def _elsewhere() -> tuple[Facts, list[Item], dict[str, Any]]:
    """A run that W&B recorded, of a long name."""
    facts = Facts(
        name="whisper-small-finetuned-on-common-voice-accented-english-v2", project="speech", created=NOW - 90 * _HOUR,
        ended=NOW - 80 * _HOUR, status="finished", params={"model": "openai/whisper-small", "lr": 1e-5},
    )  # fmt: skip
    steps = np.arange(0, 5_000, 50)
    points = Points(("eval/wer",), steps, facts.created + steps * 7.0, (0.4 * 0.999**steps + 0.08)[:, None])
    said = {"source": "wandb", "source_id": "speech/abc123", "address": "/home/ana/wandb/run-abc123"}
    return facts, [points], said


def _facts(name: str, created: float, params: dict[str, Any], **said: Any) -> Facts:
    return Facts(
        name=name, project="digits", created=created, user="ana", host="gpu-box", params=params, metrics=_METRICS,
        command=["python", "train.py", f"--lr={params['lr']}"], cwd="/home/ana/digits", environment=_PLACE, lock=_LOCK,
        data=_DATA, **said,
    )  # fmt: skip


def _curves(facts: Facts, reached: float, *, steps: int = _STEPS, explodes: bool = False) -> Iterator[Points]:
    """Losses that fall and an accuracy that rises to about what is `reached`, with noise that is the run's own."""
    random, at = Random(facts.name), np.arange(0, steps, _EVERY)
    noise = np.array([random.random() - 0.5 for _ in at])
    fallen = np.exp(-at / 120)
    train, val = 2.3 * fallen + 0.1 + 0.05 * noise, 2.2 * fallen + 0.2 + 0.02 * noise
    accuracy = reached * (1 - 0.9 * fallen) + 0.01 * noise * fallen
    if explodes:
        train[at >= 120] = math.nan
    time = facts.created + 1.0 + at
    rows = np.stack([train, val, accuracy, np.full(len(at), facts.params["lr"])], axis=1)
    yield Points(("train/loss", "val/loss", "val/accuracy", "lr"), at, time, rows)


def _machine(facts: Facts) -> Iterator[Item]:
    at = np.arange(0, _STEPS, 15)
    wave = np.sin(at / 40)
    keys = ("system/cpu", "system/gpu.0.utilization", "system/memory_mib")
    rows = np.stack([40 + 10 * wave, 85 + 8 * wave, 12_000 + 2.0 * at], axis=1)
    yield Points(keys, at, facts.created + 1.0 + at, rows)
    yield Mark(kind="note", time=facts.created + 200, step=200, text="the learning rate was halved here")


def _console(facts: Facts) -> Iterator[Printed]:
    lines = [
        "loading \x1b[32m/data/digits\x1b[0m",
        *(f"step {step:4} loss {2.3 * 0.99**step:.3f}" for step in range(0, 200, 5)),
    ]
    lines.append("\x1b[33mWARNING\x1b[0m the validation loss has not moved for a while")
    lines += [*(facts.traceback or "").splitlines()]
    for place, line in enumerate(lines):
        yield Printed(facts.created + 1.0 + place * 5.0, f"{line}\n".encode())


def _files(facts: Facts, reached: float) -> Iterator[tuple[str, str, str, bytes]]:
    """Name, kind, file and content of artifacts."""
    right = [Random(f"{facts.name} {place}").random() < reached for place in range(40)]
    examples = (
        {"id": place, "score": float(one), "label": ["cat", "dog", "eel", "fox"][place % 4]}
        for place, one in enumerate(right)
    )
    yield "examples/eval", "examples", "eval.jsonl", b"".join(msgspec.json.encode(one) + b"\n" for one in examples)
    confusion = {"labels": ["cat", "dog", "eel"], "matrix": [[50, 2, 1], [3, 47, 4], [0, 5, 44]]}
    yield "confusion", "confusion", "confusion.json", msgspec.json.encode(confusion)
    yield "settings", "file", "settings.toml", f'[optimizer]\nlr = {facts.params["lr"]}\nname = "adam"\n'.encode()


def _written(root: Path, facts: Facts, items: Sequence[Any], said: dict[str, Any]) -> tuple[str, str]:
    paths, made = manifest.open_paths(root)[0], run_id(facts.name, facts.created)
    run: RunPaths = paths.run(made)
    manifest.make_folder(run.logs, root)
    blobs: dict[str, bytes] = {}

    def place(file: File) -> dict[str, tuple[str, int]]:
        return {path: (_kept(paths.blobs, blobs[path]), len(blobs[path])) for path in file.files}

    with Scribe(run, 0o644, place) as scribe:
        for item in (facts, *items):
            if isinstance(item, tuple):
                name, kind, path, blobs[path] = item
                item = File(name, kind, dict.fromkeys([path]), facts.created + 300.0, 300)
            scribe.take(item)
        scribe.close()
    run.manifest.write_bytes(msgspec.json.encode({"format": 1, "id": made, "created": facts.created, **said}))
    for log in run.logs.iterdir():
        os.utime(log, (NOW, NOW))
    return facts.name, made


def _kept(blobs: Path, content: bytes) -> str:
    digest = blake3(content).hexdigest()
    (blobs / digest[:2]).mkdir(parents=True, exist_ok=True)
    (blobs / digest[:2] / digest).write_bytes(content)
    return f"blake3:{digest}"
