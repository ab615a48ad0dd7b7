"""Which data a metric was measured on: what was declared, else what the metric's name says, else not known."""

import pytest

from trackside.compare.eval_data import eval_fingerprint, unlike
from trackside.model.run import DataRef, Run


def run_with(*, data=None, declared=None):
    refs = {role: DataRef(uri=role, fingerprint=fingerprint) for role, fingerprint in (data or {}).items()}
    return Run(
        id="1", name="one", project="p", created=1.0, status="finished", data=refs, eval_data={"m": declared or ""}
    )


def test_a_declared_role_is_that_data_of_the_run():
    run = run_with(data={"held-out": "blake3:aa", "val": "blake3:bb"}, declared="held-out")
    assert eval_fingerprint(run, "m") == "blake3:aa"


def test_what_is_declared_and_no_role_is_a_version():
    assert eval_fingerprint(run_with(data={"eval": "blake3:aa"}, declared="imagenet-v2"), "m") == "imagenet-v2"


def test_a_role_without_data_says_nothing_of_the_data():
    assert eval_fingerprint(run_with(declared="eval"), "m") is None
    assert eval_fingerprint(run_with(data={"eval": None}, declared="eval"), "m") is None


@pytest.mark.parametrize("role", ["val", "eval", "test", "dev"])
def test_a_metric_of_which_nothing_was_declared_is_measured_on_the_role_that_it_begins_with(role):
    run = run_with(data={role: "blake3:aa", "other": "blake3:bb"})
    assert eval_fingerprint(run, f"{role}/accuracy") == "blake3:aa"
    assert eval_fingerprint(run_with(data={role: "blake3:aa", "train": "blake3:cc"}), "accuracy") == "blake3:aa"


def test_of_several_sets_of_data_for_evaluation_none_is_guessed():
    run = run_with(data={"val": "blake3:aa", "test": "blake3:bb"})
    assert eval_fingerprint(run, "val/accuracy") == "blake3:aa"
    assert eval_fingerprint(run, "accuracy") is None
    assert eval_fingerprint(run, "eval/accuracy") is None


@pytest.mark.parametrize("metric", ["train/loss", "system/gpu"])
def test_what_is_measured_in_training_or_of_the_machine_is_on_no_data_for_evaluation(metric):
    assert eval_fingerprint(run_with(data={"val": "blake3:aa"}), metric) is None


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ("blake3:aa", "blake3:aa", False),
        ("blake3:aa", "blake3:ab", True),
        ("stat:1", "stat:2", True),
        ("imagenet:v1", "imagenet:v2", True),
        ("blake3:aa", "md5:aa", None),
        ("blake3:aa", "v2", None),
        ("blake3:aa", None, None),
        (None, None, None),
    ],
)
def test_fingerprints_that_were_made_in_different_ways_tell_nothing_of_the_data(one, other, says):
    assert unlike(one, other) is says
    assert unlike(other, one) is says
