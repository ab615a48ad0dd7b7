"""Stores and places of other systems, shown and edited as one."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from foreign_runs import new_store, samples, shown, write_run
from opened_places import opened
from scripted import Scripted, facts, points

import trackside
from trackside.cli.main import main
from trackside.model.errors import StoreError
from trackside.model.foreign import Cursor
from trackside.services.exchange.importing import import_runs
from trackside.services.exchange.imports import import_place
from trackside.services.places.listener import Listener
from trackside.services.places.opening import open_places
from trackside.store.place_names import place_names

Called = Callable[..., str]


@pytest.fixture
def call(capsys, monkeypatch, tmp_path) -> Called:
    """What a command prints on these places."""
    monkeypatch.chdir(tmp_path)

    def called(*words: str, on: list[Path]) -> str:
        with pytest.raises(SystemExit) as left:
            main([*(word for place in on for word in ("--store", str(place))), *words])
        said = capsys.readouterr()
        assert left.value.code == 0, said.err
        return said.out

    return called


def record(store: Path, name: str) -> str:
    with trackside.init(project="digits", name=name, store=store, quiet=True) as run:
        run.log({"loss": 0.5}, step=0)
    return run.id


@pytest.fixture
def places(tmp_path) -> list[Path]:
    """Two places of other systems and a store."""
    write_run(tmp_path / "jsonl" / "digits" / "metrics.jsonl", [3.0, 2.0])
    record(tmp_path / "store", "brisk-heron")
    return [tmp_path / "jsonl", samples(["sacred"], tmp_path / "sacred"), tmp_path / "store"]


def test_several_places_are_one(places, call):
    listed = json.loads(call("ls", "--json", on=places))
    assert {run["source"] for run in listed} == {"jsonl", "sacred", "trackside"}
    for run in listed:
        assert json.loads(call("show", run["id"], "--json", on=places))["id"] == run["id"]
    (foreign,) = (run for run in listed if run["source"] == "jsonl")
    curve = json.loads(call("curve", "loss", foreign["id"], "--json", on=places))
    assert curve["value"] == [3.0, 2.0]
    call("tag", foreign["id"], "+mine", on=places)
    call("tag", "brisk-heron", "+ours", on=places)
    call("baseline", foreign["id"], on=places)
    tags = {run["source"]: run["tags"] for run in json.loads(call("ls", "--json", "tag:mine,ours", on=places))}
    assert tags == {"jsonl": ["mine"], "trackside": ["ours"]}
    assert json.loads(call("show", "@baseline", "--json", on=[places[0]]))["id"] == foreign["id"]


def test_a_run_in_two_places_is_one(tmp_path, places, call):
    store = new_store(tmp_path / "store")
    import_place(store, str(places[0]))
    store.close()
    listed = json.loads(call("ls", "--json", on=places))
    assert len([run for run in listed if run["source"] == "jsonl"]) == 1


@pytest.fixture
def behind(tmp_path, places) -> list[Path]:
    """A store with a run that was imported before its place went on with it, and that place."""
    store = new_store(tmp_path / "store")
    import_place(store, str(places[0]))
    store.close()
    write_run(places[0] / "digits" / "metrics.jsonl", [3.0, 2.0, 1.0])
    return [tmp_path / "store", places[0]]


def test_of_a_run_in_two_places_the_copy_with_the_later_points_is_shown(behind, call):
    for places in (behind, behind[::-1]):
        (run,) = json.loads(call("ls", "--json", "source:jsonl", "loss<1.5", on=places))
        shown_run = json.loads(call("show", run["id"], "--json", on=places))
        assert (run["metrics"]["loss"]["last"], shown_run["metrics"]["loss"]["last"]) == (1.0, 1.0)
        assert json.loads(call("curve", "loss", run["id"], "--json", on=places))["value"] == [3.0, 2.0, 1.0]
    with opened(*behind) as several:
        assert several.first_page(10) == several.runs([run.id for run in several.first_page(10)])


def test_a_copy_that_was_imported_is_shown_where_its_place_has_no_more(tmp_path, behind, call):
    write_run(behind[1] / "digits" / "metrics.jsonl", [3.0])
    (run,) = json.loads(call("ls", "--json", "source:jsonl", on=behind))
    assert run["metrics"]["loss"]["last"] == 2.0


def test_what_was_edited_of_a_copy_is_shown_with_the_later_points(behind, call):
    (run,) = json.loads(call("ls", "--json", "source:jsonl", on=behind))
    call("tag", run["id"], "+mine", on=behind)
    call("note", run["id"], "halved", on=behind)
    call("note", f"{run['id']}@1", "by hand", on=behind)
    for listed in (call("ls", "--json", "tag:mine", on=behind), call("ls", "--json", "tag:mine", on=behind[:1])):
        assert [run["tags"] for run in json.loads(listed)] == [["mine"]]
    (run,) = json.loads(call("ls", "--json", "tag:mine", "notes:halved", on=behind))
    assert run["metrics"]["loss"]["last"] == 1.0
    assert [mark["text"] for mark in json.loads(call("show", run["id"], "--json", on=behind))["marks"]] == ["by hand"]


def test_what_a_format_says_is_that_of_the_copy_that_is_shown_and_edits_are_the_first(tmp_path, call):
    for name, steps in (("broken", [0]), ("whole", [0, 1, 2])):
        source = Scripted([facts(name), points(*steps), Cursor(1)])
        store = new_store(tmp_path / name)
        import_runs(store, source, [source])
        store.close()
    places = [tmp_path / "broken", tmp_path / "whole"]
    (run,) = json.loads(call("ls", "--json", on=places))
    assert (run["name"], run["metrics"]["loss"]["last"]) == ("whole", 2.0)
    assert len(json.loads(call("ls", "--json", "name:whole", on=places))) == 1
    call("note", run["id"], "second", on=places[1:])
    assert json.loads(call("ls", "--json", "notes:second", on=places))[0]["notes"] == "second"
    call("note", run["id"], "first", on=places)
    (run,) = json.loads(call("ls", "--json", "notes:first", on=places))
    assert (run["name"], run["notes"]) == ("whole", "first")


def test_a_run_in_two_places_is_counted_once(tmp_path, places):
    store = new_store(tmp_path / "store")
    import_place(store, str(places[0]))
    store.close()
    with opened(*places) as several:
        assert several.count() == len(several.first_page(100))


def test_a_run_in_two_places_is_removed_from_both_and_comes_back_in_both(tmp_path, call):
    place = write_run(tmp_path / "jsonl" / "metrics.jsonl", [3.0, 2.0]).parent
    store = new_store(tmp_path / "store")
    import_place(store, str(place))
    (run,) = store.first_page(2)
    store.close()
    both = [tmp_path / "store", place]
    call("rm", run.id, on=both)
    assert run.name not in call("ls", on=both)
    assert run.name not in call("ls", on=[place])
    call("restore", run.id, on=both)
    assert run.name in call("ls", on=both)
    assert run.name in call("ls", on=[place])


def test_runs_of_one_name_in_several_places_are_matched_newest_first(tmp_path):
    recorded = [record(tmp_path / place, "brisk-heron") for place in ("b", "c", "a")]
    with opened(*(tmp_path / place for place in "abc")) as several:
        assert several.ids_matching("brisk-heron") == recorded[::-1]


def test_a_decision_on_a_project_that_is_nowhere_is_refused(places):
    with opened(*places) as several, pytest.raises(StoreError, match="no run of project tides is shown any more"):
        several.editor().set_project("tides", {"baseline": None})


def test_a_folder_shows_the_stores_below_it_too(tmp_path, places, call):
    deep = record(tmp_path / "deep" / "er" / ".trackside", "calm-otter")
    names = {run["name"] for run in json.loads(call("ls", "--json", on=[tmp_path]))}
    assert {"brisk-heron", "calm-otter", "digits"} <= names
    call("tag", "calm-otter", "+found", on=[tmp_path])
    assert shown([tmp_path / "deep" / "er" / ".trackside"])[deep]["tags"] == ["found"]


def test_beside_an_address_that_does_not_answer_all_else_is_shown(tmp_path, capsys):
    record(tmp_path / "store", "brisk-heron")
    with pytest.raises(SystemExit) as left:
        main(["--store", "http://127.0.0.1:9", "--store", str(tmp_path / "store"), "ls", "--json"])
    said = capsys.readouterr()
    assert left.value.code == 0
    assert [run["name"] for run in json.loads(said.out)] == ["brisk-heron"]
    (told,) = said.err.splitlines()
    assert told.startswith("skipped 1 place: http://127.0.0.1:9 (")


def test_what_is_skipped_and_why_is_one_line_on_standard_error(tmp_path, capsys):
    write_run(tmp_path / "runs" / "metrics.jsonl", [3.0])
    for name in ("1\n2", "b", "c", "d", "e"):
        (tmp_path / name / "runs").mkdir(parents=True)
        (tmp_path / name / "store.json").write_text(json.dumps({"format": 999, "uuid": "x"}))
    with pytest.raises(SystemExit) as left:
        main(["--store", str(tmp_path), "ls", "--json"])
    said = capsys.readouterr()
    assert left.value.code == 0
    assert len(json.loads(said.out)) == 1
    (told,) = said.err.splitlines()
    assert told.startswith("skipped 5 files: ")
    assert str(tmp_path) not in told
    assert told.count("999") == 2
    assert told.endswith(" and 3 more; `trackside ls --skipped` lists them")


def test_a_store_that_appears_below_joins_those_that_are_followed(tmp_path):
    write_run(tmp_path / "runs" / "metrics.jsonl", [3.0])
    record(tmp_path / "later" / "store", "calm-otter")
    live = open_places([str(tmp_path)]).live()
    stop, joined = threading.Event(), threading.Event()
    names: set[str] = set()

    def changed(_: object) -> None:
        names.update(run.name for run in live.store.first_page(10))
        if "calm-otter" in names:
            joined.set()

    following = threading.Thread(target=live.follow, args=(stop, Listener(changed)))
    following.start()
    try:
        assert joined.wait(20), names
    finally:
        stop.set()
        following.join()
        live.store.close()


def test_stores_are_told_apart_by_as_much_of_their_paths_as_it_takes():
    named = place_names(["/data/oak/.trackside", "/data/elm/.trackside", "/home/elm", "/", "ssh://box/elm"])
    assert named == ["oak", "data/elm", "home/elm", "/", "box/elm"]
    assert place_names(["/a/b", "/a/b"]) == ["a/b", "a/b"]


def test_runs_are_found_by_the_store_that_they_are_in(places, call):
    record(places[2].with_name("other"), "calm-otter")
    listed = json.loads(call("ls", "store:other", "--json", on=[*places, places[2].with_name("other")]))
    assert [run["name"] for run in listed] == ["calm-otter"]
    assert json.loads(call("ls", "store:other", "--json", on=[places[2]])) == []
