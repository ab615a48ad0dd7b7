"""What the filter bar and the shell offer while a filter is typed."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackside.query.complete import Vocabulary, complete
from trackside.query.parse import parse
from trackside.services.table.selecting import vocabulary

VALUES = {
    "tag": ["baseline", "big", "debug", "two words"],
    "status": ["finished", "failed"],
    "param.optimizer": ["adam", "sgd"],
}
WORDS = Vocabulary(
    params=["lr", "model.depth", "a key", "optimizer"],
    metrics=["val/acc", "val/loss", "odd (name):x"],
    values=lambda name: VALUES.get(name, []),
)


def offered(text: str, cursor: int | None = None) -> list[str]:
    """The whole filter after each completion."""
    end = len(text) if cursor is None else cursor
    return [text[: one.start] + one.text + text[one.end :] for one in complete(text, end, WORDS)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sta", "status:"),
        ("-sta", "-status:"),
        ("status:f", "status:finished"),
        ("tags:d", "tags:debug"),
        ("-tag:d", "-tag:debug"),
        ("tag: ba", "tag: baseline"),
        ("tag:baseline,d", "tag:baseline,debug"),
        ('tag:"two w', 'tag:"two words"'),
        ("tag:tw", 'tag:"two words"'),
        ("(lr<1 or val", "(lr<1 or val/acc"),
        ("model", "model.depth"),
        ("a ke", 'a "a key"'),
        ('"a ke', '"a key"'),
        ("best(", "best(val/acc)"),
        ("-best(val/l", "-best(val/loss)"),
        ("max(odd", 'max("odd (name):x")'),
        ("param.l", "param.lr"),
        ("metric.odd", 'metric."odd (name):x"'),
        ("lr", "lr<"),
        ("optimizer:", "optimizer:adam"),
        ("param.optimizer:s", "param.optimizer:sgd"),
        ("created>", "created>1h"),
        ("duration>", "duration>1m"),
        ("stauts", "status:"),
        ("tag:big or", "tag:big or"),
    ],
)
def test_what_could_come_next(text, first):
    assert offered(text)[0] == first


def test_what_is_already_asked_for_is_not_offered_again():
    assert offered("tag:big,") == ["tag:big,baseline", "tag:big,debug", 'tag:big,"two words"']


def test_what_stands_behind_the_cursor_stays():
    assert offered("tag:b lr<1", 5)[0] == "tag:baseline lr<1"


def test_nothing_is_offered_behind_a_filter_that_would_take_minutes_to_look_at():
    assert offered("tag:big " * 100 + "tag:b")
    assert offered(f"tag:{'a' * 100_000} tag:b") == []


def test_or_is_not_offered_where_nothing_stands_before_it():
    assert "or" not in offered("o")


@pytest.mark.parametrize("text", ["a ) b", "lr<", "name:"])
def test_nothing_is_offered_where_nothing_is_known(text):
    assert offered(text) == []


@pytest.mark.parametrize("text", ["", "tag:big ", "(", "-", "lr<1 or "])
def test_a_key_that_was_chosen_begins_a_filter_that_can_be_read(text):
    for begun in offered(text):
        if not begun.endswith(("or", "not")):
            parse(f"{begun.removesuffix(':')}:1{')' * text.count('(')}")


@given(st.text(alphabet='abtglr:<>=~()"\\-, .*é\n', max_size=20), st.integers(0, 20))
@settings(max_examples=300, deadline=None)
def test_a_completion_replaces_what_stands_before_the_cursor(text, cursor):
    place = min(cursor, len(text))
    assert all(0 <= one.start <= one.end == place for one in complete(text, place, WORDS))


def test_the_vocabulary_is_what_the_runs_have():
    frame = pl.DataFrame(
        {
            "project": ["digits", "digits", "moons"],
            "tags": [["big"], ["big", "debug"], []],
            "health": [["nonfinite:loss"], [], []],
            "param.lr": [0.1, 0.2, None],
            "param.optimizer": ["adam", "adam", "sgd"],
            "metric.val/acc": [0.1, 0.2, 0.3],
            **{name: ["x"] * 3 for name in ("group", "status", "user", "host", "store", "source", "primary")},
        }
    )
    words = vocabulary(frame)
    assert (words.params, words.metrics) == (["lr", "optimizer"], ["val/acc"])
    assert words.values("project") == ["digits", "moons"]
    assert words.values("tag") == ["big", "debug"]
    assert words.values("health") == ["nonfinite"]
    assert words.values("param.optimizer") == ["adam", "sgd"]
