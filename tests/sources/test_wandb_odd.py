"""W&B's logs as no client writes them, and as clients do now and then."""

import json
import math
import os
import random
import socket
import time
from pathlib import Path

import numpy as np
import pytest
from gathered import Gathered, find, gather
from wandb_log import (
    BLOCK,
    FOLDER,
    HEADER,
    LOG,
    STARTED,
    append,
    config,
    ended,
    field,
    history,
    item,
    log,
    part,
    row,
    run,
)

from trackside.sources.protocol import Folder, SourceError
from trackside.sources.wandb import Wandb

NO_HISTOGRAM = "left out 1 histogram whose edges and values do not fit one another"
ODD_NUMBERS = (
    "0", "-0", "-0.0", "1", "0.1", "1e22", "1E5", "1e400", "-1e400", "5e-324", "2.2250738585072011e-308", "1e-400",
    "9007199254740993", "123456789012345678901234567890", "1.7976931348623157e308", "0.30000000000000004",
    "1.7957726005818293e+09", "8.41e21", "7.2057594037927933e16",
)  # fmt: skip


def test_numbers_come_out_to_the_bit(tmp_path):
    chance = random.Random(0)
    texts = [*ODD_NUMBERS, *(repr(chance.uniform(-1, 1) * 10 ** chance.randint(-300, 300)) for _ in range(2_000))]
    read = written(tmp_path, [run(), *(row(step, {"x": text}) for step, text in enumerate(texts))])
    assert read.curves["x"].value.tobytes() == np.array([float(text) for text in texts]).tobytes()


@pytest.mark.parametrize(
    "name",
    [
        "layer{}/grad_norm/weights",
        "l{}",
        "{}",
        "a/very/long/path/of/names/{}/and/what/follows/it, however long it may be",
    ],
)
def test_hundreds_of_metrics_are_told_apart_by_any_letter(tmp_path, name):
    names = [name.format(number) for number in range(300)]
    rows = [row(step, {key: step * 300 + number for number, key in enumerate(names)}) for step in range(20)]
    read = written(tmp_path, [run(), *rows])
    for number, key in enumerate(names):
        assert read.curves[key].value.tolist() == [step * 300 + number for step in range(20)]


@pytest.mark.parametrize("nested", [False, True])
def test_many_rows_are_read_as_each_alone_would_be(tmp_path, nested):
    chance = random.Random(1)
    rows, expected = [], {}
    names = [
        "loss",
        "a.b",
        "train/a rather long name of a metric",
        "train/a rather long name of a meter",
        "ü\x82\x01",
        "x" * 120,
    ]
    for step in range(1_500):
        values = {}
        for name in chance.sample(names, chance.choice((1, 3, 3, 6))):
            value = values[name] = chance.choice((chance.random(), step, math.nan, -math.inf, True))
            expected.setdefault(name, []).append((step, float(value)))
        if chance.random() < 0.02:
            values["text"] = '"\x82\x01 said"'
        told = list(values.items())
        chance.shuffle(told)
        rows.append(row(step, dict(told), nested=nested))
    read = written(tmp_path, [run(), *rows])
    assert read.curves.keys() == expected.keys()
    for name, points in expected.items():
        curve = read.curves[name]
        assert curve.step.tolist() == [step for step, _ in points]
        assert curve.value.tobytes() == np.array([value for _, value in points]).tobytes()
        assert (curve.time == STARTED + curve.step).all()


def test_a_value_that_changes_its_kind_is_a_point_where_it_is_a_number(tmp_path):
    kinds = ["1", '"word"', '{"deep": 2}', "true", "null", '"NaN"', '"-Infinity"', "[1, 2]", "3"]
    read = written(tmp_path, [run(), *(row(step, {"x": kind}) for step, kind in enumerate(kinds * 4))])
    assert read.curves["x"].step.tolist()[:5] == [0, 3, 5, 6, 8]
    assert read.curves["x"].value.tolist()[:2] == [1.0, 1.0]
    assert read.curves["x.deep"].value.tolist() == [2.0] * 4
    assert read.texts["x"][0] == (1, "word")


@pytest.mark.parametrize(
    "value", ["", "{", "1,2", "1 2", "[" * 10_000, '{"a":' * 10_000, "\xff", "1" * 5_000, "0x10", "1_000", "nan"]
)
def test_what_is_no_json_costs_no_other_value(tmp_path, value):
    rows = [row(step, {"x": value if step == 7 else "1", "y": "2"}) for step in range(20)]
    read = written(tmp_path, [run(), *rows])
    assert read.statistics()["y"]["count"] == 20
    assert read.statistics()["x"]["count"] in (19, 20)
    assert read.statistics()["x"]["sum_finite"] == 19


def test_params_with_long_names_are_told_apart(tmp_path):
    names = ["H" * 5_000 + end for end in ("a", "b")]
    read = written(tmp_path, [run(), config(dict.fromkeys(names, 1))])
    assert [len(name) for name in read.facts.params] == [1_000, 1_000]
    assert len(set(read.facts.params)) == 2


def test_a_key_that_comes_twice_in_a_row_has_its_last_value(tmp_path):
    twice = [history({"_step": str(step), "x": "1"})[:0] + doubled(step) for step in range(20)]
    assert written(tmp_path, [run(), *twice]).curves["x"].value.tolist() == [2.0] * 20


def doubled(step: int) -> bytes:
    return field(2, item("_step", str(step)) + item("x", "1") + item(["x"], "2"))


def test_a_row_without_a_step_of_its_own_has_that_of_its_record(tmp_path):
    rows = [field(2, item("x", "1") + field(2, field(1, step))) for step in range(10)]
    assert written(tmp_path, [run(), *rows]).curves["x"].step.tolist() == list(range(10))


def test_steps_up_to_64_bits_are_kept(tmp_path):
    steps = [0, 2**53 + 1, 2**63 - 1]
    rows = [history({"_step": str(step), "x": "1"}) for step in steps for _ in range(5)]
    assert sorted(set(written(tmp_path, [run(), *rows]).curves["x"].step.tolist())) == steps


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "_step.x", "", "a\x1b[2J\nb", "\ud800".encode(errors="replace").decode()]
)
def test_odd_names_are_names(tmp_path, name):
    read = written(tmp_path, [run(), *(row(step, {name: "1"}) for step in range(10))])
    assert read.statistics()[name]["count"] == 10


def test_a_record_that_takes_many_blocks_is_read(tmp_path):
    long = "x" * 200_000
    read = written(tmp_path, [run(), config({"long": long}), row(0, {"x": 1}), ended()])
    assert read.facts.params["long"] == long
    assert read.statistics()["x"]["count"] == 1


@pytest.mark.parametrize("left", range(15))
def test_records_are_whole_wherever_a_block_ends(tmp_path, left):
    data = bytearray(log([run()]))
    append(data, config({"fill": "x" * (BLOCK - len(data) - 7 - left - 24)}))
    for step in range(3):
        append(data, row(step, {"x": step}))
    assert written(tmp_path, bytes(data)).statistics()["x"]["count"] == 3


def test_after_a_damaged_part_reading_goes_on_with_the_next_block(tmp_path):
    data = bytearray(log([run(), *(row(step, {"x": step}) for step in range(3_000))]))
    data[BLOCK + 5_000] ^= 1
    read = written(tmp_path, bytes(data))
    steps = read.curves["x"].step
    assert 0 in steps
    assert 2_999 in steps
    assert 2_500 < len(steps) < 3_000
    assert read.remarks == [f"{LOG}: 1 damaged places were passed over"]


def test_damage_is_found_in_every_byte_of_a_block_among_many(tmp_path):
    sound = log([run(), *(row(step, {"x": step}) for step in range(3_000))])
    chance = random.Random(2)
    for number in range(40):
        data = bytearray(sound)
        data[BLOCK + chance.randrange(BLOCK - 8)] ^= 1 << number % 8
        read = written(tmp_path / str(number), bytes(data))
        assert len(read.remarks) == 1
        assert (read.curves["x"].value == read.curves["x"].step).all()


def test_a_lost_page_is_passed_over(tmp_path):
    data = bytearray(log([run(), *(row(step, {"x": step}) for step in range(3_000))]))
    data[BLOCK : 2 * BLOCK] = bytes(BLOCK)
    read = written(tmp_path, bytes(data))
    assert 2_999 in read.curves["x"].step
    assert "damaged" in read.remarks[0]


def test_a_tail_of_zeros_is_waited_for(tmp_path):
    data = bytearray(log([run(), row(0, {"x": 0})]))
    read = written(tmp_path, bytes(data + bytes(3 * BLOCK)))
    append(data, row(1, {"x": 1}))
    (tmp_path / LOG).write_bytes(data)
    read.take(Wandb().follow(read.found, read.cursor))
    assert read.curves["x"].step.tolist() == [0, 1]


def test_a_first_part_whose_end_never_comes_costs_that_record_alone(tmp_path):
    data = bytearray(log([run(), row(0, {"x": 0})]))
    data += part(2, bytes(BLOCK - len(data) - 7)) + part(3, bytes(BLOCK - 7)) + part(3, bytes(BLOCK - 7))
    for step in (1, 2):
        append(data, row(step, {"x": step}))
    read = written(tmp_path, bytes(data))
    assert read.curves["x"].step.tolist() == [0, 1, 2]
    assert "damaged" in read.remarks[0]


def test_a_middle_whose_neighbour_is_damaged_is_not_joined(tmp_path):
    data = bytearray(log([run(), config({"long": "x" * 100_000}), row(0, {"x": 0})]))
    data[BLOCK + 100] ^= 1
    read = written(tmp_path, bytes(data))
    assert "long" not in read.facts.params
    assert read.curves["x"].step.tolist() == [0]


def test_a_length_past_the_block_is_damage(tmp_path):
    data = bytearray(log([run()]))
    data += b"\0\0\0\0\xff\xff\x01" + bytes(BLOCK - len(data) - 7)
    append(data, row(0, {"x": 0}))
    assert written(tmp_path, bytes(data)).curves["x"].step.tolist() == [0]


@pytest.mark.parametrize(
    "record", [b"\xff" * 20, field(2, b"\x0a\xff"), field(17, b"\x0b"), b"", field(99, b"new"), field(12, 5)]
)
def test_a_record_that_is_no_message_costs_no_other(tmp_path, record):
    read = written(tmp_path, [run(), row(0, {"x": 0}), record, row(1, {"x": 1})])
    assert read.curves["x"].step.tolist() == [0, 1]


def test_a_record_cut_off_at_the_end_is_told_once_the_run_is_dead(tmp_path):
    data = log([run(), row(0, {"x": 0}), row(1, {"x": 1})])
    read = written(tmp_path, data[:-3])
    assert read.curves["x"].step.tolist() == [0]
    assert read.remarks[0].startswith(f"{LOG}: ends within a record; the last")
    (tmp_path / LOG).write_bytes(data)
    read.take(Wandb().follow(read.found, read.cursor))
    assert read.curves["x"].step.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no run in it yet"),
        (HEADER, "no run in it yet"),
        (HEADER[:6] + b"\1", "version 1"),
        (HEADER + bytes(50), "no run"),
    ],
)
def test_a_log_without_a_run_is_refused_in_a_line(tmp_path, data, said):
    path = tmp_path / LOG
    path.parent.mkdir()
    path.write_bytes(data)
    folder = Folder(path.parent, set(), {path.name})
    assert list(Wandb().discover(folder)) == []
    (error,) = map(str, folder.unread)
    assert said in error
    assert "\n" not in error


def test_what_only_has_the_name_is_told_and_takes_nothing_away(tmp_path):
    (tmp_path / "run-x.wandb").write_text("a text")
    folder = Folder(tmp_path, {"files"}, {"run-x.wandb", "metrics.jsonl"})
    assert list(Wandb().discover(folder)) == []
    assert len(folder.unread) == 1
    assert (folder.folders, "metrics.jsonl" in folder.files) == ({"files"}, True)


def test_one_id_in_two_projects_is_two_runs(tmp_path):
    for number, project in enumerate(("one", "two")):
        write(tmp_path / str(number), log([run(f3=project)]))
    assert [found.identity for found in find(Wandb(), tmp_path)] == ["one/abc", "two/abc"]


def test_what_an_online_run_was_resumed_before_is_superseded(tmp_path):
    first = [run(), *(row(step, {"x": step}) for step in range(10)), ended(1)]
    again = [run(f17=field(1, STARTED + 50), f18=1, f14=6), *(row(step, {"x": -step}) for step in range(6, 8))]
    write(tmp_path / "1", log(first))
    write(tmp_path / "2", log(again))
    read = only(tmp_path)
    curve = read.curves["x"]
    assert curve.value[~curve.gone].tolist() == [0, 1, 2, 3, 4, 5, -6, -7]
    assert (read.facts.status, read.facts.exit_code, read.facts.created) == ("crashed", None, STARTED)
    assert [(mark.kind, mark.step) for mark in read.marks] == [("resume", 6)]
    assert read.remarks == []


def test_later_words_of_a_run_replace_earlier_ones(tmp_path):
    first = run(f8="name", f9="notes", f10="tag", f4=item("lr", "1") + item("gone", "1"))
    later = run(f8="other", f4=item("lr", "2"))
    facts = written(tmp_path, [first, field(5, field(2, field(1, "gone"))), later, config({"lr": 3})]).facts
    assert (facts.name, facts.notes, facts.tags, facts.params) == ("other", "notes", ["tag"], {"lr": 3})


def test_a_sweep_is_a_group_where_there_is_no_other(tmp_path):
    assert written(tmp_path / "1", [run(f12="s1")]).facts.group == "s1"
    assert written(tmp_path / "2", [run(f12="s1", f6="g1")]).facts.group == "g1"


def test_a_preempted_run_without_an_end_was_killed(tmp_path):
    assert written(tmp_path, [run(), field(23, b"")]).facts.status == "killed"


def test_an_alert_is_a_note_in_the_curves(tmp_path):
    read = written(
        tmp_path, [run(), row(0, {"x": 0}), field(10, field(1, "hot") + field(2, "90 °C") + field(3, "WARN"))]
    )
    assert [(mark.kind, mark.text) for mark in read.marks] == [("note", "warning: hot: 90 °C")]


def test_samples_of_the_machine_stand_at_the_step_that_training_had_reached(tmp_path):
    sample = (
        field(2, field(1, STARTED))
        + field(3, field(1, "gpu.0.temp") + field(16, "40"))
        + field(3, field(1, "cpu") + field(16, "7"))
    )
    read = written(tmp_path, [run(), field(7, sample), *(row(step, {"x": 0}) for step in range(20)), field(7, sample)])
    assert read.curves["system/gpu.0.celsius"].step.tolist() == [0, 19]
    assert read.curves["system/cpu"].value.tolist() == [7.0, 7.0]


def test_what_w_and_b_makes_of_metrics_is_not_told_again(tmp_path):
    summary = {
        "x": {"min": 0},
        "deep": {"best": 4},
        "h": {"_type": "histogram", "values": [1]},
        "_wandb": {"runtime": 3},
        "_step": 9,
    }
    records = [
        run(),
        row(9, {"x": 0}),
        field(3, b"".join(item(key, json.dumps(value)) for key, value in summary.items())),
    ]
    read = written(
        tmp_path, [*records, field(3, item(["t", "_type"], '"table-file"') + item(["t", "nrows"], "3")), ended()]
    )
    assert read.curves.keys() == {"x", "deep.best"}
    assert read.curves["deep.best"].step.tolist() == [9]


@pytest.mark.parametrize(
    ("told", "edges"),
    [
        ({"values": [1, 2], "bins": [0, 1, 4]}, (0.0, 1.0, 4.0)),
        ({"values": [1, 2], "packedBins": {"min": 0, "size": 0.5, "count": 2}}, (0.0, 0.5, 1.0)),
        ({"values": [1, 2], "bins": [0, 1]}, None),
        ({"values": [1, -2], "bins": [0, 1, 2]}, None),
        ({"values": [10**25], "bins": [0, 1]}, (0.0, 1.0)),
        ({"values": [10**400], "bins": [0, 1]}, None),
        ({"values": [1], "bins": [0, 10**400]}, None),
        ({"values": "words", "packedBins": []}, None),
        ({}, None),
    ],
)
def test_a_histogram_of_the_history_has_its_edges_or_is_told_to_be_left_out(tmp_path, told, edges):
    read = written(tmp_path, [run(), row(3, {"x": 1, "h": {"_type": "histogram", **told}})])
    assert [(step, found.edges) for step, found in read.histograms.get("h", [])] == (
        [] if edges is None else [(3, edges)]
    )
    assert (read.remarks == [NO_HISTOGRAM]) == (edges is None)
    assert read.curves.keys() == {"x"}


def test_the_last_value_of_a_summary_counts_among_many(tmp_path):
    def core(values):
        return field(3, b"".join(item([key], json.dumps(value)) for key, value in values.items()))

    records = [run()]
    for step in range(100):
        row_of = {"x": step, "_step": step}
        echo = {"_step": step, "x": step}
        said = {"best": step} if step % 3 else {"best": step, "other": -step}
        records += [core(said), core(echo), history({key: json.dumps(value) for key, value in row_of.items()}, True)]
    read = written(tmp_path, [*records, field(3, item("plain", "5")), ended()])
    assert {name: read.statistics()[name]["last"] for name in ("best", "other", "plain")} == {
        "best": 99.0,
        "other": -99.0,
        "plain": 5.0,
    }
    assert read.statistics()["x"]["count"] == 100


@pytest.mark.parametrize(("began", "running"), [(10, True), (-1_000_000, False)])
def test_a_silent_run_goes_on_while_its_process_lives_that_began_before_it(tmp_path, began, running):
    started = int(time.time()) + began
    write(tmp_path, log([run(f13=socket.gethostname(), f17=field(1, started)), row(0, {"x": 0})]))
    (tmp_path / FOLDER / "logs").mkdir()
    told = f"2026-01-01 00:00:00,000 INFO    MainThread:{os.getpid()} [wandb_setup.py:_flush():81] Current SDK"
    (tmp_path / FOLDER / "logs" / "debug.log").write_text(told)
    assert only(tmp_path).facts.running is running


@pytest.mark.parametrize(("producer", "python"), [("0.31.0+abc", "3.12.1"), ("0.16.6", None), (None, None)])
def test_the_environment_is_read_where_its_number_means_that(tmp_path, producer, python):
    header = field(21, field(1, field(1, producer)) if producer else b"")
    assert written(tmp_path, [header, run(), field(26, field(2, "CPython 3.12.1"))]).facts.environment.python == python


def test_links_that_lead_out_of_the_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = tmp_path / "runs"
    write(folder, log([run()]))
    files = folder / FOLDER / "files"
    files.mkdir()
    (files / "kept.txt").write_text("kept")
    (files / "inner.txt").symlink_to("kept.txt")
    (files / "secret.txt").symlink_to(secret)
    (files / "round").symlink_to(files)
    read = only(folder)
    assert sorted(file.name for file in read.files) == ["inner.txt", "kept.txt"]
    assert read.remarks == [f"{FOLDER}: 1 of its files are links that lead out of it; they are not read"]


@pytest.mark.parametrize(
    "text", ["[]", "{", "[" * 10_000, '{"git": 3, "args": {"a": 1}, "gpu_count": -1, "memory": [], "slurm": 1}']
)
def test_odd_metadata_is_passed_over(tmp_path, text):
    write(tmp_path, log([run()]))
    (tmp_path / FOLDER / "files").mkdir()
    (tmp_path / FOLDER / "files" / "wandb-metadata.json").write_text(text)
    assert only(tmp_path).facts.name == "abc"


def test_a_log_that_is_gone_is_refused_in_a_line(tmp_path):
    write(tmp_path, log([run()]))
    (found,) = find(Wandb(), tmp_path)
    (tmp_path / LOG).unlink()
    assert Wandb().stamp(found) == []
    with pytest.raises(SourceError, match=r"run-abc\.wandb"):
        list(Wandb().follow(found, None))


def written(folder: Path, records: list[bytes] | bytes) -> Gathered:
    write(folder, records if isinstance(records, bytes) else log(records))
    return only(folder)


def write(folder: Path, data: bytes) -> None:
    """A log that did not grow lately."""
    path = folder / LOG
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    os.utime(path, (STARTED, STARTED))


def only(folder: Path) -> Gathered:
    (read,) = gather(Wandb(), folder).values()
    assert read.refused is None
    return read
