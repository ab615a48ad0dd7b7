"""Each statistic claims as often as the statistics page says. `just simulate` is the long form."""

import pytest
from simulate.promises import Promise, promises
from simulate.table import NULL, POWER

CELLS = [*((cell, 150) for cell in NULL), *((cell, 60) for cell in POWER)]


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "comparisons"), CELLS, ids=lambda value: getattr(value, "name", ""))
def test_a_comparison_claims_as_often_as_the_page_says(cell, comparisons):
    rate = cell.rate(comparisons)
    promise = promises()[cell.name]
    assert promise.holds(rate, comparisons), f"{rate:.2%} of {comparisons} comparisons claimed something, not {promise}"


def test_every_kind_of_comparison_is_on_the_page_and_every_figure_of_the_page_is_held():
    assert sorted(promises()) == sorted(cell.name for cell in [*NULL, *POWER])


def test_a_figure_that_is_passed_or_missed_does_not_hold():
    nominal, measured = Promise(0.05, at_most=True), Promise(0.08, at_most=False)
    assert nominal.holds(0.0, 4_000)
    assert nominal.holds(0.06, 4_000)
    assert not nominal.holds(0.061, 4_000)
    assert measured.holds(0.09, 4_000)
    assert not measured.holds(0.0, 4_000)
    assert not measured.holds(0.1, 4_000)
