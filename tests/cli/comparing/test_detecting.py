"""`--detect`: how many seeds would find a difference that a person names."""

import json
import re

import pytest

import trackside


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


def test_it_is_told_in_json_in_markdown_and_in_the_report_too(compare, tmp_path):
    asked = ("compare", "better-0", "--detect", "1%")
    (told,) = [line for line in compare(*asked).out.splitlines() if "is found in" in line]
    (found,) = json.loads(compare(*asked, "--json").out)["detect"]
    seeds = found["seeds"]
    assert (found["metric"], found["power"], found["why_not"]) == ("val/accuracy", 0.8, "")
    assert found["difference"] == pytest.approx(0.009, rel=0.01)
    assert told.endswith(f"by about {seeds['likely']} seeds on each side ({seeds['fewest']} to {seeds['most']})")
    assert f"- {told}" in compare(*asked, "--md").out.replace("\\", "")
    compare(*asked, "--html", str(tmp_path / "report.html"))
    assert f"<li>{told}</li>" in (tmp_path / "report.html").read_text()


def test_json_says_why_the_seeds_are_not_known(call, five_seeds):
    asked = ("compare", "single", "--baseline", "base-0", "--each", "--detect", "1%", "--json")
    (found,) = json.loads(call(*asked, on=five_seeds / "store").out)["detect"]
    assert (found["seeds"], "how far seeds spread is not known" in found["why_not"]) == (None, True)


def test_without_it_nothing_is_told_of_seeds_that_are_needed(compare):
    assert json.loads(compare("compare", "better-0", "--json").out)["detect"] == []
    assert "is found in" not in compare("compare", "better-0", "--md").out
