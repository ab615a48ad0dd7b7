"""Exports of Neptune. The samples and all else here are made to neptune-exporter's schema, not by it.

The service that it read from has ended, so that there is nothing left for it to export.
"""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path

import polars as pl
import pytest
from gathered import Gathered, differences, gather

from trackside.sources.neptune import Neptune, parquet
from trackside.sources.neptune.places import Places
from trackside.sources.protocol import Folder, SourceError

OWN = Path(__file__).parent / "samples" / "neptune"
START = datetime(2025, 11, 3, 9, 30, tzinfo=UTC).timestamp()
NAMES = ("project_id", "run_id", "attribute_path", "attribute_type", "step", "timestamp", "float_value", "string_value")


@pytest.fixture(scope="module", autouse=True)
def no_process_is_left():
    yield
    parquet.APART.close()


@pytest.fixture(scope="module")
def runs() -> dict[str, Gathered]:
    return {run.found.identity: run for run in gather(Neptune(), OWN).values()}


def test_all_values_are_those_that_were_put_into_the_samples(runs):
    expected = json.loads((OWN / "expected.json").read_text())
    assert runs.keys() == expected.keys()
    for identity, metrics in expected.items():
        assert differences(metrics, runs[identity].statistics()) == [], identity


def test_a_run_of_2_x_is_called_by_its_name_and_grouped_by_its_group(runs):
    facts = runs["ana/digits/DIG-1"].facts
    assert (facts.name, facts.project, facts.group) == ("first try", "ana/digits", "sweep-a")
    assert facts.tags == ["größer ↑", "small", "sweep-a"]
    assert facts.notes == "why: größer ↑"
    assert (facts.user, facts.host, facts.command) == ("ana", "node-3", ["train.py"])
    assert (facts.created, facts.ended) == (START, START + 62.5)
    assert (facts.status, facts.running, facts.archived) == ("finished", False, False)


def test_a_run_of_3_x_is_called_by_its_own_id_and_grouped_by_its_experiment(runs):
    facts = runs["team/net/prompt-wolf 7"].facts
    assert (facts.name, facts.project, facts.group) == ("prompt-wolf 7", "team/net", "experiment 7")
    assert facts.status == "failed"
    assert facts.created == START
    assert facts.ended > START, "by its last point"


def test_params_keep_their_types_and_are_not_what_only_neighbours_have(runs):
    assert runs["ana/digits/DIG-1"].facts.params == {
        "parameters.lr": 0.001,
        "parameters.batch_size": 32,
        "parameters.amp": True,
        "parameters.optimizer": "adam",
        "parameters.layers": ["a", "b"],
    }
    assert runs["team/net/prompt-wolf 7"].facts.params == {"config.lr": 0.03}


def test_what_a_retried_export_left_twice_counts_once(runs):
    run = runs["ana/digits/DIG-1"]
    assert run.curves["train/accuracy"].step.tolist() == [0, 20, 40]
    assert any("twice in the export" in remark for remark in run.remarks)


def test_points_out_of_order_are_put_in_order(runs):
    assert runs["ana/digits/DIG-1"].curves["val/loss"].step.tolist() == [0, 10, 20]


def test_steps_that_are_not_whole_are_counted_and_kept_as_a_metric(runs):
    run = runs["team/net/prompt-wolf 7"]
    given = dict(zip(run.curves["step"].step.tolist(), run.curves["step"].value.tolist(), strict=True))
    assert [given[step] for step in run.curves["loss"].step.tolist()] == [0, 0.5, 1, 1.5, 2.25]
    assert [given[step] for step in run.curves["reward"].step.tolist()] == [0.5, 3.5]
    assert run.curves["epoch/accuracy"].step.tolist() == [1, 2], "whole steps stay as they are"


def test_what_was_printed_comes_as_lines(runs):
    assert runs["ana/digits/DIG-1"].printed == b"epoch 1\nepoch 2\n"
    assert runs["team/net/prompt-wolf 7"].printed == b"warning: \x1b[31mred\x1b[0m\n10%\r50%\n"


def test_other_texts_are_kept_by_name(runs):
    assert runs["ana/digits/DIG-1"].texts == {"remarks": [(0, "went well")]}


def test_files_come_from_the_folder_beside_that_of_the_data_and_from_nowhere_else(runs):
    run = runs["ana/digits/DIG-1"]
    files = {file.name: file for file in run.files}
    assert files.keys() == {"model/weights", "source_code/files", "predictions@0", "predictions@1"}
    assert files["predictions@1"].files["1.txt"].path.read_bytes() == b"nine"
    assert files["predictions@1"].step == 1
    assert list(files["source_code/files"].files) == ["files.zip"]
    assert any("1 of 7 files" in remark for remark in run.remarks), "`../../../data` leads out"


def test_files_are_not_taken_from_outside_of_the_tree_that_was_opened(tmp_path):
    copied(tmp_path)
    (run,) = gather(Neptune(), tmp_path / "data").values()
    assert run.files == []
    assert any("open the folder that has both" in remark for remark in run.remarks)


@pytest.mark.parametrize(
    "place", ["/etc/passwd", "../secret", "link", "a/../../secret", "no\0name", "", ".", "x" * 5000]
)
def test_no_place_leads_out_of_the_folder_of_files(tmp_path, place):
    root = tmp_path / "files"
    (root / "a").mkdir(parents=True)
    (root / "a" / "one").write_text("1")
    (tmp_path / "secret").write_text("no")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "a" / "link").symlink_to(tmp_path / "secret")
    assert Places(root).files(place) == {}
    assert list(Places(root).files("a")) == ["one"], "nor does a link in a folder"


def test_what_looks_like_a_run_in_the_files_of_a_run_is_none(tmp_path):
    copied(tmp_path)
    top = folder_of(tmp_path)
    assert Neptune().sniff(top)
    assert list(Neptune().discover(top)) == []
    assert top.folders == {"data"}


def test_tracked_files_are_data_and_a_difference_is_the_patch(runs):
    facts = runs["ana/digits/DIG-1"].facts
    assert facts.data["data/train"].uri == "digits.csv"
    assert facts.data["data/train"].fingerprint == "neptune:8f14e45fceea167a"
    assert (facts.data["data/train"].files, facts.data["data/train"].bytes) == (1, 12)
    assert "+after" in facts.patch
    assert facts.code.dirty


def test_a_fork_says_where_it_comes_from(runs):
    (mark,) = runs["team/net/prompt-wolf 7"].marks
    assert (mark.kind, mark.step) == ("note", 100)
    assert "calm-owl" in mark.text


def test_series_of_histograms_are_read(runs):
    ((step, histogram),) = runs["team/net/prompt-wolf 7"].histograms["weights"]
    assert (step, histogram.edges, histogram.counts) == (1, (0.0, 1.0, 2.0), (3, 4))


def test_runs_that_share_a_file_are_told_apart(runs):
    assert runs["ana/old/OLD-1"].facts.params == {"lr": 0.5}
    assert runs["ana/old/OLD-2"].facts.params == {"lr": 0.25}
    assert runs["ana/old/OLD-1"].found.address != runs["ana/old/OLD-2"].found.address


def test_an_export_that_did_not_come_to_its_end_says_so(tmp_path):
    folder = copied(tmp_path)
    next(folder.glob("*_part_0.parquet")).unlink()
    (run,) = gather(Neptune(), tmp_path).values()
    assert any("part 0 is missing" in remark for remark in run.remarks)
    assert "val/loss" in run.curves


def test_files_that_are_being_written_are_told_and_not_read(tmp_path):
    folder = copied(tmp_path)
    for path in folder.glob("*.parquet"):
        path.rename(f"{path}.tmp")
    found = folder_of(folder)
    names = sorted(found.files)
    assert list(Neptune().discover(found)) == []
    told = [str(error).partition(": ")[0::2] for error in found.unread]
    assert told == [(str(folder / name), "an export that did not come to its end, or goes on") for name in names]


def test_a_damaged_file_costs_no_other_run(tmp_path):
    folder = copied(tmp_path)
    (folder / f"{clean('DIG-2')}_part_0.parquet").write_bytes(b"PAR1 and nothing else")
    of = folder_of(folder)
    assert [run.identity for run in Neptune().discover(of)] == ["ana/digits/DIG-1"]
    assert ["DIG-2" in str(error) for error in of.unread] == [True]


def test_models_are_no_runs(tmp_path):
    shutil.copytree(OWN / "data", tmp_path / "model_data")
    folder = next((tmp_path / "model_data").glob("ana_digits*"))
    folder.rename(tmp_path / "model_data" / "models")
    with pytest.raises(SourceError, match="no runs"):
        list(Neptune().discover(folder_of(tmp_path / "model_data" / "models")))


def test_a_run_exported_twice_is_read_from_its_newest_export(tmp_path):
    folder = copied(tmp_path)
    other = tmp_path / "elsewhere" / "data" / folder.name
    shutil.copytree(folder, other)
    for path in folder.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    (run,) = gather(Neptune(), tmp_path).values()
    assert "elsewhere" in run.found.address
    assert any("more than once" in remark for remark in run.remarks)


def test_reading_on_gives_nothing_again_and_what_was_rewritten_comes_anew(tmp_path):
    folder = copied(tmp_path)
    (run,) = gather(Neptune(), tmp_path).values()
    before = {name: len(curve.step) for name, curve in run.curves.items()}
    stamp = Neptune().stamp(run.found)
    facts = run.facts
    run.take(Neptune().follow(run.found, run.cursor))
    assert {name: len(curve.step) for name, curve in run.curves.items()} == before
    assert run.facts == facts
    for path in folder.iterdir():
        path.touch()
    assert Neptune().stamp(run.found) != stamp
    run.take(Neptune().follow(run.found, run.cursor))
    assert run.gone == sum(before.values())


def test_columns_are_taken_by_name_whatever_their_types(tmp_path):
    frame = pl.DataFrame(
        {
            "something_new": [1, 2, 3],
            "attribute_type": ["float_series", "float_series", "float"],
            "run_id": ["R-1"] * 3,
            "project_id": ["p"] * 3,
            "attribute_path": [b"loss", b"loss", b"lr"],
            "step": [1, 2, None],
            "timestamp": [datetime(2025, 11, 3, 9, 30), datetime(2025, 11, 3, 9, 31), None],
            "float_value": [0.5, 0.25, 0.125],
        },
        schema_overrides={
            "attribute_type": pl.Categorical,
            "project_id": pl.Categorical,
            "step": pl.Int32,
            "float_value": pl.Float32,
        },
    )
    run = only(tmp_path, frame)
    assert run.facts.project == "p", "without a workspace"
    assert run.facts.params == {"lr": 0.125}
    assert run.curves["loss"].step.tolist() == [1, 2]
    assert run.curves["loss"].time.tolist() == [START, START + 60]


def test_values_without_a_usable_step_are_told(tmp_path):
    run = only(tmp_path, rows([("loss", step, 1.0) for step in (1.0, None, 1e300, float("nan"))]))
    assert run.curves["loss"].step.tolist() == [1]
    assert run.remarks == ["left out 3 points without a step that 64 bits hold"]


def test_texts_of_ten_megabytes_are_read_one_at_a_time(tmp_path):
    long = "x" * (10 << 20)
    frame = pl.concat([texts("monitoring/1/stdout", [long] * 8), texts("essay", [long])])
    run = only(tmp_path, frame)
    assert len(run.printed) == 8 * (len(long) + 1)
    assert len(run.texts["essay"][0][1]) == 1 << 20
    assert run.remarks == ["1 texts of more than 1 MiB were cut"]


def test_a_file_that_claims_more_rows_than_it_can_hold_is_refused(tmp_path):
    folder = project(tmp_path)
    frame = pl.select(pl.repeat("p", 5_000_000, dtype=pl.String).alias("project_id"))
    same = {name: pl.lit("float_series").alias(name) for name in NAMES[1:4]}
    frame.with_columns(**same).write_parquet(folder / "part_0.parquet", row_group_size=5_000_000)
    of = folder_of(folder)
    assert list(Neptune().discover(of)) == []
    assert ["claims to have 5,000,000 rows" in str(error) for error in of.unread] == [True]


def test_other_parquet_is_left_alone(tmp_path):
    pl.DataFrame({"run_id": [1]}).write_parquet(tmp_path / "part_0.parquet")
    assert not Neptune().sniff(folder_of(tmp_path))


def test_a_process_that_a_damaged_file_ends_is_started_again(tmp_path):
    path = tmp_path / "x.parquet"
    rows([("loss", 1.0, 1.0)]).write_parquet(path)
    assert parquet.rows(path, tmp_path) == (1, ("ws/p", "R-1"))
    parquet.APART._process.kill()
    assert parquet.rows(path, tmp_path) == (1, ("ws/p", "R-1"))


def test_to_find_runs_loads_nothing_heavy():
    script = f"""
import sys
from pathlib import Path
from trackside.sources.neptune import Neptune
from trackside.sources.neptune.places import Places
from trackside.sources.protocol import Folder
path = next(Path({str(OWN / "data")!r}).glob("ana_digits*"))
assert len(list(Neptune().discover(Folder(path, set(), {{file.name for file in path.iterdir()}})))) == 1
print({{"polars", "numpy"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def copied(tmp_path: Path) -> Path:
    shutil.copytree(OWN / "files", tmp_path / "files")
    (sample,) = (OWN / "data").glob("ana_digits*")
    shutil.copytree(sample, tmp_path / "data" / sample.name)
    return tmp_path / "data" / sample.name


def folder_of(path: Path) -> Folder:
    folders = {entry.name for entry in path.iterdir() if entry.is_dir()}
    return Folder(path, folders, {entry.name for entry in path.iterdir()} - folders)


def clean(run: str) -> str:
    return f"{run}-{blake2b(run.encode(), digest_size=8).hexdigest()}"


def project(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "p"
    folder.mkdir(parents=True)
    return folder


def only(tmp_path: Path, frame: pl.DataFrame) -> Gathered:
    frame.write_parquet(project(tmp_path) / f"{clean('R-1')}_part_0.parquet")
    (run,) = gather(Neptune(), tmp_path).values()
    return run


def rows(points: list[tuple[str, float | None, float]]) -> pl.DataFrame:
    paths, steps, values = zip(*points, strict=True)
    return pl.DataFrame(
        {
            "project_id": "ws/p",
            "run_id": "R-1",
            "attribute_path": paths,
            "attribute_type": "float_series",
            "step": pl.Series(steps, dtype=pl.Float64),
            "timestamp": pl.Series([START * 1e3] * len(points)).cast(pl.Datetime("ms", "UTC")),
            "float_value": values,
        }
    )


def texts(path: str, said: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "project_id": "ws/p",
            "run_id": "R-1",
            "attribute_path": path,
            "attribute_type": "string_series",
            "step": [Decimal(number) for number in range(len(said))],
            "string_value": said,
        },
        schema_overrides={"step": pl.Decimal(18, 6)},
    )
