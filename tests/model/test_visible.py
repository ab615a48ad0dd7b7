"""Text from strangers: what would steer a terminal is made visible, and marks are not piled up."""

import pytest

from trackside.model.visible import MOST_MARKS, visible


@pytest.mark.parametrize("base", ["e", "", "日"])
@pytest.mark.parametrize("marks", ["\u0301", "\u0301\u0316", "\u1161", "\u20dd"])
def test_of_marks_that_are_piled_on_a_letter_the_first_ones_stay(base: str, marks: str) -> None:
    piled = visible(base + marks * 500 + " loss")
    assert piled.startswith(base + (marks * MOST_MARKS)[:MOST_MARKS] + "…")
    assert piled.endswith("… loss")
    assert len(piled) < 20


@pytest.mark.parametrize("text", ["Việt Nam", "שָׁלוֹם", "ที่นี่", "हिन्दी", "한글", "\u1112\u1161\u11ab", "→≤≥×░▒▓█│─┼╭╮"])
def test_writing_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
