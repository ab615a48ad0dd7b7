"""Runs that are one table of metrics: Lightning's, Keras's and Ultralytics' CSV files, and those of nobody's format."""

import json
import math
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from gathered import Gathered, differences, find, gather

from trackside.model.foreign import Found
from trackside.sources.keras import Keras
from trackside.sources.lightning import Lightning
from trackside.sources.plain_csv import PlainCsv
from trackside.sources.protocol import Folder, ReplacedError, Source
from trackside.sources.ultralytics import Ultralytics

OWN = Path(__file__).parent / "samples"
TABLES: list[Source] = [Lightning(), Ultralytics(), Keras(), PlainCsv()]


def expected(name: str) -> dict[str, Any]:
    return json.loads((OWN / name / "expected.json").read_text())


def old(path: Path) -> None:
    os.utime(path, (time.time() - 3600,) * 2)


def only(source: Source, folder: Path) -> Gathered:
    (run,) = gather(source, folder).values()
    assert run.refused is None
    return run


def curve(run: Gathered, metric: str) -> list[tuple[int, float]]:
    points = run.curves[metric]
    return list(zip(points.step[~points.gone].tolist(), points.value[~points.gone].tolist(), strict=True))


@pytest.mark.parametrize("source", [Lightning(), Keras(), Ultralytics()], ids=lambda source: source.name)
def test_samples_hold_what_was_logged(source: Source) -> None:
    wanted = expected(source.name)
    runs = gather(source, OWN / source.name)
    wanted.pop("digits/version_2", None)
    assert set(runs) == set(wanted)
    for name, run in runs.items():
        assert differences(wanted[name]["metrics"], run.statistics()) == []
        params = run.facts.params if run.facts else {}
        assert {key: params.get(key) for key in wanted[name].get("params", {})} == wanted[name].get("params", {})
        assert run.remarks == []


def test_a_version_with_event_files_of_the_same_metrics_is_left_to_them() -> None:
    version = OWN / "lightning" / "digits" / "version_2"
    folder = Folder(version, set(), {path.name for path in version.iterdir()})
    assert Lightning().sniff(folder)
    assert list(Lightning().discover(folder)) == []
    assert "metrics.csv" not in folder.files


def test_event_files_of_other_metrics_do_not_hide_a_version(tmp_path: Path) -> None:
    shutil.copytree(OWN / "lightning" / "digits" / "version_0", tmp_path / "version_0")
    (tmp_path / "version_0" / "events.out.tfevents.1.host").write_bytes(b"images alone")
    assert list(gather(Lightning(), tmp_path)) == ["version_0"]


def test_lightning_names_a_run_by_its_version_and_its_end_is_not_known() -> None:
    facts = gather(Lightning(), OWN / "lightning")["digits/version_0"].facts
    assert facts is not None
    assert (facts.name, facts.project, facts.end_known) == ("version_0", "digits", False)
    assert facts.created <= (facts.ended or math.inf)


def test_a_run_grows_and_its_header_changes_and_it_stays_the_same_run(tmp_path: Path) -> None:
    version = tmp_path / "logs" / "version_0"
    version.mkdir(parents=True)
    path = version / "metrics.csv"
    path.write_text("step,train_loss\n0,0.5\n1,0.4\n")
    run = only(Lightning(), tmp_path)
    assert run.facts is not None
    assert run.facts.running
    with path.open("a") as file:
        file.write("2,0.3\n3,0.")
    run.take(Lightning().follow(run.found, run.cursor))
    assert curve(run, "train_loss") == [(0, 0.5), (1, 0.4), (2, 0.3)]
    path.write_text("step,train_loss,val_loss\n0,0.5,\n1,0.4,\n2,0.3,\n3,0.2,\n3,,0.7\n")
    assert find(Lightning(), tmp_path)[0].identity == run.found.identity
    run.take(Lightning().follow(run.found, run.cursor))
    assert curve(run, "train_loss") == [(0, 0.5), (1, 0.4), (2, 0.3), (3, 0.2)]
    assert curve(run, "val_loss") == [(3, 0.7)]
    assert run.gone == 3


def test_a_file_that_another_training_overwrites_is_another_run(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("step,loss\n0,0.5\n1,0.4\n")
    run = only(PlainCsv(), tmp_path)
    path.write_text("step,loss\n0,0.9\n1,0.8\n2,0.7\n")
    with pytest.raises(ReplacedError, match="another run"):
        list(PlainCsv().follow(run.found, run.cursor))
    assert find(PlainCsv(), tmp_path)[0].identity != run.found.identity


def test_reading_in_pieces_gives_what_reading_at_once_gives(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    content = "step,loss,phase\n" + "".join(f"{step},{1 / (step + 1)},warm\n" for step in range(200))
    path.write_text(content[:40])
    run = only(PlainCsv(), tmp_path)
    for end in range(40, len(content) + 97, 97):
        path.write_text(content[:end])
        run.take(PlainCsv().follow(run.found, run.cursor))
    whole = only(PlainCsv(), tmp_path)
    assert run.statistics() == whole.statistics()
    assert run.texts == whole.texts
    assert run.cursor == whole.cursor
    assert run.gone == 0


def test_keras_epochs_that_go_back_take_the_place_of_the_earlier_ones() -> None:
    run = gather(Keras(), OWN / "keras")["appended.csv"]
    assert [step for step, _ in curve(run, "loss")] == [0, 1, 2, 3, 4]
    assert run.gone == 2 * len(run.curves)


def test_keras_na_and_lists_are_no_metrics(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('epoch,loss,pair,val_loss,val_pair\n0,nan,"""[1, 2]""",NA,NA\n1,inf,x,NA,NA\n')
    run = only(Keras(), tmp_path)
    assert set(run.curves) == {"loss"}
    assert run.statistics()["loss"]["nonfinite"] == 2
    assert run.texts["pair"] == [(0, '"[1, 2]"'), (1, "x")]


def test_ultralytics_times_count_from_when_the_args_were_written(tmp_path: Path) -> None:
    shutil.copytree(OWN / "ultralytics" / "runs" / "detect" / "train", tmp_path / "train")
    os.utime(tmp_path / "train" / "args.yaml", (1_700_000_000, 1_700_000_000))
    run = only(Ultralytics(), tmp_path)
    assert run.facts is not None
    assert run.facts.created == 1_700_000_000
    assert run.curves["train/box_loss"].time.tolist()[:2] == [1_700_000_001.5, 1_700_000_003.0]
    assert run.facts.metrics["metrics/mAP50-95(B)"]["goal"] == "max"
    assert "time" not in run.curves


def test_event_files_of_the_same_ultralytics_training_are_no_other_run(tmp_path: Path) -> None:
    train = Path(shutil.copytree(OWN / "ultralytics" / "runs" / "detect" / "train", tmp_path / "train"))
    for name, content in (("same", b"..train/box_loss.."), ("other", b"..images..")):
        (train / "events.out.tfevents.1.host").write_bytes(content)
        folder = Folder(train, set(), {path.name for path in train.iterdir()})
        assert len(list(Ultralytics().discover(folder))) == 1
        assert ("events.out.tfevents.1.host" in folder.files) == (name == "other")


METRICS = {
    "step": "step,loss\n0,0.5\n1,0.4\n",
    "semicolons": "global_step;reward\n10;0.5\n20;0.4\n",
    "tabs": "step\tloss\n0\t0.5\n1\t0.4\n",
    "semicolons and decimal commas": "step;loss\n0;0,5\n1;0,4\n",
    "comments before": "# lr=0.1, seed=1\n# two of them\nstep,loss\n0,0.5\n1,0.4\n",
    "names in a comment": "# step,loss\n0,0.5\n1,0.4\n",
    "a family before it": "time/total_timesteps,rollout/ep_rew_mean,time/fps\n100,1.5,200\n200,1.7,201\n",
    "epoch and bom": "\ufeffepoch,train_loss,val_loss,lr\r\n1,0.5,,0.1\r\n2,0.4,0.6,0.1\r\n",
    "a column of words": "iter,phase,train/loss\n0,train,0.5\n1,val,0.4\n",
}
NO_METRICS = {
    "a data set": "sepal,petal,species\n5.1,1.4,setosa\n4.9,1.4,setosa\n",
    "a step of something else": "step,x,y\n0,1.0,2.0\n1,1.5,2.5\n",
    "steps that go down": "step,loss\n5,0.5\n1,0.4\n",
    "no step": "loss,accuracy\n0.5,0.4\n0.4,0.6\n",
    "only words": "step,loss\n0,low\n1,lower\n",
    "mostly words": "step,loss,a,b,c\n0,0.5,x,y,z\n1,0.4,x,y,z\n",
    "no header": "0,0.5\n1,0.4\n",
    "nothing but a header": "step,loss\n",
    "empty": "",
    "binary": "step\0,loss\n0,1\n",
}


@pytest.mark.parametrize("content", METRICS.values(), ids=METRICS)
def test_a_table_of_metrics_is_found_in_a_tree(tmp_path: Path, content: str) -> None:
    (tmp_path / "train.csv").write_text(content)
    run = only(PlainCsv(), tmp_path)
    assert run.curves
    assert not {"step", "epoch", "iter", "global_step", "time/total_timesteps"} & run.curves.keys()


@pytest.mark.parametrize("content", NO_METRICS.values(), ids=NO_METRICS)
def test_other_tables_are_no_runs_and_stay_for_others(tmp_path: Path, content: str) -> None:
    (tmp_path / "data.csv").write_text(content)
    folder = Folder(tmp_path, set(), {"data.csv"})
    for source in TABLES:
        assert not source.sniff(folder)


@pytest.mark.parametrize(
    "content",
    [
        "step;loss\n0;0,5\n1;4e-1\n",
        "step\tloss\n0\t0.5\n1\t0.4\n",
        "# lr=0.1\nstep,loss\n0,0.5\n# resumed\n1,0.4\n",
        "# step;loss\n0;0,5\n1;0,4\n",
    ],
)
def test_a_table_holds_the_same_numbers_whatever_its_dialect(tmp_path: Path, content: str) -> None:
    path = tmp_path / "train.csv"
    path.write_text(content)
    run = only(PlainCsv(), tmp_path)
    assert curve(run, "loss") == [(0, 0.5), (1, 0.4)]
    assert (run.texts, run.remarks) == ({}, [])


def test_a_comma_between_commas_or_tabs_is_no_decimal_point(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("step\tloss\tsize\n0\t0.5\t1,024\n")
    run = only(PlainCsv(), tmp_path)
    assert (set(run.curves), run.texts) == ({"loss"}, {"size": [(0, "1,024")]})


def test_a_file_that_a_person_named_is_a_run_with_any_numbers(tmp_path: Path) -> None:
    path = tmp_path / "curve.dat"
    path.write_text("x,y\n0.5,1.5\n0.7,2.5\n")
    folder = Folder(tmp_path, set(), {"curve.dat"}, frozenset({"curve.dat"}))
    assert PlainCsv().sniff(folder)
    (found,) = PlainCsv().discover(folder)
    run = Gathered(found).take(PlainCsv().follow(found, None))
    assert curve(run, "y") == [(0, 1.5), (1, 2.5)]


def test_a_column_of_parts_keeps_train_and_val_apart_and_times_are_read(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        "epoch,split,timestamp,loss\n0,train,2024-01-01T00:00:00,0.5\n0,val,2024-01-01T00:01:00,0.7\n"
    )
    run = only(PlainCsv(), tmp_path)
    assert {name: curve(run, name) for name in run.curves} == {"train/loss": [(0, 0.5)], "val/loss": [(0, 0.7)]}
    assert run.curves["val/loss"].time.tolist() == [1_704_067_260.0]


@pytest.mark.parametrize(
    "name", ["time", "timestamp", "_timestamp", "ts", "wall_time", "Wall time", "datetime", "date"]
)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        ("1767225600", "1767229200.0"),
        ("1767225600000", "1767229200000"),
    ],
    ids=["iso", "seconds", "milliseconds"],
)
def test_a_table_with_times_is_of_then_and_not_of_when_it_was_copied(
    tmp_path: Path, name: str, first: str, last: str
) -> None:
    (tmp_path / "log.csv").write_text(f"step,{name},loss\n0,{first},0.5\n1,{first},0.4\n2,{last},0.3\n")
    run = only(PlainCsv(), tmp_path)
    assert run.facts is not None
    assert (run.facts.running, run.facts.created, run.facts.ended) == (False, 1_767_225_600.0, 1_767_229_200.0)
    assert set(run.curves) == {"loss"}
    assert run.texts == {}


def test_a_table_whose_last_time_is_now_runs(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(f"step,datetime,loss\n0,2026-01-01 00:00:00,0.5\n1,{time.time()},0.4\n")
    facts = only(PlainCsv(), tmp_path).facts
    assert facts is not None
    assert facts.running
    assert facts.ended is None


def test_a_time_without_a_zone_is_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        (tmp_path / "log.csv").write_text("step,datetime,loss\n0,2026-01-01 09:00:00,0.5\n")
        assert only(PlainCsv(), tmp_path).curves["loss"].time.tolist() == [1_767_225_600.0]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_rows_that_say_no_time_are_of_when_the_table_was_seen_to_have_grown(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n0,0.5\n1,0.4\n")
    os.utime(path, (1_700_000_100, 1_700_000_100))
    run = only(PlainCsv(), tmp_path)
    assert run.curves["loss"].time.tolist() == [1_700_000_100.0] * 2
    for step, changed in ((2, 1_700_000_200), (3, 1_700_000_150)):
        with path.open("a") as file:
            file.write(f"{step},0.3\n")
        os.utime(path, (changed, changed))
        run.take(PlainCsv().follow(run.found, run.cursor))
    assert run.curves["loss"].time.tolist()[2:] == [1_700_000_200.0] * 2


def test_of_two_columns_of_times_neither_is_a_metric(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,timestamp,Wall time,loss\n0,1767225600,1767225601,0.5\n")
    assert set(only(PlainCsv(), tmp_path).curves) == {"loss"}


def test_a_day_is_no_time_and_no_metric(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,date,loss\n0,2026-01-01,0.5\n")
    run = only(PlainCsv(), tmp_path)
    assert (set(run.curves), run.texts) == ({"loss"}, {"date": [(0, "2026-01-01")]})


def test_a_curve_that_was_downloaded_from_tensorboard_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "train_loss.csv").write_text("Wall time,Step,Value\n1767225600.5,0,0.5\n1767225660.5,10,0.4\n")
    run = only(PlainCsv(), tmp_path)
    assert {name: curve(run, name) for name in run.curves} == {"train_loss": [(0, 0.5), (10, 0.4)]}
    assert run.facts is not None
    assert (run.facts.name, run.facts.created, run.facts.ended) == ("train_loss", 1_767_225_600.5, 1_767_225_660.5)


def test_odd_cells_and_rows_are_told_and_all_else_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(
        b'step,loss,note\n0,0.9,\n0,1_000,"two\nlines, a comma"\n1,0.5\n2,0.4,x,y,z\nstep,loss,note\n\n'
        b'\0\0\0\n3,"0,3",\n4,0.2,a\xff'
    )
    old(path)
    run = only(PlainCsv(), tmp_path)
    assert curve(run, "loss") == [(0, 0.9), (1, 0.5), (2, 0.4)]
    assert run.texts["note"] == [(0, "two\nlines, a comma"), (2, "x")]
    assert run.texts["loss"] == [(0, "1_000"), (3, "0,3")]
    assert run.remarks == [
        "2 rows with more or fewer cells than the first line has names",
        "The last row is not whole; it was left out",
    ]


def test_a_quote_that_does_not_end_costs_its_rows_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with path.open("w") as file:
        file.write('step,loss\n0,0.5\n1,"\n')
        file.writelines(f"{step},0.1\n" for step in range(2, 200_000))
    run = only(PlainCsv(), tmp_path)
    assert curve(run, "loss")[:2] == [(0, 0.5), (102, 0.1)]
    assert curve(run, "loss")[-1] == (199_999, 0.1)
    assert run.remarks == ["passed over 1 row too long or with quotes that do not end"]


def test_params_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    version = tmp_path / "version_0"
    version.mkdir()
    (version / "metrics.csv").write_text("step,loss\n0,0.5\n")
    (version / "hparams.yaml").write_text("a: [1\n")
    run = only(Lightning(), tmp_path)
    assert curve(run, "loss") == [(0, 0.5)]
    assert len(run.remarks) == 1
    assert "hparams.yaml" in run.remarks[0]


def test_a_file_without_a_telling_name_is_called_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "sweep" / "lr-0.1").mkdir(parents=True)
    for name in ("metrics.csv", "baseline.csv"):
        (tmp_path / "sweep" / "lr-0.1" / name).write_text("step,loss\n0,0.5\n")
    runs = gather(PlainCsv(), tmp_path)
    names = {address: (run.facts.project, run.facts.name) for address, run in runs.items() if run.facts}
    assert names == {
        "sweep/lr-0.1/metrics.csv": ("sweep", "lr-0.1"),
        "sweep/lr-0.1/baseline.csv": ("lr-0.1", "baseline"),
    }


def test_a_stamp_changes_with_the_file_and_bears_that_it_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n0,0.5\n")
    (run,) = find(PlainCsv(), tmp_path)
    before = PlainCsv().stamp(run)
    with path.open("a") as file:
        file.write("1,0.4\n")
    assert PlainCsv().stamp(run) != before
    path.unlink()
    assert PlainCsv().stamp(Found("csv", "x", "x", run.paths)) == []
