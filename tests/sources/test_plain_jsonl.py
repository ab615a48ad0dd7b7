"""JSON lines of metrics that scripts write for themselves."""

import json
import math
import os
import time
from pathlib import Path

import pytest
from gathered import Gathered, gather

from trackside.sources.plain_jsonl import PlainJsonl
from trackside.sources.protocol import Folder

SOURCE = PlainJsonl()


def lines(path: Path, *objects: object, end: str = "\n") -> Path:
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in objects) + end)
    return path


def old(path: Path) -> None:
    os.utime(path, (time.time() - 3600,) * 2)


def only(folder: Path) -> Gathered:
    (run,) = gather(SOURCE, folder).values()
    assert run.refused is None
    return run


def curves(run: Gathered) -> dict[str, list[tuple[int, float]]]:
    return {
        name: list(zip(points.step.tolist(), points.value.tolist(), strict=True)) for name, points in run.curves.items()
    }


def test_numbers_are_metrics_nested_ones_by_a_slash_and_bools_and_texts_are_not(tmp_path: Path) -> None:
    lines(
        tmp_path / "a.jsonl",
        {"step": 0, "loss": 0.5, "train": {"acc": 1, "done": False}, "note": "warm", "sizes": [1, 2]},
        '{"step": 1, "loss": NaN, "train": {"acc": "Infinity"}, "timestamp": 1700000000000}',
    )
    run = only(tmp_path)
    assert set(run.curves) == {"loss", "train/acc"}
    assert curves(run)["train/acc"] == [(0, 1.0), (1, math.inf)]
    assert run.statistics()["loss"]["nonfinite"] == 1
    assert run.curves["loss"].time[1] == 1_700_000_000.0
    assert run.texts == {"note": [(0, "warm")]}


@pytest.mark.parametrize(
    "first", [{"lr": 0.1, "model": {"depth": 3}}, {"config": {"lr": 0.1, "model": {"depth": 3}}, "step": 0, "loss": 9}]
)
def test_a_first_line_of_params_is_no_row(tmp_path: Path, first: dict[str, object]) -> None:
    lines(tmp_path / "a.jsonl", first, {"step": 1, "loss": 0.5})
    run = only(tmp_path)
    assert run.facts is not None
    assert run.facts.params == {"lr": 0.1, "model.depth": 3}
    assert curves(run) == {"loss": [(1, 0.5)]}


def test_a_first_line_that_may_be_params_waits_for_the_second(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"lr": 0.1})
    folder = Folder(tmp_path, set(), {"a.jsonl"}, frozenset({"a.jsonl"}))
    (found,) = SOURCE.discover(folder)
    run = Gathered(found).take(SOURCE.follow(found, None))
    assert run.curves == {}
    lines(path, {"lr": 0.1}, {"step": 1, "loss": 0.5})
    run.take(SOURCE.follow(found, run.cursor))
    assert run.facts is not None
    assert run.facts.params == {"lr": 0.1}
    assert curves(run) == {"loss": [(1, 0.5)]}


def test_a_training_log_that_alternates_between_train_and_val_is_two_curves(tmp_path: Path) -> None:
    lines(
        tmp_path / "20240101.log.json",
        {"env_info": "python 3.11", "seed": 1},
        {"mode": "train", "epoch": 1, "iter": 50, "loss": 0.5},
        {"mode": "train", "epoch": 1, "iter": 100, "loss": 0.4},
        {"mode": "val", "epoch": 1, "iter": 100, "mAP": 0.3},
    )
    run = only(tmp_path)
    assert curves(run)["train/loss"] == [(50, 0.5), (100, 0.4)]
    assert curves(run)["val/mAP"] == [(100, 0.3)]
    assert run.facts is not None
    assert run.facts.params["seed"] == 1


@pytest.mark.parametrize(
    "content",
    [
        '{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n',
        '{"step": 1, "instruction": "add", "output": "x"}\n',
        '{\n "step": 3,\n "loss": 0.5\n}\n',
        "[1, 2]\n",
        "12\n13\n",
        "",
        "\0\0\0\n",
    ],
    ids=["a data set", "instructions", "one object", "lists", "numbers", "empty", "nul"],
)
def test_other_json_is_no_run(tmp_path: Path, content: str) -> None:
    for name in ("a.jsonl", "metrics.json", "log.txt"):
        (tmp_path / name).write_text(content)
    folder = Folder(tmp_path, set(), {"a.jsonl", "metrics.json", "log.txt"})
    assert list(SOURCE.discover(folder)) == []
    assert folder.files == {"a.jsonl", "metrics.json", "log.txt"}


def test_lines_that_are_no_objects_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"step": 0, "loss": 0.5}\r\nnot json\n[1]\n\n'
        b'\0\0\0{"step": 1, "loss": 0.4, "loss": 0.3}\n' + b'{"a":' * 50_000 + b'\n{"step": 2, "lo'
    )
    old(path)
    run = only(tmp_path)
    assert curves(run) == {"loss": [(0, 0.5), (1, 0.3)]}
    assert run.remarks == [
        "passed over 3 lines without a JSON object",
        "The last line is not whole; it was left out",
    ]


def test_a_last_object_without_newline_is_read_once_nobody_will_end_it(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.4}, end="")
    run = only(tmp_path)
    assert curves(run) == {"loss": [(0, 0.5)]}
    old(path)
    run.take(SOURCE.follow(run.found, run.cursor))
    assert curves(run) == {"loss": [(0, 0.5), (1, 0.4)]}
    assert run.remarks == []
    with path.open("a") as file:
        file.write('\n{"step": 2, "loss": 0.3}\n')
    run.take(SOURCE.follow(run.found, run.cursor))
    assert curves(run) == {"loss": [(0, 0.5), (1, 0.4), (2, 0.3)]}


@pytest.mark.parametrize(
    "name", ["time", "timestamp", "_timestamp", "ts", "wall_time", "Wall time", "datetime", "date"]
)
def test_a_log_with_times_is_of_then_and_not_of_when_it_was_copied(tmp_path: Path, name: str) -> None:
    times = ["2026-01-01T00:00:00Z", 1_767_225_700, 1_767_229_200_000]
    lines(tmp_path / "a.jsonl", *({"step": step, name: at, "loss": 0.5} for step, at in enumerate(times)))
    run = only(tmp_path)
    assert run.facts is not None
    assert (run.facts.running, run.facts.created, run.facts.ended) == (False, 1_767_225_600.0, 1_767_229_200.0)
    assert (set(run.curves), run.texts) == ({"loss"}, {})


def test_rows_that_say_no_time_are_of_when_the_log_was_seen_to_have_grown(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.4, "note": "x"})
    os.utime(path, (1_700_000_100, 1_700_000_100))
    run = only(tmp_path)
    with path.open("a") as file:
        file.write('{"step": 2, "loss": 0.3}\n')
    os.utime(path, (1_700_000_200, 1_700_000_200))
    run.take(SOURCE.follow(run.found, run.cursor))
    assert run.curves["loss"].time.tolist() == [1_700_000_100.0, 1_700_000_100.0, 1_700_000_200.0]


def test_reading_in_pieces_gives_what_reading_at_once_gives(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"step": step, "loss": 1 / (step + 1)} if step % 3 else {"step": step, "val": step} for step in range(100)]
    content = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(content[:100])
    run = only(tmp_path)
    for end in range(100, len(content) + 97, 97):
        path.write_text(content[:end])
        run.take(SOURCE.follow(run.found, run.cursor))
    whole = only(tmp_path)
    assert run.statistics() == whole.statistics()
    assert run.cursor == whole.cursor
    assert run.gone == 0


def test_a_named_file_needs_numbers_and_no_step(tmp_path: Path) -> None:
    lines(tmp_path / "scores.txt", {"score": 0.5}, {"score": 0.7})
    assert not SOURCE.sniff(Folder(tmp_path, set(), {"scores.txt"}))
    folder = Folder(tmp_path, set(), {"scores.txt"}, frozenset({"scores.txt"}))
    (found,) = SOURCE.discover(folder)
    assert curves(Gathered(found).take(SOURCE.follow(found, None))) == {"score": [(0, 0.5), (1, 0.7)]}
