"""Histograms of a run: what may be given, how it is counted, and at which step it stands."""

import math

import numpy
import pytest

import trackside


@pytest.fixture
def run(store):
    with trackside.init(project="digits", store=store, quiet=True) as run:
        yield run


@pytest.fixture
def kept(recorded):
    """The last histogram of a name, and its step."""

    def last(name):
        step, value = recorded().others[name][-1]
        return step, value["histogram"]

    return last


class Tensor:
    """What of a torch tensor is asked where numpy is loaded."""

    def __init__(self, values):
        self._values = values

    def detach(self):
        return self

    cpu = double = detach

    def is_complex(self):
        return numpy.iscomplexobj(self._values)

    def __array__(self, *_args, **_more):
        return numpy.array(self._values)


VALUES = [0.0, 1.0, 1.0, 4.0, math.nan, math.inf, -math.inf, -math.inf, 2.0]


@pytest.mark.parametrize(
    "values",
    [VALUES, (value for value in VALUES), numpy.array(VALUES), [VALUES[:5], VALUES[5:]], Tensor(VALUES)],
    ids=["list", "generator", "array", "nested", "tensor"],
)
def test_values_are_counted_between_the_least_and_the_greatest(run, kept, values):
    run.log_histogram("weights", values, step=3)
    assert kept("weights") == (3, {"edges": [0.0, 4.0], "counts": [3, 1, 1], "nan": 1, "inf": 1, "-inf": 2})


def test_masked_values_do_not_count(run, kept):
    run.log_histogram("h", numpy.ma.masked_array([1.0, 2.0, 1e9], mask=[0, 0, 1]))
    assert kept("h")[1] == {"edges": [1.0, 2.0], "counts": [1, 1]}


def test_there_are_64_bins_at_most_unless_more_are_asked_for(run, kept):
    run.log_histogram("a", range(100_000))
    run.log_histogram("b", numpy.arange(100_000), bins=100)
    assert len(kept("a")[1]["counts"]) == 64
    assert kept("b")[1]["counts"] == [1000] * 100


def test_counts_keep_their_edges(run, kept):
    run.log_histogram("h", ([0, 5, 0, 7, 0], [0.0, 1.0, 2.0, 4.0, 8.0, 16.0]))
    assert kept("h")[1] == {"edges": [1.0, 2.0, 4.0, 8.0], "counts": [5, 0, 7]}


def test_bins_that_are_too_many_are_put_together_and_none_is_split(run, kept):
    edges = numpy.concatenate([numpy.geomspace(1e-12, 1, 300), numpy.linspace(1.01, 2, 20)])
    run.log_histogram("h", (numpy.arange(319), edges))
    found = kept("h")[1]
    assert len(found["counts"]) <= 64
    assert sum(found["counts"]) == sum(range(319))
    assert set(found["edges"]) <= set(edges.tolist())


@pytest.mark.parametrize(("values", "counts"), [([2, 2, 2], [3]), ([], []), ([math.nan], []), (numpy.zeros(0), [])])
def test_what_has_no_width_is_kept_as_it_is(run, kept, values, counts):
    run.log_histogram("h", values)
    assert kept("h")[1].get("counts", []) == counts


def test_values_as_far_apart_as_floats_can_be_are_counted(run, kept):
    run.log_histogram("h", [-1e308, 1e308, 0.0])
    assert kept("h")[1] == {"edges": [-1e308, 1e308], "counts": [1, 2]}


def test_without_a_step_it_is_the_one_that_was_reached(run, kept):
    run.log({"loss": 1.0}, step=7)
    run.log_histogram("h", [1, 2])
    run.log({"loss": 0.5})
    assert kept("h")[0] == 7
    assert run._writer.last_step == 8


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("words", "not of str"),
        ([1, "two"], "'two' is none"),
        (([1, 2], [0, 1]), "2 counts and 2 edges"),
        (([1, -2], [0, 1, 2]), "not negative"),
        (([1, 2], [0, 2, 1]), "do not fall"),
        (5, "not of int"),
        (numpy.array([1 + 5j]), "these are complex"),
        (Tensor([1 + 5j]), "these are complex"),
    ],
)
def test_what_is_no_histogram_is_told_in_a_line_and_training_goes_on(run, recorded, capsys, values, says):
    run.log_histogram("h", values)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trackside: histogram 'h' is not kept: ")
    assert says in line
    assert "h" not in recorded().others
