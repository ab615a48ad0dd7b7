"""`compare` and `check` on a store of real runs: five seeds of a baseline, of a better and of a useless change."""

import json
import random
import re
import shutil
from pathlib import Path

import pytest

import trackside

SEEDS = range(5)


@pytest.fixture(scope="module")
def five_seeds(tmp_path_factory) -> Path:
    """Methods of five seeds each, a run of one seed, and a method that was evaluated on other data."""
    folder = tmp_path_factory.mktemp("five")
    for name in ("eval", "other"):
        (folder / f"{name}.txt").write_text(f"{name} set")
    for method, lr, ends_at, data in (
        ("base", 0.1, 0.90, "eval"),
        ("better", 0.3, 0.93, "eval"),
        ("useless", 0.11, 0.90, "eval"),
        ("elsewhere", 0.5, 0.97, "other"),
    ):
        for seed in SEEDS:
            record(folder, f"{method}-{seed}", lr, seed, ends_at, data)
    record(folder, "single", 0.2, 0, 0.99, "eval")
    return folder


def record(folder: Path, name: str, lr: float, seed: int, ends_at: float, data: str) -> None:
    chance = random.Random(name)
    with trackside.init(
        project="p",
        name=name,
        params={"lr": lr},
        seed=seed,
        data={"eval": folder / f"{data}.txt"},
        store=folder / "store",
        quiet=True,
    ) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        for step in range(5):
            run.log({"val/accuracy": ends_at + chance.gauss(0, 0.003), "train/loss": 1 / (step + 1)}, step=step)


@pytest.fixture
def compare(call, five_seeds):
    """Call a verb on them, with `base-0` as the baseline."""

    def called(*arguments: str):
        return call(*arguments, "--baseline", "base-0", on=five_seeds / "store")

    return called


def verdicts(said) -> dict[str, str]:
    document = json.loads(said.out)
    (row,) = [row for row in document["rows"] if row["metric"] == "val/accuracy"]
    return {cell["runs"][0]: cell["verdict"] for cell in row["cells"]}


def test_a_run_stands_for_its_replicates(compare):
    document = json.loads(compare("compare", "better-0", "--json").out)
    assert (len(document["baseline"]), [len(ids) for ids in document["candidates"]]) == (5, [5])
    (cell,) = document["rows"][0]["cells"]
    assert (cell["verdict"], cell["scope"], cell["n"], cell["method"]) == ("better", "method", [5, 5], "Welch's t")
    assert cell["family"] == {"name": "primary", "size": 1}
    assert document["params"] == [{"key": "lr", "baseline": 0.1, "values": [0.3]}]
    assert document["comparable"]


def test_what_makes_no_difference_is_noise(compare):
    assert list(verdicts(compare("compare", "useless-0", "--json")).values()) == ["noise"]


def test_two_replicates_of_one_method_are_one_side(compare):
    assert len(verdicts(compare("compare", "better-0", "better-1", "--json"))) == 1
    assert len(verdicts(compare("compare", "better-0", "better-1", "--each", "--json"))) == 2


def test_a_single_run_is_never_better(compare):
    assert list(verdicts(compare("compare", "single", "--json")).values()) == ["outside"]


def test_a_filter_names_a_set_of_runs(compare):
    said = compare("compare", "lr:0.3 name:better-*", "--json")
    assert [len(ids) for ids in json.loads(said.out)["candidates"]] == [5]


def test_other_eval_data_is_told_above_everything_and_claims_nothing(compare):
    said = compare("compare", "elsewhere-0")
    assert said.out.startswith("elsewhere-0 +4 is not comparable in val/accuracy: other eval data [eval_data]: blake3:")
    assert "▲" not in said.out
    assert list(verdicts(compare("compare", "elsewhere-0", "--json")).values()) == ["incomparable"]


def test_the_page_shows_value_change_and_sign_and_a_sentence_below(compare):
    page = compare("compare", "better-0").out
    assert "▲ (5)" in page
    assert "better on this eval set" in page
    assert "Welch's t" in page


def test_markdown_is_a_table_and_names_cannot_make_markup(call, tmp_path):
    for name, value in (("a|b*c", 0.5), ("<script>", 0.6)):
        with trackside.init(project="p", name=name, params={"x": value}, store=tmp_path / "odd", quiet=True) as run:
            run.log({"val/f1": value}, step=0)
    page = call("compare", "<script>", "--baseline", "a|b*c", "--md", on=tmp_path / "odd").out
    assert r"| metric | baseline | \<script\> |" in page
    assert r"The baseline is **a\|b\*c**." in page


def test_a_report_is_a_file_for_a_browser_and_goes_with_the_other_forms(compare, tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    report = folder / "report.html"
    said = compare("compare", "better-0", "elsewhere-0", "--html", str(report))
    assert said.err == f"the report is in {report}\n"
    assert said.out == compare("compare", "better-0", "elsewhere-0").out
    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "elsewhere-0 +4 is not comparable in val/accuracy" in page
    assert 'class="line s2"' in page
    assert list(folder.iterdir()) == [report]
    with_json = compare("compare", "better-0", "--json", "--html", str(report))
    assert json.loads(with_json.out)["comparable"]
    assert "elsewhere" not in report.read_text(encoding="utf-8")


def test_a_report_into_no_folder_is_refused_in_one_line(compare, tmp_path):
    said = compare("compare", "better-0", "--html", str(tmp_path / "nowhere" / "report.html"))
    assert (said.status, said.err) == (1, f"trackside: no folder {tmp_path / 'nowhere'} to export to\n")


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["better-0"], 0, "passed: "),
        (["useless-0"], 0, "passed: "),
        (["useless-0", "--fail-on", "noise"], 5, "noise: val/accuracy"),
        (["elsewhere-0"], 4, "incomparable: val/accuracy"),
        (["single", "--fail-on", "outside"], 5, "outside: val/accuracy"),
        (["better-0", "--require", "not-worse"], 0, "passed: "),
        (["useless-0", "--require", "not-worse", "--margin", "0.0001"], 5, "noise: val/accuracy"),
        (["useless-0", "--require", "not-worse", "--margin", "10%"], 0, "passed: "),
        (["single", "--require", "not-worse"], 5, "outside: val/accuracy"),
    ],
)
def test_check_ends_with_what_was_found(compare, arguments, status, says):
    said = compare("check", *arguments)
    assert (said.status, said.out.splitlines()[-1].startswith(says)) == (status, True), said


def test_a_worse_run_fails_a_check(call, five_seeds):
    assert call("check", "base-0", "--baseline", "better-0", on=five_seeds / "store").status == 3


@pytest.fixture(scope="module")
def one_run_each(tmp_path_factory) -> Path:
    """Two runs whose examples differ by more than chance, each the only one of its method."""
    root = tmp_path_factory.mktemp("one") / "store"
    for name, right in (("low", 40), ("high", 80)):
        with trackside.init(project="p", name=name, params={"x": name}, store=root, quiet=True) as run:
            run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
            run.log({"val/accuracy": right / 100}, step=0)
            run.log_examples("eval", ids=range(100), scores=[place < right for place in range(100)])
    return root


@pytest.mark.parametrize(("run", "baseline", "sign"), [("low", "high", "▽"), ("high", "low", "△")])
def test_what_examples_of_one_run_each_show_is_neither_better_nor_worse_to_a_check(
    call, one_run_each, run, baseline, sign
):
    asked = ["check", run, "--baseline", baseline]
    turns = "; another seed may turn what one run each shows of val/accuracy"
    said = call(*asked, on=one_run_each)
    assert f"  {sign} {run}: " in said.out
    assert (said.status, said.out.splitlines()[-1]) == (
        0,
        f"passed: none of incomparable, worse in 1 comparison; besides: untested{turns}",
    )
    for more in (["--fail-on", "worse,untested"], ["--require", "not-worse"]):
        said = call(*asked, *more, on=one_run_each)
        assert (said.status, said.out.splitlines()[-1]) == (5, f"untested: val/accuracy{turns}")


def test_names_forge_no_lines_and_call_nobody(call, tmp_path):
    root, metric = tmp_path / "odd", "val/f1\n▲ better: @octocat #1 <b>"
    for name, data in (("one", "eval"), ("two\nforged", "other")):
        (tmp_path / data).write_text(data)
        with trackside.init(
            project="p", name=name, params={"x": name}, data={"eval": tmp_path / data}, store=root, quiet=True
        ) as run:
            run.define_metric(metric, primary=True, eval_data="eval")
            run.log({metric: 0.5}, step=0)
    summary = tmp_path / "summary.md"
    said = call("check", "two\nforged", "--baseline", "one", "--summary-file", str(summary), on=root)
    assert said.status == 4
    assert said.out.startswith("two␊forged is not comparable in val/f1␊▲ better: @octocat")
    assert not [line for line in said.out.splitlines() if line.startswith(("forged", "▲"))]
    shown = r"val/f1␊▲ better: @&#8203;octocat \#&#8203;1 \<b\>"
    written = summary.read_text(encoding="utf-8")
    assert written.startswith(f"### trackside check: incomparable: {shown}\n\n")
    assert "@octocat" not in written


def test_a_summary_is_added_to_a_file(compare, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    compare("check", "elsewhere-0", "--summary-file", str(summary))
    assert summary.read_text().startswith("before\n### trackside check: incomparable: val/accuracy\n\n")
    assert "> **elsewhere-0 +4 is not comparable" in summary.read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["compare", "base-1"], "is the baseline, or one of its replicates"),
        (["compare", "better-0", "--metric", "val/acuracy"], "did you mean val/accuracy?"),
        (["compare", "better-0", "--at", "frist"], "it is one of last, best"),
        (["compare", "better-0", "--margin", "none"], "a number above zero"),
        (["check", "better-0", "--fail-on", "bad"], "--fail-on bad: it is of incomparable, worse"),
        (["check", "better-0", "--fail-on", ""], "--fail-on names nothing: it is of incomparable, worse"),
        (["check", "better-0", "--fail-on", " , "], "--fail-on names nothing: it is of incomparable, worse"),
        (["compare", "name:nobody"], "no run matches 'name:nobody'"),
        (["compare", "better-0", "--md", "--json"], "one of them"),
        (["compare", "better-0", "--detect", "much"], "a number above zero"),
        (["compare", "better-0", "--detect", "1%", "--json"], "goes with neither"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(compare, arguments, says):
    said = compare(*arguments)
    assert said.status == 2
    assert says in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_without_a_baseline_it_says_how_to_set_one(call, five_seeds):
    said = call("compare", "better-0", on=five_seeds / "store")
    assert (said.status, "`trackside baseline RUN` sets it" in said.err) == (2, True)


def test_python_gets_verdicts_and_a_frame(five_seeds):
    found = trackside.attach(five_seeds / "store").compare("better-0", baseline="base-0")
    assert found.rows[0].cells[0].verdict.word == "better"
    assert found.frame()["verdict"].to_list() == ["better", "untested"]


def test_what_is_acknowledged_with_a_note_bars_no_claim_from_then_on(call, five_seeds, tmp_path):
    copy = Path(shutil.copytree(five_seeds / "store", tmp_path / "copy"))
    asked = ("compare", "elsewhere-0", "--baseline", "base-0", "--metric", "val/accuracy")
    barred = call(*asked, on=copy).out
    assert "other eval data [eval_data]: blake3:" in barred
    said = call(*asked, "--acknowledge", "eval_data", "--note", "the same, sorted", on=copy)
    assert (said.status, "(eval_data): the same, sorted" in said.err) == (0, True)
    page = call(*asked, on=copy).out
    assert not page.startswith("elsewhere-0")
    assert "▲ (5)" in page
    assert "(acknowledged: the same, sorted)" in page


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--acknowledge", "budget", "--note", "fine"), "no such reason; there are eval_data"),
        (("--acknowledge", "eval_data"), "one goes with the other"),
        (("--acknowledge", "eval_data", "--note", " "), "needs a note"),
    ],
)
def test_nothing_is_acknowledged_without_a_reason_and_a_note(compare, options, says):
    said = compare("compare", "elsewhere-0", *options)
    assert (said.status, says in said.err) == (2, True)


def test_a_metric_of_one_side_is_shown_and_nothing_is_said_against_it(call, tmp_path):
    for name, metric in (("one", "val/f1"), ("other", "val/auc")):
        with trackside.init(project="p", name=name, params={"x": name}, store=tmp_path / "odd", quiet=True) as run:
            run.define_metric(metric, primary=True)
            run.log({metric: 0.5}, step=0)
    page = call("compare", "other", "--baseline", "one", on=tmp_path / "odd").out
    assert "untested · only the baseline has a value" in page
    assert "untested · the baseline has no value" in page
    assert "unverified" not in page


def test_how_many_seeds_would_find_a_difference_is_told_as_a_range(compare):
    lines = compare("compare", "better-0", "--detect", "1%").out.splitlines()
    told = r"a difference of 0\.00\d+ is found in 80% of cases by about \d+ seeds on each side \(\d+ to \d+\)"
    assert re.fullmatch(rf"val/accuracy: {told}", lines[-1])


def test_without_a_set_of_seeds_their_spread_is_not_known(call, five_seeds):
    said = call("compare", "single", "--baseline", "base-0", "--each", "--detect", "1%", on=five_seeds / "store")
    assert "how far seeds spread is not known" in said.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("values", "wanted", "says"),
    [
        ({}, "1%", "val/f1: the baseline has no value that 1% could be a part of"),
        ({"val/f1": 0.0}, "1%", "val/f1: the baseline is at zero, and 1% of it is no difference: name one in its unit"),
        ({}, "0.1", "val/f1: a difference of 0.1 is found in 80% of cases by about "),
    ],
)
def test_a_part_of_a_value_that_the_baseline_lacks_is_told_as_that(call, tmp_path, values, wanted, says):
    runs = [("base-0", values), *((f"new-{seed}", {"val/f1": 0.5 + 0.1 * seed}) for seed in range(3))]
    for name, logged in runs:
        of, _, seed = name.partition("-")
        with trackside.init(
            project="p", name=name, params={"of": of}, seed=int(seed), store=tmp_path / "odd", quiet=True
        ) as run:
            run.define_metric("val/f1", primary=True)
            run.log({"train/loss": 1.0, **logged}, step=0)
    said = call("compare", "new-0", "--baseline", "base-0", "--detect", wanted, on=tmp_path / "odd")
    assert said.out.splitlines()[-1].startswith(says)


def test_near_replicates_are_named_and_the_command_that_tells_of_them_makes_them_some(call, tmp_path):
    for name, workers in (("one", 4), ("two", 8), ("other", 4)):
        params = {"num_workers": workers, "x": name == "other"}
        with trackside.init(project="my p", name=name, params=params, store=tmp_path / "near", quiet=True) as run:
            run.log({"val/f1": 0.5}, step=0)
    asked = ("compare", "other", "--baseline", "one", "--json")
    told = call(*asked, on=tmp_path / "near").err
    assert "one and 1 run differ in num_workers alone: `trackside project 'my p' --ignore num_workers`" in told
    assert call("project", "my p", "--ignore", "num_workers", on=tmp_path / "near").status == 0
    said = call(*asked, on=tmp_path / "near")
    assert (said.err, len(json.loads(said.out)["baseline"])) == ("", 2)


def test_each_method_that_a_filter_finds_is_a_side_of_its_own(compare):
    said = compare("compare", "project:p -name:elsewhere-*", "--json")
    document = json.loads(said.out)
    found = [sorted(run for run in ids) for ids in document["candidates"]]
    assert sorted(map(len, found)) == [1, 5, 5]
    assert not set(document["baseline"]) & {run for ids in found for run in ids}
    assert "5 runs left out that the baseline has" in said.err


def test_a_replicate_of_the_baseline_beside_others_is_left_out_and_told(compare):
    said = compare("compare", "base-2", "better-0")
    assert (said.status, said.err) == (0, "base-2: 5 runs left out that the baseline has\n")


def test_a_run_that_failed_is_not_passed_by_a_check(call, five_seeds, tmp_path):
    copy = Path(shutil.copytree(five_seeds / "store", tmp_path / "copy"))
    run = trackside.init(project="p", name="broken", params={"lr": 0.3}, seed=7, store=copy, quiet=True)
    run.define_metric("val/accuracy", goal="max", primary=True)
    run.log({"val/accuracy": 0.99}, step=0)
    run.finish("failed")
    said = call("check", "broken", "--baseline", "base-0", on=copy)
    assert (said.status, said.out.splitlines()[-1]) == (4, "incomparable: val/accuracy")


def test_a_check_that_passes_says_what_else_was_found(compare):
    assert compare("check", "single").out.splitlines()[-1] == (
        "passed: none of incomparable, worse in 1 comparison; besides: outside"
    )
