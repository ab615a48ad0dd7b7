"""One value of a summary, by what it says: a number, numbers of a histogram, a text, images, params.

Source of fields: tensorflow/core/framework/summary.proto and histogram.proto.
"""

import math
from typing import TypeAlias

import msgspec
import numpy as np

from trackside.model.histogram import Histogram
from trackside.model.visible import visible
from trackside.sources.protobuf import Message, ProtobufError
from trackside.sources.tensorboard import buckets, tensors
from trackside.sources.tensorboard.hparams import Session, session

_TAG, _NUMBER, _IMAGE, _HISTOGRAM, _AUDIO, _TENSOR, _METADATA = 1, 2, 4, 5, 6, 8, 9
_ENCODED = 4
_TEXT_ENDING = "/text_summary"
_MOST_REMEMBERED = 100_000

_WORDS = {"audio": "audio", "pr_curves": "precision and recall", "mesh": "geometry"}
_UNSPOKEN = ("custom_scalars", "graph", "graphs", "graph_keras_model", "graph_run_metadata", "profile")


class Number(msgspec.Struct, frozen=True):
    """A number."""

    number: float


class Summed(msgspec.Struct, frozen=True):
    """A histogram, and the numbers that sum it up; None where its buckets make no sense."""

    by_name: dict[str, float]
    histogram: Histogram | None


class Text(msgspec.Struct, frozen=True):
    """A text."""

    text: str


class Images(msgspec.Struct, frozen=True):
    """Encoded images."""

    encoded: list[bytes]


class Unread(msgspec.Struct, frozen=True):
    """What is not read; `kind` in words, empty where nobody misses it."""

    kind: str


Said: TypeAlias = Number | Summed | Text | Images | Session | Unread


def read_value(value: Message, plugins: dict[str, str]) -> Said:
    """What a value says. `plugins` remembers which plugin a tag belongs to: some writers say it only the first time."""
    if _NUMBER in value:
        return Number(value.single(_NUMBER))
    if _IMAGE in value:
        return Images([value.message(_IMAGE).raw(_ENCODED)])
    if _HISTOGRAM in value:
        histogram = value.message(_HISTOGRAM)
        return Summed(_of_histogram(histogram), buckets.of_limits(histogram))
    if _AUDIO in value:
        return Unread(_WORDS["audio"])
    plugin_data = value.message(_METADATA).message(1)
    plugin = plugin_data.text(1)
    if plugin == "hparams":
        return session(plugin_data.raw(2))
    if _TENSOR not in value:
        return Unread("")
    tag = value.text(_TAG)
    if plugin and plugin != "scalars" and len(plugins) < _MOST_REMEMBERED:
        plugins[tag] = plugin
    return _of_tensor(plugin or plugins.get(tag, ""), value.message(_TENSOR))


def named(tag: str) -> str:
    """The name of a text or an image: writers put it into a folder of its own."""
    return tag.removesuffix(_TEXT_ENDING) or tag


def _of_tensor(plugin: str, tensor: Message) -> Said:
    strings = tensors.texts(tensor)
    if strings is not None and plugin in ("text", ""):
        return Text(_text(strings, tensors.shape(tensor)))
    if strings is not None and plugin == "images":
        return Images(strings[2:])
    if plugin in ("scalars", "histograms", "") and (numbers := tensors.numbers(tensor)) is not None:
        if plugin == "histograms":
            return Summed(_of_buckets(numbers), buckets.of_rows(numbers))
        if numbers.size == 1:
            return Number(float(numbers[0]))
        return Unread("a tensor of several numbers")
    if plugin in _UNSPOKEN:
        return Unread("")
    return Unread(
        _WORDS.get(plugin, f"what the plugin {visible(plugin[:40])} wrote" if plugin else "a tensor of several numbers")
    )


def _text(strings: list[bytes], shape: list[int]) -> str:
    """One text, or several as lines; a table of texts as Markdown's."""
    lines = [string.decode(errors="replace") for string in strings]
    if len(shape) != 2 or not 0 < shape[1] <= len(lines):
        return "\n".join(lines)
    width = shape[1]
    rows = [f"| {' | '.join(lines[at : at + width])} |" for at in range(0, len(lines), width)]
    return "\n".join([rows[0], f"|{' --- |' * width}", *rows[1:]])


def _of_histogram(histogram: Message) -> dict[str, float]:
    """From a HistogramProto, which holds the sums over all its values."""
    smallest, largest, count, total, squares = (histogram.double(number) for number in range(1, 6))
    if not count > 0:
        return {}
    mean = total / count
    return {"min": smallest, "max": largest, "mean": mean, "std": _root(squares / count - mean * mean)}


def _of_buckets(numbers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[str, float]:
    """From rows of left, right, count, which say where values lie as closely as buckets are wide."""
    if numbers.size % 3:
        raise ProtobufError("a histogram whose buckets are not whole")
    left, right, count = numbers.reshape(-1, 3).T
    held = count > 0
    if not held.any():
        return {}
    left, right, count = left[held], right[held], count[held]
    with np.errstate(all="ignore"):
        middle = left / 2 + right / 2
        mean = float(np.average(middle, weights=count))
        spread = float(np.average((middle - mean) ** 2, weights=count))
    return {"min": float(left[0]), "max": float(right[-1]), "mean": mean, "std": _root(spread)}


def _root(number: float) -> float:
    return math.sqrt(max(0.0, number)) if number == number else number
