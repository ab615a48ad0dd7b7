"""Metrics out of what a script prints: rules that read one line, and know nothing of the run.

`Template` reads what a person describes, as in `loss: {train/loss}`. The others recognise what libraries print, and
only a whole line of that very form:

- `json_line`: one JSON object that names its step (`step`, `global_step`, `iteration`, `iter` or `epoch`);
- `transformers_line`: the dict with an `epoch` that Hugging Face's Trainer prints;
- `Keras`: the progress line of an epoch that is complete, after its `Epoch 3/10`.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from trackside.model.errors import UsageError
from trackside.record.console.lines import Line

STEP = "step"
_STEPS = ("step", "global_step", "iteration", "iter", "epoch")
_EPOCH = "epoch"
_NUMBER = r"[-+]?(?:(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?|nan\b|inf(?:inity)?\b)"
"""No digit that was read is given back, here and below: a line of 64 KiB takes time in proportion."""

_PLACE = re.compile(r"\{([^{}]*)\}")
_PAIR = rf"'([^'\\]++)': (?:({_NUMBER})|'({_NUMBER})')"
_PAIRS = re.compile(_PAIR, re.IGNORECASE)
_DICT = re.compile(rf"\{{{_PAIR}(?:, {_PAIR})*\}}", re.IGNORECASE)
_KERAS_EPOCH = re.compile(r"Epoch (\d{1,9})/\d{1,9}$")
_KERAS_DONE = re.compile(r"(\d{1,9})/\1 ")
_KERAS_TOOK = re.compile(r"\d(?:s|ms|us|µs)\b")
_KERAS_PAIR = re.compile(rf" - ([\w./-]++): ({_NUMBER})(?= - |$)", re.IGNORECASE)


class Found(NamedTuple):
    """What a line says: metrics, and the step they belong to, if it says that."""

    values: dict[str, float]
    step: int | None = None


Rule: TypeAlias = Callable[[Line], Found | None]
"""Reads one line; None where it says nothing."""


class Template:
    """Finds numbers where `text` has `{metric}`, and the step at `{step}`. UsageError where it has none.

    The rest of the text stands for itself, spaces for any number of them. It may be anywhere in the line, but a word
    in the line does not begin before the text does: `loss: {a}` says nothing of `val_loss: 1`.
    """

    def __init__(self, text: str) -> None:
        names = _PLACE.findall(text)
        literals = _PLACE.split(text)[::2]
        if (
            not names
            or not all(names)
            or len(set(names)) < len(names)
            or any(set("{}") & set(said) for said in literals)
        ):
            raise UsageError(
                f"--metric {text!r}: it takes a text with a name in braces, such as 'loss: {{train/loss}}'"
            )
        begins = r"(?<![\w./-])" if literals[0][:1].isalnum() or not literals[0] else ""
        begins = r"(?<!\s)" if literals[0][:1].isspace() else begins
        parts = [r"\s++".join(re.escape(word) for word in re.split(r"\s+", said)) for said in literals]
        self.text = text
        self._names = names
        self._pattern = re.compile(begins + rf"({_NUMBER})".join(parts), re.IGNORECASE)

    def __call__(self, line: Line) -> Found | None:
        """Read a line."""
        match = self._pattern.search(line.text)
        if match is None:
            return None
        said = dict(zip(self._names, map(float, match.groups()), strict=True))
        step = said.pop(STEP, None)
        return Found(said, int(step) if step is not None and step.is_integer() else None)


def json_line(line: Line) -> Found | None:
    """A JSON object on a line of its own that names its step; its numbers are metrics, nested ones joined by `/`."""
    text = line.text.strip()
    if not (line.whole and text.startswith('{"') and text.endswith("}")):
        return None
    try:
        said = dict(_numbers(json.loads(text, parse_int=float)))
    except (ValueError, RecursionError):
        return None
    place = next((word for word in _STEPS if word in said), None)
    if place is None:
        return None
    step = said[place] if place == _EPOCH else said.pop(place)
    if not said or (place == _EPOCH and len(said) == 1):
        return None
    return Found(said, int(step) if step.is_integer() else None)


def transformers_line(line: Line) -> Found | None:
    """What Hugging Face's Trainer logs, as in `{'loss': 0.5, 'learning_rate': 5e-05, 'epoch': 1.0}`."""
    text = line.text.strip()
    if not (line.whole and text.startswith("{'") and _DICT.fullmatch(text)):
        return None
    said = {name: float(number or quoted) for name, number, quoted in _PAIRS.findall(text)}
    return Found(said) if _EPOCH in said and len(said) > 1 else None


class Keras:
    """The progress line that Keras leaves of each epoch; the epoch is the step."""

    def __init__(self) -> None:
        self._epoch: int | None = None

    def __call__(self, line: Line) -> Found | None:
        """Read a line. Of an epoch's many states only the last one, which ends the line, counts."""
        if begun := _KERAS_EPOCH.match(line.text.strip()):
            self._epoch = int(begun[1])
            return None
        text = line.text.strip()
        pairs = list(_KERAS_PAIR.finditer(text)) if line.whole and _KERAS_DONE.match(text) else []
        if self._epoch is None or not pairs or not _KERAS_TOOK.search(text, 0, pairs[0].start()):
            return None
        epoch, self._epoch = self._epoch, None
        return Found({pair[1]: float(pair[2]) for pair in pairs}, epoch)


def automatic() -> list[Rule]:
    """The rules that recognise what libraries print."""
    return [json_line, transformers_line, Keras()]


def _numbers(said: Any, prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in said.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, float):
            yield prefix + name, value
