"""`check`: the verdicts as an exit status, for CI."""

import shutil
from pathlib import Path

import pytest

import trackside


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
    assert "> **elsewhere-0 (5 runs) is not comparable" in summary.read_text()


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


@pytest.fixture(scope="module")
def one_forgot(tmp_path_factory) -> Path:
    """A baseline of 100 steps, a candidate as long, and one that never logged what it is to be judged by."""
    root = tmp_path_factory.mktemp("forgot") / "store"
    for name in ("base", "whole", "forgot"):
        with trackside.init(project="p", name=name, params={"x": name}, store=root, quiet=True) as run:
            run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=name != "forgot")
            for step in range(100):
                logged = {"train/loss": 1 / (step + 1), "test/f1": 0.5, "val/accuracy": 0.9}
                run.log({key: value for key, value in logged.items() if name != "forgot" or key != "val/accuracy"})
    return root


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["whole"], 0, "passed: none of incomparable, worse in 2 comparisons; besides: untested"),
        (["forgot"], 4, "incomparable: val/accuracy; forgot has no value of val/accuracy"),
        (["forgot", "--require", "not-worse"], 4, "incomparable: val/accuracy; forgot has no value of val/accuracy"),
        (["forgot", "--metric", "val/accuracy"], 4, "incomparable: val/accuracy; forgot has no value of val/accuracy"),
        (
            ["forgot", "--metric", "test/f1"],
            0,
            "passed: none of incomparable, worse in 1 comparison; besides: untested",
        ),
        (["whole", "--at", "step=500"], 4, "incomparable: val/accuracy; whole has no value of val/accuracy"),
        (["whole", "--at", "time=2h"], 4, "incomparable: val/accuracy; whole has no value of val/accuracy"),
    ],
)
def test_a_run_without_a_value_of_what_it_is_judged_by_is_not_passed(call, one_forgot, arguments, status, says):
    said = call("check", *arguments, "--baseline", "base", on=one_forgot)
    assert (said.status, said.out.splitlines()[-1]) == (status, says)


def test_a_point_that_no_run_reached_is_told_of(call, one_forgot):
    said = call("compare", "whole", "--baseline", "base", "--at", "step=500", on=one_forgot).out
    assert "The points that count: each run's last point up to step 500, if it came so far." in said
    assert "whole: untested · neither has a value · N 0 and 0 seeds" in said


def test_a_check_of_a_metric_without_a_verdict_says_why_it_gets_none(call, one_forgot):
    said = call("check", "whole", "--baseline", "base", "--metric", "train/loss", on=one_forgot)
    told = "untested: train/loss is measured in training: it gets no verdict"
    assert (said.status, said.out.splitlines()[-1]) == (5, told)


def test_metrics_without_a_verdict_are_said_to_have_none(call, one_forgot, tmp_path):
    told = "without a verdict: not evaluated, or no goal is known: train/loss"
    asked = ("compare", "whole", "--baseline", "base")
    assert told in call(*asked, "--html", str(tmp_path / "page.html"), on=one_forgot).out.splitlines()
    assert told in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"- {told}" in call(*asked, "--md", on=one_forgot).out.splitlines()
