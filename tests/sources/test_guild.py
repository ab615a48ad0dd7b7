"""Guild's run directories, as its command makes them."""

import json
import os
import shutil
from pathlib import Path

import pytest
from gathered import Gathered, differences, find, gather

from trackside.sources.guild import Guild
from trackside.sources.protocol import Folder, SourceError

OWN = Path(__file__).parent / "samples" / "guild"
SOURCE = Guild()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The directory of the run that went well."""
    wanted = json.loads((OWN / "expected.json").read_text())
    name = next(name for name, said in wanted.items() if said["status"] == "finished")
    return Path(shutil.copytree(OWN / name, tmp_path / "runs" / "a1"))


def attribute(run: Path, name: str, text: str | None) -> None:
    path = run / ".guild" / "attrs" / name
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)


def only(folder: Path) -> Gathered:
    (found,) = gather(SOURCE, folder).values()
    assert found.refused is None
    assert found.facts is not None
    return found


def stands(run: Path) -> tuple[bool, str]:
    facts = only(run.parent).facts
    assert facts is not None
    return facts.running, facts.status


def test_samples_hold_what_was_logged() -> None:
    wanted = json.loads((OWN / "expected.json").read_text())
    runs = gather(SOURCE, OWN)
    assert set(runs) == set(wanted)
    for name, run in runs.items():
        assert differences(wanted[name]["metrics"], run.statistics()) == []
        assert run.facts is not None
        assert run.facts.params == wanted[name]["params"]
        assert (run.facts.status, run.facts.running) == (wanted[name]["status"], False)
        assert b"step: 4" in run.printed
        assert set(run.files[0].files) == {"guild.yml", "train.py"}
        assert run.remarks == []


def test_what_guild_says_of_a_run_is_kept(run: Path) -> None:
    facts = only(run.parent).facts
    assert facts is not None
    assert (facts.name, facts.project, facts.group) == ("a first try", "digits", "train")
    assert (facts.tags, facts.notes, facts.exit_code) == (["good"], "look at this", 0)
    assert facts.environment.python == "3.11.7"
    assert facts.ended is not None
    assert 0 < facts.ended - facts.created < 120
    assert facts.lock == "guildai==0.9.0"


def test_each_comment_and_each_package_has_a_line_of_its_own(run: Path) -> None:
    attribute(run, "comments", "[{body: look at this}, {body: and at that}]")
    attribute(run, "pip_freeze", "[guildai==0.9.0, numpy==1.26.4]")
    facts = only(run.parent).facts
    assert facts is not None
    assert facts.notes == "look at this\n\nand at that"
    assert facts.lock == "guildai==0.9.0\nnumpy==1.26.4"


def test_what_is_secret_in_the_environment_is_not_read(run: Path) -> None:
    attribute(run, "env", "TOKEN: hidden-away\n")
    found = only(run.parent)
    assert "hidden-away" not in repr(found.facts)
    assert not any("env" in path for file in found.files for path in file.files)


def test_a_run_goes_on_while_the_process_with_its_lock_is_there(run: Path) -> None:
    attribute(run, "exit_status", None)
    attribute(run, "stopped", None)
    attribute(run, "host", f"{os.uname().nodename}\n")
    assert stands(run) == (False, "crashed")
    lock = run / ".guild" / "LOCK"
    lock.write_text(f"{os.getpid()}\n")
    assert stands(run) == (True, "crashed")
    for process in ("2147483646", "0", "-1", "999999999999", "x", ""):
        lock.write_text(process)
        assert stands(run) == (False, "crashed")


@pytest.mark.parametrize(("code", "status"), [("0", "finished"), ("3", "failed"), ("-15", "killed"), ("x", "crashed")])
def test_an_exit_status_tells_how_it_ended(run: Path, code: str, status: str) -> None:
    attribute(run, "exit_status", code)
    assert stands(run)[1] == status


def test_it_prints_on_and_its_files_come_at_the_end(run: Path) -> None:
    attribute(run, "exit_status", None)
    attribute(run, "host", f"{os.uname().nodename}\n")
    (run / ".guild" / "LOCK").write_text(f"{os.getpid()}\n")
    found = only(run.parent)
    assert found.files == []
    before = SOURCE.stamp(found.found)
    with (run / ".guild" / "output").open("ab") as file:
        file.write(b"more\n")
    attribute(run, "exit_status", "0")
    assert SOURCE.stamp(found.found) != before
    found.take(SOURCE.follow(found.found, found.cursor))
    assert found.printed.endswith(b"more\n")
    assert len(found.files) == 1
    assert len(found.curves["loss"].step) == 5


def test_event_files_of_the_script_have_their_folder_before_their_names(run: Path) -> None:
    (events,) = (run / ".guild").glob("events*")
    (run / "logs" / "train").mkdir(parents=True)
    shutil.copy(events, run / "logs" / "train")
    assert set(only(run.parent).curves) == {"loss", "logs/train/loss"}


def test_a_run_that_was_not_started_is_none_and_one_in_the_trash_is_archived(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "trash" / "runs" / "b2")
    attribute(run, "started", None)
    (found,) = gather(SOURCE, tmp_path).values()
    assert found.facts is not None
    assert found.facts.archived


def test_nothing_in_the_directory_of_a_run_is_searched(run: Path) -> None:
    folder = Folder(run, {".guild", "logs"}, {"train.py", "metrics.csv"})
    assert len(list(SOURCE.discover(folder))) == 1
    assert (folder.folders, folder.files) == (set(), set())


def test_odd_attributes_do_no_harm(run: Path) -> None:
    for name, text in (
        ("flags", "a: [1"),
        ("tags", "3"),
        ("comments", "[1, {body: ok}, {}]"),
        ("label", "!!python/object/apply:os.mkdir [made]"),
        ("stopped", "never"),
        ("platform", "x"),
        ("random_seed", "yes"),
    ):
        attribute(run, name, text)
    (run / ".guild" / "opref").write_bytes(b"\xff\0")
    found = only(run.parent)
    assert found.facts is not None
    assert (found.facts.notes, found.facts.params, found.facts.tags) == ("ok", {}, [])
    assert len(found.remarks) == 1
    assert "flags" in found.remarks[0]


def test_a_link_out_of_the_directory_is_no_artifact(run: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (run / "data").symlink_to(tmp_path / "secret")
    (run / "loop").symlink_to("loop")
    assert set(only(run.parent).files[0].files) == {"guild.yml", "train.py"}


@pytest.mark.parametrize("whole", [True, False], ids=["its directory", "its files"])
def test_a_run_that_another_depends_on_is_no_part_of_it(run: Path, whole: bool) -> None:
    other = Path(shutil.copytree(run, run.with_name("b2")))
    attribute(other, "id", "b2")
    (events,) = (run / ".guild").glob("events*")
    (run / "logs").mkdir()
    shutil.copy(events, run / "logs")
    (other / "upstream").mkdir()
    target = run if whole else events
    (other / "upstream" / target.name).symlink_to(target)
    runs = gather(SOURCE, run.parent)
    assert set(runs["a1"].curves) == {"loss", "logs/loss"}
    assert set(runs["b2"].curves) == {"loss"}
    assert set(runs["b2"].files[0].files) == {"guild.yml", "train.py"}


def test_a_directory_that_became_a_link_out_of_the_tree_is_no_run_any_more(run: Path, tmp_path: Path) -> None:
    (found,) = find(SOURCE, run.parent)
    run.rename(tmp_path / "elsewhere")
    run.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="is no run of guild any more"):
        list(SOURCE.follow(found, None))


def test_other_folders_are_no_runs_and_one_that_is_gone_is_told(run: Path, tmp_path: Path) -> None:
    (tmp_path / "project" / ".guild" / "runs").mkdir(parents=True)
    assert find(SOURCE, tmp_path / "project") == []
    (found,) = find(SOURCE, run.parent)
    shutil.rmtree(run)
    with pytest.raises(SourceError, match="a1"):
        list(SOURCE.follow(found, None))
