"""Of every metric of a project: which direction is better, which one judges runs, and who says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from foreign_runs import samples
from opened_places import opened

import trackside
from trackside.services import edit
from trackside.services.project import decisions
from trackside.services.project.goals import MetricGoal, metric_goals
from trackside.services.project.page import goal_text
from trackside.store.any_store import AnyStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A run that declared one goal against its name, one by itself, and its primary metric."""
    with trackside.init(project="p", name="first", store=tmp_path / "store", quiet=True) as run:
        run.define_metric("top/score", goal="min", primary=True, eval_data="eval")
        run.define_metric("speed", goal="max")
        run.log({"top/score": 1.0, "speed": 2.0, "train/loss": 3.0, "size": 4.0, "system/cpu": 5.0})
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Iterator[AnyStore]:
    with opened(root) as store:
        yield store


def goals(store: AnyStore, project: str = "p") -> dict[str, MetricGoal]:
    return {one.metric: one for one in metric_goals(store, project)}


def test_what_a_script_declared_is_told_apart_from_what_a_name_says(store: AnyStore) -> None:
    assert [(name, one.goal, one.goal_from) for name, one in goals(store).items()] == [
        ("top/score", "min", "script"),
        ("size", None, None),
        ("speed", "max", "script"),
        ("train/loss", "min", "name"),
    ]
    assert (goals(store)["top/score"].primary_from, goals(store)["top/score"].eval_data) == ("script", "eval")
    assert goal_text(goals(store)["size"]) == "unknown"


def test_a_goal_that_was_declared_as_the_name_says_is_the_script_s(store: AnyStore, root: Path) -> None:
    with trackside.init(project="p", store=root, quiet=True) as run:
        run.define_metric("train/loss", goal="min")
        run.log({"train/loss": 1.0})
    store.refresh()
    assert goals(store)["train/loss"].goal_from == "script"


def test_a_person_s_word_comes_before_and_what_was_declared_after_it_is_taken_back(store: AnyStore) -> None:
    undos = [
        decisions.set_goal(store, "p", "top/score", "max"),
        decisions.set_primary(store, "p", "speed"),
        decisions.set_margin(store, "p", "val/f1", "1%"),
    ]
    told = goals(store)
    assert (told["top/score"].goal, told["top/score"].goal_from, told["top/score"].primary_from) == (
        "max",
        "person",
        None,
    )
    assert told["speed"].primary_from == "person"
    assert (told["val/f1"].goal_from, told["val/f1"].margin) == ("name", "1%")
    for undo in undos:
        undo()
    assert (goals(store)["top/score"].goal_from, goals(store)["top/score"].primary_from) == ("script", "script")


def test_the_newest_run_s_word_counts_and_another_of_older_runs_is_told(store: AnyStore, root: Path) -> None:
    with trackside.init(project="p", store=root, quiet=True) as run:
        run.define_metric("speed", goal="min")
        run.log({"speed": 1.0})
    store.refresh()
    assert goal_text(goals(store)["speed"]) == "min (script, of other runs max)"
    edit.archive(store, [run.id])
    assert goal_text(goals(store)["speed"]) == "max (script)"


@pytest.mark.parametrize(("system", "metric"), [("wandb", "val/accuracy"), ("ultralytics", "metrics/mAP50-95(B)")])
def test_what_another_system_defined_is_told_by_its_name(tmp_path: Path, system: str, metric: str) -> None:
    with opened(samples([system], tmp_path)) as store:
        found = [told[metric] for project in store.projects() if metric in (told := goals(store, project))]
    assert [(one.goal, one.goal_from) for one in found] == [("max", system)]
