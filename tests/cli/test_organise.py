"""Edits from the command line, and how each is taken back."""

import json
import sys

import pytest

import trackside
from trackside.services import edit
from trackside.services.lookup import resolve
from trackside.services.places.opening import open_store


@pytest.fixture
def show(call):
    return lambda run: json.loads(call("show", run, "--json").out)


def test_tags_are_added_and_removed_in_one_call(call, show):
    said = call("tag", "brisk-heron", "+kept", "-first", "+also")
    assert (said.status, said.out) == (0, "tagged 1 run +kept +also -first\n")
    assert sorted(show("brisk-heron")["tags"]) == ["also", "baseline", "kept"]


def test_a_tag_that_looks_like_an_option_is_a_tag(call, show):
    call("tag", "brisk-heron", "-baseline", "-first")
    assert show("brisk-heron")["tags"] == []


def test_an_edit_that_changes_nothing_says_so(call):
    assert call("tag", "brisk-heron", "+first").out.endswith("nothing to change\n")


def test_all_runs_of_a_filter_are_edited(call, show):
    assert call("tag", "--filter", "project:digits", "+both").out == "tagged 2 runs +both\n"
    assert "both" in show("brisk-heron")["tags"]
    assert "both" in show("calm-otter")["tags"]
    assert "both" not in show("@last")["tags"]


def test_notes_are_replaced_or_added_to(call, show):
    call("note", "calm-otter", "seemed", "promising")
    assert show("calm-otter")["notes"] == "seemed promising"
    call("note", "calm-otter", "--append", "but diverged")
    assert show("calm-otter")["notes"] == "seemed promising\nbut diverged"


def test_notes_that_are_replaced_are_told_with_what_would_have_kept_them(call):
    said = call("note", "brisk-heron", "it does")
    assert said.out == "wrote the notes of brisk-heron\n"
    assert said.err == "in place of 'does dropout help?'; --append adds a line instead\n"
    assert call("note", "brisk-heron", "it does").err == ""
    assert call("note", "brisk-heron", "--append", "a little").err == ""
    assert call("note", "calm-otter", "seemed promising").err == ""
    said = call("note", "--filter", "project:digits", "an old sweep")
    assert said.err == "in place of 2 that were there; --append adds a line instead\n"


def test_a_note_at_a_step_is_a_mark(call, show):
    assert call("note", "calm-otter@3", "here it broke").status == 0
    run = show("calm-otter")
    assert run["notes"] == ""
    assert [(mark["step"], mark["text"]) for mark in run["marks"]] == [(3, "here it broke")]


def test_a_run_gets_another_name_and_group(call, show):
    call("rename", "calm-otter", "wild otter")
    call("regroup", "wild otter", "animals")
    assert show("wild otter")["group"] == "animals"
    call("regroup", "wild otter", "--none")
    assert show("wild otter")["group"] is None


def test_an_archived_run_is_hidden_until_it_is_asked_for(call):
    said = call("archive", "calm-otter")
    assert "archived calm-otter" in said.out + said.err
    names = [run["name"] for run in json.loads(call("ls", "--json").out)]
    assert "calm-otter" not in names
    assert "calm-otter" in call("ls", "archived:true").out
    call("archive", "--undo", "--filter", "name:calm-otter")
    assert len(json.loads(call("ls", "--json").out)) == 3


def test_a_removed_run_comes_back_from_the_trash(call, show):
    said = call("rm", "brisk-heron")
    assert said.status == 0
    assert "trackside restore" in said.err
    assert "in the trash" in call("show", "brisk-heron").err
    assert len(json.loads(call("ls", "--json").out)) == 2
    assert len(json.loads(call("ls", "lr<1", "--json").out)) == 1
    assert "not in the trash" in call("restore", "calm-otter").err
    assert call("restore", "brisk-heron").status == 0
    assert show("brisk-heron")["status"] == "finished"


def test_what_a_filter_removed_comes_back_with_the_command_that_rm_printed(call):
    said = call("rm", "--filter", "project:digits")
    assert said.out == "trashed 2 runs\n"
    command = said.err.split("`")[1].split()
    assert call(*command[1:]).out == "restored 2 runs\n"
    assert len(json.loads(call("ls", "--json").out)) == 3


def test_a_project_has_one_baseline(call, show):
    assert call("baseline", "brisk-heron").out == "brisk-heron is the baseline of digits\n"
    call("baseline", "calm-otter")
    assert "calm-otter" in call("baseline").out
    assert "brisk-heron" not in call("baseline").out
    call("baseline", "--clear", "--project", "digits")
    assert "calm-otter" not in call("baseline").out


def test_places_name_runs(call, store):
    ids = {run["name"]: run["id"] for run in json.loads(call("ls", "--json").out)}
    opened = open_store(store)
    assert resolve(opened, "@last") == ids["odd-\x1b[31mlynx"]
    assert resolve(opened, "@last", "digits") == ids["calm-otter"]
    assert resolve(opened, "@prev", "digits") == ids["brisk-heron"]
    assert resolve(opened, "@best:val/accuracy", "digits") == ids["calm-otter"]
    assert resolve(opened, "@best:train/loss", "digits") == ids["brisk-heron"]
    opened.close()


def test_where_no_earlier_run_has_the_command_line_the_run_before_is_named(call, store, monkeypatch):
    ids = {run["name"]: run["id"] for run in json.loads(call("ls", "--json").out)}
    monkeypatch.setattr(sys, "orig_argv", ["python", "another.py"])
    trackside.init(project="digits", name="of-another-script", store=store, quiet=True).finish()
    assert call("show", "@prev").status == 2
    said = call("compare", "brisk-heron", "--baseline", "@prev")
    assert f"; the run before it is calm-otter ({ids['calm-otter']})" in said.err


def test_the_only_project_with_a_metric_or_a_baseline_is_meant_and_of_several_it_is_told_which(call, store):
    best = call("show", "@best:val/accuracy")
    assert (best.status, best.err) == (0, "")
    assert "calm-otter" in best.out
    call("baseline", "brisk-heron")
    baseline = call("show", "@baseline")
    assert (baseline.status, baseline.err) == (0, "")
    assert "brisk-heron" in baseline.out
    with trackside.init(project="words", name="late-fir", store=store, quiet=True) as run:
        run.log({"val/accuracy": 0.1})
    best = call("show", "@best:val/accuracy")
    assert "late-fir" in best.out
    assert best.err == "@best:val/accuracy is that of words, which has the newest run of 2 projects that have one\n"
    call("baseline", "late-fir")
    assert "@baseline is that of words, which" in call("show", "@baseline").err


def test_the_beginning_of_what_tables_show_of_an_id_names_the_run(call):
    for line in call("ls").out.splitlines()[1:]:
        shown, name = line.split()[:2]
        assert name in call("show", shown[:5]).out


@pytest.mark.parametrize(
    "change",
    [
        lambda store, run: edit.tag(store, [run], add=["new", "first"], remove=["baseline"]),
        lambda store, run: edit.note(store, [run], "other words"),
        lambda store, run: edit.rename(store, [run], "other"),
        lambda store, run: edit.regroup(store, [run], None),
        lambda store, run: edit.archive(store, [run]),
        lambda store, run: edit.trash(store, [run]),
    ],
)
def test_every_edit_can_be_undone(store, change):
    opened = open_store(store)
    opened.refresh()
    run_id = resolve(opened, "brisk-heron")
    before = opened.run(run_id)
    undo = change(opened, run_id)
    opened.refresh()
    assert opened.run(run_id) != before
    undo()
    opened.refresh()
    after = opened.run(run_id)
    assert sorted(after.tags) == sorted(before.tags)
    assert (after.name, after.notes, after.group) == (before.name, before.notes, before.group)
    assert (after.archived, after.trashed) == (before.archived, before.trashed)
    opened.close()
