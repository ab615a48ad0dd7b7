"""Make the samples of the formats that are one table of metrics, with what was logged beside them in `expected.json`.

    pip install pytorch-lightning tensorboardX keras torch    # not in the project's environment
    python make_csv_runs.py                                     # here

Lightning's and Keras's are written by their own loggers (pytorch-lightning 2.6, keras 3.15), Ultralytics' to the format
that its trainer writes (8.4: `%.6g`; YOLOv5: padded with blanks), since that trains only with images and weights.
"""

import json
import math
import os
import random
import shutil
from collections import OrderedDict
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
HERE = Path(__file__).parent
Points = dict[str, list[tuple[int, float]]]


def statistics(points: Points) -> dict[str, dict[str, object]]:
    """What `gathered.py` computes of curves, from what was logged."""
    said: dict[str, dict[str, object]] = {}
    for metric, curve in points.items():
        finite = [value for _, value in curve if math.isfinite(value)]
        last = max(range(len(curve)), key=lambda place: (curve[place][0], place))
        said[metric] = {
            "count": len(curve),
            "first_step": min(step for step, _ in curve),
            "last_step": curve[last][0],
            "last": curve[last][1] if math.isfinite(curve[last][1]) else repr(curve[last][1]),
            "sum_finite": math.fsum(finite),
            "nonfinite": len(curve) - len(finite),
        }
    return said


def fresh(name: str) -> Path:
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def lightning() -> None:
    from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

    folder = fresh("lightning")
    expected = {}
    params = {"lr": 0.01, "layers": [64, 64], "model": {"depth": 3, "act": "relu"}, "seed": None, "amp": True}
    for version in range(3):
        values = random.Random(version)
        csv = CSVLogger(folder, name="digits", version=version, flush_logs_every_n_steps=10)
        loggers = [csv]
        if version == 2:
            loggers.append(TensorBoardLogger(folder, name="digits", version=2))
        for logger in loggers:
            logger.log_hyperparams({**params, "version": version, "order": OrderedDict(a=1, b=2)})
        points: Points = {}
        for step in range(40):
            row = {"train_loss_step": values.random(), "epoch": step // 20}
            if step % 20 == 19:
                row = {"train_loss_epoch": values.random(), "val/acc": values.random(), "epoch": step // 20}
            if step == 30:
                row["train_loss_step"] = math.nan
            for logger in loggers:
                logger.log_metrics(row, step)
            for name, value in row.items():
                points.setdefault(name, []).append((step, float(value)))
        for logger in loggers:
            logger.finalize("success")
            logger.save()
        expected[f"digits/version_{version}"] = {
            "params": {
                "lr": 0.01,
                "layers": [64, 64],
                "model.depth": 3,
                "model.act": "relu",
                "seed": None,
                "amp": True,
                "version": version,
            },
            "metrics": statistics(points),
        }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1))


def keras() -> None:
    import keras as k
    import numpy as np

    folder = fresh("keras")
    expected = {}
    inputs = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    labels = inputs.sum(axis=1, keepdims=True)
    for name, separator, validation in (("with_val", ",", True), ("training", ";", False), ("appended", "\t", True)):
        path = folder / f"{name}.{'log' if name == 'training' else 'csv'}"
        points: Points = {}
        k.utils.set_random_seed(1)
        model = k.Sequential([k.layers.Dense(1)])
        model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
        for start, epochs in ((0, 4), (2, 5)) if name == "appended" else ((0, 4),):
            logger = k.callbacks.CSVLogger(str(path), separator=separator, append=name == "appended")
            held_out = {"validation_split": 0.25} if validation else {}
            history = model.fit(
                inputs, labels, epochs=epochs, initial_epoch=start, verbose=0, callbacks=[logger], **held_out
            )
            for metric, values in history.history.items():
                before = [point for point in points.get(metric, []) if point[0] < start]
                points[metric] = before + list(zip(history.epoch, map(float, values), strict=True))
        expected[path.name] = {"metrics": statistics(points)}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1))


def ultralytics() -> None:
    folder = fresh("ultralytics")
    expected = {}
    for name, epochs in (("train", 6), ("train2", 3)):
        run = folder / "runs" / "detect" / name
        run.mkdir(parents=True)
        lines = ["task: detect", "mode: train", f"epochs: {epochs}", "lr0: 0.01", "data: coco8.yaml", "name: train", ""]
        (run / "args.yaml").write_text("\n".join(lines))
        keys = ["train/box_loss", "metrics/precision(B)", "metrics/mAP50-95(B)", "val/box_loss", "lr/pg0"]
        expected[f"runs/detect/{name}"] = {
            "params": {"task": "detect", "epochs": epochs, "lr0": 0.01, "data": "coco8.yaml"},
            "metrics": _results(run / "results.csv", ["epoch", "time", *keys], 1, epochs, padded=False),
        }
    run = folder / "runs" / "train" / "exp"
    run.mkdir(parents=True)
    (run / "opt.yaml").write_text("weights: yolov5s.pt\nepochs: 2\nimgsz: 640\nhyp:\n  lr0: 0.01\n")
    keys = ["train/box_loss", "metrics/precision", "metrics/mAP_0.5:0.95", "x/lr0"]
    expected["runs/train/exp"] = {
        "params": {"weights": "yolov5s.pt", "epochs": 2, "imgsz": 640, "hyp.lr0": 0.01},
        "metrics": _results(run / "results.csv", ["epoch", *keys], 0, 2, padded=True),
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1))


def _results(path: Path, columns: list[str], first: int, epochs: int, *, padded: bool) -> dict[str, dict[str, object]]:
    values = random.Random(str(path.parent.name))
    points: Points = {}
    with path.open("w") as file:
        file.write(",".join(f"{name:>20}" if padded else name for name in columns) + "\n")
        for epoch in range(first, first + epochs):
            row = [float(epoch)] + [1.5 * epoch if name == "time" else values.random() * 10 for name in columns[1:]]
            cells = [f"{value:.6g}" for value in row]
            file.write(",".join(f"{cell:>20}" if padded else cell for cell in cells) + "\n")
            for name, cell in zip(columns, cells, strict=True):
                if name not in ("epoch", "time"):
                    points.setdefault(name, []).append((epoch, float(cell)))
    return statistics(points)


if __name__ == "__main__":
    lightning()
    keras()
    ultralytics()
