"""`trackside correlate`: params with a metric over the runs of a filter, and what it refuses."""

import json
import random

import pytest
from scipy import stats

import trackside

RUNS = 14


def record(store, number, *, project="sweep", eval_set=None, fails=False, **params):
    chance = random.Random(number)
    params = {"lr": 10.0 ** -chance.uniform(1, 4), "opt": "adam" if number % 2 else "sgd", "seed": number, **params}
    data = {} if eval_set is None else {"eval": str(eval_set)}
    with trackside.init(project=project, params=params, seed=number, data=data, store=store, quiet=True) as run:
        run.define_metric("val/accuracy", goal="max", primary=True, eval_data="eval" if data else None)
        run.log({"val/accuracy": 0.9 - params["lr"] + chance.gauss(0, 0.02), "train/loss": chance.random()}, step=0)
        if fails:
            raise RuntimeError("out of memory")


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """As many runs as RUNS with learning rates by chance, and one that failed."""
    store = tmp_path_factory.mktemp("sweep") / "store"
    for number in range(RUNS):
        record(store, number)
    with pytest.raises(RuntimeError):
        record(store, RUNS, fails=True)
    return store


def test_a_numeric_param_has_spearmans_correlation_with_the_primary_metric_and_an_interval(call, sweep):
    said = call("correlate", "--json", on=sweep)
    document = json.loads(said.out)
    finished = [run for run in json.loads(call("ls", "--json", on=sweep).out) if run["status"] == "finished"]
    lr = [run["params"]["lr"] for run in finished]
    accuracy = [run["metrics"]["val/accuracy"]["last"] for run in finished]
    found = {one["param"]: one for one in document["associations"]}
    assert document["metric"] == "val/accuracy"
    assert (document["runs"], document["left_out"]) == (RUNS, {"failed": 1})
    assert found["lr"]["estimate"] == pytest.approx(stats.spearmanr(lr, accuracy).statistic, rel=1e-9)
    low, high = found["lr"]["ci"]
    assert low < found["lr"]["estimate"] < high
    assert found["lr"]["n"] == RUNS
    assert (found["opt"]["kind"], found["opt"]["n"]) == ("correlation ratio of ranks", RUNS)
    assert "seed" not in found
    assert "not proof" in document["proviso"]


def test_the_strongest_param_comes_first_and_what_it_means_stands_below(call, sweep):
    said = call("correlate", on=sweep).out
    head, columns, first, *_ = said.splitlines()
    assert head == "params with val/accuracy"
    assert columns.split() == ["param", "estimate", "95", "%", "interval", "runs"]
    assert first.split()[:2] == ["lr", "ρ"]
    assert f"Over {RUNS} runs." in said
    assert "Left out: 1 failed." in said
    assert "Association, not proof" in said


def test_a_filter_and_any_statistic_of_a_metric_choose_what_is_correlated(call, sweep):
    said = call("correlate", "lr<1", "--metric", "min(train/loss)", on=sweep).out
    assert said.startswith("params with min(train/loss)")
    assert f"Over {RUNS} runs that match lr<1." in said


def test_under_ten_runs_nothing_is_said(call, sweep):
    said = call("correlate", "opt:adam", on=sweep)
    assert (said.status, said.out) == (1, "")
    assert said.err == "trackside: 7 runs with val/accuracy: a rank correlation takes 10\n"
    assert call("correlate", "opt:adam", "--json", on=sweep).out == ""


def test_unlike_eval_data_are_refused_unless_told(call, store, tmp_path):
    eval_set = tmp_path / "eval.txt"
    for number in range(12):
        eval_set.write_text(f"data {number % 2}")
        record(store, number, project="mixed", eval_set=eval_set)
    said = call("correlate", "project:mixed")
    assert (said.status, said.out, said.err.count("blake3:")) == (1, "", 2)
    assert "--mix-eval-data takes them together" in said.err
    assert "(6 runs) and blake3:" in said.err
    assert " and 3 more; " in said.err
    told = call("correlate", "project:mixed", "--mix-eval-data")
    assert "The metric was measured on unlike eval data" in told.out
    assert json.loads(call("correlate", "project:mixed", "--mix-eval-data", "--json").out)["mixed_eval_data"] is True
    compared = ("compare", "project:mixed seed=1", "--baseline", "project:mixed seed=0", "--each")
    assert call(*compared, "--acknowledge", "eval_data", "--note", "one header").status == 0
    accepted = call("correlate", "project:mixed")
    assert "(6 runs) were acknowledged to be the same: one header." in accepted.out
    assert "unlike" not in accepted.out


def test_params_that_a_project_ignores_and_those_with_one_value_are_no_question(call, store):
    for number in range(10):
        record(store, number, project="more", workers=number, depth=2)
    document = json.loads(call("correlate", "project:more", "--json").out)
    assert document["constant"] == ["depth"]
    assert "workers" in {one["param"] for one in document["associations"]}
    assert call("project", "more", "--ignore", "workers").status == 0
    document = json.loads(call("correlate", "project:more", "--json").out)
    assert "workers" not in {one["param"] for one in document["associations"]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["name:nobody"], "no run matches this filter"),
        (["status:finnished"], "did you mean finished?"),
        (["--metric", "acuracy"], "no column 'acuracy'"),
        (["--metric", "lr"], "lr is no metric"),
        (["--metric", "val/accuracy,duration"], "one metric at a time"),
        (["--metrics", "x"], "No such option"),
    ],
)
def test_a_mistaken_call_ends_with_a_line_that_says_what_to_do(call, sweep, arguments, says):
    said = call("correlate", *arguments, on=sweep)
    assert (said.status, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1
