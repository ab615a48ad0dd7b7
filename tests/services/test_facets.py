"""What each value of a facet would show if it were chosen."""

import polars as pl
import pytest

from trackside.services.table.facets import Facet, Facets, facets
from trackside.services.table.selecting import MOST_VALUES, Query, select, whole

NOW = 1_000.0


@pytest.fixture
def frame() -> pl.DataFrame:
    """Six runs: tags a and b, three of them failed."""
    return pl.DataFrame(
        {
            "id": list("123456"),
            "tags": [["a"], ["a", "b"], ["b"], [], ["a"], []],
            "status": ["failed", "finished", "failed", "finished", "finished", "failed"],
            "project": ["p"] * 6,
            "group": ["g"] * 6,
            "health": pl.Series([[]] * 6, dtype=pl.List(pl.String)),
            "store": ["runs"] * 6,
            "source": ["trackside"] * 6,
            "archived": [False] * 6,
            "created": [0.0] * 6,
        }
    )


def counted(frame: pl.DataFrame, filter_: str) -> Facets:
    view = select(frame, Query(filter_), NOW)
    return facets(view, filter_, NOW)


def test_a_facet_counts_what_each_value_would_show_as_if_nothing_of_it_were_chosen(frame: pl.DataFrame) -> None:
    found = counted(frame, "tag:a status:failed")
    assert found["tag"] == Facet((("a", 1), ("b", 1)), chosen=frozenset({"a"}))
    assert found["status"] == Facet((("finished", 2), ("failed", 1)), chosen=frozenset({"failed"}))
    assert found["project"] == Facet((("p", 1),))


def test_what_is_excluded_is_counted_too_and_what_no_run_has_any_more_is_still_listed(frame: pl.DataFrame) -> None:
    found = counted(frame, "-tag:a,gone status:failed")
    assert found["tag"] == Facet((("a", 1), ("b", 1), ("gone", 0)), excluded=frozenset({"a", "gone"}))


def test_of_very_many_tags_the_most_used_are_counted_and_all_are_known_to_whoever_asks(frame: pl.DataFrame) -> None:
    many = pl.Series([[f"tag{number}" for number in range(2_000)], *[["tag7"]] * 5], dtype=pl.List(pl.String))
    frame = frame.with_columns(many.alias("tags"))
    found = counted(frame, "")
    assert (len(found["tag"].counts), found["tag"].is_cut) == (MOST_VALUES, True)
    assert not found["status"].is_cut
    every = whole(frame).counted("tags", most=None)
    assert (len(every), every[0]) == (2_000, ("tag7", 6))
