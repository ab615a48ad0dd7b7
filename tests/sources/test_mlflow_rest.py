"""Runs of a tracking server: which are found, what is read of them, and what is asked for when something is new."""

import itertools
import json
import math
from collections.abc import Iterator

import pytest
from gathered import Gathered
from mlflow_fake import API, BULK, Answer, Asked, FakeMlflow, serving
from waiting import until

from trackside.model.foreign import Content, Found
from trackside.sources.mlflow import histories, rest_client, rest_history
from trackside.sources.mlflow.rest import TrackingServer
from trackside.sources.protocol import SourceError


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMlflow]:
    with serving() as fake:
        yield fake


@pytest.fixture
def source() -> TrackingServer:
    """One for which an hour goes by whenever it looks at the clock: it asks for everything each time."""
    return TrackingServer(itertools.count(0, 3_600).__next__)


def found_at(source: TrackingServer, address: str) -> list[Found]:
    found = list(source.runs_at(address))
    assert len({run.identity for run in found}) == len(found)
    return found


def only_run(source: TrackingServer, fake: FakeMlflow) -> Gathered:
    (found,) = found_at(source, fake.address)
    return Gathered(found).take(source.follow(found, None))


def more(source: TrackingServer, run: Gathered) -> Gathered:
    return run.take(source.follow(run.found, run.cursor))


def paths(fake: FakeMlflow) -> list[str]:
    return [asked.path for asked in fake.asked]


def histories_asked(fake: FakeMlflow) -> list[str]:
    return [asked.query["metric_key"][0] for asked in fake.asked if asked.path.endswith("/get-history")]


def test_all_runs_of_all_experiments_are_found_page_by_page(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.page = 2
    fake.experiments += [{"experiment_id": str(number), "name": f"e{number}"} for number in range(1, 4)]
    ids = [fake.run(number, experiment=str(number % 4)) for number in range(7)]
    assert sorted(run.identity for run in found_at(source, fake.address)) == sorted(ids)


def test_a_run_has_the_address_of_its_page_and_no_password_in_it(source: TrackingServer, fake: FakeMlflow) -> None:
    run_id = fake.run(1)
    (run,) = found_at(source, fake.address.replace("://", "://me:secret@") + "/")
    assert run.address == f"{fake.address}/#/experiments/0/runs/{run_id}"
    assert "secret" not in json.dumps(run.extra)
    assert run.source == "mlflow"


def test_the_address_of_an_experiments_page_opens_that_experiment(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.experiments.append({"experiment_id": "7", "name": "seven"})
    fake.run(1)
    inside = fake.run(2, experiment="7")
    assert [run.identity for run in found_at(source, f"{fake.address}/#/experiments/7?searchFilter=")] == [inside]
    with pytest.raises(SourceError, match="has no experiment '8'"):
        found_at(source, f"{fake.address}/#/experiments/8")


def test_a_server_below_a_path_is_asked_there(source: TrackingServer, fake: FakeMlflow) -> None:
    run_id = fake.run(1)

    def below(asked: Asked) -> Answer | None:
        if not asked.target.startswith("/ml/flow/"):
            return Answer(404, b"elsewhere")
        asked.target = asked.target.removeprefix("/ml/flow")
        return None

    fake.hooks.append(below)
    (run,) = found_at(source, f"{fake.address}/ml/flow/")
    assert run.address == f"{fake.address}/ml/flow/#/experiments/0/runs/{run_id}"
    assert Gathered(run).take(source.follow(run, None)).facts is not None


def test_runs_that_a_shifted_page_repeats_are_found_once(source: TrackingServer, fake: FakeMlflow) -> None:
    ids = [fake.run(number) for number in range(4)]
    everything = {run_id: fake.runs[run_id] for run_id in ids}
    pages = [(ids[:2], "a"), (ids[1:3], "b"), (ids[3:], "")]

    def shifted(asked: Asked) -> Answer | None:
        if asked.path != f"{API}/runs/search":
            return None
        these, token = pages.pop(0)
        return Answer(body={"runs": [everything[run] for run in these], "next_page_token": token})

    fake.hooks.append(shifted)
    assert [run.identity for run in found_at(source, fake.address)] == ids


def test_what_a_run_says_is_in_tracksides_words(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.experiments[0]["name"] = "digits"
    dataset = {"name": "mnist", "digest": "ab12", "source_type": "http", "source": '{"url": "http://x/y"}'}
    context = {"key": "mlflow.data.context", "value": "training"}
    parent = fake.run(2)
    fake.run(
        1,
        "FAILED",
        params={"lr": "0.1", "deep": "True"},
        tags={"team": "vision", "mlflow.note.content": "a note", "mlflow.user": "ada", "mlflow.parentRunId": parent},
        inputs={"dataset_inputs": [{"dataset": dataset, "tags": [context]}]},
    )
    found = found_at(source, fake.address)[0]
    facts = Gathered(found).take(source.follow(found, None)).facts
    assert facts is not None
    assert (facts.name, facts.project, facts.status, facts.user) == ("run-1", "digits", "failed", "ada")
    assert (facts.notes, facts.tags, facts.params) == ("a note", ["team:vision"], {"lr": 0.1, "deep": True})
    assert facts.data["training"].uri == "http://x/y"
    assert facts.group == f"run-2 ({parent[:8]})"
    assert (facts.created, facts.ended) == (1_700_000_000.001, 1_700_000_060.0)


@pytest.mark.parametrize("deleted", ["run", "experiment"])
def test_deleted_runs_are_archived(source: TrackingServer, fake: FakeMlflow, deleted: str) -> None:
    fake.run(1, stage="deleted" if deleted == "run" else "active")
    fake.experiments[0]["lifecycle_stage"] = "deleted" if deleted == "experiment" else "active"
    facts = only_run(source, fake).facts
    assert facts is not None
    assert facts.archived
    searches = [asked.body for asked in fake.asked if asked.path.endswith("/search")]
    assert {body.get("view_type") or body.get("run_view_type") for body in searches} == {"ALL"}


def test_histories_come_whole_over_pages(
    source: TrackingServer, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_history, "PAGE", 7)
    run = fake.run(1)
    values = [1 / (step + 3) for step in range(50)]
    fake.log(run, "train/loss", *values)
    got = only_run(source, fake).curves["train/loss"]
    assert got.value.tolist() == values
    assert got.step.tolist() == list(range(50))
    assert got.time.tolist() == [1_700_000_000 + step for step in range(50)]


def test_odd_numbers_come_as_they_were_logged(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1)
    largest = 1.7976931348623157e308
    fake.log(run, "odd", "NaN", "Infinity", largest, -largest, 5e-324, 0.1, math.nan, math.inf)
    fake.log(run, "text")
    fake.histories[run, "text"] = [
        {"key": "text", "value": 0.5, "timestamp": "1700000000123", "step": "-9007199254740993"}
    ]
    curves = only_run(source, fake).curves
    expected = [math.nan, math.inf, math.inf, -math.inf, 5e-324, 0.1, math.nan, math.inf]
    assert list(map(repr, curves["odd"].value.tolist())) == list(map(repr, expected))
    assert curves["text"].step.tolist() == [-9007199254740993]
    assert curves["text"].time.tolist() == [1_700_000_000.123]


def test_steps_may_repeat_and_go_back(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1)
    fake.log(run, "loss", 1.0, 2.0, step=5)
    fake.log(run, "loss", 3.0, 4.0, step=5)
    fake.log(run, "loss", 5.0, step=0)
    assert only_run(source, fake).curves["loss"].value.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_live_run_is_asked_for_what_is_new_alone(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1, "RUNNING")
    fake.log(run, "loss", 1.0, 0.5)
    fake.log(run, "lr", 0.1)
    live = only_run(source, fake)
    fake.log(run, "loss", 0.25, step=2)
    fake.asked.clear()
    more(source, live)
    assert live.curves["loss"].value.tolist() == [1.0, 0.5, 0.25]
    assert live.curves["lr"].value.tolist() == [0.1]
    assert histories_asked(fake) == ["loss"]


def test_only_the_last_page_of_a_live_metric_is_read_again(
    source: TrackingServer, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_history, "PAGE", 10)
    run = fake.run(1, "RUNNING")
    fake.log(run, "loss", *range(35))
    live = only_run(source, fake)
    fake.log(run, "loss", *range(35, 52), step=35)
    fake.asked.clear()
    more(source, live)
    assert live.curves["loss"].value.tolist() == list(range(52))
    tokens = [asked.query.get("page_token") for asked in fake.asked if asked.path.endswith("/get-history")]
    assert tokens == [["30"], ["40"], ["50"]]


def test_at_its_end_a_run_is_looked_through_for_points_that_no_latest_told_of(
    source: TrackingServer, fake: FakeMlflow
) -> None:
    run = fake.run(1, "RUNNING")
    fake.log(run, "loss", 1.0, 0.5, step=10)
    live = only_run(source, fake)
    fake.log(run, "loss", 7.0, step=3)
    more(source, live)
    assert len(live.curves["loss"].value) == 2
    fake.runs[run]["info"] |= {"status": "FINISHED", "end_time": 1_700_000_099_000}
    more(source, live)
    assert live.curves["loss"].value.tolist() == [1.0, 0.5, 7.0]
    assert live.facts is not None
    assert live.facts.status == "finished"
    fake.asked.clear()
    more(source, live)
    assert histories_asked(fake) == []


def test_a_point_that_was_put_in_between_has_the_run_read_anew(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1, "RUNNING")
    fake.log(run, "loss", 1.0, 0.5)
    fake.log(run, "lr", 0.1)
    live = only_run(source, fake)
    fake.histories[run, "loss"].insert(1, {"key": "loss", "value": 9.0, "timestamp": 1_700_000_000_500, "step": 0})
    fake.log(run, "loss", 0.25, step=2)
    more(source, live)
    kept = {key: curve.value[~curve.gone].tolist() for key, curve in live.curves.items()}
    assert kept == {"loss": [1.0, 9.0, 0.5, 0.25], "lr": [0.1]}


def test_a_cursor_of_something_else_has_the_run_read_anew(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.log(fake.run(1), "loss", 1.0)
    run = only_run(source, fake)
    run.cursor = {"offset": 12}
    more(source, run)
    assert run.curves["loss"].value[~run.curves["loss"].gone].tolist() == [1.0]


def test_a_stamp_changes_when_a_run_does_and_not_else(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1)
    fake.log(run, "loss", 1.0)
    fake.log(run, "acc", 1.0)

    def stamp() -> object:
        (found,) = found_at(source, fake.address)
        return source.stamp(found)

    before = stamp()
    assert isinstance(before, str)
    fake.histories = dict(reversed(fake.histories.items()))
    assert stamp() == before
    fake.log(run, "loss", 0.5, step=1)
    assert stamp() != (logged := before)
    before = stamp()
    fake.runs[run]["data"]["tags"].append({"key": "new", "value": ""})
    assert stamp() not in (before, logged)


def test_stamps_of_all_runs_that_go_on_take_one_question(source: TrackingServer, fake: FakeMlflow) -> None:
    going = [fake.run(number, "RUNNING") for number in range(5)]
    fake.run(9)
    found = found_at(source, fake.address)
    before = [source.stamp(run) for run in found]
    fake.log(going[3], "loss", 1.0)
    fake.asked.clear()
    until(lambda: [source.stamp(run) for run in found] != before)
    after = [source.stamp(run) for run in found]
    assert [place for place in range(6) if after[place] != before[place]] == [3]
    assert set(paths(fake)) == {f"{API}/runs/search"}
    assert going[0] in fake.asked[0].body["filter"]
    assert f"{9:032x}" not in fake.asked[0].body["filter"]


def test_runs_that_are_over_are_read_by_the_hundred(source: TrackingServer, fake: FakeMlflow) -> None:
    for number in range(150):
        run = fake.run(number)
        fake.log(run, "loss", number / 3, number / 7)
        fake.log(run, "acc", number)
    runs = [Gathered(found).take(source.follow(found, None)) for found in found_at(source, fake.address)]
    assert [run.curves["loss"].value.tolist() for run in runs] == [[n / 3, n / 7] for n in range(150)]
    assert [run.curves["acc"].value.tolist() for run in runs] == [[n] for n in range(150)]
    assert paths(fake).count(BULK) == 4
    assert histories_asked(fake) == []


def test_a_bulk_answer_that_may_be_cut_off_is_not_taken(source: TrackingServer, fake: FakeMlflow) -> None:
    values = list(range(4_900))
    for number in range(6):
        fake.log(fake.run(number), "loss", *values)
    runs = [Gathered(found).take(source.follow(found, None)) for found in found_at(source, fake.address)]
    assert all(run.curves["loss"].value.tolist() == values for run in runs)


def test_a_server_without_bulk_answers_is_asked_one_by_one(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.hooks.append(lambda asked: Answer(404, b"") if asked.path == BULK else None)
    fake.hooks.append(
        lambda asked: (
            Answer(400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "run_id"})
            if asked.body and " IN " in str(asked.body.get("filter"))
            else None
        )
    )
    for number in range(3):
        fake.log(fake.run(number), "loss", number)
    runs = [Gathered(found).take(source.follow(found, None)) for found in found_at(source, fake.address)]
    assert [run.curves["loss"].value.tolist() for run in runs] == [[0], [1], [2]]


def test_a_run_that_changed_since_it_was_read_along_is_read_as_it_is(source: TrackingServer, fake: FakeMlflow) -> None:
    ids = [fake.run(number) for number in range(2)]
    for run in ids:
        fake.log(run, "loss", 1.0)
    first, second = found_at(source, fake.address)
    Gathered(first).take(source.follow(first, None))
    fake.log(ids[1], "loss", 0.5, step=1)
    found_at(source, fake.address)
    assert Gathered(second).take(source.follow(second, None)).curves["loss"].value.tolist() == [1.0, 0.5]


def test_artifacts_are_listed_and_fetched_only_when_asked_for(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.run(1)
    fake.artifacts = {"plot.png": b"png", "model/MLmodel": b"flavors", "model/data/weights.bin": b"w" * 200_000}
    run = only_run(source, fake)
    assert {file.name: sorted(file.files) for file in run.files} == {
        "plot.png": ["plot.png"],
        "model": ["MLmodel", "data/weights.bin"],
    }
    assert "/get-artifact" not in paths(fake)
    weights = next(file for file in run.files if file.name == "model").files["data/weights.bin"]
    assert fetched(source, run, weights) == b"w" * 200_000


def fetched(source: TrackingServer, run: Gathered, content: Content) -> bytes:
    assert content.path is None
    assert content.url is not None
    return b"".join(source.content(run.found, content.url, content.size))


def test_at_the_end_only_what_is_new_among_artifacts_and_texts_is_told(
    source: TrackingServer, fake: FakeMlflow
) -> None:
    run = fake.run(1, "RUNNING", tags={"story": "long " * 100})
    fake.artifacts = {"a": b"1", "b": b"2"}
    live = only_run(source, fake)
    fake.artifacts |= {"b": b"22", "c": b"3"}
    fake.runs[run]["info"]["status"] = "FINISHED"
    more(source, live)
    assert [file.name for file in live.files] == ["a", "b", "b", "c"]
    assert [len(told) for told in live.texts.values()] == [1]


def test_a_history_that_broke_off_between_pages_is_read_on(
    source: TrackingServer, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_history, "PAGE", 10)
    monkeypatch.setattr(histories, "_CELLS", 10)
    run = fake.run(1, "RUNNING")
    fake.log(run, "loss", *range(35))
    fake.hooks.append(lambda asked: Answer(None) if asked.query.get("page_token") == ["20"] else None)
    (found,) = found_at(source, fake.address)
    live = Gathered(found)
    with pytest.raises(SourceError):
        live.take(source.follow(found, None))
    assert live.curves["loss"].value.tolist() == list(range(20))
    fake.hooks.clear()
    assert more(source, live).curves["loss"].value.tolist() == list(range(35))


def test_models_that_stand_for_themselves_are_artifacts_too(source: TrackingServer, fake: FakeMlflow) -> None:
    models = [{"model_id": "m-1"}, {"model_id": "m-2"}, {"model_id": "m-3"}]
    fake.run(1, outputs={"model_outputs": models})
    fake.artifacts = {"net/plot.png": b"png"}
    fake.models = {
        "m-1": ("net", {"MLmodel": b"flavors", "data/w": b"weights"}),
        "m-2": ("tree", {"MLmodel": b"flavors"}),
        "m-3": ("empty", {}),
    }
    run = only_run(source, fake)
    found = {file.name: (file.kind, sorted(file.files)) for file in run.files}
    assert found == {
        "net": ("file", ["plot.png"]),
        "net m-1": ("model", ["MLmodel", "data/w"]),
        "tree": ("model", ["MLmodel"]),
    }
    assert fetched(source, run, run.files[1].files["data/w"]) == b"weights"


def test_content_of_another_size_than_listed_is_refused(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.run(1)
    fake.artifacts = {"a": b"12345"}
    run = only_run(source, fake)
    for other in (b"1234", b"123456"):
        fake.artifacts["a"] = other
        with pytest.raises(SourceError, match="not the 5 bytes"):
            fetched(source, run, run.files[0].files["a"])


def test_content_of_another_server_is_not_fetched(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.run(1)
    run = only_run(source, fake)
    with pytest.raises(SourceError, match="it is not fetched"):
        list(source.content(run.found, f"{fake.address}.example.org/get-artifact?path=a", 5))


def test_listed_paths_that_lead_elsewhere_are_left_out(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.run(1)
    odd = ["../up", "/etc/passwd", "a/../../b", "deep/inside", ".", "", "fine"]
    files = [{"path": path, "file_size": 1} for path in odd]
    fake.hooks.append(lambda asked: Answer(body={"files": files}) if asked.path.endswith("/list") else None)
    assert [file.name for file in only_run(source, fake).files] == ["fine"]


def test_folders_without_end_are_told_and_all_else_is_read(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.log(fake.run(1), "loss", 1.0)

    def endless(asked: Asked) -> Answer | None:
        if not asked.path.endswith("/list"):
            return None
        folder = asked.query.get("path", [""])[0]
        return Answer(body={"files": [{"path": f"{folder}/d".lstrip("/"), "is_dir": True}]})

    fake.hooks.append(endless)
    run = only_run(source, fake)
    assert run.curves["loss"].value.tolist() == [1.0]
    assert run.remarks == [f"its artifacts cannot be listed: {fake.address} lists folders that lie too deep"]


def test_one_metric_that_the_server_fails_on_is_told_and_the_others_are_read(
    source: TrackingServer, fake: FakeMlflow
) -> None:
    run = fake.run(1)
    fake.log(run, "bad\x1b[31m", 1.0)
    fake.log(run, "good", 2.0)

    def failing(asked: Asked) -> Answer | None:
        bad = asked.path.endswith("/get-history") and asked.query["metric_key"][0].startswith("bad")
        return Answer(500, {"error_code": "INTERNAL_ERROR", "message": "db\nis sick"}) if bad else None

    fake.hooks.append(failing)
    gathered = only_run(source, fake)
    assert list(gathered.curves) == ["good"]
    (remark,) = gathered.remarks
    assert remark.startswith("metric bad␛[31m is not whole: ")
    assert "INTERNAL_ERROR db␊is sick" in remark


def test_a_history_of_the_same_page_again_and_again_ends(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1)
    fake.log(run, "loss", 1.0)
    point = fake.histories[run, "loss"]

    def looping(asked: Asked) -> Answer | None:
        found = {"metrics": point, "next_page_token": "again"}
        return Answer(body=found) if asked.path.endswith("/get-history") else None

    fake.hooks.append(looping)
    assert only_run(source, fake).remarks == [
        f"metric loss is not whole: {fake.address} answers 'loss' with pages without end"
    ]


def test_a_page_too_large_is_asked_for_in_parts(
    source: TrackingServer, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_client, "LARGEST", 20_000)
    ids = [fake.run(number, params={"long": "x" * 1_000}) for number in range(40)]
    assert [run.identity for run in found_at(source, fake.address)] == ids
    assert [asked.body["max_results"] for asked in fake.asked if asked.path.endswith("runs/search")][:2] == [100, 10]


def test_a_server_that_goes_away_is_told_and_reading_goes_on_when_it_is_back(
    source: TrackingServer, fake: FakeMlflow
) -> None:
    run_id = fake.run(1)
    for key in ("a", "b", "c"):
        fake.log(run_id, key, 1.0)
    (found,) = found_at(source, fake.address)
    stamp = source.stamp(found)
    away = [False]

    def dying(asked: Asked) -> Answer | None:
        away[0] |= asked.path.endswith("/get-history") and asked.query["metric_key"] == ["b"]
        return Answer(None) if away[0] else None

    fake.hooks.append(dying)
    run = Gathered(found)
    with pytest.raises(SourceError, match=r"answers nothing whole to .*get-history") as told:
        run.take(source.follow(found, None))
    assert "\n" not in str(told.value)
    fake.hooks.clear()
    assert found_at(source, fake.address) == [found]
    assert source.stamp(found) != stamp, "it is to be read again"
    assert sorted(more(source, run).curves) == ["a", "b", "c"]


def test_a_run_that_the_server_has_no_more_is_told(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1)
    gathered = only_run(source, fake)
    del fake.runs[run]
    with pytest.raises(SourceError, match=f"has the run {run} no more"):
        more(source, gathered)


def test_a_run_is_read_in_another_process_without_looking_for_runs(source: TrackingServer, fake: FakeMlflow) -> None:
    fake.log(fake.run(1), "loss", 1.0)
    (found,) = found_at(source, fake.address)
    other = TrackingServer()
    assert Gathered(found).take(other.follow(found, None)).curves["loss"].value.tolist() == [1.0]


def test_new_runs_are_asked_for_often_and_all_of_them_now_and_then(fake: FakeMlflow) -> None:
    now = [0.0]
    source = TrackingServer(lambda: now[0])

    def searched() -> tuple[list[str], list[str]]:
        fake.asked.clear()
        found = [run.identity[-1] for run in found_at(source, fake.address)]
        return found, [asked.body["filter"] for asked in fake.asked if asked.path.endswith("runs/search")]

    for number in range(3):
        fake.run(number)
    assert searched() == (["0", "1", "2"], [""])
    now[0] += 2
    fake.run(3)
    assert searched() == (["0", "1", "2", "3"], ["attributes.start_time >= 1700000000002"])
    del fake.runs[f"{1:032x}"]
    now[0] += 40
    assert searched() == (["0", "2", "3"], [""])


def test_nothing_more_is_asked_for_a_while_where_the_server_is_away(fake: FakeMlflow) -> None:
    now = [0.0]
    source = TrackingServer(lambda: now[0])
    fake.run(1)
    fake.run(2)
    found = found_at(source, fake.address)
    fake.hooks.append(lambda _: Answer(None))

    def failed() -> tuple[str, int]:
        fake.asked.clear()
        with pytest.raises(SourceError) as told:
            list(source.follow(found[0], None))
        return str(told.value), len(fake.asked)

    first, asked = failed()
    assert asked > 0
    assert failed() == (first, 0)
    now[0] += 11
    assert failed()[1] > 0
    fake.hooks.clear()
    found_at(source, fake.address)
    assert list(source.follow(found[0], None))


def test_names_of_runs_and_experiments_are_only_text(source: TrackingServer, fake: FakeMlflow) -> None:
    run = fake.run(1)
    fake.runs[run]["info"]["run_name"] = "../../x\ud800"
    fake.runs[run]["data"]["params"] = [{"key": "k\udc00", "value": None}]
    facts = only_run(source, fake).facts
    assert facts is not None
    assert facts.name == "../../x?"
    assert facts.params == {"k?": ""}
