"""Facets, the tag picker and the filter bar write one and the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.query.edit import toggled, values_of, way_of, with_all, with_any, with_none, without
from trackside.query.parse import parse
from trackside.query.quoting import in_one_line


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
        ("", "st*r", 'tag:"st*r"'),
        ("lr<1 or lr>2", "big", "(lr<1 or lr>2) tag:big"),
        ("(tag:big or lr<1)", "big", "(tag:big or lr<1) tag:big"),
        ('name:"a  tag:big"', "big", 'name:"a  tag:big" tag:big'),
        ("-tag:big", "small", "tag:small -tag:big"),
        ("-tag:big,old lr<1", "big", "lr<1 tag:big -tag:old"),
        ("lr<", "big", "tag:big lr<"),
        ("tag : big", "big", ""),
        ("", 'a\r\nb\\n"c"', r'tag:"a\r\nb\\n\"c\""'),
        (r'tag:"a\nb"', "a\nb", ""),
    ],
)
def test_a_value_is_added_or_taken_out(text, value, expected):
    assert toggled(text, "tag", value) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tag:big\r\n  lr<1", "tag:big   lr<1"),
        ('name:"a\nb" tag:big', r'name:"a\nb" tag:big'),
        ('name:"a\\\\\nb"', r'name:"a\\\nb"'),
        (r'name:"a\nb" name~"^\w"', r'name:"a\nb" name~"^\w"'),
        ('name:"\n', 'name:" '),
        ('"' + '\\"' * 100_000 + "\n", '"' + '\\"' * 100_000 + " "),
    ],
)
def test_a_filter_of_several_lines_is_written_in_one(text, line):
    assert in_one_line(text) == line
    assert values_of(line, "name") == values_of(text, "name")


def test_tags_are_asked_for_as_any_all_or_none():
    text = "lr<1 tag:old"
    assert with_any(text, "tag", ["a", "b"]) == "lr<1 tag:a,b"
    assert with_all(text, "tag", ["a", "b"]) == "lr<1 tag:a tag:b"
    assert with_none(text, "tag", ["a", "b"]) == "lr<1 -tag:a -tag:b"


@pytest.mark.parametrize(("way", "written"), [("any", with_any), ("all", with_all), ("none", with_none)])
def test_whether_any_all_or_none_is_asked_for_is_read_as_it_was_written(way, written):
    assert way_of(written("lr<1", "tag", ["a", "b"]), "tag") == way
    assert way_of("lr<1", "tag") == "any"


def test_what_is_excluded_is_not_asked_for():
    assert values_of('-tag:a tag:b,"c d"', "tag") == ["b", "c d"]


def test_a_filter_without_a_key_loses_what_it_excludes_too():
    assert without("not tag:a lr<1 -tag:b", "tag") == "lr<1"


@given(st.lists(st.text(min_size=1, max_size=8), max_size=4, unique=True))
def test_values_of_any_letters_are_read_as_they_were_written(values):
    text = with_any("lr<1 or lr>2", "tag", values)
    parse(text)
    assert not {"\n", "\r"}.intersection(text)
    assert values_of(text, "tag") == values
