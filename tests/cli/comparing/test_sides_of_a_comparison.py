"""What `compare` sets beside the baseline: runs, their replicates, and the methods that a filter finds."""

import json

import trackside


def test_a_run_stands_for_its_replicates(compare):
    document = json.loads(compare("compare", "better-0", "--json").out)
    assert (len(document["baseline"]), [len(ids) for ids in document["candidates"]]) == (5, [5])
    (cell,) = document["rows"][0]["cells"]
    assert (cell["verdict"], cell["scope"], cell["n"], cell["method"]) == ("better", "method", [5, 5], "Welch's t")
    assert cell["family"] == {"name": "primary", "size": 1}
    assert document["params"] == [{"key": "lr", "baseline": 0.1, "values": [0.3]}]
    assert document["comparable"]


def test_two_replicates_of_one_method_are_one_side(compare):
    together, apart = (
        json.loads(compare("compare", "better-0", "better-1", *each, "--json").out) for each in ((), ("--each",))
    )
    assert (len(together["candidates"]), len(apart["candidates"])) == (1, 2)


def test_a_filter_names_a_set_of_runs(compare):
    said = compare("compare", "lr:0.3 name:better-*", "--json")
    assert [len(ids) for ids in json.loads(said.out)["candidates"]] == [5]


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


def test_near_replicates_are_named_and_the_command_that_tells_of_them_makes_them_some(call, tmp_path):
    for name, workers in (("one", 4), ("two", 8), ("other", 4)):
        params = {"num_workers": workers, "x": name == "other"}
        with trackside.init(project="my p", name=name, params=params, store=tmp_path / "near", quiet=True) as run:
            run.log({"val/f1": 0.5}, step=0)
    asked = ("compare", "other", "--baseline", "one")
    told = "one and 1 run differ in num_workers alone: `trackside project 'my p' --ignore num_workers` makes them"
    assert call(*asked, on=tmp_path / "near").out.splitlines()[-1] == f"{told} replicates"
    assert f"{told} replicates" in call(*asked, "--md", on=tmp_path / "near").out.replace("\\", "")
    call(*asked, "--html", str(tmp_path / "report.html"), on=tmp_path / "near")
    assert f"{told} replicates" in (tmp_path / "report.html").read_text()
    found = json.loads(call(*asked, "--json", on=tmp_path / "near").out)
    two = json.loads(call("show", "two", "--json", on=tmp_path / "near").out)["id"]
    assert found["near"] == [{"runs": found["baseline"], "param": "num_workers", "others": [two]}]
    assert call("project", "my p", "--ignore", "num_workers", on=tmp_path / "near").status == 0
    found = json.loads(call(*asked, "--json", on=tmp_path / "near").out)
    assert (found["near"], len(found["baseline"])) == ([], 2)


def test_without_a_baseline_it_says_how_to_set_one(call, five_seeds):
    said = call("compare", "better-0", on=five_seeds / "store")
    assert (said.status, "`trackside baseline RUN` sets it" in said.err) == (2, True)
