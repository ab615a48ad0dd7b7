"""What `log()` keeps: every value, at the step that was meant, whatever it was given."""

import enum
import math
import struct
from decimal import Decimal

import numpy
import pytest

import trackside
from trackside.model.system import is_system


@pytest.fixture(autouse=True)
def nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that goes on for more than a second has rows of the machine too."""
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "-system")


def test_values_are_on_disk_when_log_returns(run, recorded):
    run.log({"loss": 0.5, "acc": 0.1}, step=3)
    assert recorded().metrics == {"loss": [(3, 0.5)], "acc": [(3, 0.1)]}


@pytest.mark.parametrize("times", [1, 3])
def test_values_are_kept_bit_for_bit(run, recorded, times):
    (payload,) = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_DEAD_BEEF))
    given = [payload, -0.0, math.inf, -math.inf, 5e-324, 0.1, 1.7976931348623157e308]
    for value in given * times:
        run.log({"x": value})
    found = [struct.pack("<d", value) for _, value in recorded().metrics["x"]]
    assert found == [struct.pack("<d", value) for value in given * times]


def test_a_step_that_is_left_out_is_the_largest_plus_one(run, recorded):
    run.log({"x": 0.0})
    run.log({"x": 1.0})
    run.log({"x": 2.0}, step=10)
    run.log({"x": 3.0}, step=4)
    run.log({"x": 4.0})
    assert [step for step, _ in recorded().metrics["x"]] == [0, 1, 10, 4, 11]


def test_steps_that_repeat_go_back_or_are_negative_are_kept(run, recorded):
    for step in (5, 5, 2, -7, 5):
        run.log({"x": float(step)}, step=step)
    assert recorded().metrics["x"] == [(5, 5.0), (5, 5.0), (2, 2.0), (-7, -7.0), (5, 5.0)]


def test_a_run_that_begins_at_a_negative_step_goes_on_from_there(run, recorded):
    run.log({"x": 0.0}, step=-5)
    run.log({"x": 0.0})
    assert [step for step, _ in recorded().metrics["x"]] == [-5, -4]


@pytest.mark.parametrize("step", [4.0, numpy.int64(4), numpy.float32(4.0)])
def test_a_step_that_is_whole_counts_as_its_integer(run, recorded, capsys, step):
    for _ in range(2):
        run.log({"x": 1.0}, step=step)
    assert recorded().metrics["x"] == [(4, 1.0), (4, 1.0)]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("step", [1.5, math.nan, math.inf, 1 << 70])
def test_a_step_that_is_no_whole_number_is_kept_as_a_metric(run, recorded, capsys, step):
    run.log({"x": 1.0}, step=7)
    run.log({"x": 2.0}, step=step)
    run.log({"x": 3.0}, step=step)
    found = recorded()
    assert found.metrics["x"] == [(7, 1.0), (8, 2.0), (9, 3.0)]
    assert [at for at, _ in found.metrics["step"]] == [8, 9]
    assert all(value == float(step) or math.isnan(step) for _, value in found.metrics["step"])
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_step_that_is_text_is_kept_as_text(run, recorded, capsys):
    run.log({"x": 1.0}, step="epoch 3")
    assert recorded().others["step"] == [(0, "epoch 3")]
    assert "is not a whole number" in capsys.readouterr().err


def test_nested_metrics_are_flattened_and_none_is_left_out(run, recorded):
    for _ in range(2):
        run.log({"val": {"loss": 0.5, "deep": {"er": 2}}, "x": None})
    assert recorded().metrics == {"val/loss": [(0, 0.5), (1, 0.5)], "val/deep/er": [(0, 2.0), (1, 2.0)]}


def test_scalars_of_any_library_are_numbers(run, recorded, capsys):
    class Tensor:
        def item(self):
            return 0.25

    class OnDevice:
        def __float__(self):
            return 0.75

    given = {"a": numpy.float32(0.5), "b": numpy.int64(3), "c": numpy.array([0.125]), "d": Tensor(), "e": OnDevice()}
    given |= {"f": True, "g": numpy.bool_(False), "h": Decimal("1.5"), "i": 7, "j": numpy.float64(2.5)}
    for _ in range(2):
        run.log(given, step=0)
    expected = {"a": 0.5, "b": 3.0, "c": 0.125, "d": 0.25, "e": 0.75, "f": 1.0, "g": 0.0, "h": 1.5, "i": 7.0, "j": 2.5}
    assert recorded().metrics == {key: [(0, value)] * 2 for key, value in expected.items()}
    assert capsys.readouterr().err == ""


def test_whole_numbers_that_no_float_holds_are_kept_as_they_are(run, recorded):
    big = (1 << 53) + 1
    for _ in range(2):
        run.log({"tokens": big, "loss": 0.5}, step=1)
    run.log({"huge": 1 << 80, "beyond": -(10**400)}, step=1)
    found = recorded()
    assert found.others["tokens"] == [(1, big)] * 2
    assert found.metrics["loss"] == [(1, 0.5)] * 2
    assert found.metrics["huge"] == [(1, float(1 << 80))]
    assert found.metrics["beyond"] == [(1, -math.inf)]


def test_text_logged_to_a_metric_is_kept_as_text_and_later_numbers_as_numbers(run, recorded, capsys):
    run.log({"loss": 0.5})
    run.log({"loss": "diverged"})
    run.log({"loss": 0.25})
    found = recorded()
    assert found.metrics["loss"] == [(0, 0.5), (2, 0.25)]
    assert found.others["loss"] == [(1, "diverged")]
    assert capsys.readouterr().err == ""


def test_text_of_ten_megabytes_becomes_a_blob(run, recorded, store):
    text = "long ä" * ((10 << 20) // 7)
    run.log_text("report", text, step=2)
    ((step, value),) = recorded().others["report"]
    assert (step, value["bytes"], value["kind"]) == (2, len(text.encode()), "text")
    digest = value["blob"].partition(":")[2]
    assert (store / "blobs" / digest[:2] / digest).read_text() == text


def test_many_long_texts_in_one_row_are_all_kept(run, recorded):
    texts = {f"t{place}": str(place) * 200_000 for place in range(10)}
    run.log(texts, step=1)
    assert {key: value for key, ((_, value),) in recorded().others.items()} == texts


def test_what_is_neither_number_nor_text_is_kept_as_its_repr_and_told_once(run, recorded, capsys):
    for _ in range(3):
        run.log({"layers": [1, 2], "loss": 1.0})
    found = recorded()
    assert [value for _, value in found.others["layers"]] == ["[1, 2]"] * 3
    assert len(found.metrics["loss"]) == 3
    assert (
        capsys.readouterr().err
        == "trackside: metric 'layers' is neither a number nor text but list; its repr is kept as text\n"
    )


def test_an_object_that_raises_at_every_touch_does_not_stop_training(run, recorded, capsys):
    class Hostile:
        def __repr__(self):
            raise RuntimeError("no")

        def __float__(self):
            raise RuntimeError("no")

        def item(self):
            raise RuntimeError("no")

    run.log({"bad": Hostile(), "loss": 1.0})
    found = recorded()
    assert found.metrics["loss"] == [(0, 1.0)]
    assert "Hostile object" in found.others["bad"][0][1]
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("given", [5, None, [1.0], "loss", {1, 2}])
def test_a_row_that_is_no_dict_is_told_once_and_training_goes_on(run, recorded, capsys, given):
    run.log(given)
    run.log(given)
    run.log({"x": 1.0})
    assert recorded().metrics == {"x": [(0, 1.0)]}
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_keys_that_are_no_text_are_kept_as_text_and_told_once(run, recorded, capsys):
    for _ in range(2):
        run.log({3: 1.0, (1, "a"): 2.0})
    assert set(recorded().metrics) == {"3", "(1, 'a')"}
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_key_that_is_a_text_and_more_is_kept_as_the_text(run, recorded, capsys):
    class Metric(str, enum.Enum):  # noqa: UP042  a StrEnum calls itself what it is
        LOSS = "loss"

    run.log({Metric.LOSS: 1.0, "val": {Metric.LOSS: 2.0}})
    run.log({Metric.LOSS: 3.0, "text": "t"})
    assert recorded().metrics == {"loss": [(0, 1.0), (1, 3.0)], "val/loss": [(0, 2.0)]}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("key", ["a/b.c%d:e\nf", "🚀", "", " ", "x" * 1000, "\x1b[31m", "..", "a\0b"])
def test_keys_of_any_characters_are_kept(run, recorded, capsys, key):
    run.log({key: 1.0})
    run.log({key: 2.0})
    assert recorded().metrics == {key: [(0, 1.0), (1, 2.0)]}
    assert capsys.readouterr().err == ""


def test_a_lone_surrogate_is_spelled_out(run, recorded):
    run.log({"a\ud800": 1.0, "t": "b\ud800"})
    found = recorded()
    assert found.metrics == {"a\\ud800": [(0, 1.0)]}
    assert found.others["t"] == [(0, "b\\ud800")]


def test_very_long_keys_are_cut_told_and_told_apart(run, recorded, capsys):
    run.log({"k" * 2_000_000 + "a": 1.0, "k" * 2_000_000 + "b": 2.0})
    found = recorded().metrics
    assert [len(key) for key in found] == [1_000, 1_000]
    assert list(found.values()) == [[(0, 1.0)], [(0, 2.0)]]
    assert "is cut after 1000" in capsys.readouterr().err


def test_very_long_keys_of_nested_mappings_are_cut_told_and_told_apart(run, recorded, capsys):
    row = {"k" * 900: {"a" * 900: 1.0, "b" * 900: 2.0}}
    for _ in range(2):
        run.log(row)
    assert list(recorded().metrics.values()) == [[(0, 1.0), (1, 1.0)], [(0, 2.0), (1, 2.0)]]
    assert "a key of 1801 characters is cut after 1000" in capsys.readouterr().err


def test_ten_thousand_metrics_in_one_row(run, recorded):
    names = [f"layer.{place}/weight/norm" for place in range(10_000)]
    for step in range(3):
        run.log(dict.fromkeys(names, step * 0.5))
    found = recorded().metrics
    assert len(found) == 10_000
    assert found[names[-1]] == [(0, 0.0), (1, 0.5), (2, 1.0)]


@pytest.mark.slow
def test_two_hundred_thousand_metrics_in_one_row(run, recorded):
    names = [f"m{place}" for place in range(200_000)]
    run.log(dict.fromkeys(names, 0.5))
    assert {metric for metric in recorded().metrics if not is_system(metric)} == set(names)


def test_keys_that_change_with_every_call_are_sparse_from_the_65th_key_set_on(run, recorded):
    for step in range(200):
        run.log({f"only-{step}": float(step), "always": 1.0}, step=step)
    found = recorded()
    assert found.schemas == 64
    assert len(found.metrics["always"]) == 200
    assert all(found.metrics[f"only-{step}"] == [(step, float(step))] for step in range(200))


def test_logging_after_finish_is_told_once(store, recorded, capsys):
    run = trackside.init(project="tests", store=store, quiet=True)
    run.log({"x": 1.0})
    run.finish()
    for call in (lambda: run.log({"x": 2.0}), lambda: run.tag("late"), lambda: run.note("late"), lambda: run.finish()):
        call()
        call()
    assert recorded().metrics == {"x": [(0, 1.0)]}
    (line,) = capsys.readouterr().err.splitlines()
    assert "after the run" in line


def test_metrics_are_declared(run, recorded):
    run.define_metric("acc", goal="max", primary=True, eval_data="eval")
    assert recorded().state["metrics"] == {"acc": {"goal": "max", "primary": True, "eval_data": "eval"}}
    with pytest.raises(trackside.model.errors.UsageError, match="'min' or 'max'"):
        run.define_metric("acc", goal="bigger")


def test_of_a_metric_only_what_is_declared_is_said(run, recorded):
    run.define_metric("acc", goal="max", eval_data="eval")
    run.define_metric("acc", primary=True)
    assert recorded().state["metrics"] == {"acc": {"primary": True}}


def test_notes_stand_at_the_step_that_was_reached_or_given(run, recorded):
    run.note("before the first step")
    run.log({"x": 1.0}, step=400)
    run.note("here")
    run.note("there", step=7)
    assert [(mark["text"], mark["step"]) for mark in recorded().marks] == [
        ("before the first step", None),
        ("here", 400),
        ("there", 7),
    ]


def test_a_note_of_ten_megabytes_is_whole_in_an_artifact(run, recorded):
    run.note("n" * (10 << 20), step=3)
    found = recorded()
    assert found.marks[0]["text"].endswith("(whole in the artifact note@3)")
    assert found.state["artifacts"]["note@3"]["bytes"] == 10 << 20


def test_tags_are_added_and_removed(run, recorded):
    run.tag("baseline", "wide")
    run.tag(remove=["wide"])
    assert [(said["add"], said["remove"]) for said in recorded().tags] == [(["baseline", "wide"], []), ([], ["wide"])]


def test_readers_are_told_of_a_new_run_its_tags_notes_and_end(store):
    with trackside.init(project="tests", store=store, quiet=True) as run:
        run.tag("a")
        run.note("b")
        run.log({"x": 1.0})
    (log,) = store.glob("changed/*/*.log")
    assert log.read_text() == f"{run.id}\n" * 4
