"""A tracking server of MLflow in place of a store: its address is all that it takes."""

import json
from collections.abc import Iterator

import pytest
from mlflow_fake import Answer, FakeMlflow, serving


@pytest.fixture
def fake() -> Iterator[FakeMlflow]:
    with serving() as fake:
        yield fake


@pytest.fixture
def listed(call, fake: FakeMlflow):
    """The runs of the server, by name, as `ls --json` has them."""

    def runs():
        return {run["name"]: run for run in json.loads(call("ls", "--json", on=fake.address).out)}

    return runs


def test_runs_of_a_server_are_listed_and_drawn(call, listed, fake: FakeMlflow) -> None:
    run = fake.run(1, params={"lr": "0.1"}, tags={"team": "vision"})
    fake.log(run, "loss", 1.0, 0.5, "NaN", 0.25)
    (document,) = listed().values()
    assert (document["name"], document["source"], document["params"]) == ("run-1", "mlflow", {"lr": 0.1})
    assert document["tags"] == ["team:vision"]
    assert (document["metrics"]["loss"]["count"], document["metrics"]["loss"]["last"]) == (4, 0.25)
    points = json.loads(call("curve", "loss", "run-1", "--json", on=fake.address).out)
    assert json.dumps(points).count("0.25")


def test_a_second_time_only_what_is_new_is_read(listed, fake: FakeMlflow) -> None:
    for number in range(3):
        fake.log(fake.run(number), "loss", float(number))
    before = listed()
    fake.asked.clear()
    assert listed() == before
    assert {asked.path.rpartition("/")[2] for asked in fake.asked} == {"search"}
    fake.log(fake.run(3), "loss", 3.0)
    after = listed()
    assert after.pop("run-3")["metrics"]["loss"]["last"] == 3.0
    assert after == before


def test_a_server_that_is_away_is_told_in_one_line_and_what_was_read_stays(call, listed, fake: FakeMlflow) -> None:
    for number in range(3):
        fake.log(fake.run(number), "loss", float(number))
    before = listed()
    fake.hooks.append(lambda _: Answer(None))
    said = call("ls", "--json", on=fake.address)
    assert {run["name"]: run for run in json.loads(said.out)} == before
    (line,) = said.err.splitlines()
    assert line.startswith(f"skipped 1 place: {fake.address} (answers nothing whole to ")
    fake.hooks.clear()
    fake.log(fake.run(3), "loss", 3.0)
    assert len(listed()) == 4


def test_a_server_that_dies_while_runs_are_read_is_read_on_when_it_is_back(listed, fake: FakeMlflow) -> None:
    for number in range(3):
        run = fake.run(number)
        fake.log(run, f"loss-{number}", 0.5)
        fake.log(run, f"acc-{number}", 0.5)
    died = [False]

    def dying(asked):
        died[0] |= asked.query.get("metric_key") == ["acc-1"]
        return Answer(None) if died[0] else None

    fake.hooks.append(dying)
    partly = listed()
    assert partly["run-0"]["metrics"].keys() == {"loss-0", "acc-0"}
    assert "run-2" not in partly
    fake.hooks.clear()
    assert [run["metrics"].keys() for run in listed().values()].count({"loss-1", "acc-1"}) == 1
    assert len(listed()) == 3


def test_a_server_that_never_answered_is_one_line(call, fake: FakeMlflow) -> None:
    fake.hooks.append(lambda _: Answer(401))
    said = call("ls", on=fake.address)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith(f"trackside: {fake.address} answers 401: it wants a login; set MLFLOW_TRACKING_USERNAME")
    said = call("ls", on="https://host:port")
    assert said.err == "trackside: https://host:port is no address of a server, such as http://HOST:5000\n"


def test_a_password_in_an_address_is_kept_nowhere(call, fake: FakeMlflow, tmp_path) -> None:
    fake.run(1)
    address = fake.address.replace("://", "://me:s3cret@")
    said = call("ls", "--json", on=address)
    assert "s3cret" not in said.out + said.err
    assert len(json.loads(said.out)) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]


def test_runs_of_a_server_are_imported_with_their_artifacts_and_again_only_what_is_new(call, fake, tmp_path) -> None:
    fake.artifacts = {"w.bin": b"weights"}
    for number in range(3):
        fake.log(fake.run(number), "loss", float(number))
    store = tmp_path / "taken"
    assert call("import", fake.address, on=store).status == 0
    kept = {run["name"]: run for run in json.loads(call("ls", "--json", on=store).out)}
    assert {name: run["metrics"]["loss"]["last"] for name, run in kept.items()} == {f"run-{n}": n for n in range(3)}
    assert [path.read_bytes() for path in (store / "blobs").rglob("*") if path.is_file()] == [b"weights"]
    fake.log(fake.run(3), "loss", 3.0)
    (document,) = json.loads(call("import", fake.address, "--json", on=store).out)
    assert len(document["new"]) == 1
    assert len(json.loads(call("ls", "--json", on=store).out)) == 4


def test_an_import_from_a_server_that_dies_is_whole_once_it_is_back(call, fake, tmp_path) -> None:
    fake.artifacts = {"w.bin": b"weights"}
    for number in range(3):
        fake.log(fake.run(number), "loss", float(number))
    store = tmp_path / "taken"
    died = [False]

    def dying(asked):
        died[0] |= asked.path == "/get-artifact" and asked.query["run_uuid"] == [f"{1:032x}"]
        return Answer(None) if died[0] else None

    fake.hooks.append(dying)
    said = call("import", fake.address, on=store)
    assert said.err.startswith("skipped ")
    assert [run["name"] for run in json.loads(call("ls", "--json", on=store).out)] == ["run-0"]
    fake.hooks.clear()
    assert call("import", fake.address, on=store).err == ""
    runs = json.loads(call("ls", "--json", on=store).out)
    assert sorted(run["name"] for run in runs) == ["run-0", "run-1", "run-2"]
    shown = [json.loads(call("show", run["name"], "--json", on=store).out) for run in runs]
    assert all("w.bin" in run["artifacts"] for run in shown)
