"""Who may only read a store edits it too, as if the edits were in it, and nobody else sees them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from people import Person
from terminal_app import TerminalApp

RECORD = """
import sys, trackside
with trackside.init(project="lab", name=sys.argv[2], store=sys.argv[1], tags=["first"]) as run:
    run.log({"loss": 1.0})
"""
ASIDE = "may only be read by you; what you edit is kept for you alone"


@pytest.fixture
def store(store: Path, ana: Person) -> Path:
    """A store of the group's, with a run of Ana's, that everybody may read."""
    subprocess.run(["chmod", "-R", "o+rX", str(store)], check=True)
    ana.python(RECORD, store, "heron")
    return store


def run_as_seen_by(person: Person, store: Path) -> dict:
    (run,) = json.loads(person.trackside("--store", store, "ls", "--json"))
    return run


def everything_in(store: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in store.rglob("*") if path.is_file() and "index" not in path.parts}


def test_edits_are_there_for_who_made_them_and_for_nobody_else(store, ana, ben, cleo):
    before = everything_in(store)
    ben.trackside("--store", store, "ls")
    assert ASIDE in cleo.remarks("--store", store, "tag", "heron", "+mine", "-first")
    cleo.several(store, "note heron why", "note heron@0 here", "baseline heron", "rename heron egret")
    said = cleo.several(store, "ls --json", "baseline --json", "archive egret", "ls archived:true --json")
    (seen,) = json.loads(said[0])
    assert (seen["name"], seen["tags"], seen["notes"]) == ("egret", ["mine"], "why")
    assert json.loads(said[1]) == {"lab": seen["id"]}
    assert [run["id"] for run in json.loads(said[3])] == [seen["id"]]
    for person in (ana, ben):
        other = run_as_seen_by(person, store)
        assert (other["name"], other["tags"], other["notes"], other["archived"]) == ("heron", ["first"], "", False)
    assert everything_in(store) == before


def test_an_edit_in_the_store_and_one_aside_are_ordered_by_when_they_were_made(store, ana, cleo):
    cleo.trackside("--store", store, "note", "heron", "cleo's")
    ana.trackside("--store", store, "note", "heron", "ana's, later")
    before, _, after = cleo.several(store, "ls --json", "note heron 'cleo again'", "ls --json")
    assert json.loads(before)[0]["notes"] == "ana's, later"
    assert json.loads(after)[0]["notes"] == "cleo again"
    assert run_as_seen_by(ana, store)["notes"] == "ana's, later"


def test_edits_aside_outlive_the_index_and_are_shown_by_info(store, cleo):
    said = cleo.several(store, "tag heron +mine", "store info --json", "store reindex", "ls --json")
    assert json.loads(said[1])["own_edits"].startswith(str(cleo.home / ".local" / "state" / "trackside" / "edits"))
    assert json.loads(said[3])[0]["tags"] == ["first", "mine"]


def test_of_a_store_that_is_open_to_all_one_run_may_be_closed(store, ana, ben):
    ana.python(RECORD, store, "closed")
    (closed,) = [path.parent for path in store.glob("runs/*/*/run.json") if b'"closed"' in path.read_bytes()]
    closed.chmod(0o755)
    assert ASIDE in ben.remarks("--store", store, "tag", "closed", "+bens")
    assert ASIDE not in ben.remarks("--store", store, "tag", "heron", "+ours")
    tags = {run["name"]: run["tags"] for run in json.loads(ben.trackside("--store", store, "ls", "--json"))}
    assert tags == {"heron": ["first", "ours"], "closed": ["first", "bens"]}
    tags = {run["name"]: run["tags"] for run in json.loads(ana.trackside("--store", store, "ls", "--json"))}
    assert tags == {"heron": ["first", "ours"], "closed": ["first"]}


def test_in_the_app_an_edit_aside_is_told_once_and_can_be_undone(store, cleo):
    with TerminalApp(
        cleo.command("-m", "trackside", "--store", str(store)), environment=cleo.environment, columns=160
    ) as app:
        app.wait_for("heron")
        app.send("T")
        app.wait_for("now: first")
        app.send("+mine\r")
        app.wait_for("for you alone")
        app.send("u")
        app.wait_for("undone")
        app.send("q")
        assert app.wait_for_end() == 0
    assert run_as_seen_by(cleo, store)["tags"] == ["first"]


def test_a_run_that_may_not_be_recorded_there_goes_to_the_user_s_own_store(store, cleo):
    process = cleo.start(RECORD, store, "mine")
    _, err = process.communicate(timeout=60)
    own = cleo.home / ".local" / "share" / "trackside"
    first, last = err.splitlines()
    assert first == f"trackside: cannot record into {store}: Permission denied; this run goes to {own}"
    assert "finished" in last
    assert run_as_seen_by(cleo, own)["name"] == "mine"


def test_a_run_goes_to_the_user_s_own_store_where_the_folder_may_not_even_be_entered(ana, cleo):
    place = ana.home / "secret"
    place.mkdir(mode=0o700)
    os.chown(place, ana.uid, ana.uid)
    process = cleo.start(RECORD, place / "store", "mine")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "this run goes to" in err.splitlines()[0]
