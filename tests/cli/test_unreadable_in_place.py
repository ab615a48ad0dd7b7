"""Files of other systems that cannot be read: each is told of in one line, and everything else is shown."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

OWN = Path(__file__).parents[1] / "sources" / "samples"
RUBBISH = bytes(range(256)) * 32
SQLITE = b"SQLite format 3\0"
ID = "a" * 32
EVENTS = "events.out.tfevents.1700000000.host"


def put(name: str, content: bytes, beside: str = "") -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if beside:
            (path.parent / beside).touch()
        return path

    return made


def database(name: str, *statements: str, beside: str = "") -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        folder.mkdir()
        with sqlite3.connect(folder / name) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        if beside:
            (folder / beside).touch()
        return folder / name

    return made


def spoiled(sample: str, name: str, content: bytes = RUBBISH) -> Callable[[Path], Path]:
    """A sample of which one file holds something else."""

    def made(folder: Path) -> Path:
        shutil.copytree(OWN / sample, folder)
        path = next(folder.rglob(name))
        path.write_bytes(content)
        return path

    return made


def page_of(data: bytes) -> bytes:
    """A database of one page whose header holds, and nothing behind it."""
    header = SQLITE + (4096).to_bytes(2) + b"\1\1\0\x40\x20\x20"
    return (header + data)[:4096].ljust(4096, b"\xff")


KINDS = {
    "MLflow's database of nothing": put("mlflow.db", b""),
    "MLflow's database of rubbish": put("mlflow.db", RUBBISH),
    "a database with rubbish after its header": put("tracking.db", page_of(RUBBISH)),
    "a database that is cut off": put("project.db", SQLITE + RUBBISH[:-1]),
    "MLflow's database of another version": database(
        "tracking.db",
        "CREATE TABLE alembic_version (version_num)",
        "CREATE TABLE experiments (experiment_id)",
        "CREATE TABLE runs (run_number)",
    ),
    "Trackio's database of another version": database(
        "digits.db", "CREATE TABLE metrics (number)", "CREATE TABLE configs (number)", beside="digits.lock"
    ),
    "Trackio's database of nothing": put("digits.db", b"", beside="digits.lock"),
    "Trackio's database of rubbish": put("digits.db", RUBBISH, beside="digits.lock"),
    "Comet's archive of nothing": put(f"{ID}.zip", b""),
    "Comet's archive of rubbish": put(f"{ID}-abc123.zip", RUBBISH),
    "Lightning's table of nothing": put("version_0/metrics.csv", b""),
    "Lightning's table of rubbish": put("first/metrics.csv", RUBBISH, beside="hparams.yaml"),
    "Lightning's table of bytes that are no text": put("version_0/metrics.csv", RUBBISH[128:]),
    "Ultralytics' table of nothing": put("results.csv", b"", beside="args.yaml"),
    "Ultralytics' table of rubbish": put("results.csv", RUBBISH, beside="opt.yaml"),
    "a table of metrics of nothing": put("metrics.csv", b""),
    "a table of metrics of rubbish": put("history.csv", RUBBISH),
    "lines of JSON of nothing": put("train.jsonl", b""),
    "lines of JSON of rubbish": put("train.jsonl", b"rubbish\n"),
    "an event file of nothing": put(EVENTS, b""),
    "W&B's log of nothing": put(f"run-{ID}.wandb", b""),
    "W&B's log of rubbish": put(f"run-20240101_000000-{ID}/run-{ID}.wandb", RUBBISH),
    "MLflow's run of rubbish": put(f"1/{ID}/meta.yaml", RUBBISH),
    "Neptune's table of rubbish": put(f"net-{ID[:16]}/NET-1-{ID[:16]}_part_0.parquet", RUBBISH),
    "Hugging Face's state of rubbish": put("checkpoint-5/trainer_state.json", RUBBISH),
    "Sacred's run of rubbish": spoiled("sacred/runs/1", "run.json"),
    "DVCLive's summary of rubbish": put("metrics.json", RUBBISH),
    "guild's run of rubbish": spoiled("guild/runs/26b28f9f95874f32bdff367d0ba2feac", "started"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_read_is_told_and_all_else_is_shown(call, tmp_path, kind):
    places = tmp_path / "places"
    put("good/metrics.jsonl", b'{"step": 0, "loss": 3.0}\n')(places)
    if kind.startswith("DVCLive"):
        (places / "broken" / "plots" / "metrics").mkdir(parents=True)
    path = KINDS[kind](places / "broken")
    listed = call("ls", "--json", on=places)
    assert [run["source"] for run in json.loads(listed.out)] == ["jsonl"]
    assert listed.err.count("\n") == 1
    assert listed.err.startswith(f"skipped 1 file: {path.relative_to(places)} ("), listed.err
    assert listed.err.count(path.name) == 1


def test_all_that_was_skipped_can_be_listed_and_in_a_line_the_first_two_are_told(call, tmp_path):
    places = tmp_path / "places"
    put("good/metrics.jsonl", b'{"step": 0, "loss": 3.0}\n')(places)
    broken = [f"b{number}/mlflow.db" for number in range(5)]
    for name in broken:
        put(name, b"")(places)
    (told,) = call("ls", on=places).err.splitlines()
    assert told.startswith("skipped 5 files: ")
    assert told.endswith(" and 3 more; `trackside ls --skipped` lists them")
    assert sum(name in told for name in broken) == 2
    said = call("ls", "--skipped", on=places)
    assert sorted(said.out.splitlines()) == [f"{name}: is empty: no run in it yet" for name in broken]
    assert said.err == ""
    listed = json.loads(call("ls", "--skipped", "--json", on=places).out)
    assert sorted(one["where"] for one in listed) == [str(places / f"b{number}") for number in range(5)]


def test_an_event_file_of_nothing_alone_is_no_run_yet(call, tmp_path):
    put(EVENTS, b"")(tmp_path / "runs")
    assert f"skipped 1 file: {EVENTS} (no run in it yet" in call("ls", on=tmp_path / "runs").err


def test_a_database_that_another_program_keeps_locked_is_told_once(call, tmp_path):
    path = database("tracking.db", "CREATE TABLE runs (run_uuid)")(tmp_path / "broken")
    with sqlite3.connect(path) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert call("ls", on=path.parent).err.count("keeps it locked") == 1
    holder.close()


def test_of_several_logs_in_a_folder_each_that_cannot_be_read_is_told(call, tmp_path):
    (log,) = (OWN / "wandb" / "0.31.0" / "raising").rglob("*.wandb")
    put(log.name, log.read_bytes())(tmp_path / "logs")
    for name in ("run-aaa.wandb", "run-zzz.wandb"):
        put(name, b"")(tmp_path / "logs")
    listed = call("ls", "--json", on=tmp_path / "logs")
    assert [run["source"] for run in json.loads(listed.out)] == ["wandb"]
    assert all(f"{name} (no run in it yet" in listed.err for name in ("run-aaa.wandb", "run-zzz.wandb"))


def test_a_run_is_shown_though_what_its_experiment_is_called_cannot_be_read(call, tmp_path):
    put("meta.yaml", RUBBISH)(tmp_path / "mlruns" / "7")
    put("meta.yaml", f"run_id: {ID}\nrun_name: calm-otter\nstatus: 3\n".encode())(tmp_path / "mlruns" / "7" / ID)
    listed = call("ls", "--json", on=tmp_path / "mlruns")
    assert [(run["name"], run["project"]) for run in json.loads(listed.out)] == [("calm-otter", "7")]
    assert "7/meta.yaml (says nothing of an experiment" in listed.err
