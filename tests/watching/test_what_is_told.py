"""What a watch tells of runs: each thing once, and nothing that was not asked for."""

import pytest

from trackside.config.conditions import Conditions, conditions
from trackside.model.errors import UsageError
from trackside.services.watching.message import Message
from trackside.services.watching.told import ToldFile
from trackside.services.watching.watch import ToldNow, Watch


def told(store, *on, filter_="", known=None):
    """What a watch says of everything, and that it is told by that."""
    store.refresh()
    watch = Watch(store, filter_, conditions(on), ToldNow() if known is None else known)
    events = watch.all()
    watch.told.add(event.key for event in events)
    assert watch.all() == []
    return [(event.name, event.what, event.text) for event in events]


def test_an_end_a_failure_and_what_is_not_finite_are_told_in_a_sentence(store, record):
    record("good", (0.5, 0.25))
    record("bad", error="no memory")
    record("lost", (0.5, float("nan")))
    store.refresh()
    of_one_run = Watch(store, "name:lost", conditions(["end", "nan"]), ToldNow()).all()
    assert Message(tuple(of_one_run), ()).title == "lost: finished, nonfinite:val/loss"
    nan = ("lost", "nonfinite:val/loss", "val/loss is not finite since step 1: 1 point is NaN or infinite.")
    assert told(store, "nan") == [nan]
    ((name, what, text),) = told(store, "fail")
    assert (name, what) == ("bad", "failed")
    assert text.endswith("RuntimeError: no memory")
    assert [(name, what) for name, what, _ in told(store, "end,health")] == [
        ("good", "finished"),
        ("bad", "failed"),
        ("lost", "finished"),
        nan[:2],
    ]


def test_a_filter_that_comes_to_hold_is_told_once_a_run_and_one_on_a_metric_to_come_holds_for_none(store, record):
    known = ToldNow()
    assert told(store, "val/loss<0.3", known=known) == []
    record("first", (0.5, 0.25))
    assert told(store, "val/loss<0.3", known=known) == [("first", "filter", "val/loss<0.3 holds")]
    record("second", (0.9,))
    assert told(store, "val/loss<0.3", "best(other)>1", known=known) == []


def test_only_runs_that_match_are_told_of(store, record):
    record("mine", tags=["mine"])
    record("other")
    assert [name for name, *_ in told(store, "end", filter_="tag:mine")] == ["mine"]
    assert told(store, "end", filter_="lr<1") == []


def test_a_list_of_words_and_filters_is_read_and_a_mistake_is_named():
    assert conditions(["end,val/loss<0.1", "nan"]) == Conditions(frozenset({"end", "nan"}), ("val/loss<0.1",))
    assert conditions(["status:failed,killed"]).filters == ("status:failed,killed",)
    for text, meant in (("fial", "did you mean fail?"), ("end,dropout", "'val/loss<0.1'"), ("tag:", "is no filter")):
        with pytest.raises(UsageError, match=meant.replace("?", r"\?")):
            conditions([text])


def test_what_was_told_is_known_after_a_restart_and_a_torn_line_tells_again(store, record, tmp_path):
    file = tmp_path / "told"
    first = record("first")
    assert len(told(store, "end", known=ToldFile(file))) == 1
    assert not ToldFile(file).is_new
    second = record("second")
    assert [name for name, *_ in told(store, "end", known=ToldFile(file))] == ["second"]
    file.write_bytes(file.read_bytes()[:-5])
    assert [name for name, *_ in told(store, "end", known=ToldFile(file))] == ["second"]
    assert first != second


def test_many_events_are_one_message_of_a_few_lines_in_which_nothing_steers_a_terminal(store, record):
    for number in range(12):
        record(f"run-{number}\x1b[31m")
    store.refresh()
    message = Message(tuple(Watch(store, "", conditions(["end"]), ToldNow()).all()), ("/store",))
    assert message.title == "12 runs: 12 finished"
    lines = message.text.split("\n")
    assert (len(lines), lines[-1]) == (11, "… and 2 more")
    assert "\x1b" not in message.text
    assert len(message.document()["events"]) == 12
