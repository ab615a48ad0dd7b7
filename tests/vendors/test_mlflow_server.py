"""A tracking server of MLflow's own: what its client reads from it, trackside reads, and what happens when it dies."""

import json
import math
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mlflow_servers import RealServer, database, fill, running, value

from trackside.model.foreign import Content, Cursor, Facts, File, Found, Points, Remark, Restart
from trackside.sources.mlflow.rest import TrackingServer
from trackside.sources.protocol import SourceError

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytest.importorskip("mlflow", reason="needs mlflow: `just vendors` runs it")
pytestmark = pytest.mark.timeout(600)

RUNS = 2_500
POINTS = 4


class Read:
    """A run as it was read so far."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.facts = Facts(name="none yet", project="none yet", created=0.0)
        self.curves: dict[str, list[tuple[int, float, str]]] = {}
        self.files: dict[str, dict[str, Content]] = {}
        self.remarks: list[str] = []
        self.cursor: Any = None

    def take(self, source: TrackingServer) -> "Read":
        """Read on; what comes before a cursor counts."""
        waiting: list[Any] = []
        for item in source.follow(self.found, self.cursor):
            waiting.append(item)
            if isinstance(item, Cursor):
                for one in waiting:
                    self._one(one)
                waiting.clear()
        assert not waiting
        return self

    def _one(self, item: Any) -> None:
        match item:
            case Facts():
                self.facts = item
            case Points():
                for row, step in enumerate(item.step.tolist()):
                    for column, key in enumerate(item.keys):
                        point = step, round(item.time[row] * 1000), repr(float(item.value[row, column]))
                        self.curves.setdefault(key, []).append(point)
            case Restart():
                self.curves.clear()
            case File():
                self.files[item.name] = item.files
            case Remark():
                self.remarks.append(item.sentence)
            case Cursor():
                self.cursor = json.loads(json.dumps(item.state))


def client_of(address: str) -> "MlflowClient":
    from mlflow import MlflowClient

    return MlflowClient(address)


def as_client_reads(client: "MlflowClient", run_id: str, keys: list[str]) -> dict[str, list[tuple[int, float, str]]]:
    """All histories of a run, as MLflow's own client has them."""
    return {
        key: [(point.step, point.timestamp, repr(point.value)) for point in client.get_metric_history(run_id, key)]
        for key in keys
    }


def fetched(source: TrackingServer, read: Read, name: str, path: str) -> bytes:
    """The content of a file of an artifact."""
    content = read.files[name][path]
    assert content.url is not None
    return b"".join(source.content(read.found, content.url, content.size))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def store(folder: Path) -> str:
    address = database(folder)
    fill(folder / "mlflow.db", 0, 0, RUNS, POINTS)
    return address


@pytest.fixture(scope="module")
def server(folder: Path, store: str) -> Iterator[RealServer]:
    with running(folder, store) as server:
        yield server


@pytest.fixture(scope="module", params=["database", "file store"])
def empty_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    folder = tmp_path_factory.mktemp("empty")
    with running(folder, database(folder) if request.param == "database" else str(folder / "mlruns")) as server:
        yield server


def test_2500_runs_are_read_as_they_were_logged(server: RealServer) -> None:
    source = TrackingServer()
    found = list(source.runs_at(server.address))
    assert sorted(run.identity for run in found) == [f"{number:032x}" for number in range(RUNS)]
    for run in found:
        number = int(run.identity, 16)
        read = Read(run).take(source)
        assert (read.facts.name, read.facts.status, read.facts.user) == (f"run-{number}", "finished", "ada")
        assert read.facts.params == {"lr": number / 7}
        for curve in (read.curves["loss"], read.curves["acc"]):
            assert [(step, text) for step, _, text in curve] == [(s, repr(value(number, s))) for s in range(POINTS)]
        assert read.remarks == []


def test_mlflows_own_client_reads_the_same(server: RealServer) -> None:
    source, client = TrackingServer(), client_of(server.address)
    for run in random.Random(5).sample(list(source.runs_at(server.address)), 20):
        assert Read(run).take(source).curves == as_client_reads(client, run.identity, ["acc", "loss"])


def test_a_run_of_mlflows_own_client_is_read_whole(empty_server: RealServer, tmp_path: Path) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

    client = client_of(empty_server.address)
    experiment = client.create_experiment("digits/whole")
    parent = client.create_run(experiment, run_name="parent")
    run_id = client.create_run(
        experiment, run_name="../child", tags={"mlflow.parentRunId": parent.info.run_id, "mlflow.user": "ada"}
    ).info.run_id
    client.set_tag(run_id, "mlflow.note.content", "# what\nthis is")
    odd = [0.1, math.nan, math.inf, -math.inf, 5e-324, 1e300, 2**53 + 1]
    metrics = [Metric("train/loss", number, 1_700_000_000_000 + step, step) for step, number in enumerate(odd)]
    metrics += [Metric("back", float(step), 1_700_000_000_100 - step, step % 3 - 1) for step in range(10)]
    metrics += [Metric("system/cpu_utilization_percentage", 50.0, 1_700_000_000_000, 0)]
    params = [Param("lr", "0.1"), Param("deep.layers", "[1, 2]"), Param("empty", ""), Param("flag", "True")]
    client.log_batch(run_id, metrics, params, [RunTag("team", "vision")])
    dataset = Dataset("mnist", "ab12", "http", '{"url": "http://x/y"}', None, None)
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "weights.bin").write_bytes(bytes(range(256)) * 1_000)
    client.log_artifacts(run_id, str(tmp_path), "model")
    client.log_text(run_id, "x,y\n", "table & co.csv")
    client.set_terminated(run_id, "FAILED")
    client.delete_run(parent.info.run_id)

    source = TrackingServer()
    by_id = {run.identity: run for run in source.runs_at(empty_server.address)}
    read = Read(by_id[run_id]).take(source)
    facts = read.facts
    assert (facts.name, facts.project, facts.status, facts.user) == ("../child", "digits/whole", "failed", "ada")
    assert (facts.notes, facts.tags) == ("# what\nthis is", ["team:vision"])
    assert facts.group == f"parent ({parent.info.run_id[:8]})"
    assert facts.params == {"lr": 0.1, "deep.layers": "[1, 2]", "empty": "", "flag": True}
    assert facts.data["training"].uri == "http://x/y"
    assert Read(by_id[parent.info.run_id]).take(source).facts.archived
    expected = as_client_reads(client, run_id, list(read.curves))
    largest = repr(1.7976931348623157e308)
    as_logged = {largest: "inf", f"-{largest}": "-inf"}
    assert read.curves == {
        key: [(step, stamp, as_logged.get(text, text)) for step, stamp, text in points]
        for key, points in expected.items()
    }
    assert sorted(text for _, _, text in read.curves["train/loss"]) == sorted(map(repr, map(float, odd)))
    assert {name: sorted(files) for name, files in read.files.items()} == {
        "model": ["deep/weights.bin"],
        "table & co.csv": ["table & co.csv"],
    }
    assert fetched(source, read, "model", "deep/weights.bin") == bytes(range(256)) * 1_000


def test_a_model_of_mlflow_3_is_an_artifact_of_the_run_that_logged_it(empty_server: RealServer) -> None:
    import mlflow

    class Twice(mlflow.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: list[float]) -> list[float]:
            return [2 * number for number in model_input]

    mlflow.set_tracking_uri(empty_server.address)
    mlflow.set_experiment("models")
    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model(name="twice", python_model=Twice(), pip_requirements=["numpy==2.0.0"])
    source = TrackingServer()
    (found,) = (one for one in source.runs_at(empty_server.address) if one.identity == run.info.run_id)
    read = Read(found).take(source)
    assert read.remarks == []
    assert {"MLmodel", "requirements.txt", "python_model.pkl"} <= read.files["twice"].keys()
    assert b"numpy==2.0.0" in fetched(source, read, "twice", "requirements.txt")


def test_what_is_logged_meanwhile_is_read_on_from_the_cursor(empty_server: RealServer) -> None:
    from mlflow.entities import Metric

    client = client_of(empty_server.address)
    run_id = client.create_run(client.create_experiment("live")).info.run_id
    source = TrackingServer()
    (found,) = (run for run in source.runs_at(empty_server.address) if run.identity == run_id)
    read = Read(found).take(source)
    step = 0
    for count in (1, 10, 3_000, 1, 5_000, 2):
        points = [Metric("loss", 1 / (at + 1), 1_700_000_000_000 + at, at) for at in range(step, step + count)]
        step += count
        for first in range(0, count, 1_000):
            client.log_batch(run_id, points[first : first + 1_000])
        assert [point[0] for point in read.take(source).curves["loss"]] == list(range(step))
    client.log_metric(run_id, "loss", 7.0, timestamp=1_600_000_000_000, step=0)
    client.set_terminated(run_id)
    read.take(source)
    assert sorted(read.curves["loss"]) == sorted(as_client_reads(client, run_id, ["loss"])["loss"])
    assert read.facts.status == "finished"


def test_a_server_that_is_killed_in_the_middle_is_told_and_read_on_when_it_is_back(
    tmp_path: Path, store: str, folder: Path
) -> None:
    chosen = f"{folder / 'mlflow.db'}"
    with running(tmp_path, f"sqlite:///{chosen}") as server:
        source = TrackingServer()
        found = list(source.runs_at(server.address))
        stamps = [source.stamp(run) for run in found]
        runs = [Read(run) for run in found]
        for run in runs[:150]:
            run.take(source)
        server.kill()
        told = next(filter(None, (failure(run, source) for run in runs[150:])))
        assert "cannot be reached" in told
        assert told.isprintable()
        with pytest.raises(SourceError, match="cannot be reached"):
            list(source.runs_at(server.address))
        stopped = next(place for place, run in enumerate(runs) if run.cursor is None)
        assert stopped >= 150
        server.start()
        assert len(list(source.runs_at(server.address))) == RUNS
        assert source.stamp(found[stopped]) != stamps[stopped], "it is to be read again"
        for run in runs[stopped : stopped + 150]:
            run.take(source)
        for place in range(stopped + 150):
            number = int(found[place].identity, 16)
            assert [text for _, _, text in runs[place].curves["loss"]] == [
                repr(value(number, s)) for s in range(POINTS)
            ]


def failure(run: Read, source: TrackingServer) -> str | None:
    """What is said where a run cannot be read."""
    try:
        run.take(source)
    except SourceError as error:
        return str(error)
    return None


def test_a_login_is_asked_for_taken_and_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flask_wtf", reason="needs mlflow[auth]: `just vendors` has it")
    store = database(tmp_path)
    fill(tmp_path / "mlflow.db", 0, 0, 3, POINTS)
    secrets = {"MLFLOW_AUTH_ADMIN_PASSWORD": "correct-horse-battery", "MLFLOW_FLASK_SERVER_SECRET_KEY": "k"}
    with running(tmp_path, store, "--app-name", "basic-auth", **secrets) as server:
        with pytest.raises(SourceError, match="answers 401: it wants a login; set MLFLOW_TRACKING_USERNAME"):
            list(TrackingServer().runs_at(server.address))
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "correct-horse-battery")
        source = TrackingServer()
        runs = [Read(run).take(source) for run in source.runs_at(server.address)]
        assert [len(run.curves["loss"]) for run in runs] == [POINTS] * 3
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
        with pytest.raises(SourceError, match="it does not take what MLFLOW_TRACKING_USERNAME and _PASSWORD says"):
            list(TrackingServer().runs_at(server.address))
        in_address = server.address.replace("://", "://admin:correct-horse-battery@")
        assert len(list(TrackingServer().runs_at(in_address))) == 3
