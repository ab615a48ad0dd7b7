"""Runs that are files of metrics, listed where they lie while they grow, are written anew and make place for others."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from trackside.services.places.opening import open_places
from trackside.services.table.asked import Asked
from trackside.services.table.rows import first_columns
from trackside.services.table.view import find

FIRST = "step,train_loss\n0,0.5\n1,0.25\n"


def listed(call: Any, place: Path) -> dict[str, Any]:
    said = call("ls", "--json", on=place)
    assert said.status == 0, said.err
    (run,) = json.loads(said.out)
    return dict(run)


def test_a_table_that_is_written_anew_with_more_columns_stays_the_run(call, tmp_path):
    version = tmp_path / "logs" / "version_0"
    version.mkdir(parents=True)
    path = version / "metrics.csv"
    path.write_text(FIRST)
    before = listed(call, tmp_path / "logs")
    path.write_text("step,train_loss,val_loss\n0,0.5,\n1,0.25,\n1,,0.75\n2,0.125,\n")
    after = listed(call, tmp_path / "logs")
    assert (after["id"], after["name"], after["source"]) == (before["id"], "version_0", "lightning")
    assert after["metrics"]["train_loss"]["last"] == 0.125
    assert after["metrics"]["train_loss"]["count"] == 3
    assert after["metrics"]["val_loss"]["count"] == 1


def test_systems_and_projects_are_columns_where_there_are_several(call, tmp_path):
    places = tmp_path / "places"
    for name, content in {"a/metrics.csv": FIRST, "b/metrics.jsonl": '{"step": 0, "loss": 0.5}\n'}.items():
        (places / name).parent.mkdir(parents=True)
        (places / name).write_text(content)
    header, *lines = call("ls", on=places).out.splitlines()
    assert header.split()[:4] == ["run", "name", "source", "project"]
    assert sorted(line.split()[2] for line in lines) == ["csv", "jsonl"]
    assert "source" not in call("ls", "source:csv", on=places).out
    opened = open_places([str(places)])
    opened.catch_up()
    assert "source" in find(opened.store, Asked()).columns
    assert "source" in first_columns(opened.store.first_page(9))
    assert first_columns(opened.store.first_page(9))[:2] == list(find(opened.store, Asked()).columns[:2])
    assert "source" not in find(opened.store, Asked("source:csv")).columns
    opened.store.close()


def test_a_table_that_another_training_overwrote_is_another_run(call, tmp_path):
    path = tmp_path / "logs" / "metrics.csv"
    path.parent.mkdir()
    path.write_text(FIRST)
    before = listed(call, path.parent)
    path.write_text("step,train_loss\n0,9.5\n")
    after = listed(call, path.parent)
    assert after["id"] != before["id"]
    assert after["metrics"]["train_loss"]["last"] == 9.5


def test_a_half_written_state_keeps_what_was_read_of_it(call, tmp_path):
    state = tmp_path / "out" / "trainer_state.json"
    state.parent.mkdir()
    whole = json.dumps({"global_step": 2, "log_history": [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]})
    state.write_text(whole)
    before = listed(call, tmp_path / "out")
    state.write_text(whole[:-20])
    assert listed(call, tmp_path / "out")["metrics"] == before["metrics"]


def test_a_run_that_knows_no_time_has_no_age_and_comes_last(call, tmp_path):
    for number, times in enumerate(
        [{"start_time": "soon"}, {"start_time": "1971-01-01T00:00:00", "stop_time": "1971-01-01T00:00:09"}]
    ):
        folder = tmp_path / "sacred" / str(number)
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"experiment": {"name": "e"}, "status": "COMPLETED"} | times))
        (folder / "config.json").write_text("{}")
        (folder / "cout.txt").touch()
        (folder / "metrics.json").write_text(
            json.dumps({"loss": {"steps": [0], "values": [0.5], "timestamps": [None]}})
        )
    here = tmp_path / "sacred"
    dated, undated = json.loads(call("ls", "--json", on=here).out)
    assert (undated["created"], undated["ended"], undated["duration_s"]) == (None, None, None)
    assert undated["progress"]["last_point"] is None
    assert (dated["created"][:4], dated["duration_s"]) == ("1971", 9.0)
    header, _, line = call("ls", on=here).out.splitlines()
    assert line[header.index("age") : header.index("progress")].strip() == ""
    for order in ("age", "-age", "took", "-took"):
        chosen = call("ls", "--columns", "id,age,took", "--sort", order, on=here).out.splitlines()[2]
        assert chosen.strip() == undated["id"]
    assert "started" not in call("show", undated["id"], on=here).out


def test_a_run_of_which_only_one_time_is_known_took_no_time_that_is_told(call, tmp_path):
    path = tmp_path / "logs" / "metrics.csv"
    path.parent.mkdir()
    path.write_text(FIRST)
    os.utime(path, (1_700_000_000,) * 2)
    assert listed(call, path.parent)["duration_s"] is None
    assert "took" not in call("ls", on=path.parent).out
    assert call("ls", "duration>=0s", "--json", on=path.parent).out.strip() == "[]"
    assert call("ls", "age>1d", "--columns", "name", on=path.parent).out.split() == ["name", "logs"]


def test_a_run_is_found_by_what_its_system_calls_it_and_by_the_last_part_of_that(call, tmp_path):
    shutil.copytree(Path(__file__).parents[1] / "sources" / "samples" / "wandb", tmp_path / "runs", symlinks=True)
    for run in json.loads(call("ls", "--json", on=tmp_path / "runs").out):
        assert "/" in run["source_id"]
        for name in (run["source_id"], run["source_id"].rpartition("/")[2]):
            assert json.loads(call("show", name, "--json", on=tmp_path / "runs").out)["source_id"] == run["source_id"]
