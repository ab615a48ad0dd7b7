"""What could explain a difference: first what the project's other runs tell, last what they speak against."""

from hypothesis import given
from hypothesis import strategies as st

from trackside.compare.statistics.correlation import Association, associations
from trackside.compare.why import Suspect, agrees, ranked


def ranks(param, estimate, interval):
    return Association(param, "rank correlation", 24, estimate, interval)


def of_words(param, estimate, interval):
    return Association(param, "correlation ratio of ranks", 24, estimate, interval)


FEW = Association("layer.2", "rank correlation", 4, why_not="4 of the 10 runs that it takes")

SUSPECTS = [
    Suspect("eval data", "val", "blake3:1", "blake3:2"),
    Suspect("param", "depth", "2", "4", ranks("depth", 1.0, None), True),
    Suspect("param", "lr", "0.1", "0.01", ranks("lr", -0.8, (-0.9, -0.5)), True),
    Suspect("param", "optimizer", "sgd", "adam", of_words("optimizer", 0.6, (0.2, 0.8))),
    Suspect("steps", "steps", "1,000", "4,000"),
    Suspect("param", "dropout", None, "0.5"),
    Suspect("param", "layer.2", "1", "2", FEW),
    Suspect("param", "layer.10", "1", "2"),
    Suspect("code", "z.py", None, "+3 −1", imported="both"),
    Suspect("code", "y.py", None, "+3 −1", imported="candidate"),
    Suspect("code", "x.py", None, "+3 −1", imported="baseline"),
    Suspect("code", "train.py", None, "+3 −1"),
    Suspect("code", "conf.yaml", None, "+3 −1", imported="neither"),
    Suspect("data", "train", "blake3:3", "blake3:4"),
    Suspect("package", "torch", "1.13.0", "2.0.0"),
    Suspect("hardware", "gpu", "A100", "H100"),
    Suspect("environment", "cuda", "11.8", "12.1"),
    Suspect("param", "width", "8", "16", ranks("width", 0.9, (0.8, 0.95)), False),
    Suspect("param", "num_workers", "1", "2", ranks("num_workers", 0.1, (-0.3, 0.5)), True),
    Suspect("seed", "seed", "1", "2"),
    Suspect("package", "numpy", "1.26.0", "1.26.4", minor="the same major version"),
]
"""In the order in which they explain a difference."""


@given(st.permutations(SUSPECTS))
def test_the_order_is_that_of_what_speaks_for_each_however_they_are_found(suspects):
    assert [cause.suspect for cause in ranked(suspects)] == SUSPECTS


def test_each_cause_says_why_it_stands_there():
    why = {cause.suspect.name: cause.why for cause in ranked(SUSPECTS)}
    assert why["lr"] == "ρ -0.80 (95 %: -0.90 … -0.50) over 24 other runs, which fits the way it went"
    assert why["width"] == "ρ +0.90 (95 %: +0.80 … +0.95) over 24 other runs, which speaks against the way it went"
    assert why["num_workers"] == "no association seen: ρ +0.10 (95 %: -0.30 … +0.50) over 24 other runs"
    assert why["depth"] == "ρ +1.00 over 24 other runs, which fits the way it went"
    assert why["optimizer"] == "η 0.60 (95 %: 0.20 … 0.80) over 24 other runs"
    assert why["dropout"] == "other runs do not tell how much it matters"
    assert why["layer.2"] == "other runs do not tell how much it matters: 4 of the 10 runs that it takes"
    assert why["z.py"] == "both runs imported it: what the change does is not known"
    assert why["conf.yaml"] == "neither run imported it; they may have read it otherwise"
    assert why["torch"] == "another major version"
    assert why["numpy"] == "the same major version"
    assert why["val"] == "the metric is measured on it"


def test_a_param_agrees_where_its_change_would_have_moved_the_metric_as_it_moved():
    lr = [10.0**-exponent for exponent in range(12)]
    (falling,) = associations({"lr": lr}, [-value for value in lr]).found
    assert agrees(falling, 0.1, 0.01, 0.5) is True
    assert agrees(falling, 0.1, 0.01, -0.5) is False
    assert agrees(falling, 0.01, 1, -0.5) is True
    assert agrees(falling, 0.1, 0.01, 0.0) is None
    assert agrees(falling, None, 0.01, 0.5) is None
    (words,) = associations({"optimizer": ["sgd", "adam"] * 6}, lr).found
    assert agrees(words, "sgd", "adam", 0.5) is None


def test_of_sides_that_do_not_differ_there_is_no_cause():
    assert ranked([]) == ()
