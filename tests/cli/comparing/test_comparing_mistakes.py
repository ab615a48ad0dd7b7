"""Mistakes in what is to be compared: one line that says what to do."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["compare", "base-1"], "is the baseline, or one of its replicates"),
        (["compare", "better-0", "--metric", "val/acuracy"], "did you mean val/accuracy?"),
        (["compare", "better-0", "--at", "frist"], "it is one of auto, last"),
        (["compare", "better-0", "--margin", "none"], "--margin none: a number above zero, such as 0.002 or 0.5%"),
        (["compare", "better-0", "--margin", "val/accuracy=none"], "--margin val/accuracy=none: a number above zero"),
        (["compare", "better-0", "--margin", "val/acuracy=1%"], "did you mean val/accuracy?"),
        (["check", "better-0", "--fail-on", "bad"], "--fail-on bad: it is of incomparable, worse"),
        (["check", "better-0", "--fail-on", ""], "--fail-on names nothing: it is of incomparable, worse"),
        (["check", "better-0", "--fail-on", " , "], "--fail-on names nothing: it is of incomparable, worse"),
        (["compare", "name:nobody"], "no run matches 'name:nobody'"),
        (["compare", "better-0", "--md", "--json"], "one of them"),
        (["compare", "better-0", "--detect", "much"], "'much' is no difference to be found: a number above zero"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(compare, arguments, says):
    said = compare(*arguments)
    assert said.status == 2
    assert says in said.err
    assert len(said.err.strip().splitlines()) == 1
