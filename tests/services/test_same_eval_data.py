"""Eval data that a person acknowledged to be the same goes by one fingerprint."""

from trackside.model.run import Acknowledgement, ProjectSettings
from trackside.services.comparison.eval_data import SameData


def decided(*pairs, code="eval_data"):
    return ProjectSettings(
        acknowledged=tuple(
            Acknowledgement(code=code, baseline=one, candidate=other, note="same", time=1.0) for one, other in pairs
        )
    )


def test_acknowledged_fingerprints_are_one_however_they_are_chained():
    same = SameData.of([decided(("blake3:d", "blake3:c"), ("blake3:a", "blake3:b")), decided(("blake3:b", "blake3:c"))])
    assert {same.named(f"blake3:{letter}") for letter in "abcd"} == {"blake3:a"}
    assert same.named("blake3:x") == "blake3:x"
    assert same.named(None) is None


def test_what_was_acknowledged_of_other_things_says_nothing_of_eval_data():
    same = SameData.of([decided(("blake3:a", "blake3:b"), code="packages")])
    assert same.named("blake3:b") == "blake3:b"
