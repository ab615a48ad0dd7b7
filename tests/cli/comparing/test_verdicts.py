"""What `compare` claims of a candidate, and what a person accepts."""

import json
import shutil
from pathlib import Path

import pytest

import trackside


def verdicts(said) -> dict[str, str]:
    document = json.loads(said.out)
    (row,) = [row for row in document["rows"] if row["metric"] == "val/accuracy"]
    return {cell["runs"][0]: cell["verdict"] for cell in row["cells"]}


def test_what_makes_no_difference_is_noise(compare):
    assert list(verdicts(compare("compare", "useless-0", "--json")).values()) == ["noise"]


def test_a_single_run_is_never_better(compare):
    assert list(verdicts(compare("compare", "single", "--json")).values()) == ["outside"]


def test_other_eval_data_is_told_above_everything_and_claims_nothing(compare):
    said = compare("compare", "elsewhere-0")
    assert said.out.startswith(
        "elsewhere-0 (5 runs) is not comparable in val/accuracy: other eval data [eval_data]: blake3:"
    )
    assert "▲" not in said.out
    assert list(verdicts(compare("compare", "elsewhere-0", "--json")).values()) == ["incomparable"]


def test_what_is_acknowledged_with_a_note_bars_no_claim_from_then_on(call, five_seeds, tmp_path):
    copy = Path(shutil.copytree(five_seeds / "store", tmp_path / "copy"))
    asked = ("compare", "elsewhere-0", "--baseline", "base-0", "--metric", "val/accuracy")
    barred = call(*asked, on=copy).out
    assert "other eval data [eval_data]: blake3:" in barred
    said = call(*asked, "--acknowledge", "eval_data", "--note", "the same, sorted", on=copy)
    assert (said.status, "(eval_data): the same, sorted" in said.err) == (0, True)
    page = call(*asked, on=copy).out
    assert not page.startswith("elsewhere-0")
    assert "▲* (5)" in page
    assert "(acknowledged: the same, sorted)" in page
    accepted = "* accepted (the same, sorted): other eval data: blake3:"
    assert accepted in page
    assert page.index(accepted) < page.index("\nval/accuracy\n")
    assert "\\* accepted (the same, sorted): other eval data: blake3:" in call(*asked, "--md", on=copy).out


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
