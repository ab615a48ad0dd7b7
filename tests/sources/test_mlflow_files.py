"""MLflow's file store: read as it was logged, followed as it grows, and borne where it is damaged."""

import json
import math
import os
import shutil
import time
from pathlib import Path

import pytest
from gathered import Gathered, differences, find, gather
from mlflow_samples import LONG_AGO, VERSIONS, compare, compare_full, unpack

from trackside.model.foreign import Points
from trackside.sources.mlflow.source import Mlflow
from trackside.sources.protocol import SourceError

RUN = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"


def write(root: Path, run: str = RUN, meta: str = "", **files: str) -> Path:
    """A small run of a store; files are named `metrics__loss`."""
    folder = root / "mlruns" / "7" / run
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "meta.yaml").write_text("artifact_location: /gone/mlruns/7\nexperiment_id: '7'\nname: nets\n")
    said = {
        "experiment_id": "'7'",
        "run_id": run,
        "run_name": "calm",
        "start_time": 1_700_000_000_000,
        "status": 3,
        "end_time": "null",
    }
    (folder / "meta.yaml").write_text("".join(f"{key}: {value}\n" for key, value in said.items()) + meta)
    for name, content in files.items():
        path = folder.joinpath(*name.split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def one(root: Path) -> Gathered:
    (run,) = gather(Mlflow(), root).values()
    return run


def again(run: Gathered) -> Gathered:
    """What came since, added to what was there."""
    return run.take(Mlflow().follow(run.found, run.cursor))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_store_is_read_as_it_was_logged(version, tmp_path):
    runs = gather(Mlflow(), unpack(version, "files", tmp_path))
    compare(runs)
    compare_full(next(run for run in runs.values() if run.facts.name == "full"))


def test_public_runs_of_others_are_what_mlflow_itself_says(samples):
    root = samples / "public" / "mlflow"
    expected = json.loads((root / "expected.json").read_text())
    runs = {run.found.identity: run for run in gather(Mlflow(), root).values()}
    assert runs.keys() == expected.keys()
    for identity, said in expected.items():
        run, facts = runs[identity], runs[identity].facts
        assert differences(said["metrics"], run.statistics()) == []
        assert (facts.name, facts.project) == (said["name"], said["project"])
        assert {key: str(value) for key, value in facts.params.items()} == said["params"]
        assert facts.created == said["start"] / 1000
        assert facts.status == {"FINISHED": "finished", "RUNNING": "crashed"}[said["status"]]
        assert facts.user == said["tags"]["mlflow.user"]
        assert facts.code.commit == said["tags"].get("mlflow.source.git.commit")
        if said["end"] is not None:
            assert facts.ended == said["end"] / 1000


def test_runs_that_mlflow_wrote_are_what_was_logged(samples):
    expected = json.loads((samples / "vendor" / "expected.json").read_text())
    runs = {run.facts.name: run for run in gather(Mlflow(), samples / "vendor" / "mlflow_file").values()}
    assert runs.keys() == {*expected, "child-of-0"}
    for name, said in expected.items():
        facts = runs[name].facts
        assert differences(said["metrics"], runs[name].statistics()) == []
        assert facts.notes == said["notes"]
        assert facts.tags == [f"intent:{','.join(said['tags']) or 'none'}"]
        model = said["params"].pop("model")
        assert facts.params == said["params"] | {f"model.{key}": value for key, value in model.items()}
        assert facts.status == ("finished" if said["complete"] else "crashed")
        assert [file.name for file in runs[name].files] == ["predictions"]
    assert runs["child-of-0"].facts.group.startswith("sample-0 (")


def test_a_store_an_experiment_and_a_single_run_are_read_from_wherever_one_stands(tmp_path):
    folder = write(tmp_path, metrics__loss="1700000000000 0.5 1\n")
    write(tmp_path, OTHER)
    for root, runs in ((tmp_path, 2), (folder.parent.parent, 2), (folder.parent, 2), (folder, 1)):
        assert len(find(Mlflow(), root)) == runs


def test_what_lies_among_artifacts_is_no_run_and_is_not_offered_to_others(tmp_path):
    folder = write(tmp_path)
    shutil.copytree(folder, folder / "artifacts" / "7" / OTHER)
    (folder / "artifacts" / "7" / "meta.yaml").write_text("experiment_id: '7'\nname: inner\n")
    loose = tmp_path / "mlartifacts" / "1" / OTHER / "artifacts" / "7"
    shutil.copytree(folder.parent, loose)
    assert [run.identity for run in find(Mlflow(), tmp_path)] == [RUN]


def test_a_copy_of_a_store_beside_it_has_the_same_runs(tmp_path):
    write(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert len(find(Mlflow(), tmp_path)) == 1


def test_only_what_is_new_is_read_once_a_metric_grew(tmp_path):
    folder = write(tmp_path, metrics__loss="1700000000000 0.5 1\n", metrics__a__b="1700000000000 1.5 1\n")
    run = one(tmp_path)
    stamp = Mlflow().stamp(run.found)
    assert Mlflow().stamp(run.found) == stamp
    with (folder / "metrics" / "loss").open("a") as file:
        file.write("1700000000001 0.25 2\n1700000000002 nan 3")
    assert Mlflow().stamp(run.found) != stamp
    again(run)
    assert run.curves["loss"].value.tolist() == [0.5, 0.25]
    assert run.curves["a/b"].value.tolist() == [1.5]
    with (folder / "metrics" / "loss").open("a") as file:
        file.write("0\n")
    again(run)
    assert run.curves["loss"].step.tolist() == [1, 2, 30]
    assert run.gone == 0


@pytest.mark.parametrize("change", ["shorter", "other", "gone"])
def test_a_metric_that_was_written_anew_begins_again(change, tmp_path):
    folder = write(tmp_path, metrics__loss="1700000000000 0.5 1\n1700000000001 0.25 2\n", metrics__acc="1 1.0 1\n")
    run = one(tmp_path)
    loss = folder / "metrics" / "loss"
    loss.unlink()
    if change != "gone":
        loss.write_text("1700000000009 9.0 1\n" + ("1700000000010 8.0 2\n" * 9 if change == "other" else ""))
    again(run)
    kept = run.curves["loss"].value[~run.curves["loss"].gone].tolist()
    assert kept == {"shorter": [9.0], "other": [9.0, 8.0], "gone": []}[change]
    assert run.curves["acc"].gone.tolist() == [True, False]


def test_a_point_that_mlflow_wrote_again_with_a_model_is_one_point(tmp_path):
    folder = write(tmp_path, metrics__loss="1700000000000 0.5 1\n1700000000001 0.25 2\n1700000000000 0.5 1\n")
    run = one(tmp_path)
    assert run.curves["loss"].value.tolist() == [0.5, 0.25]
    with (folder / "metrics" / "loss").open("a") as file:
        file.write("1700000000001 0.25 2\n1700000000001 0.25 3\n")
    again(run)
    assert run.curves["loss"].step.tolist() == [1, 2, 3]


def test_every_kind_of_line_and_number_is_read(tmp_path):
    lines = [
        "1700000000000 0.1 1", "1700000000000 nan 2", "1700000000000 inf 2", "1700000000000 -inf 2",
        "1700000000000 7 -5", "1700000000000 1e400 3", "1700000000000 0.25", "1700000000000 0.5 4 wine 5be65f1b",
        "1700000000000 5e-324 9223372036854775807", "1700000000 1.0 8", "0 2.0 9", "99999999999999 3.0 10",
    ]  # fmt: skip
    write(tmp_path, metrics__loss="\n".join(lines) + "\n")
    curve = one(tmp_path).curves["loss"]
    inf, nan = math.inf, math.nan
    assert repr(curve.value.tolist()) == repr([0.1, nan, inf, -inf, 7.0, inf, 0.25, 0.5, 5e-324, 1.0, 2.0, 3.0])
    assert curve.step.tolist() == [1, 2, 2, 2, -5, 3, 0, 4, (1 << 63) - 1, 8, 9, 10]
    assert repr(curve.time.tolist()[-3:]) == repr([1_700_000_000.0, nan, 99_999_999_999.999])


def test_lines_that_are_no_points_are_left_out_with_a_word(tmp_path):
    bad = "1700000000000 0.5 1\n17 0.5 1.5\n0.1\n1 x 2\n1 2 99999999999999999999\n\n" + "x" * 3_000_000 + "\n1 0.5"
    write(tmp_path, metrics__loss=bad)
    run = one(tmp_path)
    assert run.curves["loss"].value.tolist() == [0.5]
    assert "of its metric files without a point" in run.remarks[0]
    assert "cut off within a line" in run.remarks[1]


def test_many_metrics_come_a_few_thousand_at_a_time(tmp_path):
    write(tmp_path, **{f"metrics__m{number}": f"1700000000000 {number}.5 1\n" for number in range(5_000)})
    (found,) = find(Mlflow(), tmp_path)
    widths = [len(item.keys) for item in Mlflow().follow(found, None) if isinstance(item, Points)]
    assert sum(widths) == 5_000
    assert max(widths) < 5_000
    assert one(tmp_path).curves["m4999"].value.tolist() == [4999.5]


def test_a_long_history_is_whole(tmp_path):
    count = 120_000
    write(tmp_path, metrics__loss="".join(f"{1_700_000_000_000 + step} {step / 7!r} {step}\n" for step in range(count)))
    curve = one(tmp_path).curves["loss"]
    assert curve.step.tolist() == list(range(count))
    assert curve.value.tolist() == [step / 7 for step in range(count)]


def test_a_running_run_is_one_while_its_files_grow(tmp_path):
    now = int(time.time())
    folder = unfinished(tmp_path, metrics__loss=f"{now}000 0.5 1\n")
    run = one(tmp_path)
    assert (run.facts.running, run.facts.status, run.facts.ended) == (True, "crashed", None)
    old = now - 600
    (folder / "metrics" / "loss").write_text(f"{old}000 0.5 1\n")
    for path in folder.rglob("*"):
        os.utime(path, (old, old))
    again(run)
    assert (run.facts.running, run.facts.status, run.facts.ended) == (False, "crashed", old)


def test_an_unfinished_run_of_long_ago_that_was_copied_now_does_not_run(tmp_path):
    unfinished(tmp_path, metrics__loss="1700000000000 0.5 1\n")
    facts = one(tmp_path).facts
    assert (facts.running, facts.status, facts.ended) == (False, "crashed", 1_700_000_000.0)


def unfinished(root: Path, **files: str) -> Path:
    folder = write(root, **files)
    meta = (folder / "meta.yaml").read_text().replace("status: 3", "status: 1")
    (folder / "meta.yaml").write_text(meta)
    return folder


def test_tags_and_names_that_changed_are_said_again(tmp_path):
    folder = write(tmp_path, tags__stage="dev", tags__report="a\nb")
    run = one(tmp_path)
    (folder / "tags" / "stage").write_text("prod")
    (folder / "tags" / "report").write_text("a\nc")
    again(run)
    assert run.facts.tags == ["stage:prod"]
    assert run.texts["report"] == [(0, "a\nb"), (0, "a\nc")]
    again(run)
    assert len(run.texts["report"]) == 2


def test_an_artifact_comes_again_only_where_it_changed(tmp_path):
    folder = write(tmp_path, artifacts__a="1", artifacts__d__b="2")
    run = one(tmp_path)
    assert [file.name for file in run.files] == ["a", "d"]
    (folder / "artifacts" / "d" / "c").write_text("3")
    again(run)
    assert [file.name for file in run.files] == ["a", "d", "d"]
    assert run.files[-1].files.keys() == {"b", "c"}


def test_artifacts_of_a_store_that_was_moved_are_found_beside_it(tmp_path):
    write(tmp_path)
    (tmp_path / "mlruns" / "7" / "meta.yaml").write_text(
        "artifact_location: file:///old/place/kept\nexperiment_id: '7'\nname: nets\n"
    )
    kept = tmp_path / "kept" / RUN / "artifacts"
    kept.mkdir(parents=True)
    (kept / "a.txt").write_text("1")
    assert one(tmp_path).files[0].files["a.txt"].path == kept / "a.txt"


def test_artifacts_outside_of_the_place_that_was_opened_are_told_and_not_read(tmp_path):
    write(tmp_path)
    (tmp_path / "mlruns" / "7" / "meta.yaml").write_text("artifact_location: ./kept\nexperiment_id: '7'\nname: nets\n")
    kept = tmp_path / "kept" / RUN / "artifacts"
    kept.mkdir(parents=True)
    (kept / "a.txt").write_text("1")
    run = one(tmp_path / "mlruns")
    assert run.files == []
    assert run.remarks == [
        f"artifacts of it are in {kept}, outside of the place that was opened; open a folder that has both"
    ]
    run = one(tmp_path)
    assert ([file.name for file in run.files], run.remarks) == (["a.txt"], [])


def test_a_run_that_is_opened_alone_has_its_project_and_nothing_else_that_lies_outside_of_it(tmp_path):
    folder = write(
        tmp_path,
        **{"tags__mlflow.parentRunId": OTHER, "inputs__1__meta.yaml": f"source_type: DATASET\nsource_id: {OTHER}\n"},
    )
    write(tmp_path, OTHER, **{"tags__mlflow.runName": "outer"})
    dataset = tmp_path / "mlruns" / "7" / "datasets" / OTHER / "meta.yaml"
    dataset.parent.mkdir(parents=True)
    dataset.write_text("name: wine\ndigest: abc\nsource: https://data.example/wine.csv\n")
    facts = gather(Mlflow(), tmp_path)[str(folder.relative_to(tmp_path))].facts
    assert (facts.group, [data.fingerprint for data in facts.data.values()]) == ("outer (fedcba98)", ["mlflow:abc"])
    facts = one(folder).facts
    assert (facts.name, facts.project) == ("calm", "nets")
    assert "outer" not in (facts.group or "")
    assert "wine" not in repr(facts)


def test_a_model_outside_of_the_run_that_was_opened_is_told_and_not_read(tmp_path):
    model = "m-" + OTHER
    folder = write(tmp_path, **{"outputs__1__meta.yaml": f"destination_id: {model}\n", "artifacts__a.txt": "1"})
    kept = folder.parent / "models" / model / "artifacts"
    kept.mkdir(parents=True)
    (kept.parent / "meta.yaml").write_text("name: net\n")
    (kept / "MLmodel").write_text("x")
    run = one(tmp_path)
    assert ([file.name for file in run.files], run.remarks) == (["a.txt", "net"], [])
    run = one(folder)
    assert [file.name for file in run.files] == ["a.txt"]
    assert run.remarks == [
        f"artifacts of it are in {kept}, outside of the place that was opened; open a folder that has both"
    ]


def test_artifacts_where_the_server_puts_them_beside_the_store_are_read(tmp_path):
    write(tmp_path)
    (tmp_path / "mlruns" / "7" / "meta.yaml").write_text(
        "artifact_location: mlflow-artifacts:/7\nexperiment_id: '7'\nname: nets\n"
    )
    kept = tmp_path / "mlartifacts" / "7" / RUN / "artifacts"
    kept.mkdir(parents=True)
    (kept / "a.txt").write_text("1")
    assert [file.name for file in one(tmp_path / "mlruns").files] == ["a.txt"]


@pytest.mark.parametrize(
    "location", ["../../etc", "file:///x/../../etc", "/..", "http://[", "s3://b/etc", "file://\0", "link"]
)
def test_no_location_leads_out_of_the_store(location, tmp_path):
    outside = tmp_path / "etc" / RUN / "artifacts"
    outside.mkdir(parents=True)
    (outside / "secret").write_text("x")
    write(tmp_path / "root" / "deep")
    (tmp_path / "root" / "deep" / "link").symlink_to(tmp_path / "etc")
    meta = tmp_path / "root" / "deep" / "mlruns" / "7" / "meta.yaml"
    meta.write_text(json.dumps({"artifact_location": location, "experiment_id": "7", "name": "nets"}))
    assert "experiment_id" in meta.read_text()
    meta.write_text(f"experiment_id: '7'\nartifact_location: {json.dumps(location)}\nname: nets\n")
    assert one(tmp_path / "root").files == []


def test_links_and_pipes_are_not_read(tmp_path):
    (tmp_path / "secret").write_text("password")
    folder = write(tmp_path / "root", params__lr="0.1", metrics__loss="1 0.5 1\n", artifacts__a="1", tags__t="x")
    for part in ("params", "tags", "artifacts", "metrics"):
        (folder / part / "link").symlink_to(tmp_path / "secret")
        (folder / part / "loop").symlink_to(folder)
        os.mkfifo(folder / part / "pipe")
    run = one(tmp_path / "root")
    assert run.facts.params == {"lr": 0.1}
    assert run.facts.tags == ["t:x"]
    assert run.curves.keys() == {"loss"}
    assert [file.name for file in run.files] == ["a"]


def test_where_remote_artifacts_are_is_said_without_its_password(tmp_path):
    write(tmp_path, meta="artifact_uri: s3://me:secret@bucket/7/artifacts\n")
    assert one(tmp_path).remarks == ["its artifacts are at s3://bucket/7/artifacts, which is not read"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "- 1",
        "run_id: [",
        "run_id: &a [*a]",
        "a: " + "x" * (5 << 20),
        "experiment_id: '1'\n",
        "\0",
        "run_id:\n",
    ],
)
def test_a_damaged_meta_yaml_is_one_line_and_the_other_runs_are_read(content, tmp_path):
    write(tmp_path)
    (write(tmp_path, OTHER) / "meta.yaml").write_text(content)
    runs = {run.found.identity: run for run in gather(Mlflow(), tmp_path).values()}
    assert runs[RUN].refused is None
    assert str(tmp_path) in runs[OTHER].refused


def test_odd_metas_are_read_as_far_as_they_say_something(tmp_path):
    meta = "\n".join(
        ["run_name: ../../x", "start_time: 'soon'", "end_time: [1]", "status: 99",
         "user_id: !!python/name:os.system ''", "lifecycle_stage: deleted", "extra: {a: [b, {c: d}]}"]
    )  # fmt: skip
    write(tmp_path, meta=meta + "\n")
    facts = one(tmp_path).facts
    assert (facts.name, facts.status, facts.user, facts.archived) == ("../../x", "crashed", "os.system", True)
    assert facts.created == 0.0


@pytest.mark.parametrize(
    "name", ["plain", "two words", "a: b", "x #y", "yes", "123", "1e5", "0x1f", "ü, é", "a:b", "'", "it's"]
)
def test_names_are_read_as_yaml_has_them(name, tmp_path):
    import yaml

    write(tmp_path, meta=yaml.safe_dump({"run_name": name}, allow_unicode=True))
    assert one(tmp_path).facts.name == name


def test_parents_that_are_no_ids_lead_nowhere(tmp_path):
    (tmp_path / "tags").mkdir()
    (tmp_path / "tags" / "mlflow.runName").write_text("secret")
    write(tmp_path / "a", **{"tags__mlflow.parentRunId": "../../.."})
    assert one(tmp_path / "a").facts.group == "../../.."


def test_a_run_that_went_away_is_one_line(tmp_path):
    folder = write(tmp_path)
    (found,) = find(Mlflow(), tmp_path)
    shutil.rmtree(folder)
    with pytest.raises(SourceError, match=RUN):
        list(Mlflow().follow(found, None))
    assert Mlflow().stamp(found) is not None


def test_reading_leaves_a_store_as_it_was(tmp_path):
    root = unpack(VERSIONS[-1], "files", tmp_path)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    gather(Mlflow(), root)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    assert set(before.values()) == {LONG_AGO * 10**9}
