"""How a run stands, in sentences."""

from typing import Any

from trackside.model.run import MetricSummary, Progress, Run
from trackside.services.places.systems import named
from trackside.services.run.overview import concerns, last_point_age, progress_sentence
from trackside.sources.table import SOURCES


def run(**given: Any) -> Run:
    return Run(**({"id": "a", "name": "a", "project": "p", "created": 0.0, "status": "finished"} | given))


def test_progress_says_steps_speed_and_time_left_of_a_run_that_goes_on() -> None:
    progress = Progress(step=411, total_steps=1000, steps_per_s=81.03, eta_s=7.26, last_point=95.0)
    going = run(status="running", progress=progress)
    assert progress_sentence(going) == "step 411 of 1,000 (41%), 81.03 steps/s, 7.3 s left"
    assert last_point_age(going, now=125.0) == "15 s ago"
    assert last_point_age(going, now=96.0) == "now"


def test_a_run_that_has_ended_has_no_time_left_and_no_age() -> None:
    ended = run(progress=Progress(step=9, steps_per_s=2.0, last_point=5.0, eta_s=0.0))
    assert progress_sentence(ended) == "step 9, 2 steps/s"
    assert progress_sentence(run(progress=Progress(step=9, steps_per_s=1.0))) == "step 9, 1 step/s"
    assert last_point_age(ended, now=100.0) == ""


def test_a_run_without_a_point_says_so() -> None:
    assert progress_sentence(run(status="running")) == "no point yet"
    assert progress_sentence(run()) == "no point was logged"


def test_more_steps_than_were_planned_are_no_more_than_all() -> None:
    assert progress_sentence(run(progress=Progress(step=30, total_steps=20))) == "step 30 of 20 (100%)"


def test_the_gravest_concern_stands_first_and_leads_to_its_step() -> None:
    metrics = {"loss": MetricSummary(count=500, nonfinite=88, first_nonfinite_step=412)}
    sick = run(health=["nonfinite:loss", "stalled"], status="running", metrics=metrics, progress=Progress(step=499))
    second, first = concerns(sick)
    assert first.sentence == "It is stalled at step 499: no new point for much longer than its own rhythm."
    assert second.sentence == "loss is not finite since step 412: 88 of 500 points are NaN or infinite."
    assert (second.metric, second.step) == ("loss", 412)


def test_of_another_system_s_run_without_an_end_no_heartbeat_is_told() -> None:
    (lost,) = concerns(run(health=["crashed"], source="wandb", progress=Progress(step=59)))
    assert lost.sentence == "It stopped at step 59: W&B says nothing of its end, and nothing more comes."
    (own,) = concerns(run(health=["crashed"]))
    assert own.sentence == "It stopped without a word: its process, or its heartbeat, is gone."


def test_every_system_that_is_read_has_a_name_for_sentences() -> None:
    sources = [source.name for source in SOURCES]
    assert all(named(source) != source for source in sources)


def test_health_of_a_later_version_is_shown_as_it_is() -> None:
    assert [concern.sentence for concern in concerns(run(health=["drift"]))] == ["drift"]


def test_rows_that_could_not_be_written_are_counted() -> None:
    dropped = run(health=["dropped"], dropped=1234)
    assert concerns(dropped)[0].sentence == "1,234 rows could not be written and are missing from its curves."
    one = run(health=["dropped"], dropped=1)
    assert concerns(one)[0].sentence == "1 row could not be written and is missing from its curves."
