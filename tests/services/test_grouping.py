"""Runs in groups: what a group's columns say, how groups are ordered, and where they and their runs stand as rows."""

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from imported_repository import Repository
from scipy.stats import t

import trackside
from trackside.services.grouping.group_rows import GroupRows, group_cell, group_label
from trackside.services.grouping.groups import Groups, Measured
from trackside.services.grouping.replicates import grouped_runs
from trackside.services.project.decisions import ignore, set_baseline_among
from trackside.services.table.asked import Asked, SortKey
from trackside.services.table.rows import REPLICATES, Row
from trackside.services.table.selecting import Query, select
from trackside.services.table.view import find
from trackside.store.store import Store

ACCURACY = "metric.accuracy"
COLUMNS = ("name", "group_size", "status", "tags", "health", "param.lr", "param.depth", "param.optimizer", ACCURACY)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three seeds of `wide`, one of which was run twice, a seed that failed; two of `deep`; one of no group."""
    root = tmp_path_factory.mktemp("grouping") / "store"
    for seed, accuracy in ((1, 0.5), (1, 0.7), (2, 0.7), (3, 0.9)):
        record(root, accuracy, group="wide", seed=seed, params={"lr": 0.1, "depth": 2, "optimizer": "adam"})
    record(root, 9.0, group="wide", seed=4, params={"lr": 0.3, "depth": 2, "optimizer": "sgd"}, fails=True)
    for seed in (1, 2):
        record(root, seed / 8, group="deep", seed=seed, params={"lr": 0.1, "depth": 8})
    record(root, 0.4, params={"lr": 0.1, "depth": 1})
    opened = Store.open(root)
    opened.refresh(thorough=True)
    return opened


def record(root: Path, accuracy: float, *, project: str = "digits", fails: bool = False, **given: Any) -> None:
    try:
        with trackside.init(project=project, store=root, quiet=True, **given) as run:
            run.log({"accuracy": accuracy}, step=1)
            if fails:
                raise ValueError
    except ValueError:
        assert fails


def groups_by(store: Store, *keys: str, sort: Sequence[SortKey] = (), filter_: str = "") -> Groups:
    view = select(store.frame(), Query(filter=filter_), time.time())
    return grouped_runs(store, view, keys, sort, COLUMNS)


def said(groups: Groups, label: str) -> dict[str, str]:
    """The cells of a group by their columns."""
    number = [group_label(groups, number) for number in range(len(groups))].index(label)
    return {column: group_cell(groups, number, column, 0.0).text for column in COLUMNS}


def test_a_group_tells_the_mean_over_its_seeds_with_the_t_interval_and_how_many_seeds_count(store: Store) -> None:
    groups = groups_by(store, "group")
    values = [0.6, 0.7, 0.9]
    mean = sum(values) / 3
    half = t.ppf(0.975, 2) * (sum((value - mean) ** 2 for value in values) / 2) ** 0.5 / 3**0.5
    assert said(groups, "group=wide")[ACCURACY] == f"{mean:.2f} ± {half:.2f} (3)"
    assert said(groups, "group=wide")["group_size"] == "5"


@pytest.mark.parametrize("other", [{"project": "letters"}, {"params": {"lr": 0.1, "depth": 3}}])
def test_runs_of_several_methods_have_no_interval_and_count_each(other: dict[str, Any], tmp_path: Path) -> None:
    for first, given in ((1.0, {}), (2.0, other)):
        kept: dict[str, Any] = {"params": {"lr": 0.1, "depth": 2}} | given
        for seed in (1, 2, 3):
            record(tmp_path, first + seed / 8, group="both", seed=seed, **kept)
    with closing(Store.open(tmp_path)) as store:
        store.refresh(thorough=True)
        groups = groups_by(store, "group")
        assert groups.measured(0, ACCURACY) == Measured(6, 1.75, None, (), "runs of several methods")
        assert said(groups, "group=both")[ACCURACY] == "1.75 mixed"
        ignore(store, "digits", ["depth"])
        measured = groups_by(store, "group").measured(0, ACCURACY)
    assert measured is not None
    assert measured.n == (6 if "project" in other else 3)


def test_runs_of_other_code_are_no_seeds_of_one_method(tmp_path: Path, all_captured: None) -> None:
    repository = Repository(tmp_path / "code", tmp_path / "store")
    for edited in ("", "# edited\n"):
        repository.write("train.py", (repository.folder / "train.py").read_text() + edited)
        repository.run(0)
    with closing(Store.open(repository.store)) as store:
        store.refresh()
        view = select(store.frame(), Query(), time.time())
        measured = grouped_runs(store, view, ["lr"], (), ["metric.val/accuracy"]).measured(0, "metric.val/accuracy")
    assert measured is not None
    assert measured.n == 2


def test_two_seeds_are_shown_as_they_are_and_one_alone(store: Store) -> None:
    groups = groups_by(store, "group")
    assert said(groups, "group=deep")[ACCURACY] == "0.125, 0.25"
    assert said(groups, "group=none")[ACCURACY] == "0.4"


def test_what_all_runs_of_a_group_have_is_shown_and_what_varies_is_told_as_such(store: Store) -> None:
    wide = said(groups_by(store, "group"), "group=wide")
    assert (wide["param.depth"], wide["param.lr"], wide["param.optimizer"]) == ("2", "0.1…0.3", "2 values")
    assert wide["status"] == "4 finished, 1 failed"
    assert wide["health"] == "failed"


def test_groups_are_ordered_by_their_means_and_those_without_a_value_come_last(store: Store) -> None:
    for descending, wanted in ((True, ["wide", "none", "deep"]), (False, ["deep", "none", "wide"])):
        groups = groups_by(store, "group", sort=[SortKey("accuracy", descending)])
        assert [group_label(groups, at) for at in range(3)] == [f"group={name}" for name in wanted]
    groups = groups_by(store, "depth", sort=[SortKey("optimizer")])
    assert group_label(groups, 0) == "depth=2"


def test_several_keys_make_a_group_for_each_of_their_combinations(store: Store) -> None:
    groups = groups_by(store, "group", "lr", filter_="group:wide")
    assert [group_label(groups, at) for at in range(len(groups))] == ["group=wide lr=0.3", "group=wide lr=0.1"]
    assert [int(size) for size in groups.sizes] == [1, 4]


def test_replicates_go_by_the_group_in_which_they_and_no_others_were_recorded(store: Store) -> None:
    groups = groups_by(store, REPLICATES, sort=[SortKey("accuracy")])
    first = {int(size): store.run(groups.runs(number)[0]).name for number, size in enumerate(groups.sizes)}
    called = {int(size): group_label(groups, number) for number, size in enumerate(groups.sizes)}
    assert (called[2], called[4]) == ("deep", first[4])


def test_pinned_columns_stay_pinned_in_groups(store: Store) -> None:
    asked = Asked(columns=("param.depth", "name", ACCURACY), pinned=2, by=("group",))
    found = find(store, asked)
    assert (found.columns, found.pinned) == (("name", "param.depth", "group_size", ACCURACY), 2)


def test_a_group_is_made_the_baseline_by_the_newest_of_its_runs_that_finished(store: Store) -> None:
    wide = groups_by(store, "group", filter_="group:wide").runs(0)
    undo = set_baseline_among(store, wide, "group=wide")
    chosen = store.run(store.project("digits").baseline or "")
    undo()
    finished = [run for run in store.runs(wide) if run.status == "finished"]
    assert chosen.id == max(finished, key=lambda run: run.created).id
    assert undo.says == f"group=wide: its newest run that finished, {chosen.name}, is the baseline of digits"


def test_replicates_are_grouped_as_a_comparison_takes_them(store: Store) -> None:
    groups = groups_by(store, REPLICATES)
    assert sorted(int(size) for size in groups.sizes) == [1, 1, 2, 4]


def test_runs_of_an_unfolded_group_stand_below_it_and_of_a_folded_one_nowhere(store: Store) -> None:
    groups = groups_by(store, "group", sort=[SortKey("accuracy", True)])
    folded = GroupRows(groups, (), COLUMNS, 0.0)
    assert [row.folded for row in folded.rows(0, 99)] == [True] * 3
    deep = groups.id(2)
    unfolded = GroupRows(groups, (groups.id(0), deep, "of no group"), COLUMNS, 0.0)
    rows = unfolded.rows(0, 99)
    assert [row.folded for row in rows] == [False, *[None] * 5, True, False, None, None]
    assert [_told(row) for row in unfolded.rows(3, 8)] == [_told(row) for row in rows[3:8]]
    assert [unfolded.place(row.id) for row in rows] == list(range(len(rows)))
    assert [row.id for row in rows[8:]] == groups.runs(2)
    assert folded.place(rows[8].id) == folded.place(deep) == 2
    assert {unfolded.group_at(place) for place in (7, 8, 9)} == {deep}


def test_a_group_is_marked_whole_or_in_part_with_its_runs(store: Store) -> None:
    groups = groups_by(store, "group", sort=[SortKey("accuracy", True)])
    one, two = groups.runs(2)
    assert groups.marked({one}) == {groups.id(2): False}
    assert groups.marked({one, two, "gone"}) == {groups.id(2): True}


def test_no_runs_make_no_groups(store: Store) -> None:
    groups = groups_by(store, "group", filter_="name:nothing")
    rows: list[Row] = GroupRows(groups, (), COLUMNS, 0.0).rows(0, 9)
    assert (len(groups), rows) == (0, [])


def _told(row: Row) -> tuple[str, list[str]]:
    return row.id, [cell.text for cell in row.cells]
