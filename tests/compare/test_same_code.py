"""Runs have the same code by the files that they imported, else by what they were started from."""

import pytest

from trackside.compare.same_code import KnownCode, same_by
from trackside.model.imported import fingerprint

IMPORTED, STARTED = "imported files", "commit and patch"


def known(started_from="a", *, ended=True, whole=True, **files):
    """What is known of a run that imported these files, and perhaps others."""
    return KnownCode(fingerprint(files) if whole else None, ended, lambda: files, lambda: started_from)


@pytest.mark.parametrize(
    ("one", "other", "told_by"),
    [
        (known("a", train="1", model="2"), known("b", model="2", train="1"), IMPORTED),
        (known("a", train="1", model="2"), known("b", train="1", model="3"), None),
        (known("a", train="1", ignored="2"), known("a", train="1", ignored="3"), None),
        (known("a", train="1"), known("b", train="1", plot="2"), None),
        (known("a", train="1"), known("a", train="1", plot="2"), STARTED),
        (known(None, train="1"), known(None, train="1", plot="2"), None),
        (known("a", train="1", ended=False), known("b", train="1", plot="2"), IMPORTED),
        (known("a", train="1", plot="2"), known("b", train="1", ended=False), IMPORTED),
        (known("a", train="1", plot="2", ended=False), known("b", train="1"), None),
        (known("a", train="1", ended=False), known("b", train="2", plot="2"), None),
        (known("a", train="1"), known("a", train="1", whole=False), STARTED),
        (known("a", train="1"), known("b", train="1", whole=False), None),
        (known("a", whole=False), known("a", whole=False), STARTED),
        (known(None, whole=False), known(None, whole=False), STARTED),
        (known("a", whole=False), known("b", whole=False), None),
    ],
)
def test_what_tells_that_two_runs_had_the_same_code(one, other, told_by):
    assert same_by(one, other) == same_by(other, one) == told_by


def test_a_list_that_cannot_be_read_any_more_says_nothing_of_the_code():
    lost = KnownCode("sha256:1", False, dict, lambda: "b")
    assert same_by(lost, known("a", train="1")) is None
    assert same_by(lost, known("b", train="1")) == STARTED
