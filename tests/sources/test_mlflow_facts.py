"""What MLflow says of a run, in trackside's words."""

import math

import pytest

from trackside.sources.mlflow.facts import Dataset, Said, facts, texts, typed
from trackside.sources.mlflow.histories import Histories, restored

NOW = 1_795_000_000.0


def said(**words):
    return Said(**({"run_id": "0123456789abcdef0123456789abcdef", "experiment": "nets", "status": "FINISHED"} | words))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("32", 32), ("-7", -7), ("0.1", 0.1), ("1e-05", 1e-05), ("True", True), ("False", False), ("0.10", "0.10"),
        ("007", "007"), ("1E5", "1E5"), ("None", "None"), ("nan", "nan"), ("inf", "inf"), ("1_000", "1_000"), ("", ""),
        ("9223372036854775808", "9223372036854775808"), ("٣", "٣"), ("[1, 2]", "[1, 2]"),
    ],
)  # fmt: skip
def test_a_param_is_typed_where_its_text_says_just_that(text, value):
    assert typed(text) == value
    assert type(typed(text)) is type(value)


@pytest.mark.parametrize(
    ("status", "heard", "expected", "running"),
    [
        ("FINISHED", NOW, "finished", False),
        ("FAILED", NOW, "failed", False),
        ("KILLED", NOW, "killed", False),
        ("RUNNING", NOW - 60, "crashed", True),
        ("RUNNING", NOW - 600, "crashed", False),
        ("SCHEDULED", NOW, "crashed", True),
        ("RUNNING", NOW + 1e9, "crashed", False),
        ("something new", NOW, "crashed", False),
    ],
)
def test_a_run_that_nothing_is_heard_of_does_not_run(status, heard, expected, running):
    found = facts(said(status=status, heard=heard), NOW)
    assert (found.status, found.running) == (expected, running)


def test_a_run_that_fell_silent_ended_with_its_last_point():
    found = facts(said(status="RUNNING", start=1_700_000_000_000, last_point=1_700_000_500.0, heard=NOW - 999), NOW)
    assert (found.created, found.ended) == (1_700_000_000.0, 1_700_000_500.0)


def test_tags_of_the_user_become_labels_and_those_of_mlflow_become_what_they_mean():
    found = facts(
        said(
            tags={
                "stage": "prod", "done": "true", "empty": "", "mlflow.note.content": "why", "mlflow.user": "ana",
                "mlflow.runName": "calm-roo-1", "mlflow.source.name": "train.py", "mlflow.project.entryPoint": "main",
                "mlflow.source.git.commit": "abc", "mlflow.source.git.branch": "dev", "mlflow.autologging": "sklearn",
                "mlflow.source.git.repoURL": "git@host:x.git", "mlflow.docker.image.uri": "image:1",
            }
        ),
        NOW,
    )  # fmt: skip
    assert found.tags == ["done", "empty", "stage:prod"]
    assert (found.name, found.notes, found.user) == ("calm-roo-1", "why", "ana")
    assert found.command == ["train.py", "main"]
    assert (found.code.commit, found.code.branch, found.code.remote) == ("abc", "dev", "git@host:x.git")
    assert found.environment.container == "image:1"


def test_a_tag_too_long_for_a_label_is_a_text():
    tags = {"report": "line\nline", "long": "x" * 200, "short": "x", "mlflow.note.content": "y" * 200}
    assert facts(said(tags=tags), NOW).tags == ["short:x"]
    assert texts(tags) == {"report": "line\nline", "long": "x" * 200}


def test_a_nested_run_stands_under_the_name_of_its_parent():
    parent = {"mlflow.parentRunId": "fedcba9876543210fedcba9876543210"}
    assert facts(said(tags=parent, parent_name="sweep"), NOW).group == "sweep (fedcba98)"
    assert facts(said(tags=parent), NOW).group == "fedcba9876543210fedcba9876543210"
    assert facts(said(), NOW).group is None


def test_datasets_stand_by_what_they_were_used_for():
    datasets = [
        Dataset(name="wine", digest="5be65f1b", source='{"url": "http://x/w.csv"}', context="training"),
        Dataset(name="wine", digest="aaaaaaaa", source="no json", context="training"),
        Dataset(name="wine", digest="bbbbbbbb", source="[" * 100_000),
        Dataset(name=""),
    ]
    found = facts(said(datasets=datasets), NOW).data
    assert list(found) == ["training", "wine", "wine bbbbbbbb"]
    assert (found["training"].uri, found["training"].fingerprint) == ("http://x/w.csv", "mlflow:5be65f1b")
    assert found["wine"].uri == "wine"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(1_700_000_000_000, 1_700_000_000.0), (1_700_000_000, 1_700_000_000.0), (95_617_584_000_000, 95_617_584_000.0)],
)
def test_times_are_milliseconds_also_where_somebody_gave_seconds(given, seconds):
    assert facts(said(start=given), NOW).created == seconds


def test_times_that_are_none_are_left_out():
    found = facts(said(start=0, end=-5), NOW)
    assert (found.created, found.ended) == (0.0, None)


def test_metrics_logged_together_come_as_one_block():
    histories = Histories()
    histories.add("a", [1_700_000_000_000, 0], [0, 1], [1.0, 2.0])
    histories.add("a", [1_700_000_001_000], [2], [3.0])
    histories.add("b", [1_700_000_000_000, 0, 1_700_000_001_000], [0, 1, 2], [4.0, 5.0, 6.0])
    histories.add("c", [1_700_000_000_000], [0], [7.0])
    both, alone = histories.take()
    assert both.keys == ("a", "b")
    assert both.value.tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert both.time[[0, 2]].tolist() == [1_700_000_000.0, 1_700_000_001.0]
    assert math.isnan(both.time[1])
    assert (alone.keys, alone.step.tolist(), alone.value.tolist()) == (("c",), [0], [[7.0]])
    assert list(histories.take()) == []


def test_infinities_are_restored_from_the_largest_numbers():
    assert restored(1.7976931348623157e308) == math.inf
    assert restored(-1.7976931348623157e308) == -math.inf
    assert restored(1.7e308) == 1.7e308
