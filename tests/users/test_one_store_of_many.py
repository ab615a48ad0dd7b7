"""Two users of one box record into and browse one shared store; a third who may only read browses it."""

import json
import os
import stat
import subprocess
from pathlib import Path

from people import Person
from terminal_app import TerminalApp

GROUP = 54000

RECORD = """
import sys, trackside
with trackside.init(project="lab", name=sys.argv[2], store=sys.argv[1], quiet=True) as run:
    for step in range(50):
        run.log({"loss": 1 / (step + 1)}, step=step)
    print("begun", flush=True)
    sys.stdin.readline()
    run.log_table("rows", [{"a": 1}])
    run.tag("recorded")
    run.note("here", step=3)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def record(person: Person, store: Path, name: str) -> None:
    begun = person.start(RECORD, store, name)
    out, err = begun.communicate("\n", timeout=60)
    assert (begun.returncode, out, err) == (0, "begun\n", "")


def make_repository(person: Person) -> None:
    """The person works on code that has a change which is not committed."""
    person.python(
        "import os; os.system('git init -q . && echo 1 > train.py && git add . && "
        "git -c user.name=a -c user.email=a@b commit -qm first && echo 2 > train.py')"
    )


def listed(person: Person, store: Path) -> dict[str, dict]:
    return {run["name"]: run for run in json.loads(person.trackside("--store", store, "ls", "--json"))}


def test_two_record_at_once_and_each_sees_both(store, ana, ben):
    running = [person.start(RECORD, store, name) for person, name in ((ana, "ana's"), (ben, "ben's"))]
    for process in running:
        assert process.stdout.readline() == "begun\n"
    for person in (ana, ben):
        assert {name: run["status"] for name, run in listed(person, store).items()} == {
            "ana's": "running",
            "ben's": "running",
        }
    for process in running:
        _, err = process.communicate("\n", timeout=60)
        assert (process.returncode, err) == (0, "")
    for person in (ana, ben):
        runs = listed(person, store)
        assert {run["status"] for run in runs.values()} == {"finished"}
        assert {name: run["user"] for name, run in runs.items()} == {"ana's": str(ana.uid), "ben's": str(ben.uid)}


def test_each_edits_the_other_s_tags_and_both_use_one_index(store, ana, ben):
    record(ana, store, "ana's")
    record(ben, store, "ben's")
    ana.trackside("--store", store, "tag", "ben's", "+from-ana")
    ben.several(store, """tag "ana's" +from-ben""", """baseline "ana's" """)
    ana.trackside("--store", store, "baseline", "ben's")
    for person in (ana, ben):
        listed, info, baselines = map(
            json.loads, person.several(store, "ls --json", "store info --json", "baseline --json")
        )
        runs = {run["name"]: run for run in listed}
        assert runs["ben's"]["tags"] == ["recorded", "from-ana"]
        assert runs["ana's"]["tags"] == ["recorded", "from-ben"]
        assert info["index"] == str(store / "index" / "index.db")
        assert baselines == {"lab": runs["ben's"]["id"]}


def test_either_may_remove_the_index_and_both_go_on(store, ana, ben):
    record(ana, store, "ana's")
    record(ben, store, "ben's")
    for removes, other in ((ana, ben), (ben, ana)):
        removes.trackside("--store", store, "ls")
        removes.python("import shutil, sys; shutil.rmtree(sys.argv[1])", store / "index")
        for person in (removes, other):
            runs, info = map(json.loads, person.several(store, "ls --json", "store info --json"))
            assert {run["name"] for run in runs} == {"ana's", "ben's"}
            assert info["index"] == str(store / "index" / "index.db")


def test_both_have_the_app_open_while_one_records(store, ana, ben):
    apps = [
        TerminalApp(person.command("-m", "trackside", "--store", str(store)), environment=person.environment)
        for person in (ana, ben)
    ]
    with apps[0] as first, apps[1] as second:
        first.wait_for("no runs yet")
        second.wait_for("no runs yet")
        training = ben.start(RECORD, store, "brisk-heron")
        for app in (first, second):
            app.wait_for("1 running")
        training.communicate("\n", timeout=60)
        for app in (first, second):
            app.wait_until(lambda app=app: "1 running" not in app.text, "the run's end")


def test_one_who_may_only_read_browses_with_an_index_of_his_own(store, ana, cleo):
    subprocess.run(["chmod", "-R", "o+rX", str(store)], check=True)
    record(ana, store, "ana's")
    assert set(listed(cleo, store)) == {"ana's"}
    info = json.loads(cleo.trackside("--store", store, "store", "info", "--json"))
    assert info["index"].startswith(str(cleo.home / ".cache" / "trackside"))
    assert mode(Path(info["index"]).parent) == 0o700
    assert "ana's" in cleo.trackside("--store", store, "show", "ana's")
    assert cleo.remarks("--store", store, "ls") == ""
    command = cleo.command("-m", "trackside", "--store", str(store))
    with TerminalApp(command, environment=cleo.environment) as app:
        app.wait_for("ana's")
        app.wait_for("1 run")
        record(ana, store, "another")
        app.wait_for("another")


def test_a_stranger_to_the_group_is_told_so_in_one_line(store, ana, cleo):
    record(ana, store, "ana's")
    said = cleo.refused("--store", store, "ls")
    assert said == f"trackside: cannot read {store / 'store.json'}: Permission denied; ask its owner\n"


def test_everything_in_the_store_has_its_modes_whatever_the_umask(store, person):
    for name in ("first", "second"):
        somebody = person(mask=0o077)
        make_repository(somebody)
        record(somebody, store, name)
        somebody.several(store, f"tag {name} +edited", f"baseline {name}", "ls", "store seal", "store gc")
    made = {path.suffix or path.name for path in store.rglob("*") if path.is_file()}
    assert made >= {".json", ".log", ".idx", ".patch", ".lock", ".db"}
    for path in store.rglob("*"):
        assert (path, oct(mode(path))) == (path, oct(0o2770 if path.is_dir() else 0o660))
        assert (path, path.stat().st_gid) == (path, GROUP)


def test_a_store_that_is_there_already_is_opened_to_the_group(ana, ben):
    store = ana.home / "mine"
    record(ana, store, "ana's")
    ana.home.chmod(0o711)
    ana.trackside("store", "init", store, f"--shared={GROUP}")
    ben.trackside("--store", store, "tag", "ana's", "+from-ben")
    assert listed(ana, store)["ana's"]["tags"] == ["recorded", "from-ben"]


def test_only_its_owner_shares_a_store_and_only_with_a_group_of_hers(store, ana, ben):
    assert "belongs to another user" in ben.refused("store", "init", store, f"--shared={GROUP}")
    assert "only who is in group 1 can share with it" in ana.refused("store", "init", ana.home / "new", "--shared=1")


def test_nobody_finds_a_store_by_chance_that_is_somebody_else_s(commons, ana, ben):
    (commons / "project").mkdir()
    (commons / "project" / ".trackside").mkdir()
    os.chown(commons / "project" / ".trackside", ana.uid, ana.uid)
    found = "import os, sys; os.chdir(sys.argv[1]); from trackside.store.locate import find_store; print(find_store())"
    assert ana.python(found, commons / "project").strip() == str(commons / "project" / ".trackside")
    assert ben.python(found, commons / "project").strip() == str(ben.home / ".local" / "share" / "trackside")
