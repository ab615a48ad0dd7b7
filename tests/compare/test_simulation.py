"""Each statistic claims as often as the docs say where there is nothing to claim. `just simulate` is the long form."""

import pytest
from simulate.table import NULL, POWER

COMPARISONS = 300


@pytest.mark.slow
@pytest.mark.parametrize("cell", NULL, ids=lambda cell: cell.name)
def test_a_claim_without_a_difference_is_as_rare_as_is_said(cell):
    rate = cell.rate(COMPARISONS)
    assert cell.holds(rate, COMPARISONS), f"{rate:.2%} of {COMPARISONS} comparisons claimed something"


@pytest.mark.slow
@pytest.mark.parametrize("cell", POWER, ids=lambda cell: cell.name)
def test_a_difference_that_is_there_is_found_more_often_than_one_that_is_not(cell):
    assert cell.rate(60) > 0.05


def test_a_cell_that_claims_too_often_does_not_hold():
    nominal = next(cell for cell in NULL if cell.at_most)
    measured = next(cell for cell in NULL if not cell.at_most)
    assert nominal.holds(0.0, 4_000)
    assert nominal.holds(0.06, 4_000)
    assert not nominal.holds(0.061, 4_000)
    assert not measured.holds(0.0, 4_000)
