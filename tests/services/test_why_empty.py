"""Why a filter shows no run, in sentences."""

import polars as pl
import pytest

from trackside.services.table.why_empty import why_empty

NOW = 1_000.0
NONE, KEYS = "no run matches this filter", "esc clears it, / changes it"


@pytest.fixture
def frame() -> pl.DataFrame:
    """Four runs, of which one is archived."""
    return pl.DataFrame(
        {
            "id": list("1234"),
            "name": ["oak", "elm", "fir", "yew"],
            "notes": [""] * 4,
            "source_id": [""] * 4,
            "address": [""] * 4,
            "tags": [["a"], ["a"], ["b"], ["old"]],
            "archived": [False, False, False, True],
            "param.lr": [0.1, 0.2, 0.3, 0.4],
        }
    )


@pytest.mark.parametrize(
    ("filter_", "said"),
    [
        ("tag:a lr>9", ["without lr>9, 2 runs would"]),
        ("tag:a lr>0.25", ["without lr>0.25, 2 runs would", "without tag:a, 1 run would"]),
        ("tag:a -tag:a lr<1", ["without -tag:a, 2 runs would", "without tag:a, 1 run would"]),
        ("tag:c tag:d", ["tag:c alone: 0 runs", "tag:d alone: 0 runs"]),
        ("oak (lr>9 or tag:c)", ["without lr>9 or tag:c, 1 run would"]),
        ("tag:old", ["1 archived run would; archived:true shows them"]),
        ("nothing", []),
    ],
)
def test_the_part_of_a_filter_is_told_without_which_runs_would_show(
    frame: pl.DataFrame, filter_: str, said: list[str]
) -> None:
    assert list(why_empty(frame, filter_, NOW)) == [NONE, *said, KEYS]


def test_runs_that_are_all_archived_are_told_of(frame: pl.DataFrame) -> None:
    archived = frame.with_columns(archived=pl.lit(value=True))
    assert why_empty(archived, "", NOW) == ("all 4 runs are archived", "/ and archived:true shows them")


def test_a_filter_with_a_mistake_says_no_more_than_that_it_finds_nothing(frame: pl.DataFrame) -> None:
    assert why_empty(frame, "tag:c (", NOW) == (NONE, KEYS)
