"""Runs have the same code by the files that they imported, else by what they were started from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.compare.same_code import KnownCode, by_code, told_by
from trackside.model.imported import fingerprint

IMPORTED, STARTED = "imported files", "commit and patch"


def known(started_from="a", *, ended=True, whole=True, **files):
    """What is known of a run that imported these files, and perhaps others."""
    return KnownCode(fingerprint(files) if whole else None, ended, lambda: files, lambda: started_from)


def same_by(*codes):
    """What tells that runs had the same code; None where they are not of one."""
    groups = by_code({str(number): code for number, code in enumerate(codes)})
    return told_by(codes) if len(groups) == 1 else None


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
        (known(None, whole=False), known(None, train="1"), None),
        (known(None, whole=False, ended=False), known(None, train="1"), STARTED),
    ],
)
def test_what_tells_that_two_runs_had_the_same_code(one, other, told_by):
    assert same_by(one, other) == same_by(other, one) == told_by


def test_a_list_that_cannot_be_read_any_more_says_nothing_of_the_code():
    lost = KnownCode("sha256:1", False, dict, lambda: "b")
    assert same_by(lost, known("a", train="1")) is None
    assert same_by(lost, known("b", train="1")) == STARTED


def test_what_tells_it_of_several_runs_is_the_weaker_of_what_tells_it_of_each():
    begun, ended, other = known("b", train="1", ended=False), known("b", train="1", plot="2"), known("a", whole=False)
    again = known("a", train="1", plot="2")
    assert same_by(begun, ended, again) == IMPORTED
    assert same_by(begun, ended, again, other) == STARTED
    assert told_by([begun]) is None


def test_no_list_is_read_where_all_runs_have_the_same():
    def unread():
        raise AssertionError("read")

    assert same_by(*[KnownCode("sha256:1", True, unread, unread)] * 3) == IMPORTED


@given(st.data())
def test_runs_are_apart_alike_in_whatever_order_they_come(data):
    files = st.dictionaries(st.sampled_from(["train", "model"]), st.sampled_from("12"), min_size=1)
    some = st.builds(
        lambda start, ended, whole, files: known(start, ended=ended, whole=whole, **files),
        st.sampled_from(["a", "b", None]),
        st.booleans(),
        st.booleans(),
        files,
    )
    codes = dict(enumerate(data.draw(st.lists(some, max_size=6))))
    mixed = data.draw(st.permutations(list(codes.items())))
    there, back = ({frozenset(group) for group in by_code(known)} for known in (codes, dict(mixed)))
    assert there == back
    ended = [number for group in there for number in group if codes[number].ended]
    assert sorted(ended) == [number for number, code in codes.items() if code.ended]
