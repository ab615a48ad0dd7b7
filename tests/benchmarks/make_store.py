"""Writes a store of many runs quickly, in the journal's own frames.

    python tests/benchmarks/make_store.py FOLDER --runs 10000 --params 20 --metrics 10 --rows 100

The runs are finished ones of a few projects, groups and tags, with losses that fall and accuracies that rise, so that
filters, facets and curves have something to show. The same numbers give the same store, but for its uuid.
"""

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from trackside.model import ids
from trackside.store import journal, manifest
from trackside.store.journal import Kind, RowFormat
from trackside.store.layout import RunPaths, StorePaths

_BEGAN = 1_760_000_000.0
_BETWEEN = 40.0
_PROJECTS = ("digits", "fraud-detection-v2", "retrieval", "speech", "ablations")
_TAGS = ("baseline", "architecture-search", "data-ablation", "debug", "paper")
_METRICS = ("train/loss", "val/loss", "val/accuracy", "val/f1")
_WRITER = "bench-1-00000000"


def make_store(root: Path, *, runs: int, params: int = 20, metrics: int = 10, rows: int = 100, seed: int = 0) -> Path:
    """A store in `root` of so many runs, each with so many params, metrics and rows. Gives `root`."""
    paths = manifest.create(root)
    keys = metric_names(metrics)
    chance = random.Random(seed)
    for number in range(runs):
        _write_run(paths, number, chance, params, keys, rows)
    return root


def metric_names(count: int) -> list[str]:
    """`train/loss`, `val/loss`, `val/accuracy`, …: so many."""
    return [*_METRICS[:count], *(f"layer{at}/norm" for at in range(count - len(_METRICS)))]


def _write_run(
    store: StorePaths, number: int, chance: random.Random, params: int, keys: list[str], rows: int
) -> RunPaths:
    created = _BEGAN + number * _BETWEEN
    milliseconds = int(created * 1000)
    run = store.run(_fixed_id(milliseconds, chance))
    run.logs.mkdir(parents=True)
    log = b"".join(_frames(run.id, created, chance, _params(chance, params), keys, rows))
    (run.logs / f"{_WRITER}.0.log").write_bytes(log)
    run.manifest.write_bytes(msgspec.json.encode(_said(run.id, number, created, chance)))
    return run


def _said(run_id: str, number: int, created: float, chance: random.Random) -> dict[str, object]:
    return {
        "format": journal.FORMAT,
        "id": run_id,
        "project": _PROJECTS[number % len(_PROJECTS)],
        "name": f"run-{number:06}",
        "created": created,
        "host": "bench",
        "user": "ana" if number % 3 else "li",
        "boot": "bench",
        "pid": 1,
        "command": ["python", "train.py", "--seed", str(number % 5)],
        "cwd": "/home/ana/work",
        "python": "3.11.7",
        "group": f"sweep-{number // 20}",
        "notes": "does dropout help?" if number % 4 == 0 else "",
        "tags": chance.sample(_TAGS, number % 3),
        "seed": number % 5,
        "total_steps": None,
        "source": "trackside",
        "job": {},
    }


def _params(chance: random.Random, count: int) -> dict[str, object]:
    values: dict[str, object] = {"lr": 10 ** chance.uniform(-5, 0), "optimizer": chance.choice(["adam", "sgd"])}
    return {**values, **{f"model.option{at}": chance.randrange(8) for at in range(count - len(values))}}


def _frames(
    run_id: str, created: float, chance: random.Random, params: dict[str, object], keys: list[str], rows: int
) -> Iterator[bytes]:
    opening = {"format": journal.FORMAT, "run": run_id, "writer": _WRITER, "seq": 0, "role": "main"}
    yield journal.packed(Kind.OPEN, {**opening, "boot": "bench", "pid": 1, "host": "bench", "time": created})
    primary = {"goal": "max", "primary": True, "eval_data": "eval"}
    yield journal.packed(Kind.STATE, {"params": params, "metrics": {"val/accuracy": primary}})
    yield journal.packed(Kind.SCHEMA, [0, keys])
    row = RowFormat(0, len(keys))
    pace, skill = chance.uniform(0.01, 0.1), chance.uniform(0.7, 0.99)
    for step in range(rows):
        left = math.exp(-pace * step)
        values = [left + chance.random() * 0.02, left * 1.1 + 0.05, skill * (1 - left), skill * (1 - left) ** 1.1]
        values += [chance.gauss(at, 1) for at in range(len(keys) - len(values))]
        yield row.pack(step, created + step * 0.1, values[: len(keys)])
    failed = chance.random() < 0.05
    ended = {"status": "failed" if failed else "finished", "time": created + rows * 0.1, "exit_code": int(failed)}
    yield journal.packed(Kind.STATUS, {**ended, "traceback": "ValueError: lost\n" if failed else None})
    yield journal.packed(Kind.CLOSE, {"rotated": False})


def _fixed_id(milliseconds: int, chance: random.Random) -> str:
    """A run id of that time whose random part comes from `chance`."""
    time_part = ids.new_id(milliseconds / 1000)[:10]
    return time_part + "".join(chance.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=ids.LENGTH - 10))


def main() -> int:
    """Write the store that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a store of many runs.")
    parser.add_argument("folder", type=Path)
    for option, default in {"runs": 10_000, "params": 20, "metrics": 10, "rows": 100, "seed": 0}.items():
        parser.add_argument(f"--{option}", type=int, default=default)
    asked = parser.parse_args()
    began = time.perf_counter()
    numbers = {name: value for name, value in vars(asked).items() if name != "folder"}
    make_store(asked.folder, **numbers)
    print(f"{asked.runs:,} runs in {asked.folder}, {time.perf_counter() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
