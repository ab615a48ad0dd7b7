"""Groups told from a baseline: from the mean of its group, and not from the one run that somebody chose."""

from collections.abc import Callable

import pytest

import trackside
from trackside.services.grouping.group_rows import GroupRows
from trackside.services.project.decisions import set_baseline
from trackside.services.table.asked import Asked, Change, SortKey
from trackside.services.table.view import find
from trackside.store.store import Store

DOUBLED = "=accuracy * 2"
COLUMNS = ("name", "group_size", "metric.accuracy", DOUBLED)
Told = Callable[..., dict[str, list[str]]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What rows say, runs below their groups. The baseline is the best of three seeds of `small`."""
    root = tmp_path_factory.mktemp("changes") / "store"
    for group, project, values in (
        ("small", "digits", (0.5, 0.6, 0.7)),
        ("wide", "digits", (0.8, 0.9, 1.0)),
        ("pair", "digits", (0.5, 0.8)),
        ("elsewhere", "speech", (0.1, 0.2, 0.3)),
    ):
        for seed, value in enumerate(values):
            given = {"group": group, "name": f"{group}{seed}", "seed": seed, "params": {"width": group}}
            with trackside.init(project=project, store=root, quiet=True, **given) as run:
                run.log({"accuracy": value})
    store = Store.open(root)
    store.refresh(thorough=True)
    set_baseline(store, "digits", *store.ids_matching("small2"))

    def rows(change: Change, filter_: str = "", by: str = "group") -> dict[str, list[str]]:
        asked = Asked(filter_, (SortKey("accuracy"),), COLUMNS, change=change, by=(by,))
        found = find(store, asked)
        assert found.groups is not None
        unfolded = [found.groups.id(number) for number in range(len(found.groups))]
        shown = GroupRows(found.groups, unfolded, found.columns, 0.0).rows(0, 99)
        return {row.cells[0].text.strip(): [cell.text for cell in row.cells][2:] for row in shown}

    return rows


def test_the_change_is_of_the_groups_mean_to_that_of_the_baselines_group_which_shows_its_own(told: Told) -> None:
    found = told("delta")
    assert found["group=wide"] == ["+0.3", "+0.6"]
    assert found["group=pair"] == ["-0.1, +0.2", "-0.2, +0.4"]
    assert found["group=small"] == ["0.60 ± 0.25", "1.20 ± 0.50"]
    assert told("percent")["group=wide"] == ["+50%", "+50%"]


def test_runs_of_a_group_are_told_from_the_same_mean_but_the_baseline_shows_its_value(told: Told) -> None:
    found = told("delta")
    assert [found[f"wide{seed}"][0] for seed in range(3)] == ["+0.2", "+0.3", "+0.4"]
    assert [found[f"small{seed}"][0] for seed in range(3)] == ["-0.1", "=", "0.7"]


def test_groups_are_told_from_the_baselines_where_a_filter_hides_it(told: Told) -> None:
    assert told("delta", "group:wide")["group=wide"][0] == "+0.3"
    assert told("delta", "group:wide", by="replicates")["wide2"][0] == "+0.4"


def test_a_group_of_a_project_without_a_baseline_is_told_from_nothing(told: Told) -> None:
    assert told("delta")["group=elsewhere"] == ["", ""]


def test_groups_stand_in_the_order_of_what_they_show(told: Told) -> None:
    for change, groups in (("delta", "small pair wide elsewhere"), ("value", "elsewhere small pair wide")):
        order = [name.removeprefix("group=") for name in told(change) if name.startswith("group=")]
        assert order == groups.split()


def test_what_is_computed_has_a_mean_with_its_interval_as_metrics_have(told: Told) -> None:
    assert told("value")["group=wide"] == ["0.90 ± 0.25", "1.80 ± 0.50"]
