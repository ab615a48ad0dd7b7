"""Metrics that rules find in what scripts and libraries print."""

import math

import pytest

from trackside.model.errors import UsageError
from trackside.record.console import rules
from trackside.record.console.lines import LONGEST, Line, Lines
from trackside.record.console.listener import Listener
from trackside.record.console.rules import Found, Template

TRANSFORMERS = """\
{'loss': 1.4567, 'grad_norm': 3.2098, 'learning_rate': 4.5e-05, 'epoch': 0.32}
{'eval_loss': 0.3457, 'eval_accuracy': 0.8676, 'eval_runtime': 2.1442, 'epoch': 1.0}
{'train_runtime': 64.9817, 'train_samples_per_second': 169.34, 'train_loss': nan, 'epoch': 3.0}
{'loss': '0.6931', 'grad_norm': '1.955', 'learning_rate': '2e-05', 'epoch': '0.16'}
"""
KERAS_3 = (
    "Epoch 1/2\n"
    "\x1b[1m1/4\x1b[0m \x1b[32m━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━━\x1b[0m \x1b[1m0s\x1b[0m 100ms/step"
    " - accuracy: 0.4062 - loss: 0.7215\x08\x08\x08\x08\x08\x08\x08\x08\r"
    "\x1b[1m4/4\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 52ms/step"
    " - accuracy: 0.5391 - loss: 0.7080\x08\x08\x08\x08\r"
    "\x1b[1m4/4\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 52ms/step"
    " - accuracy: 0.5391 - loss: 0.7080 - val_accuracy: 0.5938 - val_loss: 6.836e-01\n"
)
KERAS_2 = (
    "Epoch 3/5\n"
    "1/4 [======>.......................] - ETA: 2s - loss: 0.7215 - accuracy: 0.4062"
    "\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\r"
    "4/4 [==============================] - 1s 66ms/step - loss: 0.7080 - accuracy: 0.5391\n"
)
KERAS_QUIETER = "Epoch 7/9\n4/4 - 1s - loss: 0.7080 - accuracy: 0.5391 - 1s/epoch - 250ms/step\n"


def found(text: str, *templates: str, is_told: bool = False) -> list[Found]:
    """The rows that a command which prints `text` logs."""
    rows: list[Found] = []
    listener = Listener(
        lambda values, step: rows.append(Found(values, step)), [*map(Template, templates)], lambda: is_told
    )
    listener.feed(text.encode(), 1)
    return rows


class TestTemplates:
    @pytest.mark.parametrize(
        ("rule", "line", "values", "step"),
        [
            ("loss: {train/loss}", "loss: 0.25", {"train/loss": 0.25}, None),
            ("loss: {train/loss}", "[12:01:07] INFO epoch 3 loss: -1.5e-3, lr 0.1", {"train/loss": -1.5e-3}, None),
            ("step {step} loss {loss}", "step 12   loss .5", {"loss": 0.5}, 12),
            ("step {step}: {a} / {b}", "step 3: 1 / 2", {"a": 1.0, "b": 2.0}, 3),
            ("acc={acc}%", "10%|#   | 1/10 [00:01<00:09, acc=97.5%]", {"acc": 97.5}, None),
            ("{loss} nats", "now 3.5 nats", {"loss": 3.5}, None),
            ("loss: {loss}", "loss: inf", {"loss": math.inf}, None),
            ("(best) loss: {loss}", "(best) loss: 1", {"loss": 1.0}, None),
            ("Loss: {loss}", "LOSS: 2", {"loss": 2.0}, None),
        ],
    )
    def test_a_template_finds_its_numbers(
        self, rule: str, line: str, values: dict[str, float], step: int | None
    ) -> None:
        assert found(line + "\n", rule) == [(values, step)]

    def test_not_a_number_is_found_too(self) -> None:
        ((values, _),) = found("loss: nan\n", "loss: {loss}")
        assert math.isnan(values["loss"])

    @pytest.mark.parametrize("line", ["val_loss: 1", "loss: high", "loss:", "xloss: 1", "loss: infinite", "loss: nano"])
    def test_a_template_says_nothing_of_other_lines(self, line: str) -> None:
        assert found(line + "\n", "loss: {loss}") == []

    def test_templates_of_one_line_make_one_row(self) -> None:
        text = "step 4 loss 0.5 acc 0.25\n"
        assert found(text, "loss {loss}", "acc {acc}", "step {step}") == [({"loss": 0.5, "acc": 0.25}, 4)]

    @pytest.mark.parametrize("rule", ["loss", "loss: {}", "{a} {a}", "loss: {loss", "}", ""])
    def test_a_template_without_a_name_is_a_mistake_that_shows_a_right_one(self, rule: str) -> None:
        with pytest.raises(UsageError, match=r"such as 'loss: \{train/loss\}'"):
            Template(rule)


class TestWhatLibrariesPrint:
    def test_hugging_face_s_trainer(self) -> None:
        first, evaluated, trained, quoted = found(TRANSFORMERS)
        assert first.values == {"loss": 1.4567, "grad_norm": 3.2098, "learning_rate": 4.5e-05, "epoch": 0.32}
        assert evaluated.values["eval_accuracy"] == 0.8676
        assert math.isnan(trained.values["train_loss"])
        assert quoted.values == {"loss": 0.6931, "grad_norm": 1.955, "learning_rate": 2e-05, "epoch": 0.16}

    @pytest.mark.parametrize(
        ("text", "values", "epoch"),
        [
            (KERAS_3, {"accuracy": 0.5391, "loss": 0.708, "val_accuracy": 0.5938, "val_loss": 0.6836}, 1),
            (KERAS_2, {"accuracy": 0.5391, "loss": 0.708}, 3),
            (KERAS_QUIETER, {"accuracy": 0.5391, "loss": 0.708}, 7),
        ],
    )
    def test_keras_says_one_row_an_epoch(self, text: str, values: dict[str, float], epoch: int) -> None:
        assert found(text) == [(values, epoch)]

    def test_keras_evaluating_outside_of_an_epoch_is_no_row(self) -> None:
        assert len(found(KERAS_2 + KERAS_2.partition("\n")[2])) == 1

    def test_json_lines_that_name_their_step(self) -> None:
        text = (
            '{"step": 3, "loss": 0.5, "val": {"acc": 1}, "done": false, "host": "a"}\n'
            '{"global_step": 10, "loss": NaN}\n'
            '  {"epoch": 2, "loss": 0.25}\n'
        )
        first, second, third = found(text)
        assert first == ({"loss": 0.5, "val/acc": 1.0}, 3)
        assert second.step == 10
        assert math.isnan(second.values["loss"])
        assert third == ({"epoch": 2.0, "loss": 0.25}, 2)

    @pytest.mark.parametrize(
        "line",
        [
            '{"lr": 0.001, "batch_size": 32, "epochs": 10}',
            '{"step": 3}',
            '{"step": 3, "loss": 0.5',
            'config {"step": 3, "loss": 0.5}',
            '["step", 3]',
            "{'lr': 0.1, 'epochs': 3}",
            "{'loss': 0.5}",
            "{'loss': 0.5, 'name': 'a', 'epoch': 1.0}",
            "config: {'loss': 0.5, 'epoch': 1.0}",
            "10/10 - 1s - loss: 0.5",
            "Epoch 1/3",
            '{"a":' * 2000 + "1" + "}" * 2000,
        ],
    )
    def test_other_lines_are_no_metrics(self, line: str) -> None:
        assert found(line + "\n") == []

    def test_a_script_that_logs_by_itself_is_not_logged_twice(self) -> None:
        assert found(TRANSFORMERS + "loss: 1\n", "loss: {loss}", is_told=True) == [({"loss": 1.0}, None)]


class TestLinesThatNobodyExpects:
    def test_a_number_beyond_all_floats_is_infinite(self) -> None:
        assert found('{"step": 1, "x": 1' + "0" * 400 + "}\n") == [({"x": math.inf}, 1)]
        assert found('{"step": 1, "x": 1' + "0" * 5000 + "}\n") == [({"x": math.inf}, 1)]

    def test_a_step_beyond_all_floats_is_none(self) -> None:
        assert found('{"step": 1' + "0" * 400 + ', "x": 2}\n') == [({"x": 2.0}, None)]
        assert found("step 1" + "0" * 400 + " loss 2\n", "step {step} loss {loss}") == [({"loss": 2.0}, None)]

    def test_an_epoch_of_thousands_of_digits_is_no_epoch(self) -> None:
        assert found(f"Epoch {'1' * 5000}/3\n4/4 - 1s - loss: 0.5\n") == []

    def test_a_number_may_end_a_sentence(self) -> None:
        assert found("epoch 3. loss 2.\n", "epoch {step}. loss {loss}") == [({"loss": 2.0}, 3)]

    @pytest.mark.parametrize(
        ("begin", "unit"),
        [
            ("", "1"),
            ("", "1."),
            ("", "1e"),
            ("", " "),
            ("", " 1"),
            ("{'a': ", "1"),
            ("{'a': 1", ", 'a': 1"),
            ("{'", "a"),
            ('{"step": ', "1"),
            ("1/1 ", "1s - a"),
            ("1/1 ", "1s - a: 1 "),
            ("1/1 1s", " - "),
            ("Epoch ", "1"),
        ],
    )
    def test_the_longest_line_takes_time_in_proportion(self, begin: str, unit: str) -> None:
        """A pattern that goes back over all that it has read would not end within the suite's patience."""
        line = (begin + unit * LONGEST)[: LONGEST - 1] + "x\n"
        templates = ["{loss} nats", "loss: {loss} nats", " {loss} nats", "{a} {b} nats"]
        assert found(f"Epoch 1/3\n{line}" * 10, *templates) == []


class TestLines:
    def test_lines_come_out_however_they_are_cut(self) -> None:
        text = b"one\r\ntwo\n\rbar 1\rbar 2\r\x1b[31mred\x1b[0m\n\xc3\xa9t\xc3\xa9\nnot ended"
        expected = [("one", True), ("two", True), ("", False), ("bar 1", False), ("bar 2", False), ("red", True)]
        for size in (1, 2, 3, 7, len(text)):
            lines = Lines()
            pieces = [text[start : start + size] for start in range(0, len(text), size)]
            assert [tuple(line) for piece in pieces for line in lines.feed(piece)] == [*expected, ("été", True)]

    def test_an_endless_line_takes_no_more_room_than_a_long_one(self) -> None:
        lines = Lines()
        for _ in range(100):
            assert list(lines.feed(b"x" * LONGEST)) == []
        ((text, whole),) = lines.feed(b"\n")
        assert (len(text), whole) == (LONGEST, True)

    def test_a_line_that_comes_byte_by_byte_takes_time_in_proportion(self) -> None:
        """What searched all of a line again for each byte would not end within the suite's patience."""
        lines = Lines()
        for _ in range(500_000):
            assert list(lines.feed(b".")) == []
        assert list(lines.feed(b"\r")) == []
        ((text, whole),) = lines.feed(b"next")
        assert (len(text), whole) == (LONGEST, False)

    def test_of_two_streams_each_has_lines_of_its_own(self) -> None:
        rows: list[dict[str, float]] = []
        listener = Listener(lambda values, step: rows.append(values), [Template("loss: {loss}")], lambda: False)
        for data, stream in ((b"loss: 0", 1), (b"war", 2), (b".5\n", 1), (b"ning\n", 2)):
            listener.feed(data, stream)
        assert rows == [{"loss": 0.5}]


def test_rules_read_a_line_and_keep_nothing_of_it() -> None:
    line = Line("{'loss': 0.5, 'epoch': 1.0}", whole=True)
    assert rules.transformers_line(line) == rules.transformers_line(line)
