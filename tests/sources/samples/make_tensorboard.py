"""Write the samples of event files with the writers' own clients: make_tensorboard.py {tensorboardx|tensors|keras}

`tensorboardx` was run with tensorboardX 2.6.5, `tensors` with tensorboard 2.21, `keras` with TensorFlow 2.21. Beside
each folder lies `<folder>.json`: what was logged, as the format can hold it.
"""

import json
import math
import shutil
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).parent / "tensorboard"


def float32(value: float) -> float:
    """What is left of a number that is stored in four bytes."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def curve(step: int) -> float:
    """What is logged as loss: it is none at the end."""
    return math.nan if step >= 28 else math.exp(-step / 10)


def tensorboardx(out: Path) -> dict:
    """Scalars, a text, an image, a histogram; params of one run and of a sweep; a run that went back."""
    import numpy as np
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(out / "plain")) as writer:
        for step in range(30):
            writer.add_scalar("train/loss", curve(step), step, walltime=1.7e9 + step)
        writer.add_scalar("früh/größe", 0.1, -1, walltime=1.7e9)
        writer.add_scalar("late", math.inf, 2**62, walltime=1.7e9)
        writer.add_text("notes", "größer ↑", 3)
        writer.add_histogram("weights", np.arange(50) / 10, 20)
        writer.add_image("picture", np.zeros((3, 4, 4), np.uint8), 7)
    with SummaryWriter(str(out / "with-params")) as writer:
        for step in range(5):
            writer.add_scalar("loss", curve(step), step, walltime=1.7e9 + step)
        params = {"lr": 1e-3, "batch_size": 32, "name": "net-é", "deep": True}
        writer.add_hparams(params, {"hparam/final": 0.25, "loss": 0.5})
    with SummaryWriter(str(out / "sweep")) as writer:
        for trial in range(2):
            writer.add_hparams({"lr": 0.1 * trial}, {"final": 10.0 * trial})
            time.sleep(0.01)
    for purge in (None, 6):
        with SummaryWriter(str(out / "went-back"), purge_step=purge) as writer:
            for step in range(purge or 0, 10):
                writer.add_scalar("loss", step + (purge or 0), step, walltime=1.7e9 + step + (purge or 0))
        time.sleep(1.1)
    with SummaryWriter(str(out / "together")) as writer:
        for step in range(3):
            writer.add_scalar("lr", 0.5, step)
            writer.add_scalars("loss", {"train": step, "val": -step}, step)
    return {
        "together": {"lr": [0.5] * 3, "loss/train": [0.0, 1.0, 2.0], "loss/val": [0.0, -1.0, -2.0]},
        "plain": {
            "train/loss": [float32(curve(step)) for step in range(30)],
            "früh/größe": [float32(0.1)],
            "late": [math.inf],
        },
        "with-params": {"loss": [float32(curve(step)) for step in range(5)], "hparam/final": [0.25]},
        "went-back": {"loss": [0.0, 1, 2, 3, 4, 5, 12, 13, 14, 15]},
    }


def tensors(out: Path) -> dict:
    """Scalars as tensors of many types, and what other plugins write, by the records that TensorBoard itself writes."""
    import numpy as np
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.plugins.text.summary_v2 import text_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util.tensor_util import make_tensor_proto

    writer = EventFileWriter(str(out / "typed"))

    def write(summary: summary_pb2.Summary, step: int) -> None:
        writer.add_event(event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary))

    def value(tag: str, tensor: tensor_pb2.TensorProto, plugin: str = "scalars", *, said: bool = True) -> None:
        metadata = summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin))
        given = {"metadata": metadata} if said else {}
        write(summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, tensor=tensor, **given)]), step)

    shape = tensor_shape_pb2.TensorShapeProto
    for step in range(12):
        write(scalar_pb("helper", step / 3), step)
        value("single", tensor_pb2.TensorProto(float_val=[step / 3], dtype="DT_FLOAT"))
        value("double", tensor_pb2.TensorProto(double_val=[step / 3], dtype="DT_DOUBLE"))
        value("content", tensor_pb2.TensorProto(tensor_content=struct.pack("<f", step / 3), dtype="DT_FLOAT"))
        value("half", tensor_pb2.TensorProto(half_val=[int(np.float16(step).view(np.uint16))], dtype="DT_HALF"))
        value("bfloat16", tensor_pb2.TensorProto(half_val=[0x3F80], dtype="DT_BFLOAT16"))
        value("int32", tensor_pb2.TensorProto(int_val=[-step], dtype="DT_INT32"))
        value("int64", make_tensor_proto(np.int64(-(2**40))))
        value("uint8", make_tensor_proto(np.uint8(step)))
        value("bool", tensor_pb2.TensorProto(bool_val=[step % 2], dtype="DT_BOOL"))
        both = [("merged/a", step), ("merged/b", -step)]
        write(summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=t, simple_value=v) for t, v in both]), step)
    step = 3
    write(histogram_pb("weights", np.arange(100) / 10), step)
    write(text_pb("words", ["one", "two"]), step)
    write(text_pb("table", [["a", "b"], ["1", "2"]]), step)
    for first in (True, False):
        value("said once", tensor_pb2.TensorProto(string_val=[b"text"], dtype="DT_STRING"), "text", said=first)
    image = [b"4", b"4", b"\x89PNG\r\n\x1a\nfirst", b"\x89PNG\r\n\x1a\nsecond"]
    value("pictures", tensor_pb2.TensorProto(string_val=image, dtype="DT_STRING", tensor_shape=shape()), "images")
    value("sound", tensor_pb2.TensorProto(string_val=[b"RIFF"], dtype="DT_STRING"), "audio")
    writer.close()
    thirds = [float32(step / 3) for step in range(12)]
    steps = [float(step) for step in range(12)]
    return {
        "typed": {
            **dict.fromkeys(("helper", "single", "content"), thirds),
            "double": [step / 3 for step in range(12)],
            "half": steps,
            "bfloat16": [1.0] * 12,
            "int32": [0.0 - step for step in steps],
            "int64": [-(2.0**40)] * 12,
            "uint8": steps,
            "bool": [step % 2 for step in steps],
            "merged/a": steps,
            "merged/b": [0.0 - step for step in steps],
        }
    }


def keras(out: Path) -> dict:
    """A training by Keras with and without validation, and params in the folder above."""
    import numpy as np
    import tensorflow as tf
    from tensorboard.plugins.hparams import api as hp

    x, y = np.arange(8.0)[:, None], np.arange(8.0)[:, None]
    logged = {}
    for name, split in (("validated", 0.25), ("train-alone", 0.0)):
        with tf.summary.create_file_writer(str(out / name)).as_default():
            hp.hparams({"lr": 0.1, "batch_size": 4, "optimizer": "sgd", "nesterov": False})
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
        model.compile("sgd", "mse")
        board = tf.keras.callbacks.TensorBoard(str(out / name), histogram_freq=2, write_graph=False)
        history = model.fit(x, y, epochs=4, validation_split=split, callbacks=[board], verbose=0).history
        logged[name] = {"train/epoch_loss": [float32(value) for value in history["loss"]]}
        if split:
            logged[name]["validation/epoch_loss"] = [float32(value) for value in history["val_loss"]]
    return logged


def points(logged: dict) -> Iterator[tuple[str, dict]]:
    """JSON has no infinity and no NaN: these are texts."""
    for run, metrics in logged.items():
        yield (
            run,
            {
                metric: [value if math.isfinite(value) else str(value) for value in values]
                for metric, values in metrics.items()
            },
        )


if __name__ == "__main__":
    kind = {"tensorboardx": tensorboardx, "tensors": tensors, "keras": keras}[sys.argv[1]]
    folder = OUT / kind.__name__
    shutil.rmtree(folder, ignore_errors=True)
    said = json.dumps(dict(points(kind(folder))), indent=1, ensure_ascii=False)
    folder.with_suffix(".json").write_text(said + "\n")
