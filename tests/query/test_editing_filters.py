"""Facets, the tag picker and the filter bar write one and the same text."""

import pytest

from trackside.query.edit import toggled, values_of, with_all, with_any, with_none


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("", "big", "tag:big"),
        ("lr<1", "big", "lr<1 tag:big"),
        ("tag:big lr<1", "big", "lr<1"),
        ("tag:big", "small", "tag:big,small"),
        ("tag:big,small", "big", "tag:small"),
        ("", "two words", 'tag:"two words"'),
        ('tag:"two words"', "two words", ""),
    ],
)
def test_a_value_is_added_or_taken_out(text, value, expected):
    assert toggled(text, "tag", value) == expected


def test_tags_are_asked_for_as_any_all_or_none():
    text = "lr<1 tag:old"
    assert with_any(text, "tag", ["a", "b"]) == "lr<1 tag:a,b"
    assert with_all(text, "tag", ["a", "b"]) == "lr<1 tag:a tag:b"
    assert with_none(text, "tag", ["a", "b"]) == "lr<1 -tag:a -tag:b"


def test_what_is_excluded_is_not_asked_for():
    assert values_of('-tag:a tag:b,"c d"', "tag") == ["b", "c d"]
