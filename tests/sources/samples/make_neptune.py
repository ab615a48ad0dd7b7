"""Write samples to the schema of neptune-exporter: python make_neptune.py FOLDER, with pyarrow installed.

They are made to that schema and not by the exporter, since the service that it read from has ended. Columns, types,
names of folders and files, compression and the order of rows are those of its writer (`model.py`, `parquet_writer.py`
of neptune-ai/neptune-exporter). What was put in is in expected.json beside them.
"""

import datetime
import decimal
import json
import math
import sys
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MOMENT = pa.timestamp("ms", tz="UTC")
SCHEMA = pa.schema(
    [
        ("project_id", pa.string()),
        ("run_id", pa.string()),
        ("attribute_path", pa.string()),
        ("attribute_type", pa.string()),
        ("step", pa.decimal128(18, 6)),
        ("timestamp", MOMENT),
        ("int_value", pa.int64()),
        ("float_value", pa.float64()),
        ("string_value", pa.string()),
        ("bool_value", pa.bool_()),
        ("datetime_value", MOMENT),
        ("string_set_value", pa.list_(pa.string())),
        ("file_value", pa.struct([("path", pa.string())])),
        (
            "histogram_value",
            pa.struct([("type", pa.string()), ("edges", pa.list_(pa.float64())), ("values", pa.list_(pa.float64()))]),
        ),
    ]
)
START = datetime.datetime(2025, 11, 3, 9, 30, tzinfo=datetime.UTC)


def clean(name):
    kept = "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in name)
    return f"{kept}-{blake2b(name.encode(), digest_size=8).hexdigest()}"


def one(path, kind, value):
    column = {"file_set": "file", "artifact": "file"}.get(kind, kind)
    return {"attribute_path": path, "attribute_type": kind, f"{column}_value": value}


def series(path, values, steps=None, kind="float_series"):
    return [
        {
            "attribute_path": path,
            "attribute_type": kind,
            "step": decimal.Decimal(str(step)),
            "timestamp": START + datetime.timedelta(seconds=10 + number),
            f"{'float' if kind == 'float_series' else 'string'}_value": value,
        }
        for number, (step, value) in enumerate(zip(steps or range(len(values)), values, strict=True))
    ]


def write(path, project, batches):
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, SCHEMA, compression="snappy") as writer:
        for run, rows in batches:
            rows = [{"project_id": project, "run_id": run, **row} for row in rows]
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def second(out):
    """A run of Neptune 2.x in two parts, with files, a watched process, and what a retry left twice."""
    project, run = "ana/digits", "DIG-1"
    files = out / "files" / clean(project)
    folder = out / "data" / clean(project)
    place = f"{project}/{run}"
    put(files / place / "source_code/diff", b"--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-before\n+after\n")
    put(files / place / "source_code/files/files.zip", b"PK\5\6" + bytes(18))
    put(files / place / "predictions/0.txt", b"seven")
    put(files / place / "predictions/1.txt", b"nine")
    put(files / place / "model/weights", bytes(64))
    listed = [{"filePath": "digits.csv", "fileHash": "8f14e45fceea167a", "type": "Local", "size": 12, "metadata": []}]
    put(files / place / "data/train/files_list.json", json.dumps(listed).encode())
    parameters = [
        one("sys/id", "string", run),
        one("sys/name", "string", "first try"),
        one("sys/description", "string", "why: größer ↑"),
        one("sys/tags", "string_set", ["small", "größer ↑"]),
        one("sys/group_tags", "string_set", ["sweep-a"]),
        one("sys/creation_time", "datetime", START),
        one("sys/running_time", "float", 62.5),
        one("sys/owner", "string", "ana"),
        one("sys/hostname", "string", "node-3"),
        one("sys/failed", "bool", False),
        one("sys/trashed", "bool", False),
        one("source_code/entrypoint", "string", "train.py"),
        one("monitoring/1a2b3c4d/pid", "string", "77"),
        one("parameters/lr", "float", 0.001),
        one("parameters/batch_size", "int", 32),
        one("parameters/amp", "bool", True),
        one("parameters/optimizer", "string", "adam"),
        one("parameters/layers", "string_set", ["b", "a"]),
        one("neighbour/only", "float", None),
    ]
    loss = [1 / (step + 1) for step in range(40)] + [math.nan, math.inf]
    first = [
        (run, parameters),
        (run, series("train/loss", loss)),
        (run, series("monitoring/1a2b3c4d/cpu", [10.0, 20.0, 30.0])),
        (run, series("train/accuracy", [0.25, 0.5, 0.75], [0, 20, 40])),
        (run, series("train/accuracy", [0.25, 0.5, 0.75], [0, 20, 40])),
    ]
    later = [
        (run, series("val/loss", [0.5, 0.25, 0.75], [20, 0, 10])),
        (run, series("monitoring/1a2b3c4d/stdout", ["epoch 1", "epoch 2"], kind="string_series")),
        (run, series("remarks", ["went well"], kind="string_series")),
        (
            run,
            [
                one("source_code/diff", "file", {"path": f"{place}/source_code/diff"}),
                one("source_code/files", "file_set", {"path": f"{place}/source_code/files"}),
                one("model/weights", "file", {"path": f"{place}/model/weights"}),
                one("data/train", "artifact", {"path": f"{place}/data/train/files_list.json"}),
                {**one("predictions", "file", {"path": f"{place}/predictions/0.txt"}), "step": decimal.Decimal(0)},
                {**one("predictions", "file", {"path": f"{place}/predictions/1.txt"}), "step": decimal.Decimal(1)},
                one("secrets", "file", {"path": "../../../data"}),
            ],
        ),
    ]
    for row in later[-1][1]:
        if row["attribute_path"] == "predictions":
            row["attribute_type"] = "file_series"
    write(folder / f"{clean(run)}_part_0.parquet", project, first)
    write(folder / f"{clean(run)}_part_10.parquet", project, later)
    statistics = {
        "train/loss": curve(loss, range(42)),
        "train/accuracy": curve([0.25, 0.5, 0.75], [0, 20, 40]),
        "val/loss": curve([0.25, 0.75, 0.5], [0, 10, 20]),
        "system/cpu": curve([10.0, 20.0, 30.0], range(3)),
    }
    return f"{project}/{run}", statistics


def third(out):
    """A run of Neptune 3.x with a name of its own, steps that are no whole numbers, and a histogram; it is a fork."""
    project, run = "team/net", "prompt-wolf 7"
    steps = ["0", "0.5", "1", "1.5", "2.25"]
    histogram = {"type": "COUNTING", "edges": [0.0, 1.0, 2.0], "values": [3.0, 4.0]}
    weights = {
        "attribute_path": "weights",
        "attribute_type": "histogram_series",
        "step": 1,
        "histogram_value": histogram,
    }
    rows = [
        one("sys/id", "string", "NET-77"),
        one("sys/custom_run_id", "string", run),
        one("sys/name", "string", "experiment 7"),
        one("sys/creation_time", "datetime", START),
        one("sys/failed", "bool", True),
        one("sys/forking/parent", "string", "calm-owl"),
        one("sys/forking/step", "float", 100.0),
        one("config/lr", "float", 0.03),
    ]
    batches = [
        (run, rows),
        (run, [*series("loss", [1.0, 0.5, 0.25, 0.125, 0.0625], steps), *series("reward", [1.0, 2.0], ["0.5", "3.5"])]),
        (run, series("epoch/accuracy", [0.5, 0.75], [1, 2])),
        (run, series("runtime/stderr", ["warning: \x1b[31mred\x1b[0m", "10%\r50%"], kind="string_series")),
        (run, [weights]),
    ]
    write(out / "data" / clean(project) / f"{clean(run)}_part_0.parquet", project, batches)
    statistics = {
        "loss": curve([1.0, 0.5, 0.25, 0.125, 0.0625], range(5)),
        "reward": curve([1.0, 2.0], [1, 5]),
        "step": curve([0.0, 0.5, 1.0, 1.5, 2.25, 3.5], range(6)),
        "epoch/accuracy": curve([0.5, 0.75], [1, 2]),
    }
    return f"{project}/{run}", statistics


def shared(out):
    """Two runs in one file, as exporters of October 2025 wrote them."""
    project = "ana/old"
    batches = [
        (run, [one("sys/id", "string", run), one("lr", "float", lr), *series("loss", [lr, lr / 2])])
        for run, lr in (("OLD-1", 0.5), ("OLD-2", 0.25))
    ]
    write(out / "data" / "ana_old" / "part_0.parquet", project, batches)
    return {
        f"{project}/{run}": {"loss": curve([lr, lr / 2], range(2))} for run, lr in (("OLD-1", 0.5), ("OLD-2", 0.25))
    }


def curve(values, steps):
    finite = [value for value in values if math.isfinite(value)]
    return {
        "count": len(values),
        "last_step": max(steps),
        "last": values[-1],
        "nonfinite": len(values) - len(finite),
        "sum_finite": math.fsum(finite),
    }


def main(out):
    expected = dict([second(out), third(out)]) | shared(out)
    (out / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
