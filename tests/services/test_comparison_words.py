"""What cells of a comparison say in words."""

from some_runs import a_run, compared, only_cell

from trackside.compare.sides import side_of_runs
from trackside.services.comparison_words import baseline_text, count_text


def test_a_mean_over_pairs_of_seeds_tells_of_how_many_it_is():
    base, better = (0.90, 0.91, 0.93, 0.92, 0.95), (0.97, 0.965, 0.985, 0.95, 0.94)
    ours, theirs = (
        side_of_runs([a_run(value, seed=seed) for seed, value in enumerate(values, start=first)])
        for first, values in ((0, base), (2, better))
    )
    cell = only_cell(compared(ours, theirs, paired_by_seed=True))
    assert (baseline_text(cell, ours), count_text(cell)) == ("0.9333 (3 of 5)", "(3 of 5)")
    cell = only_cell(compared(ours, theirs))
    assert (baseline_text(cell, ours), count_text(cell)) == ("0.922 (5)", "(5)")
