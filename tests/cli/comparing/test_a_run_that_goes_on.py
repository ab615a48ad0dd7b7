"""A run that goes on is read where both have been, which is said, and nothing is claimed or tested of it."""

import json
import shutil

import pytest

import trackside


@pytest.fixture
def going(five_seeds, tmp_path, call):
    """Call a verb on a copy of the store in which a run far better than the baseline is at its third step."""
    store = tmp_path / "copy"
    shutil.copytree(five_seeds / "store", store)
    data = {"eval": five_seeds / "eval.txt"}
    with trackside.init(
        project="p", name="going", params={"lr": 9.0}, seed=0, data=data, store=store, quiet=True
    ) as run:
        run.define_metric("val/accuracy", goal="max", eval_data="eval", primary=True)
        for step in range(3):
            run.log({"val/accuracy": 0.99}, step=step)
        yield lambda *arguments: call(*arguments, "--baseline", "base-0", on=store)


def test_every_form_of_a_comparison_says_at_which_step_it_was_read(going, tmp_path):
    assert " @2" in going("compare", "going").out
    assert "@&#8203;2 |" in going("compare", "going", "--md").out
    going("compare", "going", "--html", str(tmp_path / "report.html"))
    assert " @2 " in (tmp_path / "report.html").read_text()
    (row,) = json.loads(going("compare", "going", "--json", "--metric", "val/accuracy").out)["rows"]
    assert (row["cells"][0]["at_step"], row["cells"][0]["verdict"], row["cells"][0]["p"]) == (2, "untested", None)


def test_a_check_finds_neither_better_nor_worse(going):
    done = going("check", "going", "--fail-on", "worse,outside")
    assert done.status == 0
    assert not set("▲▼△▽◇") & set(done.out)
