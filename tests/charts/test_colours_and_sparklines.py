import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trackside.charts import cells
from trackside.charts.colours import DARK, LIGHT, assign, xterm
from trackside.charts.sparkline import sparkline


@given(st.lists(st.text(), unique=True, max_size=20))
def test_no_two_of_twenty_runs_share_a_colour(owners):
    assert len(set(assign(owners, DARK).values())) == len(owners)


def test_a_run_keeps_its_colour_when_others_come_after_it():
    alone = assign(["a"], DARK)["a"]
    assert assign(["a", "b", "c", "d"], DARK)["a"] == alone


@given(st.lists(st.text(), unique=True, max_size=8))
def test_a_few_runs_have_the_most_distinct_colours(owners):
    assert set(assign(owners, DARK).values()) <= set(DARK[:8])


def test_there_are_colours_for_more_runs_than_the_palette_has():
    assert len(assign(map(str, range(50)), DARK)) == 50


def test_the_palettes_are_exact_entries_of_xterm_256():
    for colour in DARK + LIGHT:
        entry = xterm(colour)
        if entry >= 232:
            assert colour == f"#{8 + 10 * (entry - 232):02x}" + f"{8 + 10 * (entry - 232):02x}" * 2
        else:
            levels = (0, 95, 135, 175, 215, 255)
            parts = ((entry - 16) // 36, (entry - 16) // 6 % 6, (entry - 16) % 6)
            assert colour == "#" + "".join(f"{levels[part]:02x}" for part in parts)
    assert len(set(DARK)) == len(set(LIGHT)) == 20


def test_a_sparkline_rises_with_its_curve():
    assert sparkline(np.arange(8.0), 8) == "▁▂▃▄▅▆▇█"
    assert sparkline(np.arange(8.0), 4, ascii_only=True) == "_.=^"


def test_a_sparkline_between_fixed_ends_is_as_high_as_its_values():
    assert sparkline(np.array([0.0, 26.0, 27.0, 100.0, 130.0]), 5, bounds=(0.0, 100.0)) == "▁▃▃██"
    assert sparkline(np.array([27.0, 27.0]), 2, bounds=(0.0, 100.0)) == "▃▃"


def test_a_sparkline_of_nothing_of_one_value_and_of_no_numbers():
    assert sparkline(np.array([]), 8) == ""
    assert sparkline(np.array([3.0, 3.0]), 8) == "▅▅"
    assert sparkline(np.array([np.nan, 1.0, 2.0]), 3) == "·▁█"
    assert sparkline(np.array([1e308, -1e308, 1e308]), 3) == "█▁█"


def test_wide_characters_are_counted_as_the_cells_that_they_take():
    assert cells.width("損失") == 4
    assert cells.padded("損失関数", 5) == "損失…"
    assert cells.cut("abc", 0) == ""
