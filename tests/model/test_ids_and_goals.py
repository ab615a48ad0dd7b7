"""Ids sort by time and name their day; goals are read off a metric's name."""

import pytest

from trackside.model import ids
from trackside.model.goals import infer_goal


def test_ids_made_later_sort_later():
    assert ids.new_id(1_000.0) < ids.new_id(1_000.001) < ids.new_id(2_000_000_000.0)


def test_an_id_tells_when_it_was_made_and_so_its_folder():
    run_id = ids.new_id(1_795_424_400.123)
    assert ids.created(run_id) == 1_795_424_400.123
    assert ids.day(run_id) == "2026-11-23"


def test_the_day_of_a_run_is_in_utc_whatever_the_time_zone(monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert ids.day(ids.new_id(1_795_478_399.0)) == "2026-11-23"


@pytest.mark.parametrize("text", ["", "01K", "8" + "0" * 25, "0" * 25 + "U", "0" * 25 + "a", "0" * 27])
def test_what_is_no_whole_id_is_not_taken_for_one(text):
    assert not ids.is_id(text)


def test_a_fresh_id_is_an_id():
    assert ids.is_id(ids.new_id())


@pytest.mark.parametrize(
    ("metric", "goal"),
    [
        ("train/loss", "min"),
        ("trainLoss", "min"),
        ("val/accuracy", "max"),
        ("val/accuracy_loss", "min"),
        ("F1", "max"),
        ("R2", "max"),
        ("AUROC", "max"),
        ("mAP50", "max"),
        ("top5", "max"),
        ("lr", None),
        ("glossary", None),
        ("", None),
    ],
)
def test_the_last_known_word_of_a_name_decides_the_goal(metric, goal):
    assert infer_goal(metric) == goal
