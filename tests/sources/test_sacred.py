"""Sacred's folders, as its observer writes them."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gathered import Gathered, differences, find, gather

from trackside.sources.protocol import Folder, ReplacedError, SourceError
from trackside.sources.sacred import Sacred

OWN = Path(__file__).parent / "samples" / "sacred"
SOURCE = Sacred()


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def write(folder: Path, metrics: object = None, config: object = None, **said: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    run = {"experiment": {"name": "e"}, "start_time": "2024-01-01T00:00:00", "status": "RUNNING", "heartbeat": ago(1)}
    (folder / "run.json").write_text(json.dumps(run | said))
    (folder / "config.json").write_text(json.dumps(config or {}))
    (folder / "cout.txt").touch()
    if metrics is not None:
        (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def curve(*values: Any) -> dict[str, Any]:
    return {"steps": list(range(len(values))), "values": list(values), "timestamps": ["2024-01-01T00:00:01"] * 9}


def only(folder: Path) -> Gathered:
    (run,) = gather(SOURCE, folder).values()
    assert run.refused is None
    return run


def test_samples_hold_what_was_logged() -> None:
    wanted = json.loads((OWN / "expected.json").read_text())
    runs = gather(SOURCE, OWN)
    assert set(runs) == set(wanted)
    for name, run in runs.items():
        assert differences(wanted[name]["metrics"], run.statistics()) == []
        assert run.facts is not None
        assert {key: run.facts.params.get(key) for key in wanted[name]["params"]} == wanted[name]["params"]
        assert [list(file.files) for file in run.files] == [["result.txt"]]
        assert run.remarks == []


def test_what_a_run_says_of_itself_is_kept() -> None:
    runs = gather(SOURCE, OWN)
    done, failed = runs["runs/1"], runs["runs/2"]
    assert done.facts is not None
    assert failed.facts is not None
    facts = done.facts
    assert (facts.name, facts.project, facts.status, facts.running) == ("digits-1", "digits", "finished", False)
    assert (facts.notes, facts.host, facts.command) == ("a first try", "vm", ["make_sacred.py", "main"])
    assert facts.environment.python == "3.11.7"
    assert "sacred==" in (facts.lock or "")
    (data,) = facts.data.values()
    assert (data.fingerprint or "").startswith("md5:")
    assert facts.ended is not None
    assert facts.created < facts.ended
    assert b"step 5\n" in done.printed
    assert (failed.facts.status, failed.facts.seed) == ("failed", 7)
    assert "went wrong" in (failed.facts.traceback or "")


def test_times_are_utc_without_saying_so(tmp_path: Path) -> None:
    run = only(write(tmp_path / "1", {"loss": curve(0.5)}))
    assert run.facts is not None
    assert run.facts.created == 1_704_067_200.0
    assert run.curves["loss"].time.tolist() == [1_704_067_201.0]


@pytest.mark.parametrize(
    ("status", "heartbeat", "stands"),
    [
        ("RUNNING", 1, (True, "crashed")),
        ("RUNNING", 3600, (False, "crashed")),
        ("COMPLETED", 1, (False, "finished")),
        ("INTERRUPTED", 1, (False, "killed")),
        ("TIMEOUT", 1, (False, "killed")),
        ("OWN_WORD", 1, (False, "failed")),
    ],
)
def test_status_is_what_it_says_and_a_silent_run_has_crashed(
    tmp_path: Path, status: str, heartbeat: float, stands: tuple[bool, str]
) -> None:
    facts = only(write(tmp_path / "1", status=status, heartbeat=ago(heartbeat))).facts
    assert facts is not None
    assert (facts.running, facts.status) == stands


def test_a_queued_run_is_none_yet(tmp_path: Path) -> None:
    write(tmp_path / "1", status="QUEUED")
    assert find(SOURCE, tmp_path) == []


def test_it_goes_on_at_the_next_heartbeat_and_prints_on(tmp_path: Path) -> None:
    folder = write(tmp_path / "1", {"a": curve(1.0), "b": curve(1.0, 2.0)})
    run = only(tmp_path)
    write(folder, {"a": curve(1.0, 0.5), "b": curve(1.0, 2.0), "c": curve(3.0)})
    (folder / "cout.txt").write_bytes(b"one\rtwo")
    run.take(SOURCE.follow(run.found, run.cursor))
    (folder / "cout.txt").write_bytes(b"one\rtwo\n\xff")
    run.take(SOURCE.follow(run.found, run.cursor))
    assert {name: held.value.tolist() for name, held in run.curves.items()} == {
        "a": [1.0, 0.5],
        "b": [1.0, 2.0],
        "c": [3.0],
    }
    assert run.printed == b"one\rtwo\n\xff"
    assert run.gone == 0


def test_metrics_that_are_others_by_now_are_read_anew(tmp_path: Path) -> None:
    folder = write(tmp_path / "1", {"a": curve(1.0, 0.5)})
    run = only(tmp_path)
    write(folder, {"a": curve(2.0)})
    run.take(SOURCE.follow(run.found, run.cursor))
    assert run.statistics()["a"] | {"sum_finite": 2.0, "count": 1} == run.statistics()["a"]


def test_a_half_written_file_waits_while_the_run_goes_on_and_is_told_after(tmp_path: Path) -> None:
    folder = write(tmp_path / "1", {"a": curve(1.0)})
    run = only(tmp_path)
    (folder / "metrics.json").write_text('{"a": {"steps": [0')
    with pytest.raises(SourceError, match="not all of it yet"):
        list(SOURCE.follow(run.found, run.cursor))
    write(folder, status="COMPLETED")
    run.take(SOURCE.follow(run.found, run.cursor))
    assert len(run.remarks) == 1
    assert "metrics.json" in run.remarks[0]
    assert run.curves["a"].value.tolist() == [1.0]


def test_another_run_of_the_same_number_is_another_run(tmp_path: Path) -> None:
    folder = write(tmp_path / "1")
    run = only(tmp_path)
    write(folder, start_time="2024-02-01T00:00:00")
    with pytest.raises(ReplacedError, match="another run"):
        list(SOURCE.follow(run.found, run.cursor))


def test_what_was_pickled_into_json_is_read_as_json(tmp_path: Path) -> None:
    config = {
        "shape": {"py/tuple": [1, {"py/tuple": [2]}]},
        "evil": {"py/reduce": [{"py/function": "os.mkdir"}, {"py/tuple": [str(tmp_path / "made")]}]},
    }
    metrics = {"a": curve({"dtype": "float32", "value": 0.5}, {"py/object": "x"}, "NaN"), "odd": [1], "b": {"steps": 3}}
    run = only(write(tmp_path / "1", metrics, config))
    assert run.facts is not None
    assert run.facts.params["shape"] == [1, [2]]
    assert run.facts.params["evil.py/reduce"]
    assert run.statistics()["a"]["count"] == 2
    assert not (tmp_path / "made").exists()


def test_lists_of_unequal_length_and_odd_facts_do_no_harm(tmp_path: Path) -> None:
    odd = {"steps": [0, 1, "x"], "values": [1.0, 2.0, 3.0, 4.0], "timestamps": ["?"]}
    said: dict[str, Any] = {"host": [], "meta": 3, "resources": [1, ["a"]], "artifacts": ["../../x", 4, "\0"]}
    run = only(write(tmp_path / "1", {"a": odd}, result=[], **said))
    assert run.curves["a"].step.tolist() == [0, 1, 2]
    assert run.files == []


def test_artifacts_are_files_of_its_own_folder(tmp_path: Path) -> None:
    write(tmp_path / "1", artifacts=["kept.txt", "../2/secret.pem", "linked.pem", str(tmp_path / "2" / "secret.pem")])
    (tmp_path / "1" / "kept.txt").write_text("kept")
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "secret.pem").write_text("secret")
    (tmp_path / "1" / "linked.pem").symlink_to(tmp_path / "2" / "secret.pem")
    assert [file.name for file in only(tmp_path).files] == ["kept.txt"]


def test_nothing_in_the_folder_of_a_run_is_searched(tmp_path: Path) -> None:
    shutil.copytree(OWN / "runs" / "1", tmp_path / "1")
    folder = Folder(tmp_path / "1", {"lightning_logs"}, {"run.json", "config.json", "table.csv"})
    assert len(list(SOURCE.discover(folder))) == 1
    assert (folder.folders, folder.files) == (set(), set())


@pytest.mark.parametrize("content", [b"", b"[]", b'{"experiment', b'{"experiment": 1}', b"\0\0"])
def test_what_only_has_the_names_is_no_run(tmp_path: Path, content: bytes) -> None:
    write(tmp_path / "1")
    (tmp_path / "1" / "run.json").write_bytes(content)
    assert find(SOURCE, tmp_path) == []
