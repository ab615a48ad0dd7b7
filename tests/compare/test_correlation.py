"""How params go together with a metric: the figures are SciPy's, and what cannot be said says why."""

import math

import numpy as np
import pytest
from scipy import stats

from trackside.compare.statistics.correlation import associations, correlation_ratio, spearman

RNG = np.random.default_rng(7)
RATE = 10 ** RNG.uniform(-5, -1, 40)
DEPTH = RNG.choice([2.0, 4.0, 8.0], 40)
OPTIMIZER = RNG.choice(["adam", "sgd", "lion"], 40).tolist()
LOSS = (np.log10(RATE) + (np.array(OPTIMIZER) == "sgd") + RNG.normal(0, 1, 40)).round(1)


def close(value):
    return pytest.approx(value, rel=1e-9, abs=0)


def only(params, metric):
    (found,) = associations({"param": params}, metric).found
    return found


@pytest.mark.parametrize("param", [RATE, DEPTH, -RATE], ids=["all different", "many equal", "falling"])
def test_a_numeric_param_has_spearmans_correlation_of_scipy_with_ties(param):
    assert spearman(param, LOSS)[0] == close(stats.spearmanr(param, LOSS).statistic)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_its_interval_has_the_standard_error_of_bonett_and_wright(alpha):
    estimate, interval = spearman(RATE, LOSS, alpha)
    error = math.sqrt((1 + estimate**2 / 2) / (len(RATE) - 3))
    expected = np.tanh(stats.norm.interval(1 - alpha, math.atanh(estimate), error))
    assert interval == close(tuple(expected))


def test_a_param_of_words_has_the_epsilon_squared_of_scipys_kruskal_wallis_test():
    codes = np.unique(OPTIMIZER, return_inverse=True)[1]
    statistic = stats.kruskal(*(LOSS[codes == code] for code in range(3))).statistic
    estimate, _ = correlation_ratio(codes.astype(float), LOSS)
    assert estimate**2 == close((statistic - 3 + 1) / (len(LOSS) - 3))


def test_its_interval_ends_where_the_noncentral_f_of_the_ranks_leaves_a_tail():
    codes = np.unique(OPTIMIZER, return_inverse=True)[1]
    ranks = stats.rankdata(LOSS)
    ratio = stats.f_oneway(*(ranks[codes == code] for code in range(3))).statistic
    _, interval = correlation_ratio(codes.astype(float), LOSS)
    shifts = [end**2 * len(LOSS) / (1 - end**2) for end in interval]
    assert stats.ncf.cdf(ratio, 2, len(LOSS) - 3, shifts) == pytest.approx([0.975, 0.025], rel=1e-8)


def test_the_strongest_param_comes_first_whatever_its_sign_or_kind():
    params = {"depth": DEPTH.tolist(), "lr": (-RATE).tolist(), "optimizer": OPTIMIZER}
    found = associations(params, LOSS.tolist()).found
    assert [one.param for one in found] == ["lr", "optimizer", "depth"]
    assert [one.kind for one in found[:2]] == ["rank correlation", "correlation ratio of ranks"]
    assert found[0].estimate < -0.3
    assert all(one.interval[0] <= one.estimate <= one.interval[1] for one in found)


def test_true_and_false_are_words_and_not_numbers():
    flags = [value > 1e-3 for value in RATE.tolist()]
    assert only(flags, LOSS.tolist()).kind == "correlation ratio of ranks"


def test_fewer_than_ten_runs_that_have_both_are_refused_and_why_is_said():
    rates = [*RATE[:9].tolist(), None, *RATE[10:12].tolist()]
    losses = [*LOSS[:10].tolist(), math.nan, None]
    found = only(rates, losses)
    assert (found.n, found.estimate, found.interval) == (9, None, None)
    assert found.why_not == "9 of the 10 runs that it takes"
    assert only(RATE[:10].tolist(), LOSS[:10].tolist()).estimate is not None


def test_a_run_without_the_param_is_left_out_of_that_param_alone():
    rates = [None, None, *RATE[2:].tolist()]
    found = associations({"depth": DEPTH.tolist(), "lr": rates}, LOSS.tolist()).found
    by_name = {one.param: one for one in found}
    assert (by_name["depth"].n, by_name["lr"].n) == (40, 38)
    assert by_name["lr"].estimate == close(stats.spearmanr(RATE[2:], LOSS[2:]).statistic)


def test_constant_params_are_left_out_and_named():
    params = {"batch": [32] * 40, "lr": RATE.tolist(), "amp": [None, *[True] * 39], "unset": [None] * 40}
    found = associations(params, LOSS.tolist())
    assert found.constant == ("amp", "batch", "unset")
    assert [one.param for one in found.found] == ["lr"]


@pytest.mark.parametrize(
    ("params", "metric", "says"),
    [
        (RATE.tolist(), [0.5] * 40, "the metric is the same in all runs"),
        ([f"name-{number}" for number in range(40)], LOSS.tolist(), "40 different values in 40 runs"),
        ([1e-3] * 39 + [1e-2], [*LOSS[:39].tolist(), None], "one value in all runs that have the metric"),
    ],
    ids=["constant metric", "a name for each run", "constant where measured"],
)
def test_what_cannot_be_said_says_why(params, metric, says):
    found = only(params, metric)
    assert (found.estimate, found.why_not) == (None, says)


@pytest.mark.parametrize("params", [list(range(12)), ["a", "b"] * 6], ids=["number", "words"])
def test_a_metric_that_follows_from_the_param_has_no_interval(params):
    metric = [float(params.index(value)) for value in params]
    found = only(params, metric)
    assert (found.estimate, found.interval) == (1.0, None)
    assert found.why_not == "it follows from the param alone: no interval"


def test_words_that_explain_less_than_chance_have_no_strength_and_an_upper_end():
    found = only(["a", "b"] * 10, [float(number // 2) for number in range(20)])
    assert found.estimate == 0.0
    assert found.interval[0] == 0.0
    assert 0.2 < found.interval[1] < 0.6


def test_neither_the_order_of_runs_nor_the_scale_of_a_param_changes_a_figure():
    order = RNG.permutation(40)
    before = associations({"lr": RATE.tolist(), "optimizer": OPTIMIZER}, LOSS.tolist())
    after = associations(
        {"lr": np.log(RATE)[order].tolist(), "optimizer": [OPTIMIZER[place] for place in order]}, LOSS[order].tolist()
    )
    for one, other in zip(before.found, after.found, strict=True):
        assert other.estimate == close(one.estimate)
        assert other.interval == close(one.interval)


DRAWS = 1_000


@pytest.mark.parametrize("runs", [10, 40])
@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_an_interval_of_a_rank_correlation_holds_what_is_true_in_about_nineteen_of_twenty_draws(runs, correlation):
    rng = np.random.default_rng(1)
    true = 6 / math.pi * math.asin(correlation / 2)
    noise = math.sqrt(1 - correlation**2)
    held = 0
    for param, other in zip(rng.normal(size=(DRAWS, runs)), rng.normal(size=(DRAWS, runs)), strict=True):
        lower, upper = spearman(param, correlation * param + noise * other)[1]
        held += lower <= true <= upper
    assert 0.93 <= held / DRAWS <= 0.98


@pytest.mark.parametrize("effect", [0.0, 0.5])
def test_an_interval_of_a_correlation_ratio_holds_what_is_true_in_about_nineteen_of_twenty_draws(effect):
    rng = np.random.default_rng(2)
    category = np.arange(40) % 4.0
    many = np.arange(200_000) % 4.0
    ranks = stats.rankdata(effect * many + rng.normal(size=len(many)))
    means = [ranks[many == code].mean() for code in range(4)]
    true = np.std(means) / np.std(ranks) if effect else 0.0
    held = 0
    for noise in rng.normal(size=(DRAWS, 40)):
        lower, upper = correlation_ratio(category, effect * category + noise)[1]
        held += lower <= true <= upper
    assert 0.92 <= held / DRAWS <= 0.985
