"""What cells of a comparison say in words."""

from some_runs import a_run, compared, only_cell, seeds

from trackside.compare.guard import LEFT_OUT
from trackside.compare.sides import side_of_runs
from trackside.services.comparison.words import (
    baseline_text,
    cell_text,
    count_text,
    reason_sentence,
    telling_reasons,
    unverified_sentences,
    verdict_sentence,
)


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


def test_a_claim_on_data_that_is_not_known_is_not_made_of_this_eval_set():
    values = (0.90, 0.91, 0.905, 0.895), (0.95, 0.96, 0.955, 0.945)
    told = {
        fingerprint: verdict_sentence(only_cell(compared(*(seeds(*side, fingerprint=fingerprint) for side in values))))
        for fingerprint in ("blake3:aa", None)
    }
    assert told["blake3:aa"].startswith("better on this eval set · ")
    assert told[None].startswith("better, eval data unverified · ")


def test_where_no_eval_data_is_known_it_is_told_once_how_a_script_says_it():
    known, unknown, foreign = (
        compared(*(seeds(0.90, 0.91, 0.92, **facts) for _ in range(2)))
        for facts in ({}, {"data": {}}, {"data": {}, "source": "wandb"})
    )
    assert ["eval_data" in sentence for sentence in unverified_sentences(unknown)] == [True]
    assert unverified_sentences(known) == unverified_sentences(foreign) == []


def test_a_run_that_diverged_keeps_its_sign_and_its_reason():
    cell = only_cell(compared(seeds(0.9, 0.91, 0.92), seeds(float("nan"))))
    assert cell_text(cell, seeds(0.9)) == "– ?"
    assert list(map(reason_sentence, telling_reasons(cell))) == [
        "diverged [diverged]: no finite value of the candidate",
    ]


def test_a_run_that_does_not_count_is_named_with_what_can_be_done():
    lossy = side_of_runs([*seeds(0.95, 0.96, 0.955).runs, a_run(0.1, seed=9, status="crashed", name="last-one")])
    cell = only_cell(compared(seeds(0.9, 0.91, 0.92), lossy))
    (told,) = (reason for reason in cell.reasons if reason.code == LEFT_OUT)
    assert reason_sentence(told) == (
        "runs that do not count [left_out]: none of 3 runs v last-one crashed of 4 runs"
        "; run them again or archive them, else accept it"
    )
    note = {(LEFT_OUT, frozenset({told.baseline, told.candidate})): "the node went down"}
    cell = only_cell(compared(seeds(0.9, 0.91, 0.92), lossy, acknowledged=note))
    (told,) = (reason for reason in cell.reasons if reason.code == LEFT_OUT)
    assert reason_sentence(told) == (
        "runs that do not count: none of 3 runs v last-one crashed of 4 runs (acknowledged: the node went down)"
    )
