"""What `compare` sets beside the baseline: runs, their replicates, and the methods that a filter finds."""

import json

import pytest

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


@pytest.fixture
def some_failed(call, tmp_path):
    """Compare with `base`; of the method `new` seed 2 failed and was run again, seed 3 failed, and seed 4 is bad."""

    def run(name: str, lr: float, seed: int, value: float, ends: str = "finished") -> None:
        made = trackside.init(project="p", name=name, params={"lr": lr}, seed=seed, store=tmp_path / "s", quiet=True)
        made.define_metric("val/acc", goal="max", primary=True)
        made.log({"val/acc": value})
        made.finish(ends)

    run("new-2x", 0.2, 2, 0.0, "failed")
    for seed in range(3):
        run(f"base-{seed}", 0.1, seed, 0.5 + seed / 100)
        run(f"new-{seed}", 0.2, seed, 0.7 + seed / 100)
    run("new-3", 0.2, 3, 0.0, "failed")
    run("new-4", 0.2, 4, 0.3)

    def compare(*arguments: str):
        said = call("compare", *arguments, "--baseline", "base-0", "--json", on=tmp_path / "s")
        return json.loads(said.out), said.err

    return compare


@pytest.mark.parametrize("found", ["val/acc>0.6", "lr:0.2 status:finished", "name:new-*", "lr:0.2 status:failed"])
def test_a_filter_chooses_methods_and_drops_none_of_their_runs(some_failed, found):
    document, said = some_failed(found)
    assert [len(ids) for ids in document["candidates"]] == [4]
    (cell,) = document["rows"][0]["cells"]
    assert (cell["verdict"], cell["n"]) == ("untested", [3, 4])
    (reason,) = (reason for reason in cell["reasons"] if reason["code"] == "left_out")
    assert reason["candidate"].endswith("of 5 runs")
    assert ("that it does not match, replicates of those it does" in said) == (found != "name:new-*")


def test_each_run_that_a_filter_finds_is_a_side_where_it_is_asked_so(some_failed):
    document, said = some_failed("val/acc>0.6", "--each")
    assert ([len(ids) for ids in document["candidates"]], said) == ([1, 1, 1], "")


def test_each_method_that_a_filter_finds_is_a_side_of_its_own(compare):
    said = compare("compare", "project:p -name:elsewhere-*", "--json")
    document = json.loads(said.out)
    found = [sorted(run for run in ids) for ids in document["candidates"]]
    assert sorted(map(len, found)) == [1, 5, 5]
    assert not set(document["baseline"]) & {run for ids in found for run in ids}
    assert "is of the baseline (5 runs); the others are compared with it" in said.err


def test_a_replicate_of_the_baseline_beside_others_is_left_out_and_told(compare):
    said = compare("compare", "base-2", "better-0")
    told = "base-2 is of the baseline (5 runs); the others are compared with it\n"
    assert (said.status, said.err) == (0, told)


def test_runs_of_another_project_than_the_baselines_are_told_of(call, tmp_path):
    root = tmp_path / "two"
    for project, name in (("odd", "b0"), ("odd", "b1"), ("lab", "s1")):
        with trackside.init(project=project, name=name, params={"x": name}, store=root, quiet=True) as run:
            run.log({"val/f1": 0.5}, step=0)
    assert call("baseline", "b0", on=root).status == 0
    told = "the baseline is that of project odd; s1 is of project lab\n"
    assert call("compare", "b1", "s1", on=root).err == told
    assert call("compare", "b1", "s1", "--baseline", "b0", on=root).err == ""


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
