"""What commands print for people: tables, plots, exports, help, and what they load to do so."""

import csv
import io
import json
import os
import re
import subprocess
import sys

import polars as pl
import pytest
from command_on_terminal import in_terminal

import trackside
from trackside.cli.grid import Column, aligned
from trackside.config import paths, state
from trackside.config.state import View
from trackside.model.visible import visible
from trackside.store.store import Store


def test_ls_prints_aligned_text_without_colours_when_nobody_reads(call):
    said = call("ls")
    header, *lines = said.out.splitlines()
    assert header.split()[:4] == ["run", "name", "project", "status"]
    assert len(lines) == 3
    assert "\x1b" not in said.out
    at = header.index("project")
    assert [line[at:].split()[0] for line in lines] == ["words", "digits", "digits"]


def test_readings_of_the_machine_are_columns_only_where_they_are_asked_for(call, store):
    with trackside.init(project="digits", store=store, quiet=True) as run:
        run.log({"loss": 1.0, "system/cpu": 50.0})
    assert "loss" in call("ls").out
    assert "system" not in call("ls").out
    assert "50" in call("ls", "--columns", "system/cpu").out
    folded = call("show", "@last").out
    assert folded.index("\nloss") < folded.index("\nand 1 of the machine: --system shows them\n")
    assert "50 %" not in folded
    shown = call("show", "@last", "--system").out
    assert shown.index("\nloss") < shown.index("\nmachine\n")
    assert "50 %" in shown
    assert "--system" not in shown


def test_ls_has_a_row_for_each_group_of_runs_with_the_mean_over_its_seeds(call, store):
    for seed, accuracy in ((1, 0.5), (2, 0.6), (3, 0.7)):
        with trackside.init(project="digits", group="sweep", seed=seed, store=store, quiet=True) as run:
            run.log({"val/accuracy": accuracy}, step=0)
    head, first, *_ = call("ls", "project:digits", "--group-by", "group", "--columns", "val/accuracy").out.splitlines()
    assert head.split() == ["group", "N", "status", "val/accuracy"]
    assert first.split() == ["group=sweep", "3", "finished", "0.60", "±", "0.25"]
    told = json.loads(call("ls", "--group-by", "group", "--limit", "1", "--json").out)
    assert [group["by"] for group in told] == [{"group": "sweep"}]
    assert len(told[0]["runs"]) == 3
    assert told[0]["metrics"]["val/accuracy"]["last"]["half_width"] == pytest.approx(0.248, abs=0.001)
    assert told[0]["metrics"]["val/accuracy"]["last"]["why_not"] is None
    with trackside.init(project="digits", group="sweep", seed=4, params={"lr": 2}, store=store, quiet=True) as run:
        run.log({"val/accuracy": 0.8}, step=0)
    mixed = call("ls", "project:digits", "--group-by", "group", "--columns", "val/accuracy").out.splitlines()[1]
    assert mixed.split() == ["group=sweep", "4", "finished", "0.65", "mixed"]
    told = json.loads(call("ls", "project:digits", "--group-by", "group", "--json").out)
    assert told[0]["metrics"]["val/accuracy"]["last"]["why_not"] == "runs of several methods"
    refused = call("ls", "--group-by", "grup")
    assert refused.status == 2
    assert "did you mean group" in refused.err


def test_text_of_a_run_never_reaches_the_terminal_as_a_command(call):
    assert "odd-␛[31mlynx" in call("ls").out
    assert "odd-␛[31mlynx" in call("show", "@last").out
    assert visible("a\nb\tc\x07\u202ed") == "a␊b␉c␇\\u202ed"


def test_the_name_of_a_run_above_a_column_is_no_command_to_a_terminal(store):
    with trackside.init(project="words", name="calm-\x1b[31mhare", store=store, quiet=True) as run:
        run.log({"loss": 0.5}, step=0)
    written = in_terminal(store, "compare", "calm-\x1b[31mhare", "--baseline", "odd-\x1b[31mlynx", NO_COLOR="1")
    assert "odd-␛[31mlynx (baseline, 1 run)" in written
    assert "calm-␛[31mhare" in written
    assert "\x1b[31m" not in written
    assert "␛[31m  0.5" in "\n".join(aligned([Column("\x1b[31m"), Column("0.5")], []))


def test_the_name_of_a_project_above_its_block_is_no_command_to_a_terminal(call, tmp_path):
    trackside.init(project="evil\x1b]0;owned\x07\nforged", store=tmp_path / "odd", quiet=True).finish()
    assert call("project", on=tmp_path / "odd").out == "evil␛]0;owned␇␊forged\nnothing decided\n"


def test_columns_line_up_whatever_the_width_of_their_letters():
    lines = aligned([Column("name"), Column("n", "right")], [("日本", "1"), ("[bold]x", "10")])
    assert lines == ["name      n", "日本      1", "[bold]x  10"]


def test_chosen_columns_and_order(call):
    said = call("ls", "project:digits", "--columns", "name,lr,best(val/accuracy)", "--sort", "lr")
    header, first, second = said.out.splitlines()
    assert header.split()[:2] == ["name", "lr"]
    assert first.split() == ["calm-otter", "0.0003", "0.9"]
    assert second.split()[:2] == ["brisk-heron", "0.001"]
    assert call("ls", "--sort", "-lr", "--limit", "1", "--json").out.count('"id"') == 1
    assert "did you mean" in call("ls", "--columns", "lrr").err


def test_derived_columns_curves_and_means_are_columns_and_a_mistake_in_one_is_pointed_at(call):
    titles = "name,=best(val/accuracy) - val/accuracy,mean(train/loss),curve(train/loss),noted"
    said = call("ls", "project:digits", "--columns", titles, "--sort", "-=best(val/accuracy) - val/accuracy")
    header, first, second = said.out.splitlines()
    assert "  =best(val/accuracy) - val/accuracy  mean(train/loss)" in header
    assert first.split() == ["brisk-heron", "0.01", "0.2929", "█▄▃▂▂▂▁▁▁▁", "✎"]
    assert second.split() == ["calm-otter", "0", "0.5", "▅▅▅·"]
    mistaken = call("ls", "--columns", "name,=val/accuracy - train/los")
    assert mistaken.status == 2
    assert "did you mean train/loss?" in mistaken.err
    assert f"formula, column {len('val/accuracy - ') + 1}" in mistaken.err


def test_chosen_columns_are_a_document_too(call):
    said = call("ls", "project:digits", "--columns", "name,train/loss,=lr*1000,created", "--sort", "lr", "--json")
    first, second = json.loads(said.out)
    assert first["columns"]["train/loss"] == "NaN"
    assert second["columns"] | {"created": ""} == {
        "name": "brisk-heron",
        "train/loss": 0.1,
        "=lr*1000": 1.0,
        "created": "",
    }
    assert second["columns"]["created"].endswith("Z")


def test_a_view_of_the_app_is_printed_and_what_is_asked_beside_it_counts(call, store):
    view = View(filter="project:digits", sort=["param.lr"], columns=["name", "best.val/accuracy", "curve.train/loss"])
    state.change_views(paths.views_file(Store.open(store).uuid), lambda _: {"good": view})
    assert "there are good. " in call("ls", "--view", "nope").err
    header, *rows = call("ls", "--view", "good").out.splitlines()
    assert header.split() == ["name", "best(val/accuracy)", "curve.train/loss"]
    assert [row.split()[0] for row in rows] == ["calm-otter", "brisk-heron"]
    assert [row.split()[0] for row in call("ls", "--view", "good", "lr>5e-4").out.splitlines()[1:]] == ["brisk-heron"]
    assert "there are good" in call("ls", "--view", "bad").err


def test_a_change_is_from_the_baseline_of_the_project_and_the_baseline_shows_its_value(call):
    call("baseline", "brisk-heron")
    arguments = ("ls", "project:digits", "--columns", "name,lr,best(val/accuracy)", "--change", "percent")
    header, *rows = call(*arguments, "--sort", "-best(val/accuracy)").out.splitlines()
    assert header.split() == ["name", "lr", "best(val/accuracy)", "Δ%"]
    assert [row.split() for row in rows] == [["calm-otter", "0.0003", "+20%"], ["brisk-heron", "0.001", "0.75"]]
    changes = json.loads(call(*arguments, "--json").out)
    assert changes[0]["columns"]["best(val/accuracy)"] == pytest.approx(20.0)
    assert "--columns" in call("ls", "--change", "delta").err


def test_groups_are_told_from_the_group_of_the_baseline(call):
    call("baseline", "brisk-heron")
    arguments = ("ls", "project:digits", "--group-by", "lr", "--sort", "lr", "--change", "percent")
    head, *groups = call(*arguments, "--columns", "best(val/accuracy)").out.splitlines()
    assert head.split() == ["group", "N", "status", "best", "val/accuracy", "Δ%"]
    assert [row.split() for row in groups] == [
        ["lr=0.0003", "1", "finished", "+20%"],
        ["lr=0.001", "1", "finished", "0.75"],
    ]
    assert "--json" in call(*arguments, "--json").err


def test_the_words_on_the_heads_choose_columns_order_and_runs(call):
    header = call("ls").out.splitlines()[0].split()
    shown = [word for word in header if word != "best"]
    assert {"run", "age", "took", "progress", "lr"} <= set(shown)
    for word in shown:
        assert call("ls", "--columns", f"name,{word}").out.splitlines()[0].split() == ["name", word]
        assert call("ls", "--sort", word).status == 0
    assert call("ls", "took<1h step:9", "--columns", "name,progress").out.split()[2:] == ["brisk-heron", "10"]
    said = call("ls", "--columns", "name,best val/accuracy", "--sort", "best val/accuracy").out
    assert [line.split()[-1] for line in said.splitlines()[1:3]] == ["0.75", "0.9"]
    assert "best of which metric? Write best(val/accuracy)" in call("ls", "--columns", "best").err
    assert "did you mean took?" in call("ls", "--columns", "tok").err


def test_what_a_limit_left_out_and_that_nothing_matches_is_told_aside(call):
    for arguments in ([], ["--sort", "age"], ["--columns", "name"], ["project:digits,words"]):
        assert call("ls", "--limit", "1", *arguments).err == "and 2 runs more; --limit 0 prints all\n"
    assert call("ls", "--limit", "2").err == "and 1 run more; --limit 0 prints all\n"
    assert call("ls", "--limit", "3").err == ""
    assert call("ls", "--group-by", "lr", "--limit", "1").err == "and 2 groups more; --limit 0 prints all\n"
    assert call("ls", "--group-by", "lr", "name:nobody").err == "no run matches this filter\n"
    assert call("ls", "name:nobody").err == "no run matches this filter\n"
    for arguments in (["--limit", "1"], ["name:nobody"]):
        assert call("ls", "--json", *arguments).err == ""


@pytest.mark.parametrize("verb", ["ls", "show", "curve", "tag", "import", "export", "doctor"])
def test_each_verb_says_that_a_store_can_be_named_after_it(call, verb):
    assert "--store PLACE" in call(verb, "--help").out


def test_the_smallest_age_is_the_newest_run(call):
    newest = call("ls", "--columns", "name").out
    assert call("ls", "--columns", "name", "--sort", "age").out == newest
    assert call("ls", "--columns", "name", "--sort", "-age").out != newest


def test_a_param_of_the_name_of_a_head_is_the_param(call, store):
    with trackside.init(project="digits", name="of-run-7", store=store, params={"run": 7}, quiet=True):
        pass
    assert call("ls", "run:7", "--columns", "name,run").out.split()[2:] == ["of-run-7", "7"]


def test_a_filter_may_begin_with_a_minus(call):
    assert [run["name"] for run in json.loads(call("ls", "-project:words", "-tag:first", "--json").out)] == [
        "calm-otter"
    ]


def test_show_has_a_section_for_everything_known(call):
    said = call("show", "brisk-heron").out
    for part in ("does dropout help?", "val/accuracy *", "model.depth", "step 4", "lr dropped by hand", "finished"):
        assert part in said
    failed = call("show", "@last").out
    assert "RuntimeError: out of memory" in failed


def test_a_curve_is_drawn_as_plain_text_without_a_terminal(call):
    said = call("curve", "train/loss", "brisk-heron", "calm-otter")
    assert said.status == 0
    assert "\x1b" not in said.out
    assert len(said.out.splitlines()) > 5
    assert call("curve", "train/loss", "brisk-heron", "--x", "time", "--smooth", "0.6", "--log").status == 0
    assert call("curve", "train/loss", "brisk-heron", "--x", "val/accuracy").status == 0


def test_points_thins_a_curve_and_keeps_its_extremes(call):
    whole = json.loads(call("curve", "val/accuracy", "brisk-heron", "--json").out)
    thin = json.loads(call("curve", "val/accuracy", "brisk-heron", "--json", "--points", "4").out)
    assert len(thin["value"]) <= 4
    assert {min(whole["value"]), max(whole["value"])} <= set(thin["value"])


def test_superseded_points_of_a_resumed_run_are_there_for_whoever_asks(call, store):
    with trackside.init(resume="brisk-heron", store=store, quiet=True) as run:
        run.log({"train/loss": 9.0}, step=8)
    asked = ("curve", "train/loss", "brisk-heron")
    assert json.loads(call(*asked, "--json").out)["step"] == list(range(9))
    assert "superseded" not in json.loads(call(*asked, "--json").out)
    everything = json.loads(call(*asked, "--json", "--superseded").out)
    assert everything["step"] == [*range(9), 8, 9]
    assert everything["superseded"] == [False] * 8 + [True, False, True]
    rows = list(csv.DictReader(io.StringIO(call(*asked, "--csv", "--superseded").out)))
    assert [row["step"] for row in rows if row["superseded"] == "True"] == ["8", "9"]


def test_a_curve_as_csv_holds_the_very_values(call):
    rows = list(csv.DictReader(io.StringIO(call("curve", "train/loss", "brisk-heron", "--csv").out)))
    assert [float(row["value"]) for row in rows] == [1 / (step + 1) for step in range(10)]
    assert list(rows[0]) == ["run", "metric", "step", "time", "value"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_holds_every_point(call, tmp_path, form):
    out = tmp_path / f"runs.{form}"
    said = call("export", "--filter", "project:digits", "--out", str(out))
    assert said.out.startswith("28 points of 2 runs")
    frame = pl.read_csv(out) if form == "csv" else pl.read_parquet(out)
    assert frame.columns == ["run", "name", "metric", "step", "time", "value"]
    one = frame.filter((pl.col("name") == "brisk-heron") & (pl.col("metric") == "train/loss"))
    assert one["value"].to_list() == [1 / (step + 1) for step in range(10)]
    assert frame["value"].is_nan().sum() == 1


def test_an_export_goes_to_standard_output(store):
    command = [sys.executable, "-m", "trackside", "--store", str(store), "export", "calm-otter", "--csv", "--out", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "run,name,metric,step,time,value"


def test_ls_and_show_load_neither_textual_nor_polars(store):
    script = (
        "import sys\n"
        "from trackside.cli.main import main\n"
        f"sys.argv = ['trackside', '--store', {str(store)!r}, *sys.argv[1:]]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'textual', 'polars', 'plotext', 'sqlite_utils', 'lark', 'scipy'}))\n"
    )

    def loaded(*arguments: str) -> str:
        command = [sys.executable, "-c", script, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]

    loaded("ls")
    assert loaded("ls") == "[]"
    assert loaded("ls", "--json") == "[]"
    assert loaded("show", "brisk-heron") == "[]"
    assert "textual" not in loaded("ls", "lr<1")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script(call, shell):
    said = call("completion", shell, on=None)
    assert "_TRACKSIDE_COMPLETE" in said.out


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ("trackside cu", "cu", "curve"),
        ("trackside show br", "br", "brisk-heron"),
        ("trackside show @l", "@l", "@last"),
        ("trackside curve train", "train", "train/loss"),
        ("trackside curve train/loss ca", "ca", "calm-otter"),
        ("trackside tag brisk-heron +ba", "+ba", "+baseline"),
        ("trackside ls stat", "stat", "status:"),
    ],
)
def test_the_shell_completes(call, store, words, incomplete, expected):
    call("ls")
    asked = {
        "TRACKSIDE_STORE": str(store),
        "_TRACKSIDE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "trackside"], env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert expected in [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_says_nothing_where_there_is_no_store(tmp_path):
    asked = {
        "TRACKSIDE_STORE": str(tmp_path / "nowhere"),
        "_TRACKSIDE_COMPLETE": "bash_complete",
        "COMP_WORDS": "trackside show br",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "trackside"], env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_a_terminal_gets_colours_and_with_no_color_none(store):
    assert "\x1b[" in in_terminal(store, "ls")
    plain = in_terminal(store, "ls", NO_COLOR="1")
    assert "brisk-heron" in plain
    assert "\x1b[3" not in plain


def test_on_a_terminal_a_name_from_right_to_left_turns_no_other_column(store):
    trackside.init(project="words", name="ניסוי 12", store=store, quiet=True).finish()
    (row,) = [line for line in in_terminal(store, "ls").splitlines() if "ניסוי 12" in line]
    assert re.search(r"\u200eניסוי 12 +(\x1b\[[0-9;]*m)*\u200ewords", row)
    assert "\u200e" not in in_terminal(store, "ls", "project:digits")


def test_a_mistake_in_a_filter_gets_a_caret_on_a_terminal(store):
    *_, text, caret = in_terminal(store, "ls", "lrr<1").rstrip().splitlines()
    assert text.strip() == "lrr<1"
    assert caret.index("^") == text.index("lrr")


def test_a_table_longer_than_the_terminal_goes_to_the_pager(store):
    assert "PAGED" in in_terminal(store, "ls", PAGER="sed s/^/PAGED/", LINES="3")


def test_what_a_run_said_as_it_failed_does_not_steer_the_terminal(call, tmp_path):
    root = tmp_path / "hostile"
    with pytest.raises(ValueError, match="red"), trackside.init(name="evil", store=root, quiet=True):
        raise ValueError("\x1b]0;owned\x07 \x1b[31mred")
    shown = call("show", "evil", on=root).out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "␛]0;owned␇ ␛[31mred" in shown


def test_a_long_param_is_shown_in_part(call, tmp_path):
    root = tmp_path / "long"
    trackside.init(name="long", store=root, quiet=True, params={"text": "x" * 5_000}).finish()
    assert "(5,000 characters; --json has them all)" in call("show", "long", on=root).out
    assert json.loads(call("show", "long", "--json", on=root).out)["params"]["text"] == "x" * 5_000
